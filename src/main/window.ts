/**
 * The app's window. It shows one page of the app's own and nothing else, ever: it navigates nowhere, opens no other
 * window, holds no webview, and is granted one permission, putting text on the clipboard after a click.
 */
import { BrowserWindow, nativeTheme, type Session, screen, type WebContents } from "electron";
import { isAppUrl, PAGE_URL } from "./page-url.ts";
import { backgroundColor } from "./theme.ts";
import { defaultBounds, fitInto, MINIMUM_SIZE, type WindowState, type WindowStateFile } from "./window-state.ts";

export interface WindowOptions {
  /** Absolute path of the built preload. */
  readonly preload: string;
  /** Where the window was, if that is known. */
  readonly kept: WindowState | null;
  /** Where it is written down from now on. */
  readonly stateFile: WindowStateFile;
}

/** Makes the window, hidden until it has something to show; {@link showPage} loads that. */
export function createWindow({ preload, kept, stateFile }: WindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    ...placeFor(kept),
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    title: "MXM DataIO Browser",
    backgroundColor: backgroundColor(),
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      // The spell checker would fetch dictionaries from the network.
      spellcheck: false,
    },
  });
  lockDown(window.webContents);
  allowOnlyClipboardWriting(window.webContents.session);
  followSystemColors(window);
  keepState(window, stateFile);
  window.once("ready-to-show", () => {
    if (kept?.maximized) window.maximize();
    window.show();
  });
  return window;
}

/** Loads the app's page. Rejects when it cannot be loaded, unless that is because the window was closed meanwhile. */
export async function showPage(window: BrowserWindow): Promise<void> {
  try {
    await window.loadURL(PAGE_URL);
  } catch (error) {
    if (!window.isDestroyed()) throw error;
  }
}

/** Brings the window to the front, whatever state it is in. */
export function focusWindow(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function placeFor(kept: WindowState | null): Electron.Rectangle {
  if (kept === null) return defaultBounds(screen.getPrimaryDisplay().workArea);
  // The display that the window was on may be gone or smaller; this is then the nearest.
  return fitInto(screen.getDisplayMatching(kept.bounds).workArea, kept.bounds);
}

function lockDown(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: "deny" }));
  // Hears every frame, the main one too, before `will-navigate` does. A reload is no way out of the page; `srcdoc` is
  // how the page draws an archived one, inert.
  contents.on("will-frame-navigate", (event) => {
    const allowed = event.isMainFrame ? PAGE_URL : "about:srcdoc";
    if (event.url !== allowed) event.preventDefault();
  });
  contents.on("will-attach-webview", (event) => event.preventDefault());
}

function allowOnlyClipboardWriting(session: Session): void {
  const isAllowed = (permission: string, isMainFrame: boolean, url: string | undefined) =>
    permission === "clipboard-sanitized-write" && isMainFrame && url !== undefined && isAppUrl(url);
  session.setPermissionCheckHandler((_contents, permission, _origin, { isMainFrame, requestingUrl }) =>
    isAllowed(permission, isMainFrame, requestingUrl),
  );
  session.setPermissionRequestHandler((_contents, permission, callback, { isMainFrame, requestingUrl }) =>
    callback(isAllowed(permission, isMainFrame, requestingUrl)),
  );
}

function followSystemColors(window: BrowserWindow): void {
  const update = () => window.setBackgroundColor(backgroundColor());
  nativeTheme.on("updated", update);
  window.once("closed", () => nativeTheme.off("updated", update));
}

function keepState(window: BrowserWindow, stateFile: WindowStateFile): void {
  const keep = () => {
    if (window.isMinimized() || window.isFullScreen()) return;
    stateFile.keep({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  };
  window.on("resize", keep);
  window.on("move", keep);
  window.on("maximize", keep);
  window.on("unmaximize", keep);
  window.on("close", keep);
}
