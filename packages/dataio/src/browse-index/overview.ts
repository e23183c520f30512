/**
 * The figures of an overview, from a browse index. Counts come from the cube, times and buckets from the ends and ranges of
 * its indexes: a walk over index entries alone, some 60 ms for a million responses. What payloads weigh is summed row by
 * row, and so in parts, between which others are served.
 *
 * As of a moment the cells of the cube are counted anew: what was there then of each is one range of `by_state`, which says
 * of each row until when it was.
 */
import type Database from "better-sqlite3";
import { formatTimestamp } from "../timestamps.ts";
import { type CellAsOf, cellsAsOf, timesOf } from "./cells-as-of.ts";
import type { CubeCell } from "./cube.ts";
import type { Integrity } from "./filter.ts";
import type { Activity, ChangeCounts, OverviewFigures, PayloadSizes, SourceOverview } from "./overview-model.ts";
import { type IndexPart, partsOf, readBoundaries } from "./scattered.ts";
import { CHANGE_CODES, FIRST_TIME, INTEGRITY_CODES, isFailed, NO_TIME, NONE, ORPHAN, TIME_BASE } from "./schema.ts";
import { thereAt } from "./selection.ts";
import type { Words } from "./words.ts";

/** Sources with a series of their own. */
const SERIES = 8;
/** Up to so many sources are counted each; where there are more, what the others have is what is left of all. */
const MOST_COUNTED = 40;
/** Rows of one part of the sums: a few ms, thirty where nothing of them is at hand. */
const PART = 2_048;
/** Rows that are read rather than counted, for each bucket. */
const MOST_READ = 8;
/** Checksums are told apart by their first 52 bits. */
const SUMS = 2 ** 52;

const IS_RESPONSE = "id & 3 = 0";
const CODE = {
  first: CHANGE_CODES.indexOf("new"),
  changed: CHANGE_CODES.indexOf("yes"),
  unchanged: CHANGE_CODES.indexOf("no"),
};

type Reading = Pick<Database.Database, "prepare">;
type CountedCell = Pick<CubeCell, "ref" | "source" | "status" | "change" | "flags" | "n">;

/** Rows of one source, or of all when null, as an index has them in the order of time. */
function walk(source: number | null): string {
  return source === null
    ? `rows INDEXED BY by_time WHERE ${IS_RESPONSE}`
    : `rows INDEXED BY by_source WHERE source = ${source} AND ${IS_RESPONSE}`;
}

/** The figures of now. */
export function figuresOf(db: Reading, cells: readonly CubeCell[], words: Words): OverviewFigures {
  const counted = countedFigures(cells, words, (source) => spanOf(db, source));
  const integrity = INTEGRITY_CODES.map((name, code) => [
    name,
    sum(cells.filter((cell) => cell.ref === 0 && cell.integrity === code)),
  ]);
  return {
    ...counted,
    undated: Number(
      db
        .prepare(`SELECT COUNT(*) FROM ${walk(null)} AND time = ${NO_TIME}`)
        .pluck()
        .get(),
    ),
    integrity: Object.fromEntries(integrity) as Record<Integrity, number>,
    sessions: Number(db.prepare("SELECT COUNT(*) FROM sessions").pluck().get()),
  };
}

/** The figures as of a moment, in the time of the index. What has no time that can be read was at none. */
export function figuresAsOf(db: Reading, cells: readonly CubeCell[], words: Words, moment: number): OverviewFigures {
  const then = cellsAsOf(db, cells, moment);
  const spans = (source: number | null) => {
    const own = then.filter((cell) => cell.ref === 0 && (source === null || cell.source === source));
    const ends = (name: "first" | "last") => own.map((cell) => cell[name]);
    return own.length === 0
      ? { first: null, last: null }
      : { first: timestampOf(Math.min(...ends("first"))), last: timestampOf(Math.max(...ends("last"))) };
  };
  return {
    ...countedFigures(then, words, spans),
    undated: 0,
    integrity: null,
    sessions: Number(
      db
        .prepare("SELECT COUNT(*) FROM sessions WHERE started <= ?")
        .pluck()
        .get(moment + TIME_BASE),
    ),
  };
}

