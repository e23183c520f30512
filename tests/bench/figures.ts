/** What benchmarks share: a folder to work in, rounds that alternate between two sides, and lines that show both with their ratio. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One line of the table. */
export interface Figure {
  readonly what: string;
  /** Ours and the peer's, in `unit`. */
  readonly ours: number;
  readonly peer: number;
  readonly unit: string;
  /** True where more is better; the ratio then is ours / peer, in either case. */
  readonly against: string;
  /** What the ratio is to reach; with "most" it is to stay below. */
  readonly target: { readonly at: "least" | "most"; readonly ratio: number } | null;
  readonly note?: string;
}

/** How a benchmark is run. */
export interface BenchOptions {
  /** Small sizes, to see that it works; the figures then mean little. */
  readonly quick: boolean;
  readonly say: (text: string) => void;
}

/** A benchmark: a name to choose it by, and what it measures. */
export type Bench = (options: BenchOptions) => Promise<readonly Figure[]>;

/** Runs `body` with an empty folder, which is removed afterwards. Below `BENCH_DIR`, or the system's temporary folder. */
export async function inFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "dataio-bench-"));
  try {
    return await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Runs both sides in turn, so that what else the machine does meets both, and gives the round in the middle by its ratio: two
 * figures that were measured one after the other.
 * @param sides each gives the figure of one round
 */
export async function alternate(
  rounds: number,
  sides: { readonly ours: (round: number) => Promise<number>; readonly peer: (round: number) => Promise<number> },
): Promise<{ readonly ours: number; readonly peer: number }> {
  const measured: { readonly ours: number; readonly peer: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Who begins changes from round to round.
    if (round % 2 === 0) {
      const ours = await sides.ours(round);
      measured.push({ ours, peer: await sides.peer(round) });
    } else {
      const peer = await sides.peer(round);
      measured.push({ ours: await sides.ours(round), peer });
    }
  }
  const sorted = measured.toSorted((a, b) => a.ours / a.peer - b.ours / b.peer);
  return sorted[Math.floor(sorted.length / 2)] ?? { ours: Number.NaN, peer: Number.NaN };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The line of a figure, and whether it reaches its target. */
export function line(figure: Figure): { readonly text: string; readonly reached: boolean } {
  const { what, ours, peer, unit, against, target, note } = figure;
  const ratio = ours / peer;
  const reached = target === null || (target.at === "least" ? ratio >= target.ratio : ratio <= target.ratio);
  const sides = `${number(ours)} ${unit} | ${number(peer)} ${unit} | ${ratio.toFixed(2)}x`;
  const aim =
    target === null ? "-" : `${target.at === "least" ? "≥" : "≤"} ${target.ratio}x${reached ? "" : " MISSED"}`;
  return { text: `| ${what} | ${against} | ${sides} | ${aim} |${note === undefined ? "" : ` ${note}`}`, reached };
}

function number(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toPrecision(3);
}
