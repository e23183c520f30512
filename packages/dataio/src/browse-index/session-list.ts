/** Sessions in any order of what their rows come to: from the totals that are kept while rows are written, or as of a moment. */
import type Database from "better-sqlite3";
import { DataioError } from "../errors.ts";
import { literal } from "./page-plan.ts";
import { FAILED_SQL, NO_TIME, NONE, SESSION_INFERRED, TIME_BASE } from "./schema.ts";
import { thereAt } from "./selection.ts";
import type { SessionSums } from "./session-sums.ts";

/** What sessions can be sorted by. */
export const SESSION_SORT_COLUMNS = ["started", "duration", "source", "responses", "failures", "bytes"] as const;
/** One of {@link SESSION_SORT_COLUMNS}; equals follow in the order in which they were started. */
export type SessionSortColumn = (typeof SESSION_SORT_COLUMNS)[number];
/** The order of a list of sessions. */
export interface SessionSort {
  readonly column: SessionSortColumn;
  readonly direction: "asc" | "desc";
}

/** What the rows of one session come to. */
export interface SessionTotals {
  /** Responses, with those whose session is concluded. */
  readonly responses: number;
  readonly inferred: number;
  /** As failures.ts has them. */
  readonly failures: number;
  readonly reused: number;
  /** Bytes of its responses. */
  readonly bytes: number;
}

/** What the rows that were there at a moment come to. */
export interface SessionTotalsAsOf extends SessionTotals {
  /** Different things that they were asked for. */
  readonly requests: number;
}

const NO_TOTALS: SessionTotals = { responses: 0, inferred: 0, failures: 0, reused: 0, bytes: 0 };
export const NO_TOTALS_AS_OF: SessionTotalsAsOf = { ...NO_TOTALS, requests: 0 };

export interface SessionPage {
  readonly rowids: readonly number[];
  readonly total: number;
  readonly nextCursor: string | null;
}

export interface SessionPageQuery {
  readonly sort: SessionSort;
  readonly cursor: string | null;
  readonly limit: number;
}

/** One that has no end, or whose times cannot be read, has no duration. */
const VALUES: Readonly<Record<SessionSortColumn, string>> = {
  started: `IFNULL(s.started, ${literal(NO_TIME)})`,
  duration: `IFNULL(s.ended - s.started, ${NONE})`,
  source: "w.text",
  responses: "IFNULL(t.responses, 0)",
  failures: "IFNULL(t.failures, 0)",
  bytes: "IFNULL(t.bytes, 0)",
};

interface Place {
  readonly value: string | number;
  readonly started: number;
  readonly rowid: number;
}

/** A place in an order of what sessions came to. */
export interface SummedPlace extends Place {
  readonly value: number;
}

/** @throws PARAMS_INVALID for a cursor of another list */
export function sessionPage(db: Database.Database, { sort, cursor, limit }: SessionPageQuery): SessionPage {
  const after = cursor === null ? null : decode(cursor, sort);
  const value = VALUES[sort.column];
  const { direction } = sort;
  const rows = db
    .prepare<[object], Place>(
      `SELECT s.id AS rowid, ${value} AS value, ${VALUES.started} AS started
       FROM sessions s JOIN words w ON w.id = s.source LEFT JOIN session_totals t ON t.session = s.id
       ${after === null ? "" : `WHERE (${value}, ${VALUES.started}, s.id) ${direction === "asc" ? ">" : "<"} (@value, @started, @rowid)`}
       ORDER BY value ${direction}, started ${direction}, s.id ${direction} LIMIT @limit`,
    )
    .all({ ...after, limit: limit + 1 });
  return pageOf(rows, sort, limit, Number(db.prepare("SELECT COUNT(*) FROM sessions").pluck().get()));
}

/**
 * Sessions that had begun at a moment, in the time of the index. One that ended later had no duration then.
 * @param sums of that moment
 * @throws PARAMS_INVALID for a cursor of another list
 */
export function sessionPageAsOf(
  db: Database.Database,
  { sort, cursor, limit }: SessionPageQuery,
  moment: number,
  sums: SessionSums,
): SessionPage {
  const after = cursor === null ? null : decode(cursor, sort);
  const { column, direction } = sort;
  const then = moment + TIME_BASE;
  const total = Number(db.prepare("SELECT COUNT(*) FROM sessions WHERE started <= ?").pluck().get(then));
  if (isSummed(column)) {
    const places = sums.inOrder(column, (totals) => summedPlaces(db, then, column, totals));
    return pageOf(placesAfter(places, after, direction, limit + 1), sort, limit, total);
  }
  const value =
    column === "duration" ? `CASE WHEN s.ended <= @then THEN s.ended - s.started ELSE ${NONE} END` : VALUES[column];
  const rows = db
    .prepare<[object], Place>(
      `SELECT s.id AS rowid, ${value} AS value, s.started FROM sessions s JOIN words w ON w.id = s.source
       WHERE s.started <= @then
         ${after === null ? "" : `AND (${value}, s.started, s.id) ${direction === "asc" ? ">" : "<"} (@value, @started, @rowid)`}
       ORDER BY value ${direction}, s.started ${direction}, s.id ${direction} LIMIT @limit`,
    )
    .all({ ...after, then, limit: limit + 1 });
  return pageOf(rows, sort, limit, total);
}

