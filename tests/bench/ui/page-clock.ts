/** Times as the page itself sees them: from an act to the frame that shows what came of it. */
import type { Page } from "playwright";

/** Milliseconds from `act` to the first frame in which `done` holds; both are JavaScript of the page. */
export function untilShown(page: Page, act: string, done: string): Promise<number> {
  return page.evaluate(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    const began = performance.now();
    ${act};
    while (true) {
      await frame();
      if (${done}) return performance.now() - began;
      if (performance.now() - began > 60_000) throw new Error(${JSON.stringify(`Never came: ${done}`)});
    }
  })()`);
}

/**
 * Milliseconds from a key that the person presses, or a click, to the first frame in which `done` holds.
 * @param press does it, once
 */
export async function untilShownAfter(page: Page, press: () => Promise<void>, done: string): Promise<number> {
  await page.evaluate(`(() => {
    let began = null;
    const begin = ({ timeStamp }) => (began ??= timeStamp);
    for (const type of ["keydown", "pointerdown"]) addEventListener(type, begin, { capture: true, once: true });
    globalThis.shownAfter = new Promise((resolve, reject) => {
      const from = performance.now();
      const look = () => {
        const now = performance.now();
        if (began !== null && (${done})) resolve(now - began);
        else if (now - from > 60_000) reject(new Error(${JSON.stringify(`Never came: ${done}`)}));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  })()`);
  await press();
  return page.evaluate("shownAfter");
}

export interface Scrolled {
  /** Milliseconds between frames, as long as it was scrolled. */
  readonly frames: readonly number[];
  /** The longest time for which some place within sight had no row with a text, in ms. */
  readonly longestBlank: number;
  /** The longest time for which the rows in sight were not those of the scrollbar's place, in ms. */
  readonly longestBehind: number;
}

export interface ScrolledList {
  /** Selector of what scrolls. */
  readonly list: string;
  /** Selector of its rows, each with its place in `data-line`. */
  readonly rows: string;
  /** How many rows the list has. */
  readonly count: number;
}

/** What is measured after the scrolling: until then even the last rows must have come. */
const TAIL_MS = 500;

/** Watches the frames of a list while it is scrolled. */
export async function watchScroll(
  page: Page,
  { list, rows, count }: ScrolledList,
  scroll: () => Promise<void>,
): Promise<Scrolled> {
  await page.evaluate(`(() => {
    const list = document.querySelector(${JSON.stringify(list)});
    const seen = { frames: [], longestBlank: 0, longestBehind: 0, counts: true, goes: true };
    globalThis.scrollSeen = seen;
    let last = null;
    const since = { longestBlank: null, longestBehind: null };
    const lasts = (what, isSo, now) => {
      if (!isSo) since[what] = null;
      else {
        since[what] ??= now;
        seen[what] = Math.max(seen[what], now - since[what]);
      }
    };
    const look = (now) => {
      if (last !== null && seen.counts) seen.frames.push(now - last);
      last = now;
      const bounds = list.getBoundingClientRect();
      const top = bounds.top + list.clientTop + (list.querySelector("thead")?.offsetHeight ?? 0);
      const bottom = bounds.top + list.clientTop + list.clientHeight;
      let covered = 0;
      let end = bottom;
      let first = Infinity;
      let height = 28;
      for (const row of list.querySelectorAll(${JSON.stringify(rows)})) {
        const place = row.getBoundingClientRect();
        const part = Math.min(place.bottom, bottom) - Math.max(place.top, top);
        if (part <= 0 || row.textContent.trim() === "") continue;
        covered += part;
        // Below the last row nothing is missing.
        if (Number(row.dataset.line) === ${count} - 1) end = Math.min(end, place.bottom);
        height = place.height;
        first = Math.min(first, Number(row.dataset.line));
      }
      lasts("longestBlank", covered < end - top - 2, now);
      const way = list.scrollHeight - list.clientHeight;
      const place = (list.scrollTop / way) * (${count} - (bottom - top) / height);
      // A list that is longer than an element may be is scrolled by steps that lead the thumb astray by as much.
      lasts("longestBehind", Math.abs(place - first) > 2 + ${count} / 10_000, now);
      if (seen.goes) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
  await scroll();
  return page.evaluate(`new Promise((resolve) => {
    scrollSeen.counts = false;
    setTimeout(() => {
      scrollSeen.goes = false;
      const { frames, longestBlank, longestBehind } = scrollSeen;
      resolve({ frames, longestBlank, longestBehind });
    }, ${TAIL_MS});
  })`);
}

/** Turns the wheel over a list: `turns` times `delta` px, one each 16 ms. */
export async function turnWheel(page: Page, list: string, turns: number, delta: number): Promise<void> {
  await page.locator(list).hover();
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, delta);
    await page.waitForTimeout(16);
  }
}

/** Presses the mouse on the thumb of a list's scrollbar and draws it from the top to the end, and half way back. */
export async function dragThumb(page: Page, list: string): Promise<void> {
  const bounds = await page.locator(list).boundingBox();
  if (bounds === null) throw new Error("There is no list to scroll");
  const thumb: { x: number; bottom: number } = await page.evaluate(`(() => {
    const list = document.querySelector(${JSON.stringify(list)});
    const { left, top } = list.getBoundingClientRect();
    const bar = list.offsetWidth - list.clientWidth;
    if (bar < 8) throw new Error("The list has no scrollbar that a mouse could draw");
    return { x: left + list.clientWidth + bar / 2, bottom: top + list.clientHeight };
  })()`);
  // Below the arrow at the scrollbar's end.
  const from = bounds.y + 22;
  const steps = 150;
  const at = (step: number) => from + ((thumb.bottom - from) * step) / steps;
  await page.mouse.move(thumb.x, from);
  await page.mouse.down();
  for (let step = 1; step <= steps; step += 1) {
    await page.mouse.move(thumb.x, at(step));
    await page.waitForTimeout(16);
  }
  for (let step = steps; step >= steps / 2; step -= 1) {
    await page.mouse.move(thumb.x, at(step));
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
  const moved: number = await page.evaluate(`document.querySelector(${JSON.stringify(list)}).scrollTop`);
  if (moved === 0) throw new Error("The mouse did not draw the thumb");
}

/** Resident memory in MiB of the process that draws a page. Linux and macOS. */
export async function pageMemory(page: Page): Promise<number> {
  const { execFileSync } = await import("node:child_process");
  const session = await page.context().browser()?.newBrowserCDPSession();
  const told = await session?.send("SystemInfo.getProcessInfo");
  const own = told?.processInfo.filter(({ type }) => type === "renderer") ?? [];
  const rss = own.map(({ id }) => Number(execFileSync("ps", ["-o", "rss=", "-p", String(id)], { encoding: "utf8" })));
  return Math.max(...rss) / 1024;
}
