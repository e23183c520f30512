/** What is measured in the app's own window. */
import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Browser, Page } from "playwright";
import { parseFilter } from "../../../src/shared/filter-text.ts";
import { FILTERS, previewId, previewMark } from "./archives.ts";
import { type Host, indexed, openIndexed, startHost, verifyAll } from "./host.ts";
import {
  dragThumb,
  pageMemory,
  type Scrolled,
  turnWheel,
  untilShown,
  untilShownAfter,
  watchScroll,
} from "./page-clock.ts";

export const VIEWPORT = { width: 1280, height: 820 };

const ROW = "document.querySelector('[data-testid=row]')";
const GRID = "document.querySelector('[role=grid]')";
const PREVIEW = "document.querySelector('[data-testid=panel-preview]')?.textContent";

const pressed = (text: string) =>
  `[...document.querySelectorAll("button")].find((button) => button.textContent.includes(${JSON.stringify(text)})).click()`;

/** The app in a browser, with a host of its own. */
async function inWindow<T>(browser: Browser, home: string, use: (page: Page, host: Host) => Promise<T>): Promise<T> {
  const host = await startHost(home);
  const page = await browser.newPage({ viewport: VIEWPORT });
  try {
    await page.goto(host.url);
    await page.getByRole("heading", { name: "Recent archives" }).waitFor();
    return await use(page, host);
  } finally {
    await page.close();
    await host.close();
  }
}

async function shownRows(page: Page, archive: string): Promise<void> {
  await untilShown(page, pressed(basename(archive)), `${ROW} !== null`);
}

/** Makes the archives known to the app, with their indexes. Gives the longest block of the host while those are made, in ms. */
export async function prepare(home: string, archives: readonly string[]): Promise<number> {
  const host = await startHost(home);
  try {
    const blocks: number[] = [];
    for (const path of archives) {
      const { id } = await host.client.call("archives.open", { path });
      blocks.push(await host.longestBlock(() => indexed(host, id)));
    }
    return Math.max(...blocks);
  } finally {
    await host.close();
  }
}

/** Milliseconds from the click on an archive to its rows, each in a host that has just started. */
export async function opening(browser: Browser, home: string, archive: string, rounds: number, hasIndex: boolean) {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (!hasIndex) await rm(join(home, "derived"), { recursive: true, force: true });
    const open = (page: Page) => untilShown(page, pressed(basename(archive)), `${ROW} !== null`);
    times.push(await inWindow(browser, home, open));
  }
  return times;
}

/** Milliseconds of each choice of a session and each order of all rows, to the frame with the rows. */
export function choosing(browser: Browser, home: string, archive: string) {
  return inWindow(browser, home, async (page) => {
    await shownRows(page, archive);
    const settled = (changed: string) =>
      `${ROW} !== null && ${GRID}?.getAttribute("aria-busy") === "false" && (${changed})`;
    const sessions: number[] = [];
    // They are read after the first rows; no more are drawn where each has a day of its own.
    await page.locator("[data-session]").nth(9).waitFor();
    const ids: string[] = await page.evaluate(
      `[...document.querySelectorAll("[data-session]")].map((session) => session.dataset.session)`,
    );
    // The newest session begins with the same row as the whole list.
    for (const id of ids.slice(1, 10)) {
      const session = `document.querySelector('[data-session="${id}"]')`;
      const act = `globalThis.before = ${ROW}.dataset.ref; ${session}.click()`;
      const done = settled(`${session}.ariaSelected === "true" && ${ROW}.dataset.ref !== before`);
      sessions.push(await untilShown(page, act, done));
    }
    await page.getByRole("option", { name: "All responses" }).click();
    await page.locator("[data-testid=row]").first().waitFor();
    const orders: number[] = [];
    for (const column of ["Source", "Kind", "Method", "Status", "Size", "Type", "Duration", "Checksum", "Time"]) {
      for (const _direction of ["one", "other"]) {
        const head =
          "[...document.querySelectorAll('[aria-sort]')].map((head) => head.innerText + head.ariaSort).join()";
        const click = `[...document.querySelectorAll("th button")].find((one) => one.innerText === "${column}").click()`;
        const act = `globalThis.before = ${head}; ${click}`;
        orders.push(await untilShown(page, act, settled(`${head} !== before`)));
      }
    }
    return { sessions, orders };
  });
}

