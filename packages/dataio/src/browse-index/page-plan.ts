/**
 * How the rows of a selection are found: by which index, in one or several streams that are in the wanted order already, or
 * gathered and sorted where there are few. Pure; browse-index.ts runs it. No page sorts the whole archive.
 */
import type { RowSort } from "../browse-model.ts";
import type { CubeCell } from "./cube.ts";
import { type Boundaries, type IndexPart, partsOf, SCATTERED_COLUMNS, type ScatteredColumn } from "./scattered.ts";
import { CHANGED, CONCLUDED_SQL, type Column, FAILED_SQL, FIRST_PROBLEM, isConcluded, isFailed } from "./schema.ts";
import type { Range, Selection } from "./selection.ts";
import { USUAL_COLUMNS, type UsualCodes, unusualSql } from "./usual.ts";

/**
 * Rows of one index, in the order of their times, or of the index's own column. No `index`: by the row's id; no `where`: all of
 * the index.
 */
export type Stream = IndexPart;

/** A way to all rows of a selection. */
export interface Way {
  readonly streams: readonly Stream[];
  /** Rows that it passes. */
  readonly rows: number;
  /** True when each stream is in the order of (time, id). */
  readonly timeOrdered: boolean;
}

/** The columns of sorts other than by time. */
export const SORT_COLUMNS: Readonly<Record<Exclude<RowSort["column"], "time">, Column>> = {
  source: "source",
  kind: "kind",
  method: "method",
  status: "status",
  type: "type",
  size: "size",
  duration: "duration",
  checksum: "sum",
};
/** Sorted by the text that the code stands for, then by time. */
export const WORD_SORTS = ["source", "kind", "method", "status", "type"] as const;
export type WordSort = (typeof WORD_SORTS)[number];

/** Streams that are merged at most. */
const MOST_STREAMS = 64;
/** Up to so many rows are gathered rather than walked past: some 30 ms. */
export const FEW = 20_000;
/** More are never gathered. */
const MOST_GATHERED = 300_000;

/** What is known of the archive's rows when a page is planned. */
export interface Known {
  readonly cells: readonly CubeCell[];
  /** Rows in a range of an indexed column, counted up to FEW + 1. */
  count(column: Column, range: Range): number;
  readonly hasFileIndexes: boolean;
  readonly usual: UsualCodes;
  /** See scattered.ts. */
  readonly boundaries: Boundaries;
}

export type PagePlan =
  | { readonly kind: "empty" }
  /** Each stream is read in the order of the page, up to its end, and they are merged. */
  | { readonly kind: "merge"; readonly way: Way }
  /** The streams follow one another; all of one come before those of the next. */
  | { readonly kind: "walk"; readonly streams: readonly { readonly stream: Stream; readonly code: number | null }[] }
  /** All rows of a way are read and sorted here. */
  | { readonly kind: "gather"; readonly way: Way };

/** Cells whose rows may be selected, and whether all their rows are. */
export function selectedCells(selection: Selection, cells: readonly CubeCell[]): { cells: CubeCell[]; exact: boolean } {
  const tests = selection.conditions.flatMap(({ cell }) => (cell === null ? [] : [cell]));
  return {
    cells: cells.filter((cell) => tests.every((test) => test(cell))),
    exact: tests.length === selection.conditions.length,
  };
}

/** The way that passes the fewest rows. */
export function bestWay(selection: Selection, known: Known): Way {
  return waysOf(selection, known).reduce((best, way) => (way.rows < best.rows ? way : best));
}

/** @param textOrder puts codes in the order of their texts */
export function planPage(
  selection: Selection,
  sort: RowSort,
  known: Known,
  limit: number,
  textOrder: (codes: Iterable<number>) => number[],
): PagePlan {
  const selected = selectedCells(selection, known.cells);
  if (selected.cells.length === 0) return { kind: "empty" };
  const ways = waysOf(selection, known);
  const best = ways.reduce((a, b) => (b.rows < a.rows ? b : a));
  const all = sumOf(known.cells);
  if (sort.column === "time") {
    const ordered = ways.filter((way) => way.timeOrdered).reduce((a, b) => (b.rows < a.rows ? b : a));
    if (!best.timeOrdered && best.rows <= FEW && best.rows < ordered.rows / 4) return { kind: "gather", way: best };
    return { kind: "merge", way: ordered.rows > all / 2 ? everything(all) : ordered };
  }
  // Rows that are passed before the page is full; where only rows can tell which are selected, it may be all of them.
  const walked = selected.exact ? (limit * all) / sumOf(selected.cells) : FEW;
  if (best.rows <= walked && best.rows <= MOST_GATHERED) return { kind: "gather", way: best };
  const column = SORT_COLUMNS[sort.column];
  const isWord = WORD_SORTS.some((word) => word === column);
  const scattered = scatteredColumn(column);
  if (scattered !== undefined) {
    return { kind: "merge", way: { streams: partsOf(scattered, known.boundaries), rows: all, timeOrdered: false } };
  }
  if (!isWord) return { kind: "walk", streams: [{ stream: { index: `by_${column}`, where: "" }, code: null }] };
  const codes = textOrder(new Set(selected.cells.map((cell) => cell[column as WordSort])));
  if (sort.direction === "desc") codes.reverse();
  return {
    kind: "walk",
    streams: codes.map((code) => ({ stream: streamOf(column as WordSort, code, known.usual), code })),
  };
}

