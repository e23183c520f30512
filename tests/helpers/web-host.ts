/** The web host as a person has it: the built server, and its printed link opened in Chromium. */
import { join } from "node:path";
import { chromium, type Page } from "playwright";
import { inject } from "vitest";
import { AppProcess } from "./app-process.ts";
import { pageProblems } from "./page-problems.ts";
import { ROOT } from "./root.ts";

export interface WebOptions {
  /** Command line of the app. */
  readonly args?: readonly string[];
  /** Settings and samples; the caller removes it. */
  readonly dataDirectory: string;
  /** The system's theme; light when left out. */
  readonly colorScheme?: "light" | "dark";
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface WebApp {
  readonly kind: "web";
  readonly page: Page;
  /** The printed link, with its token. */
  readonly url: string;
  /** Errors that the page logged or did not catch, from its start on. */
  problems(): Promise<readonly string[]>;
  /** Ends the server. Rejects when it does not end in order. */
  close(): Promise<void>;
}

const LINK = /http:\/\/127\.0\.0\.1:\d+\/\S*token=\S+/;

/** The size of the window that the desktop host opens by default. */
const DEFAULT_VIEWPORT = { width: 1280, height: 820 };

export async function launchWeb(options: WebOptions): Promise<WebApp> {
  const { args = [], dataDirectory, colorScheme = "light", viewport = DEFAULT_VIEWPORT } = options;
  const env = {
    ...process.env,
    MXM_DATAIO_BROWSER_HOME: dataDirectory,
    MXM_CONFIG_HOME: join(dataDirectory, "config"),
  };
  const command = [process.execPath, [join(ROOT, "out/main/serve.js"), ...args], { cwd: ROOT, env }] as const;
  const app = new AppProcess("web host", command, "ignore");
  const url = await app.waitUntil("printing its link", () => LINK.exec(app.output)?.[0] ?? null);
  const browser = await chromium.connect(inject("chromiumEndpoint"));
  const page = await browser.newPage({ colorScheme, viewport });
  await page.goto(url);
  return {
    kind: "web",
    page,
    url,
    problems: () => pageProblems(page),
    async close() {
      await browser.close();
      app.child.kill("SIGTERM");
      const code = await app.ended();
      if (code !== 0) throw new Error(`The web host ended with ${code}:\n${app.output}`);
    },
  };
}