/** Milliseconds from the key that ends a typed condition to the frame with its rows, and from the one that removes it. */
export function filtering(browser: Browser, home: string, archive: string): Promise<number[]> {
  return inWindow(browser, home, async (page) => {
    await shownRows(page, archive);
    const count = `document.querySelector(".rows-count")?.textContent`;
    await page.locator("[data-session]").first().waitFor();
    await page.waitForTimeout(1_000);
    const all: string = await page.evaluate(count);
    const isSettled = `${ROW} !== null && ${GRID}.getAttribute("aria-busy") === "false"`;
    const times: number[] = [];
    await page.keyboard.press("/");
    for (const { typed } of FILTERS) {
      await page.keyboard.insertText(typed);
      await page.waitForTimeout(500);
      const press = (key: string) => () => page.keyboard.press(key);
      const isOther = `${count} !== undefined && ${count} !== ${JSON.stringify(all)}`;
      times.push(await untilShownAfter(page, press(" "), `${isSettled} && ${isOther}`));
      await page.waitForTimeout(200);
      times.push(
        await untilShownAfter(page, press("Backspace"), `${isSettled} && ${count} === ${JSON.stringify(all)}`),
      );
      await page.waitForTimeout(200);
    }
    return times;
  });
}

/** The list of an archive, by wheel from its top on and by its thumb. @param count rows of it */
export function scrolling(browser: Browser, home: string, archive: string, count: number) {
  return inWindow(browser, home, async (page) => {
    await shownRows(page, archive);
    await page.locator("[data-session]").first().waitFor();
    await page.waitForTimeout(1_000);
    const list = { list: "[role=grid]", rows: "[data-testid=row]", count };
    const wheel: Scrolled = await watchScroll(page, list, () => turnWheel(page, list.list, 240, 400));
    await page.evaluate(`${GRID}.scrollTop = 0`);
    await page.waitForTimeout(500);
    const thumb: Scrolled = await watchScroll(page, list, () => dragThumb(page, list.list));
    return { wheel, thumb };
  });
}

/** Clicks a row of the archive of payloads, `place` rows from the top; gives the ms until the preview holds `mark`. */
async function preview(page: Page, id: string, place: number, mark: string): Promise<number> {
  await page.evaluate(`${GRID}.scrollTop = ${Math.max(0, place - 5)} * 28`);
  await page.locator(`[data-ref="response:${id}"]`).waitFor();
  const click = `document.querySelector('[data-ref="response:${id}"]').click()`;
  return untilShown(page, click, `${PREVIEW}?.includes(${JSON.stringify(mark)})`);
}

/** Milliseconds from the selection of a row to the text of its payload of 100 KiB. */
export function previewing(browser: Browser, home: string, archive: string, count: number) {
  return inWindow(browser, home, async (page) => {
    await shownRows(page, archive);
    const times: number[] = [];
    for (let number = count - 1; number >= 0; number -= 1) {
      times.push(await preview(page, previewId(number), count - 1 - number, previewMark(number)));
    }
    return times;
  });
}

/** Milliseconds to the first screen of a large payload, and what the page's memory grew by in MiB. */
export function large(browser: Browser, home: string, archive: string, count: number, id: "json" | "csv") {
  return inWindow(browser, home, async (page) => {
    await shownRows(page, archive);
    await preview(page, previewId(0), count - 1, previewMark(0));
    const before = await pageMemory(page);
    let peak = before;
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        peak = Math.max(peak, await pageMemory(page));
        await page.waitForTimeout(50);
      }
    })();
    const place = id === "json" ? count : count + 1;
    const took = await preview(page, id, place, id === "json" ? "the-large-one" : "2025-10-01");
    // What goes on behind the first screen counts as well.
    await page.waitForTimeout(3_000);
    isOver = true;
    await watching;
    return { took, growth: peak - before };
  });
}

/** The longest blocks of the host's main thread, in ms: while all is verified, and while filters are applied. */
export async function blocks(home: string, rows: string, payloads: string) {
  const host = await startHost(home);
  try {
    const archiveId = await openIndexed(host, rows);
    const payloadsId = await openIndexed(host, payloads);
    const verifying = await host.longestBlock(() => verifyAll(host, payloadsId));
    const sort = { column: "time", direction: "desc" } as const;
    const searching = await host.longestBlock(async () => {
      for (const text of ["kind:kind-7", "status:error", "source:source-3 method:POST", "size:>199000b", "is:orphan"]) {
        const { filter } = parseFilter(text);
        await host.client.call("rows.list", { archiveId, sessionId: null, filter, sort, cursor: null, limit: 200 });
        await host.client.call("facets.list", { archiveId, sessionId: null, filter });
      }
    });
    return { verifying, searching };
  } finally {
    await host.close();
  }
}
