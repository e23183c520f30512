/**
 * A stand-in for the parts of Electron that the app's shell uses, over Node and a Chromium that is installed anyway, for
 * machines where Electron's runtime cannot be had. It runs the built main process and the built preload unchanged.
 *
 * Reproduced: the life of the app (ready, windows closed, quitting with `preventDefault`, exit codes), the single instance,
 * windows with their size, state and events, `app:` served by the registered handler with streams and ranges, IPC in both
 * directions in order and with the sending frame, navigations that a listener may refuse in any frame, `window.open` that
 * the handler may refuse, permissions as the handlers allow them, `prefers-color-scheme`, dialogs, the menu's items.
 *
 * Not reproduced, and so not shown by a test that passes here:
 * - The page's URL is `http://browser.app.localhost:<port>/`; only the main process sees `app://browser/`. Service
 *   workers, cookies and storage follow the former, and storage does not outlive a run.
 * - The preload shares the page's world (what crosses the bridge is copied); `sandbox`, `contextIsolation`,
 *   `nodeIntegration`, `webSecurity` and other web preferences are taken and have no effect.
 * - Messages travel as JSON. What a structured clone refuses is refused; what it would keep beyond JSON (undefined, NaN,
 *   dates, maps) is not kept.
 * - A window that `window.open` made exists for a moment before it is closed. Documents in frames of another process, and
 *   documents without a request (`about:`, `srcdoc`, `data:`, `blob:`), are not put before `will-frame-navigate`.
 * - There are no webviews, developer tools, accelerators, roles of menu items, native decorations, several displays, full
 *   screen, or platform behaviour of macOS and Windows.
 * - Windows close and quit at once, where Electron takes a turn of the event loop.
 */
import { rmSync } from "node:fs";
import { StandInApp } from "./app.ts";
import { type OpenWindows, StandInBrowserWindow } from "./browser-window.ts";
import { ChromiumRuntime } from "./chromium-runtime.ts";
import { type ShownDialog, StandInDialogs } from "./dialog.ts";
import type { StandInHost } from "./host.ts";
import { StandInMenu } from "./menu.ts";
import { StandInNativeTheme } from "./native-theme.ts";
import { SchemeServer } from "./scheme-server.ts";
import { StandInSession } from "./session.ts";

export interface StandInOptions {
  readonly executablePath: string;
  /** Version of the app. */
  readonly version: string;
  /** A folder for Chromium's profile; created when missing, removed at the end. */
  profileDirectory(paths: Pick<Electron.App, "getPath">): string;
  /** The system's theme. */
  readonly colorScheme: "light" | "dark";
  /** The free size of the only display. */
  readonly workArea: { readonly width: number; readonly height: number };
  /** Called at the app's exit, when everything is freed. */
  exited(exitCode: number): void;
}

/** What a test can see of the window. */
export interface WindowFacts {
  readonly bounds: Electron.Rectangle;
  readonly isVisible: boolean;
  readonly isFocused: boolean;
  readonly isMaximized: boolean;
  readonly isMinimized: boolean;
  readonly backgroundColor: string;
}

export class StandIn {
  readonly #host: StandInHost;
  readonly #windows: OpenWindows = new Set();
  readonly #dialogs = new StandInDialogs();
  readonly #problems: string[] = [];
  readonly #removeProfile: () => void;
  /** What `electron` exports to the main process. */
  readonly electron;

  constructor(options: StandInOptions) {
    const app: StandInApp = new StandInApp({
      version: options.version,
      windows: this.#windows,
      terminate: (exitCode) => {
        this.close().then(
          () => options.exited(exitCode),
          (error: unknown) => {
            console.error("The stand-in cannot end:", error);
            options.exited(1);
          },
        );
      },
    });
    const { executablePath, colorScheme } = options;
    const area = { x: 0, y: 0, ...options.workArea };
    const profileDirectory = () => options.profileDirectory(app);
    const nativeTheme = new StandInNativeTheme(colorScheme);
    const server = new SchemeServer();
    const session = new StandInSession();
    const host: StandInHost = {
      chromium: new ChromiumRuntime({ executablePath, profileDirectory, colorScheme }),
      server,
      nativeTheme,
      session,
      workArea: area,
      allWindowsClosed: () => StandInApp.allWindowsClosed(app),
      problem: (text) => void this.#problems.push(text),
    };
    this.#host = host;
    this.#removeProfile = () => rmSync(profileDirectory(), { recursive: true, force: true, maxRetries: 5 });
    const windows = this.#windows;
    const display = { workArea: area, bounds: area } satisfies Partial<Electron.Display>;
    this.electron = {
      app,
      BrowserWindow: class BrowserWindow extends StandInBrowserWindow {
        constructor(windowOptions: Electron.BrowserWindowConstructorOptions = {}) {
          super(host, windows, windowOptions);
        }
      },
      dialog: this.#dialogs.dialog,
      Menu: StandInMenu,
      nativeTheme,
      protocol: server.protocol(() => app.isReady()),
      screen: {
        getPrimaryDisplay: () => display,
        getDisplayMatching: (_bounds: Electron.Rectangle) => display,
      } satisfies { [K in keyof Electron.Screen]?: unknown },
      session: { defaultSession: session } satisfies { [K in keyof typeof Electron.Session]?: unknown },
      // Nothing is shown: there is no file manager.
      shell: { showItemInFolder: (_path: string) => {} } satisfies { [K in keyof Electron.Shell]?: unknown },
    } satisfies { [K in keyof typeof Electron.CrossProcessExports]?: unknown };
  }

  /** Frees Chromium, the loopback server and the profile. */
  async close(): Promise<void> {
    await this.#host.chromium.close();
    await this.#host.server.close();
    this.#removeProfile();
  }

  // What a test does in place of a person and of the system. All arguments and results are JSON.

  /** Where another driver can connect to the same pages. */
  endpoint(): Promise<string> {
    return this.#host.chromium.endpoint();
  }

  /** The only window; null when there is none. */
  window(): WindowFacts | null {
    const [window] = this.#windows;
    if (window === undefined) return null;
    return {
      bounds: window.getBounds(),
      isVisible: window.isVisible(),
      isFocused: window.isFocused(),
      isMaximized: window.isMaximized(),
      isMinimized: window.isMinimized(),
      backgroundColor: window.getBackgroundColor(),
    };
  }

  /** Does to the only window what its frame and the system offer. */
  useWindow(action: "close" | "maximize" | "unmaximize" | "minimize"): void {
    for (const window of [...this.#windows]) window[action]();
  }

  placeWindow(bounds: Partial<Electron.Rectangle>): void {
    for (const window of this.#windows) window.setBounds(bounds);
  }

  answerFolderDialog(path: string | null): void {
    this.#dialogs.answerFolder(path);
  }

  answerSaveDialog(path: string | null): void {
    this.#dialogs.answerSave(path);
  }

  answerMessageBox(button: number): void {
    this.#dialogs.answerMessage(button);
  }

  shownDialogs(): readonly ShownDialog[] {
    return this.#dialogs.shown;
  }

  clickMenu(id: string): void {
    const item = StandInMenu.getApplicationMenu()?.getMenuItemById(id);
    if (!item) throw new Error(`The menu has no item ${id}`);
    item.click();
  }

  /** What went wrong in pages so far: errors on the console, and errors that nobody caught. */
  problems(): readonly string[] {
    return this.#problems;
  }

  quit(): void {
    this.electron.app.quit();
  }
}
