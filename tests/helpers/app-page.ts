/** The app's window as a person uses it: its places by their names, and steps that take more than one click. */
import type { Locator, Page, Request } from "playwright";
import { expect } from "vitest";
import type { RunningApp } from "./hosts.ts";

export type InspectorTab = "Preview" | "Raw" | "Metadata" | "Request" | "History" | "Compare";

/** Waits until what `read` gives is as expected; a busy machine gets the time it needs. */
export function eventually<T>(read: () => Promise<T> | T, timeout = 15_000) {
  return expect.poll(read, { timeout, interval: 30 });
}

/** What happened in the page that a person would have to know of. */
export interface PageWatch {
  /** Messages of `alert`, `confirm` and `prompt`; each is dismissed. */
  readonly dialogs: readonly string[];
  /** Addresses of requests to anything but the app's own host. */
  readonly elsewhere: readonly string[];
}

export class AppPage {
  readonly app: RunningApp;
  readonly page: Page;

  constructor(app: RunningApp) {
    this.app = app;
    this.page = app.page;
  }

  get grid(): Locator {
    return this.page.getByRole("grid", { name: "Rows" });
  }
  get rows(): Locator {
    return this.page.getByTestId("row");
  }
  get activeRow(): Locator {
    return this.page.locator("[data-testid=row][data-active]");
  }
  get sessions(): Locator {
    return this.page.getByTestId("session");
  }
  get inspector(): Locator {
    return this.page.getByRole("region", { name: "Inspector" });
  }
  get jobs(): Locator {
    return this.page.getByRole("complementary", { name: "Jobs" });
  }
  get dialog(): Locator {
    return this.page.getByRole("dialog");
  }
  get toast(): Locator {
    return this.page.locator(".toast");
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name });
  }

  /** Presses the mouse on the thumb of the grid's scrollbar, wherever it is, and draws it to this part of the way. */
  async drawThumb(part: number): Promise<void> {
    const { page } = this;
    const bar: { x: number; top: number; length: number; thumb: number } = await page.evaluate(`(() => {
      const grid = document.querySelector("[role=grid]");
      const { left, top } = grid.getBoundingClientRect();
      const width = grid.offsetWidth - grid.clientWidth;
      // Its arrows are as high as it is wide.
      const length = grid.clientHeight - 2 * width;
      const thumb = width + (grid.scrollTop / grid.scrollHeight) * length;
      return { x: left + grid.clientWidth + width / 2, top: top + width, length, thumb: top + thumb + 4 };
    })()`);
    await page.mouse.move(bar.x, bar.thumb);
    await page.mouse.down();
    const end = bar.top + bar.length * part;
    await page.mouse.move(bar.x, end, { steps: 3 });
    // Chromium forgets where the mouse went last when the button comes up before that was drawn: let the thumb come there.
    for (let frame = 0; frame < 3; frame += 1) {
      await page.mouse.move(bar.x, end);
      await page.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
    }
    await page.mouse.up();
  }

  /** Ids of the sessions in the rail, newest first. */
  async sessionIds(): Promise<string[]> {
    const ids = await Promise.all((await this.sessions.all()).map((session) => session.getAttribute("data-session")));
    return ids.filter((id) => id !== null);
  }

  session(id: string): Locator {
    return this.page.locator(`[data-session="${id}"]`);
  }

  /** Records dialogs, and requests that leave the app, from now on. What the page's policy refused was told, and never left. */
  watch(): PageWatch {
    const dialogs: string[] = [];
    const requests: Request[] = [];
    const own = new URL(this.page.url()).host;
    this.page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    this.page.on("request", (request) => {
      const { protocol, host } = new URL(request.url());
      const harmless = protocol === "data:" || protocol === "blob:";
      if (host !== own && !harmless) requests.push(request);
    });
    return {
      dialogs,
      get elsewhere() {
        return requests.filter((request) => request.failure()?.errorText !== "csp").map((request) => request.url());
      },
    };
  }

  /** Waits until the rows of the open archive are there. */
  async archiveShown(name: string): Promise<void> {
    await this.button(`Archive: ${name}`).waitFor();
    await this.rows.first().waitFor();
  }

  /** From the doors or from an open archive: chooses another folder in the host's own way. */
  async openFolder(path: string): Promise<void> {
    if (this.app.kind === "desktop") await this.app.answerNextFolderDialog(path);
    const door = this.button(/^Open an archive/);
    const switcher = this.button(/^Archive: /);
    await door.or(switcher).waitFor();
    if (await door.isVisible()) await door.click();
    else {
      await switcher.click();
      await this.page.getByRole("menuitem", { name: "Open…" }).click();
    }
    if (this.app.kind === "desktop") return;
    await this.listFolder(path);
    await this.dialog.locator("button:not([aria-disabled])", { hasText: "Open archive" }).click();
  }

  /** In the web host's folder dialog: goes to a folder, by its path. */
  async listFolder(path: string): Promise<void> {
    const field = this.dialog.getByRole("textbox", { name: "Path" });
    // The first listing, of the home folder, fills in its own path.
    await eventually(() => field.inputValue()).not.toBe("");
    await field.fill(path);
    await field.press("Enter");
    await this.dialog.locator("[role=listbox][aria-busy=false]").waitFor();
  }

  /** Shows the rows of one session. */
  async showSession(id: string): Promise<void> {
    await this.session(id).click();
    await this.page.locator(`[data-session="${id}"][aria-selected=true]`).waitFor();
    await this.rowsSettled();
  }

  async showAllResponses(): Promise<void> {
    await this.page.getByRole("option", { name: "All responses" }).click();
    await this.rowsSettled();
  }

  /** Waits until the list is read: rows, or the words that there are none. */
  async rowsSettled(): Promise<void> {
    const pane = this.page.getByRole("region", { name: "Responses" });
    await this.rows
      .first()
      .or(pane.getByRole("heading", { level: 2 }))
      .waitFor();
  }

  columnHead(name: string): Locator {
    return this.grid.getByRole("columnheader", { name, exact: true });
  }

  /** Clicks the head of a column; gives the order that the list is in then. */
  async sortBy(column: string): Promise<"ascending" | "descending"> {
    const head = this.columnHead(column);
    const before = await head.getAttribute("aria-sort");
    await head.getByRole("button", { name: column, exact: true }).click();
    await eventually(() => head.getAttribute("aria-sort")).not.toBe(before);
    await eventually(() => this.grid.getAttribute("aria-busy")).toBe("false");
    await this.rowsSettled();
    return (await head.getAttribute("aria-sort")) === "ascending" ? "ascending" : "descending";
  }

  /** Clicks the row of this reference (`response:<id>`), wherever in the list it is, and waits for the inspector. */
  async select(ref: string): Promise<void> {
    const found = await this.page.evaluate(`(${SCROLL_TO_ROW})(${JSON.stringify(ref)})`);
    if (found !== true) throw new Error(`The list has no row ${ref}`);
    await this.page.locator(`[data-ref="${ref}"]`).click({ position: { x: 40, y: 12 } });
    await this.inspected();
  }

  /** Waits until the inspector shows the row that is active. */
  async inspected(): Promise<void> {
    await this.page.locator("section[aria-label=Inspector][aria-busy=false]").waitFor();
  }

  /** Runs the command that the palette finds by these words. */
  async command(words: string): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+k");
    const field = this.dialog.getByRole("combobox", { name: "Find a command" });
    await field.fill(words);
    // A slow machine marks what was found a moment after it shows it, and Enter means what is marked.
    await this.dialog.locator("[role=option][data-highlighted]").waitFor();
    await field.press("Enter");
  }

  /** Shows a tab of the inspector, and gives what is in it. */
  async tab(name: InspectorTab): Promise<Locator> {
    const tab = this.inspector.getByRole("tab", { name });
    if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
    const panel = this.page.getByTestId(`panel-${name.toLowerCase()}`);
    await panel.waitFor();
    return panel;
  }

  /** The text in a code view of the inspector, as far as it is in sight. */
  async code(label: string): Promise<string> {
    const view = this.inspector.getByRole("textbox", { name: label, exact: true });
    return (await view.locator(".cm-line").allTextContents()).join("\n");
  }

  /** Titles of the banners in the inspector: everything that is unusual about the row. */
  banners(): Promise<string[]> {
    return this.inspector.locator(".banner-title").allInnerTexts();
  }

  /** The value beside a name in a list of facts. */
  fact(name: string): Locator {
    const term = this.page.locator("dt").getByText(name, { exact: true });
    return this.inspector.locator(".fact", { has: term }).locator(".fact-value");
  }

  /** The cells of a row as text, in the order of the columns. */
  async cells(row: Locator): Promise<string[]> {
    return row.getByRole("gridcell").allInnerTexts();
  }
}

/** Scrolls the grid from its top until the row is drawn; false when the list ends before. Runs in the page. */
const SCROLL_TO_ROW = `async (ref) => {
  const grid = document.querySelector("[role=grid]");
  const drawn = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  // Rows further down are loaded when they are wanted, and may come after one has passed.
  const until = performance.now() + 10_000;
  for (let top = 0; ; top += grid.clientHeight * 0.8) {
    const row = grid.querySelector('[data-ref="' + ref + '"]');
    if (row !== null) {
      row.scrollIntoView({ block: "center", inline: "start" });
      await drawn();
      return true;
    }
    if (top > grid.scrollHeight) {
      if (performance.now() > until) return false;
      top = 0;
    }
    grid.scrollTop = top;
    await drawn();
  }
}`;