function countedFigures(
  cells: readonly CountedCell[],
  words: Words,
  spanOfSource: (source: number | null) => Pick<OverviewFigures, "first" | "last">,
): Omit<OverviewFigures, "undated" | "integrity" | "sessions"> {
  const responses = cells.filter(({ ref }) => ref === 0);
  const failed = cells.filter(({ flags }) => isFailed(flags));
  const bySource = Map.groupBy(responses, ({ source }) => source);
  const failedBySource = Map.groupBy(failed, ({ source }) => source);
  const codes = new Set([...bySource.keys(), ...failedBySource.keys()]);
  const sources = [...codes].map((code): SourceOverview => {
    const own = bySource.get(code) ?? [];
    return {
      source: words.textOf(code),
      responses: sum(own),
      ...spanOfSource(code),
      changes: changesOf(own),
      failures: sum(failedBySource.get(code) ?? []),
      orphans: orphansOf(own),
    };
  });
  return {
    responses: sum(responses),
    ...spanOfSource(null),
    changes: changesOf(responses),
    failures: [...Map.groupBy(failed, ({ status }) => status)]
      .map(([status, own]) => ({ value: words.textOf(status), count: sum(own) }))
      .sort((a, b) => b.count - a.count || compare(a.value ?? "", b.value ?? "")),
    orphans: orphansOf(responses),
    sources: sources.sort((a, b) => b.responses - a.responses || compare(a.source ?? "", b.source ?? "")),
  };
}

/** @param edges milliseconds since the epoch, ascending; a bucket holds its lower edge and not its upper one */
export function activityOf(db: Reading, cells: readonly CubeCell[], words: Words, edges: readonly number[]): Activity {
  return activity(cells, cells, words, edges, (source, micros) => counted(db, source, micros));
}

/** {@link activityOf}, as of a moment in the time of the index. */
export function activityAsOf(
  db: Reading,
  cells: readonly CubeCell[],
  words: Words,
  edges: readonly number[],
  moment: number,
): Activity {
  const then = cellsAsOf(db, cells, moment);
  return activity(cells, then, words, edges, (source, micros) =>
    added([
      micros.slice(1).map(() => 0),
      ...then
        .filter((cell) => cell.ref === 0 && (source === null || cell.source === source))
        .map((cell) => countedAsOf(db, cell, micros, moment)),
    ]),
  );
}

/** @param cells of the whole archive; `then` of what is counted */
function activity(
  cells: readonly CountedCell[],
  then: readonly CountedCell[],
  words: Words,
  edges: readonly number[],
  count: (source: number | null, micros: readonly number[]) => number[],
): Activity {
  const totals = Map.groupBy(
    cells.filter(({ ref }) => ref === 0),
    ({ source }) => source,
  );
  const codes = [...totals]
    .map(([code, own]) => ({ code, text: words.textOf(code), n: sum(own) }))
    .sort((a, b) => b.n - a.n || compare(a.text ?? "", b.text ?? ""));
  const micros = edges.map((edge) => Math.ceil(edge * 1000) - TIME_BASE);
  const wasThere = new Set(then.flatMap(({ ref, source }) => (ref === 0 ? [source] : [])));
  const own = codes.slice(0, codes.length > SERIES + 1 ? SERIES : SERIES + 1);
  // A code is given when a source is first seen; that of none is 0.
  const ranks = own.map(({ code }) => code).sort((a, b) => Number(a === 0) - Number(b === 0) || a - b);
  const left = codes.slice(own.length).filter(({ code }) => wasThere.has(code));
  const series = own
    .filter(({ code }) => wasThere.has(code))
    .map(({ code, text }) => ({
      source: text,
      others: false,
      rank: ranks.indexOf(code),
      counts: count(code, micros),
    }));
  if (left.length === 0) return { series };
  const rest =
    left.length <= MOST_COUNTED
      ? added(left.map(({ code }) => count(code, micros)))
      : without(
          count(null, micros),
          series.map(({ counts }) => counts),
        );
  return { series: [...series, { source: null, others: true, rank: null, counts: rest }] };
}

