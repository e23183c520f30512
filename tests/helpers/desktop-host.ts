/** The desktop host as a person has it: the built app in Electron, or in the stand-in where there is no Electron. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium, type ElectronApplication, _electron as electron, type Page } from "playwright";
import { inject } from "vitest";
import type { MenuCommand } from "../../src/shared/contract.ts";
import { AppProcess } from "./app-process.ts";
import type { DesktopRuntime } from "./e2e-setup.ts";
import { remoteStandIn } from "./electron-stand-in/control.ts";
import { writeSettings } from "./electron-stand-in/settings.ts";
import { pageProblems } from "./page-problems.ts";
import { ROOT } from "./root.ts";

export interface DesktopOptions {
  /** Command line of the app. */
  readonly args?: readonly string[];
  /** Settings and samples; the caller removes it. */
  readonly dataDirectory: string;
  /** The system's theme; light when left out. */
  readonly colorScheme?: "light" | "dark";
  /** Size of the page in CSS pixels; the app's default size when left out. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface DesktopApp {
  readonly kind: "desktop";
  readonly runtime: DesktopRuntime["kind"];
  readonly page: Page;
  /** The path that the next folder dialog is answered with; null dismisses it. */
  answerNextFolderDialog(path: string | null): Promise<void>;
  answerNextSaveDialog(path: string | null): Promise<void>;
  /** Chooses an item of the native menu. */
  clickMenu(command: MenuCommand): Promise<void>;
  /** Errors that the page logged or did not catch, from its start on. */
  problems(): Promise<readonly string[]>;
  /** Quits the app. Rejects when it does not end in order. */
  close(): Promise<void>;
}

/** Starts the app on a runtime that the end-to-end set-up has settled. */
export function launchDesktop(options: DesktopOptions): Promise<DesktopApp> {
  const runtime = inject("desktopRuntime");
  return runtime.kind === "electron" ? launchElectron(options, runtime.display) : launchStandIn(options);
}

const STAND_IN = pathToFileURL(join(import.meta.dirname, "electron-stand-in/register.ts")).href;
const DISPLAY = { width: 1920, height: 1040 };

/** What starts the built main process with the stand-in in Electron's place; for `spawn`. */
export function standInCommand(options: DesktopOptions, executablePath = inject("chromium")) {
  const { args = [], dataDirectory, colorScheme = "light" } = options;
  const settings = writeSettings({ executablePath, colorScheme, workArea: DISPLAY });
  const env = {
    ...process.env,
    MXM_DATAIO_BROWSER_HOME: dataDirectory,
    MXM_CONFIG_HOME: join(dataDirectory, "config"),
    ...settings,
  };
  const main = join(ROOT, "out/main/index.js");
  return [process.execPath, ["--import", STAND_IN, main, ...args], { cwd: ROOT, env }] as const;
}

/** Starts it, and shows its window's page to a driver of this process. */
export async function launchStandIn(options: DesktopOptions, executablePath = inject("chromium")) {
  const app = new AppProcess("desktop host", standInCommand(options, executablePath), "ipc");
  const standIn = remoteStandIn(app.child);
  await app.waitUntil("showing its window", async () => ((await standIn.window())?.isVisible ? true : null));
  if (options.viewport !== undefined) await standIn.placeWindow(options.viewport);
  // The defaults of a second driver would override what the stand-in has set.
  const browser = await chromium.connectOverCDP(await standIn.endpoint(), { noDefaults: true, isLocal: true });
  const page = browser
    .contexts()[0]
    ?.pages()
    .find((candidate) => candidate.url() !== "about:blank");
  if (page === undefined) throw new Error(`The window has no page:\n${app.output}`);
  return {
    kind: "desktop",
    runtime: "stand-in",
    page,
    answerNextFolderDialog: (path: string | null) => standIn.answerFolderDialog(path),
    answerNextSaveDialog: (path: string | null) => standIn.answerSaveDialog(path),
    clickMenu: (command: MenuCommand) => standIn.clickMenu(command),
    problems: () => standIn.problems(),
    async close() {
      if (!app.hasEnded) await standIn.quit();
      const code = await app.ended();
      await browser.close();
      if (code !== 0) throw new Error(`The desktop host ended with ${code}:\n${app.output}`);
    },
    /** The page of a window that was opened later. */
    newestPage: () =>
      app.waitUntil("showing another page", () => {
        const pages = browser.contexts()[0]?.pages() ?? [];
        return pages.findLast((candidate) => candidate !== page && candidate.url() !== "about:blank") ?? null;
      }),
    /** What only the stand-in can do or tell. */
    standIn,
    process: app,
  } as const satisfies DesktopApp & Record<string, unknown>;
}

async function launchElectron(options: DesktopOptions, display: string | null): Promise<DesktopApp> {
  const { args = [], dataDirectory, colorScheme = "light", viewport } = options;
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const app = await electron.launch({
    args: [ROOT, ...args],
    cwd: ROOT,
    colorScheme,
    env: {
      ...Object.fromEntries(inherited),
      MXM_DATAIO_BROWSER_HOME: dataDirectory,
      MXM_CONFIG_HOME: join(dataDirectory, "config"),
      ...(display !== null && { DISPLAY: display }),
    },
  });
  const page = await app.firstWindow();
  await page.waitForLoadState();
  if (viewport !== undefined) {
    const window = await app.browserWindow(page);
    await window.evaluate((native, size) => native.setContentSize(size.width, size.height), viewport);
  }
  return {
    kind: "desktop",
    runtime: "electron",
    page,
    answerNextFolderDialog: (path) => answerNextDialog(app, "showOpenDialog", path),
    answerNextSaveDialog: (path) => answerNextDialog(app, "showSaveDialog", path),
    async clickMenu(command) {
      const found = await app.evaluate(({ Menu }, id) => {
        const item = Menu.getApplicationMenu()?.getMenuItemById(id) ?? null;
        item?.click();
        return item !== null;
      }, command);
      if (!found) throw new Error(`The menu has no item ${command}`);
    },
    problems: () => pageProblems(page),
    close: () => app.close(),
  };
}

/** Answers one dialog without showing it, then puts the real one back. */
async function answerNextDialog(
  app: ElectronApplication,
  name: "showOpenDialog" | "showSaveDialog",
  path: string | null,
): Promise<void> {
  await app.evaluate(
    ({ dialog }, [dialogName, chosen]) => {
      const real = Reflect.get(dialog, dialogName);
      Reflect.set(dialog, dialogName, async () => {
        Reflect.set(dialog, dialogName, real);
        return { canceled: chosen === null, filePaths: chosen === null ? [] : [chosen], filePath: chosen ?? "" };
      });
    },
    [name, path] as const,
  );
}