/** True where what sessions came to has to be summed before they can be put in order. */
export function isSummed(column: SessionSortColumn): column is "responses" | "failures" | "bytes" {
  return column === "responses" || column === "failures" || column === "bytes";
}

/** Sessions that had begun, those with least first. */
function summedPlaces(
  db: Database.Database,
  then: number,
  column: "responses" | "failures" | "bytes",
  totals: ReadonlyMap<number, SessionTotalsAsOf>,
): SummedPlace[] {
  return db
    .prepare<[number], Omit<Place, "value">>("SELECT id AS rowid, started FROM sessions WHERE started <= ?")
    .all(then)
    .map((place) => ({ ...place, value: totals.get(place.rowid)?.[column] ?? 0 }))
    .sort(compareSums);
}

function compareSums(a: SummedPlace, b: SummedPlace): number {
  return a.value - b.value || a.started - b.started || a.rowid - b.rowid;
}

/** So many behind a place, of those in ascending order. */
function placesAfter(
  places: readonly SummedPlace[],
  after: Place | null,
  direction: "asc" | "desc",
  limit: number,
): SummedPlace[] {
  const isBefore = (place: SummedPlace) => {
    if (after === null) return direction === "desc";
    const order = compareSums(place, { ...after, value: Number(after.value) });
    return direction === "asc" ? order <= 0 : order < 0;
  };
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const place = places[middle];
    if (place !== undefined && isBefore(place)) low = middle + 1;
    else high = middle;
  }
  return direction === "asc" ? places.slice(low, low + limit) : places.slice(Math.max(0, low - limit), low).reverse();
}

/** What is kept of sessions. */
export function sessionTotals(db: Database.Database, rowids: readonly number[]): Map<number, SessionTotals> {
  const rows = db
    .prepare<[string], SessionTotals & { session: number }>(
      "SELECT * FROM session_totals WHERE session IN (SELECT value FROM json_each(?))",
    )
    .all(JSON.stringify(rowids));
  return new Map(rows.map(({ session, ...totals }) => [session, totals]));
}

/**
 * What the rows of sessions came to at a moment, in the time of the index: 0.25 ms for a thousand rows of theirs.
 * @param reused the code of the status of asks that were answered from the archive
 */
export function sessionTotalsAsOf(
  db: Database.Database,
  rowids: readonly number[],
  moment: number,
  reused: number,
): Map<number, SessionTotalsAsOf> {
  const isResponse = "id & 3 = 0";
  // As the list of a session has it; see SessionSummary.
  const isListed = `(flags & ${SESSION_INFERRED} = 0 OR ${isResponse})`;
  const rows = db
    .prepare<[string], SessionTotalsAsOf & { session: number }>(
      `SELECT session, COUNT(*) FILTER (WHERE ${isResponse}) AS responses,
         COUNT(*) FILTER (WHERE flags & ${SESSION_INFERRED}) AS inferred,
         COUNT(*) FILTER (WHERE ${FAILED_SQL}) AS failures,
         COUNT(*) FILTER (WHERE id & 3 = 2 AND status = ${reused}) AS reused,
         IFNULL(SUM(size) FILTER (WHERE ${isResponse} AND size > 0), 0) AS bytes,
         ${/* Only an identity that other rows share can come twice. */ ""}
         COUNT(*) FILTER (WHERE identity > 0 AND shared = 0)
           + COUNT(DISTINCT CASE WHEN identity > 0 AND shared <> 0 THEN identity END) AS requests
       FROM rows INDEXED BY by_session
       WHERE session IN (SELECT value FROM json_each(?)) AND ${thereAt(moment)} AND ${isListed}
       GROUP BY session`,
    )
    .all(JSON.stringify(rowids));
  return new Map(rows.map(({ session, ...totals }) => [session, totals]));
}

function pageOf(places: readonly Place[], sort: SessionSort, limit: number, total: number): SessionPage {
  const shown = places.slice(0, limit);
  const last = shown.at(-1);
  return {
    rowids: shown.map(({ rowid }) => rowid),
    total,
    nextCursor:
      places.length > limit && last !== undefined
        ? JSON.stringify(["sessions", sort.column, sort.direction, last.value, last.started, last.rowid])
        : null,
  };
}

function decode(cursor: string, sort: SessionSort): Place {
  try {
    const [mark, column, direction, value, started, rowid]: unknown[] = JSON.parse(cursor);
    if (
      mark === "sessions" &&
      column === sort.column &&
      direction === sort.direction &&
      typeof value === (sort.column === "source" ? "string" : "number") &&
      typeof started === "number" &&
      typeof rowid === "number"
    ) {
      return { value: value as string | number, started, rowid };
    }
  } catch {
    // Falls through: what is no JSON array was not made here either.
  }
  throw new DataioError("PARAMS_INVALID", "This cursor was not made by this list.");
}