/** Into how many parts the sums of an archive are divided. */
export function sizeParts(cells: readonly CubeCell[]): number {
  return Math.max(1, Math.ceil(sum(cells) / PART));
}

/**
 * The sums of one part of `parts`: payloads by a range of their checksums, responses by a range of their ids, requests by one
 * of their identities. @param moment in the time of the index; null: now
 */
export function sizesOf(
  db: Reading,
  words: Words,
  part: number,
  parts: number,
  moment: number | null = null,
): PayloadSizes {
  const wasThere = moment === null ? "" : `AND ${thereAt(moment)}`;
  const missing = INTEGRITY_CODES.indexOf("missing");
  const [fromSum, toSum] = [part, part + 1].map((at) => Math.floor((SUMS / parts) * at));
  const last = Number(db.prepare("SELECT IFNULL(MAX(id), 0) + 1 FROM rows").pluck().get());
  const ids = [part, part + 1].map((at) => Math.floor((last / parts) * at));
  const [settled, recent] = partsOf("sum", readBoundaries(db));
  const bytes = `MAX(CASE WHEN integrity = ${missing} OR size = ${NONE} THEN 0 ELSE size END) AS bytes`;
  const from = ({ index, where }: IndexPart) =>
    `FROM rows INDEXED BY ${index} WHERE ${where} AND ${IS_RESPONSE} ${wasThere}`;
  const grouped = (part: IndexPart) =>
    `SELECT ${bytes}, sum ${from(part)} AND sum >= ${fromSum} AND sum < ${toSum} GROUP BY sum`;
  // Each index has the groups in its order; of the few recent ones it is looked up what the settled rows had of them.
  const [payloads, storedBytes] = db
    .prepare<[], [number, number]>(
      `SELECT IFNULL(SUM(payloads), 0), IFNULL(SUM(bytes), 0) FROM (
         SELECT COUNT(*) AS payloads, SUM(bytes) AS bytes FROM (${grouped(settled)})
         UNION ALL
         SELECT COUNT(*) FILTER (WHERE before IS NULL), SUM(MAX(bytes - IFNULL(before, 0), 0)) FROM (
           SELECT bytes, (SELECT ${bytes} ${from(settled)} AND sum = added.sum) AS before FROM (${grouped(recent)}) added))`,
    )
    .raw()
    .get() ?? [0, 0];
  const bySource = db
    .prepare<number[], [number, number]>(
      `SELECT source, SUM(size) FROM rows NOT INDEXED
       WHERE id >= ? AND id < ? AND ${IS_RESPONSE} AND size > 0 ${wasThere} GROUP BY source`,
    )
    .raw()
    .all(...ids);
  return {
    payloads,
    storedBytes: moment === null ? storedBytes : null,
    requests: moment === null ? null : identitiesAt(db, moment, part, parts),
    bySource: bySource.map(([code, bytes]) => ({ source: words.textOf(code), bytes })),
  };
}

/** Different things that the responses of a moment answered. BETWEEN: of two lower ends the first would be where it begins. */
function identitiesAt(db: Reading, moment: number, part: number, parts: number): number {
  const last = Number(
    // MAX with a condition would walk the whole index.
    db
      .prepare("SELECT identity + 1 FROM rows INDEXED BY by_identity WHERE identity > 0 ORDER BY identity DESC LIMIT 1")
      .pluck()
      .get() ?? 1,
  );
  const [from = 0, to = 0] = [part, part + 1].map((at) => Math.floor((last / parts) * at));
  return Number(
    db
      .prepare(
        `SELECT COUNT(*) FROM (SELECT 1 FROM rows INDEXED BY by_identity
         WHERE identity BETWEEN ? AND ? AND identity > 0 AND ${IS_RESPONSE} AND ${thereAt(moment)} GROUP BY identity)`,
      )
      .pluck()
      .get(from, to - 1),
  );
}

