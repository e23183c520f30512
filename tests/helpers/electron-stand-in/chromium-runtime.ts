/** The one Chromium of a stand-in: started when the first window needs it, with a port for a second driver. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright";
import { CHROMIUM_ARGUMENTS } from "../browser.ts";

export interface ChromiumOptions {
  readonly executablePath: string;
  /** Called when it is started. */
  profileDirectory(): string;
  readonly colorScheme: "light" | "dark";
}

export class ChromiumRuntime {
  readonly #options: ChromiumOptions;
  #context: Promise<BrowserContext> | null = null;

  constructor(options: ChromiumOptions) {
    this.#options = options;
  }

  /** The context of all windows. It keeps an empty page of its own, so that Chromium outlives its last window. */
  context(): Promise<BrowserContext> {
    const { executablePath, profileDirectory, colorScheme } = this.#options;
    this.#context ??= chromium.launchPersistentContext(profileDirectory(), {
      executablePath,
      headless: true,
      args: [...CHROMIUM_ARGUMENTS, "--remote-debugging-port=0"],
      colorScheme,
      viewport: null,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    return this.#context;
  }

  /** Where a second driver can connect by CDP. */
  async endpoint(): Promise<string> {
    await this.context();
    const text = await readFile(join(this.#options.profileDirectory(), "DevToolsActivePort"), "utf8");
    return `http://127.0.0.1:${text.split("\n", 1)[0]}`;
  }

  async close(): Promise<void> {
    await (await this.#context)?.close();
  }
}
