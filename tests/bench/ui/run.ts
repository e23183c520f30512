/**
 * Measures the window in a real Chromium, on an archive of 1.2 million responses, and prints each figure beside its aim and
 * beside a naive page's. usage: run.ts [--quick]
 * Figures depend on the machine: without a graphics card, Chromium draws with the processor. BENCH_DIR names the folder to work in.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { buildIfNeeded } from "../../../scripts/build-if-needed.mjs";
import { CHROMIUM_ARGUMENTS, findChromium } from "../../helpers/browser.ts";
import { ROOT } from "../../helpers/root.ts";
import { inFolder, quantile } from "../figures.ts";
import { FULL, payloadsArchive, QUICK, rowsArchive } from "./archives.ts";
import { naive } from "./naive.ts";
import type { Scrolled } from "./page-clock.ts";
import { blocks, choosing, filtering, large, opening, prepare, previewing, scrolling, VIEWPORT } from "./window.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const sizes = values.quick ? QUICK : FULL;
const say = (text: string) => console.error(`  ${text}`);

/** Prints a line; `peer` is null where the naive page did not finish, and left out where it has no such thing. */
function line(what: string, most: number, ours: number, peer: number | null | undefined, unit: string): void {
  const shown = (value: number) =>
    `${value >= 100 ? Math.round(value).toLocaleString("en") : Number(value.toPrecision(3))} ${unit}`;
  const beside = peer === undefined ? "-" : peer === null ? "did not finish" : shown(peer);
  const ratio = typeof peer === "number" && peer > 0 ? `${(ours / peer).toPrecision(2)}x` : "-";
  console.log(
    `| ${what} | ≤ ${shown(most)}${ours <= most ? "" : ", missed"} | ${shown(ours)} | ${beside} | ${ratio} |`,
  );
}

const p95 = (times: readonly number[]) => quantile(times, 0.95);
const p95OrNull = (times: readonly number[] | undefined) => (times === undefined ? null : p95(times));

function scrollLines(count: number, how: string, ours: Scrolled, peer: Scrolled | undefined): void {
  const what = `${count.toLocaleString("en")} rows by ${how}`;
  line(`${what}: longest blank`, 100, ours.longestBlank, peer?.longestBlank ?? null, "ms");
  line(`${what}: frame, p95`, 33, p95(ours.frames), p95OrNull(peer?.frames), "ms");
  line(
    `${what}: longest that the rows were those of another place`,
    500,
    ours.longestBehind,
    peer?.longestBehind ?? null,
    "ms",
  );
}

if (!buildIfNeeded(ROOT)) throw new Error("The app cannot be built, so there is nothing to measure.");
await inFolder(async (folder) => {
  say("archives");
  const rows = rowsArchive(sizes.responses);
  const scrolled = rowsArchive(sizes.scrolled);
  const payloads = await payloadsArchive(join(folder, "payloads"), sizes);
  const home = join(folder, "home");
  const executablePath = await findChromium();
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: CHROMIUM_ARGUMENTS,
    // Without a scrollbar there is no thumb to draw.
    ignoreDefaultArgs: ["--hide-scrollbars"],
  });
  try {
    console.log(`Chromium ${browser.version()}, ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}\n`);
    console.log("| what | at most | ours | naive | ratio |\n|---|---|---|---|---|");
    say("the naive page");
    const { previews, responses: count } = sizes;
    const some = { archive: scrolled, count: sizes.scrolled };
    const peer = await naive(browser, { rows, count, scrolled: some, payloads, previews, viewport: VIEWPORT, folder });

    say("opening");
    await prepare(home, [rows]);
    const unindexed = await opening(browser, home, rows, 3, false);
    const building = await prepare(home, [rows, scrolled, payloads]);
    const withIndex = await opening(browser, home, rows, 5, true);
    const opened = peer.listed?.opened ?? null;
    line(
      `open ${count.toLocaleString("en")} responses to first rows, index present, p95`,
      500,
      p95(withIndex),
      opened,
      "ms",
    );
    line("the same without an index, p95", 1_000, p95(unindexed), opened, "ms");

    say("sessions, orders and filters");
    const { sessions, orders } = await choosing(browser, home, rows);
    line("choose a session, to rows, p95", 100, p95(sessions), p95OrNull(peer.listed?.sessions), "ms");
    line("sort by a column, to rows, p95", 100, p95(orders), p95OrNull(peer.listed?.orders), "ms");
    const filters = await filtering(browser, home, rows);
    line("enter or remove a condition, to rows, p95", 100, p95(filters), p95OrNull(peer.listed?.filters), "ms");

    say("scrolling");
    const scroll = await scrolling(browser, home, scrolled, sizes.scrolled);
    scrollLines(sizes.scrolled, "wheel", scroll.wheel, peer.scroll?.wheel);
    scrollLines(sizes.scrolled, "thumb", scroll.thumb, peer.scroll?.thumb);
    const scrollAll = await scrolling(browser, home, rows, count);
    scrollLines(count, "wheel", scrollAll.wheel, peer.scrollAll?.wheel);
    scrollLines(count, "thumb", scrollAll.thumb, peer.scrollAll?.thumb);

    say("previews");
    const previewed = await previewing(browser, home, payloads, previews);
    line("select a row, to its 100 KiB of JSON, p95", 100, p95(previewed), p95OrNull(peer.small ?? undefined), "ms");
    for (const id of ["json", "csv"] as const) {
      const { took, growth } = await large(browser, home, payloads, previews, id);
      const what = `${Math.round(sizes.large / 2 ** 20)} MiB of ${id.toUpperCase()}`;
      line(`${what}, to its first screen`, 1_000, took, peer[id]?.took ?? null, "ms");
      line(`${what}, memory of the page`, 150, growth, peer[id]?.growth ?? null, "MiB");
    }

    say("the host");
    const { verifying, searching } = await blocks(home, rows, payloads);
    line("the host is blocked while it builds indexes", 50, building, undefined, "ms");
    line("the same, while it verifies", 50, verifying, undefined, "ms");
    line("the same, while it filters and counts", 50, searching, undefined, "ms");
  } finally {
    await browser.close();
  }
});
