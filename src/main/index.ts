/**
 * The Electron host: one process, one window, one backend. It starts them, joins them and ends them; what the app does is
 * in src/backend.
 */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { app, type BrowserWindow, dialog, Menu } from "electron";
import packageJson from "../../package.json" with { type: "json" };
import { createBackend } from "../backend/backend.ts";
import { cacheDirectory } from "../backend/cache-directory.ts";
import { trustFilePath } from "../backend/trust.ts";
import type { EventName, Events, MenuCommand } from "../shared/contract.ts";
import { archiveFolder, parseDesktopArguments } from "./arguments.ts";
import { createDialogs } from "./dialogs.ts";
import { createIpcTransport, serveWindow } from "./ipc.ts";
import { createKeychain } from "./keychain.ts";
import { menuTemplate } from "./menu.ts";
import { registerAppScheme, serveApp } from "./protocol.ts";
import { Quitting } from "./quitting.ts";
import { followTheme } from "./theme.ts";
import { createWindow, focusWindow, showPage } from "./window.ts";
import { WindowStateFile } from "./window-state.ts";

/** The folder of the built entry: everything else that is built lies beside it. */
const HERE = import.meta.dirname;

start().catch((error: unknown) => {
  console.error(error);
  dialog.showErrorBox("MXM DataIO Browser cannot start", error instanceof Error ? error.message : String(error));
  app.exit(1);
});

async function start(): Promise<void> {
  // Before the lock, which is one for each data folder.
  const ownHome = process.env.MXM_DATAIO_BROWSER_HOME;
  if (ownHome) {
    mkdirSync(ownHome, { recursive: true });
    app.setPath("userData", resolve(ownHome));
  }
  if (!app.requestSingleInstanceLock()) {
    // The other instance shows itself: see `second-instance`.
    app.quit();
    return;
  }
  registerAppScheme();
  const parse = (argv: readonly string[], folder: string) =>
    parseDesktopArguments(argv, Boolean(process.defaultApp), folder);
  const { archive, readOnly } = parse(process.argv, process.cwd());
  // On macOS files are handed over by events, the first one before the app is ready.
  let asked = archive;
  let showAsked = (path: string) => {
    asked = path;
  };
  app.on("open-file", (event, path) => {
    event.preventDefault();
    showAsked(archiveFolder(path, process.cwd()));
  });
  const dataDirectory = app.getPath("userData");
  const stateFile = new WindowStateFile(join(dataDirectory, "window-state.json"));
  let window: BrowserWindow | null = null;

  await app.whenReady();
  const { confirmQuit, ...dialogs } = createDialogs(() => window);
  const backend = await createBackend({
    host: { kind: "desktop", ...dialogs, keychain: createKeychain(process.platform) },
    dataDirectory,
    trustFile: trustFilePath(process.env),
    cacheDirectory: cacheDirectory(process.env, process.platform, app.getPath("home")),
    rendererDirectory: join(HERE, "../renderer"),
    sampleDirectory: join(HERE, "../../packages/dataio/sample-data"),
    readerWorker: pathToFileURL(join(HERE, "reader-worker.js")),
    readOnly,
    initialArchive: asked,
    version: packageJson.version,
  });
  const { platform } = process;
  const quitting = new Quitting({
    backend,
    ask: confirmQuit,
    quit: () => app.quit(),
    exit: (code) => app.exit(code),
    staysWithoutWindow: platform === "darwin",
    hasWindow: () => window !== null,
    reportFailure: (error) => console.error("Closing failed:", error),
  });
  app.on("before-quit", quitting.onBeforeQuit);
  app.on("will-quit", (event) => quitting.onWillQuit(event, () => stateFile.flush()));
  app.on("window-all-closed", quitting.onWindowsClosed);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, quitting.quitUnasked);
  serveApp(backend.assets);
  await followTheme(backend);

  async function openWindow(): Promise<void> {
    const opened = createWindow({
      preload: join(HERE, "../preload/index.cjs"),
      kept: await stateFile.read(),
      stateFile,
    });
    window = opened;
    opened.once("closed", () => {
      window = null;
    });
    serveWindow(opened, backend);
    recoverFromCrash(opened);
    await showPage(opened);
  }

  function tell<N extends EventName>(name: N, payload: Events[N]): void {
    if (window !== null) createIpcTransport(window.webContents).send({ type: "event", name, payload });
  }
  const onCommand = (command: MenuCommand) => tell("menu.command", { command });
  showAsked = (path) => {
    const shown = window === null ? openWindow() : Promise.resolve();
    shown.then(() => tell("archive.asked", { path })).catch(reportBrokenWindow);
  };
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({ platform, isPackaged: app.isPackaged, onCommand })));

  app.on("second-instance", (_event, argv, folder) => {
    const again = parse(argv, folder);
    if (window !== null) focusWindow(window);
    // Its jobs were all that ran; they are found in the new window.
    else if (again.archive === null) openWindow().catch(reportBrokenWindow);
    if (again.archive !== null) showAsked(again.archive);
  });
  app.on("activate", () => {
    if (window === null) openWindow().catch(reportBrokenWindow);
  });
  await openWindow();
}

/** A crashed page leaves an empty window; the backend and its jobs are in this process and go on. */
function recoverFromCrash(window: BrowserWindow): void {
  window.webContents.on("render-process-gone", (_event, { reason }) => {
    if (reason === "clean-exit") return;
    const options = {
      type: "error" as const,
      message: "The window stopped working",
      detail: `Nothing that was archived is lost, and running jobs go on. (${reason})`,
      buttons: ["Reload", "Quit"],
      cancelId: 0,
    };
    dialog
      .showMessageBox(window, options)
      .then(({ response }) => (response === 0 ? showPage(window) : app.quit()))
      .catch(reportBrokenWindow);
  });
}

function reportBrokenWindow(error: unknown): void {
  console.error("The window cannot be shown:", error);
}
