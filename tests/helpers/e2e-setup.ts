/**
 * Once for all end-to-end specs: the app is built, a Chromium is found and started for the web host's pages, and it is
 * settled and said which runtime the desktop host's specs run on.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { chromium } from "playwright";
import type { TestProject } from "vitest/node";
import { buildIfNeeded } from "../../scripts/build-if-needed.mjs";
import { hasDisplay } from "../../scripts/choose-host.mjs";
import { findElectron } from "../../scripts/electron-runtime.mjs";
import { CHROMIUM_ARGUMENTS, findChromium } from "./browser.ts";
import { ROOT } from "./root.ts";

/** What the desktop host is run by. */
export type DesktopRuntime =
  | { readonly kind: "electron"; readonly version: string; readonly display: string | null }
  | { readonly kind: "stand-in"; readonly chromiumVersion: string };

declare module "vitest" {
  interface ProvidedContext {
    desktopRuntime: DesktopRuntime;
    /** Executable of the Chromium that specs run in. */
    chromium: string;
    chromiumVersion: string;
    /** A Chromium that runs already, for `chromium.connect`. */
    chromiumEndpoint: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!buildIfNeeded(ROOT)) throw new Error("The app cannot be built, so there is nothing to test.");
  const executablePath = await findChromium();
  const server = await chromium.launchServer({
    executablePath,
    headless: true,
    args: CHROMIUM_ARGUMENTS,
    // People have scrollbars, and draw their thumbs.
    ignoreDefaultArgs: ["--hide-scrollbars"],
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const chromiumVersion = browser.version();
  await browser.close();

  const electron = findElectron(ROOT) === null ? null : await electronDisplay();
  const desktopRuntime: DesktopRuntime =
    electron === null
      ? { kind: "stand-in", chromiumVersion }
      : { kind: "electron", version: electronVersion(), display: electron.display };
  project.provide("desktopRuntime", desktopRuntime);
  project.provide("chromium", executablePath);
  project.provide("chromiumVersion", chromiumVersion);
  project.provide("chromiumEndpoint", server.wsEndpoint());
  console.log(`desktop specs: ${runtimeLine(desktopRuntime)}`);

  return async () => {
    electron?.stop();
    await server.close();
  };
}

function runtimeLine(runtime: DesktopRuntime): string {
  if (runtime.kind === "electron") return `real Electron ${runtime.version}`;
  const reason =
    findElectron(ROOT) === null ? "Electron's runtime is not installed" : "there is no display, and no Xvfb";
  return `stand-in for Electron's API on Chromium ${runtime.chromiumVersion} (${reason})`;
}

function electronVersion(): string {
  const { version }: { version: string } = createRequire(import.meta.url)("electron/package.json");
  return version;
}

/** Something that Electron can open a window on: the display that is there, else a virtual one; null when neither is. */
async function electronDisplay(): Promise<{ readonly display: string | null; stop(): void } | null> {
  if (hasDisplay(process.platform, process.env)) return { display: null, stop: () => undefined };
  const xvfb = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", "1920x1080x24"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const number = await new Promise<string | null>((resolve) => {
    xvfb.once("error", () => resolve(null));
    xvfb.once("exit", () => resolve(null));
    xvfb.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
  });
  return number === null ? null : { display: `:${number}`, stop: () => void xvfb.kill() };
}
