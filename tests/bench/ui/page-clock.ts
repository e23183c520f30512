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

export interface Scrolled {
  /** Milliseconds between frames. */
  readonly frames: readonly number[];
  /** The longest time for which some place within sight had no row, in ms. */
  readonly longestBlank: number;
}

/**
 * Watches the frames of a list while it is scrolled.
 * @param list selector of what scrolls
 * @param rows selector of its rows that are filled, each with its place in `data-line`
 */
export async function watchScroll(
  page: Page,
  list: string,
  rows: string,
  scroll: () => Promise<void>,
): Promise<Scrolled> {
  await page.evaluate(`(() => {
    const list = document.querySelector(${JSON.stringify(list)});
    const seen = { frames: [], longestBlank: 0, goes: true };
    globalThis.scrollSeen = seen;
    let last = performance.now();
    let since = null;
    const look = (now) => {
      seen.frames.push(now - last);
      last = now;
      const { top, bottom } = list.getBoundingClientRect();
      const filled = [...list.querySelectorAll(${JSON.stringify(rows)})].map((row) => row.getBoundingClientRect());
      // The head of the list lies over its first places.
      const inSight = filled.filter((row) => row.bottom > top + row.height && row.top < bottom);
      const height = inSight[0]?.height ?? 28;
      const isFull = inSight.length >= Math.floor((bottom - top) / height) - 2;
      if (isFull) since = null;
      else {
        since ??= now;
        seen.longestBlank = Math.max(seen.longestBlank, now - since);
      }
      if (seen.goes) requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  })()`);
  await scroll();
  return page.evaluate(`new Promise((resolve) => setTimeout(() => {
    scrollSeen.goes = false;
    resolve({ frames: scrollSeen.frames.slice(2), longestBlank: scrollSeen.longestBlank });
  }, 300))`);
}

/** Turns the wheel over a list: `turns` times `delta` px, one each 16 ms. */
export async function turnWheel(page: Page, list: string, turns: number, delta: number): Promise<void> {
  await page.locator(list).hover();
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel(0, delta);
    await page.waitForTimeout(16);
  }
}

/** Moves a list from its top to its end and half way back as the thumb of its scrollbar does: a step in each frame, with halts. */
export function dragThumb(page: Page, list: string): Promise<void> {
  return page.evaluate(`(async () => {
    const list = document.querySelector(${JSON.stringify(list)});
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const places = [...Array(120).keys()].map((step) => step / 119);
    for (const place of [...places, ...places.slice(59).toReversed()]) {
      list.scrollTop = place * (list.scrollHeight - list.clientHeight);
      await frame();
    }
  })()`);
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