/** The sums of two parts together. */
export function addSizes(a: PayloadSizes, b: PayloadSizes): PayloadSizes {
  const bySource = new Map<string | null, number>();
  for (const { source, bytes } of [...a.bySource, ...b.bySource]) {
    bySource.set(source, (bySource.get(source) ?? 0) + bytes);
  }
  return {
    payloads: a.payloads + b.payloads,
    storedBytes: bothOf(a.storedBytes, b.storedBytes),
    requests: bothOf(a.requests, b.requests),
    bySource: [...bySource].map(([source, bytes]) => ({ source, bytes })),
  };
}

function spanOf(db: Reading, source: number | null): Pick<OverviewFigures, "first" | "last"> {
  const end = (direction: "ASC" | "DESC") =>
    db
      .prepare<[], number>(`SELECT time FROM ${walk(source)} AND time > ${NO_TIME} ORDER BY time ${direction} LIMIT 1`)
      .pluck()
      .get();
  return { first: timestampOf(end("ASC")), last: timestampOf(end("DESC")) };
}

function counted(db: Reading, source: number | null, micros: readonly number[]): number[] {
  const count = db
    .prepare<[number, number], number>(`SELECT COUNT(*) FROM ${walk(source)} AND time >= ? AND time < ?`)
    .pluck();
  return micros.slice(1).map((to, at) => Number(count.get(Math.max(micros[at] ?? to, FIRST_TIME), to)));
}

/** Their sum; null where neither is known. */
function bothOf(a: number | null, b: number | null): number | null {
  return a === null && b === null ? null : (a ?? 0) + (b ?? 0);
}

/** Responses of one cell between neighbouring edges; few are read and many are counted, a range each. */
function countedAsOf(db: Reading, cell: CellAsOf, micros: readonly number[], moment: number): number[] {
  const counts = micros.slice(1).map(() => 0);
  const [from = 0, to = 0] = [micros[0], micros.at(-1)];
  if (cell.last < from || cell.first >= to) return counts;
  const upTo = (edge: number) => Math.min(edge - 1, moment);
  if (cell.n > MOST_READ * counts.length) {
    const count = db.prepare<[number, number], number>(timesOf(cell, moment, "COUNT(*)")).pluck();
    return counts.map((_, at) => Number(count.get(micros[at] ?? to, upTo(micros[at + 1] ?? to))));
  }
  let at = 0;
  for (const time of db
    .prepare<[number, number], number>(timesOf(cell, moment, "time"))
    .pluck()
    .iterate(from, upTo(to))) {
    while (time >= (micros[at + 1] ?? to)) at += 1;
    counts[at] = (counts[at] ?? 0) + 1;
  }
  return counts;
}

function timestampOf(time: number | undefined): string | null {
  return time === undefined ? null : formatTimestamp(BigInt(time + TIME_BASE));
}

function changesOf(cells: readonly CountedCell[]): ChangeCounts {
  const of = (code: number) => sum(cells.filter(({ change }) => change === code));
  return { first: of(CODE.first), changed: of(CODE.changed), unchanged: of(CODE.unchanged) };
}

function orphansOf(cells: readonly CountedCell[]): number {
  return sum(cells.filter(({ flags }) => (flags & ORPHAN) !== 0));
}

function sum(cells: readonly { readonly n: number }[]): number {
  return cells.reduce((total, { n }) => total + n, 0);
}

function added(lists: readonly (readonly number[])[]): number[] {
  return (lists[0] ?? []).map((_, at) => lists.reduce((total, list) => total + (list[at] ?? 0), 0));
}

function without(all: readonly number[], lists: readonly (readonly number[])[]): number[] {
  return all.map((total, at) => lists.reduce((left, list) => left - (list[at] ?? 0), total));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