function everything(rows: number): Way {
  return { streams: [{ index: "by_time", where: "" }], rows, timeOrdered: true };
}

/** Rows with one code, in the order of time. */
function streamOf(column: WordSort, code: number, usual: UsualCodes): Stream {
  const where = `${column} = ${code}`;
  const unusual = USUAL_COLUMNS.find((name) => name === column);
  if (unusual === undefined) return { index: `by_${column}`, where };
  if (usual[unusual] === code) return { index: "by_time", where };
  return { index: `by_${column}`, where: `${where} AND ${unusualSql(unusual, usual)}` };
}

function waysOf(selection: Selection, known: Known): Way[] {
  const ways: Way[] = [everything(sumOf(known.cells))];
  const selected = selectedCells(selection, known.cells).cells;
  for (const dimension of WORD_SORTS) {
    if (dimension === "type" && !known.hasFileIndexes) continue;
    const codes = new Set(selected.map((cell) => cell[dimension]));
    if (codes.size === 0 || codes.size > MOST_STREAMS) continue;
    // That is everything.
    if (USUAL_COLUMNS.some((name) => name === dimension && codes.has(known.usual[name]))) continue;
    const rows = sumOf(known.cells.filter((cell) => codes.has(cell[dimension])));
    ways.push({
      streams: [...codes].map((code) => streamOf(dimension, code, known.usual)),
      rows,
      timeOrdered: true,
    });
  }
  const partial = (index: string, where: string, holds: (cell: CubeCell) => boolean) => {
    if (!selected.every(holds)) return;
    ways.push({ streams: [{ index, where }], rows: sumOf(known.cells.filter(holds)), timeOrdered: true });
  };
  partial("by_change", `change = ${CHANGED}`, (cell) => cell.change === CHANGED);
  partial("by_conclusion", CONCLUDED_SQL, (cell) => isConcluded(cell.flags));
  partial("by_failure", FAILED_SQL, (cell) => isFailed(cell.flags));
  if (selected.every((cell) => cell.integrity >= FIRST_PROBLEM)) {
    const codes = [...new Set(selected.map((cell) => cell.integrity))];
    ways.push({
      streams: codes.map((code) => ({
        index: "by_integrity",
        where: `integrity = ${code} AND integrity >= ${FIRST_PROBLEM}`,
      })),
      rows: sumOf(known.cells.filter((cell) => codes.includes(cell.integrity))),
      timeOrdered: true,
    });
  }
  const own = selection.ranges.id;
  if (own !== undefined) ways.push({ streams: [{ index: "", where: `id = ${own.from}` }], rows: 1, timeOrdered: true });
  for (const { sql, rows } of selection.few) {
    ways.push({ streams: [{ index: "", where: sql }], rows, timeOrdered: false });
  }
  for (const column of ["session", "identity", "time", "size", "duration", "sum"] as const) {
    const range = selection.ranges[column];
    if (range === undefined || (column === "duration" && !known.hasFileIndexes)) continue;
    ways.push({
      streams: rangeOf(column, range, known.boundaries),
      rows: known.count(column, range) > FEW ? Math.max(FEW + 1, sumOf(known.cells) / 3) : known.count(column, range),
      timeOrdered: isSingle(column) || column === "time",
    });
  }
  return ways;
}

/** Rows with a value in a range, by the index of its column. @param boundaries see scattered.ts */
export function rangeOf(column: Column, { from, to }: Range, boundaries: Boundaries): Stream[] {
  const where = `${column} BETWEEN ${literal(from)} AND ${literal(to)}`;
  const scattered = scatteredColumn(column);
  if (scattered !== undefined) {
    return partsOf(scattered, boundaries).map((part) => ({ ...part, where: `${where} AND ${part.where}` }));
  }
  return [{ index: `by_${column}`, where: isSingle(column) ? `${column} = ${from} AND ${column} > 0` : where }];
}

/** Whether a range of it is one value, whose rows its index has in the order of time. */
function isSingle(column: Column): boolean {
  return column === "session" || column === "identity";
}

function scatteredColumn(column: Column): ScatteredColumn | undefined {
  return SCATTERED_COLUMNS.find((name) => name === column);
}

/** The table as a stream reads it: by that index and no other, so that a plan cannot change. */
export function indexedBy({ index }: Stream): string {
  return index === "" ? "rows NOT INDEXED" : `rows INDEXED BY ${index}`;
}

/** Any number as SQL, also one that is no whole number that SQLite could store. */
export function literal(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : value.toExponential();
}

function sumOf(cells: readonly CubeCell[]): number {
  return cells.reduce((sum, cell) => sum + cell.n, 0);
}
