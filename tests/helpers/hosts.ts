/** One spec for both hosts: it runs twice, and its title says on what. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, inject } from "vitest";
import { type DesktopApp, launchDesktop } from "./desktop-host.ts";
import { launchWeb, type WebApp } from "./web-host.ts";

export type RunningApp = DesktopApp | WebApp;

export interface LaunchOptions {
  /** Command line of the app, the same for both hosts. */
  readonly args?: readonly string[];
  /** Settings and samples. A new folder, removed after the test, when left out. */
  readonly dataDirectory?: string;
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** Starts the host that the spec is run on. It is ended after the test, in order or the test fails. */
export type Launch = (options?: LaunchOptions) => Promise<RunningApp>;

/** Defines `define`'s tests once for each host. */
export function describeOnHosts(name: string, define: (launch: Launch, kind: RunningApp["kind"]) => void): void {
  const runtime = inject("desktopRuntime");
  const desktop =
    runtime.kind === "electron"
      ? `Electron ${runtime.version}`
      : `stand-in for Electron on Chromium ${runtime.chromiumVersion}`;
  describe(`${name} [desktop: ${desktop}]`, () => define(launcher(launchDesktop), "desktop"));
  describe(`${name} [web: Chromium ${inject("chromiumVersion")}]`, () => define(launcher(launchWeb), "web"));
}

/** For what no host does in its own way: once, in the browser. */
export function describeOnWeb(name: string, define: (launch: Launch) => void): void {
  describe(`${name} [web: Chromium ${inject("chromiumVersion")}]`, () => define(launcher(launchWeb)));
}

type Start = (options: LaunchOptions & { readonly dataDirectory: string }) => Promise<RunningApp>;

function launcher(start: Start): Launch {
  const running: RunningApp[] = [];
  const folders: string[] = [];

  afterEach(async () => {
    const ends = await Promise.allSettled(running.splice(0).map((app) => app.close()));
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    const failed = ends.find((end) => end.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  });

  return async (options = {}) => {
    let { dataDirectory } = options;
    if (dataDirectory === undefined) {
      dataDirectory = await mkdtemp(join(tmpdir(), "dataio-home-"));
      folders.push(dataDirectory);
    }
    const app = await start({ ...options, dataDirectory });
    running.push(app);
    return app;
  };
}
