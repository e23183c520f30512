/** Sessions in any order of what their rows come to: from the totals that are kept while rows are written, or as of a moment. */
import type Database from "better-sqlite3";
import { DataioError } from "../errors.ts";
import { literal } from "./page-plan.ts";
import { FAILED_SQL, NO_TIME, NONE, SESSION_INFERRED, TIME_BASE } from "./schema.ts";
import { thereAt } from "./selection.ts";

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

export const NO_TOTALS: SessionTotals = { responses: 0, inferred: 0, failures: 0, reused: 0, bytes: 0 };

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
 * @param totals of all sessions; asked for where they are sorted by
 * @throws PARAMS_INVALID for a cursor of another list
 */
export function sessionPageAsOf(
  db: Database.Database,
  { sort, cursor, limit }: SessionPageQuery,
  moment: number,
  totals: () => ReadonlyMap<number, SessionTotals>,
): SessionPage {
  const after = cursor === null ? null : decode(cursor, sort);
  const then = moment + TIME_BASE;
  const sessions = db
    .prepare<[number], { rowid: number; source: string; started: number; ended: number | null }>(
      `SELECT s.id AS rowid, w.text AS source, s.started, s.ended FROM sessions s JOIN words w ON w.id = s.source
       WHERE s.started <= ?`,
    )
    .all(then);
  const { column } = sort;
  const isSummed = column === "responses" || column === "failures" || column === "bytes";
  const sums = isSummed ? totals() : null;
  const sortedBy = ({ rowid, source, started, ended }: (typeof sessions)[number]): string | number => {
    switch (column) {
      case "started":
        return started;
      case "duration":
        return ended === null || ended > then ? NONE : ended - started;
      case "source":
        return source;
      default:
        return sums?.get(rowid)?.[column] ?? 0;
    }
  };
  const sign = sort.direction === "asc" ? 1 : -1;
  const compare = (a: Place, b: Place) =>
    sign * (compareValues(a.value, b.value) || a.started - b.started || a.rowid - b.rowid);
  const places = sessions
    .map((session): Place => ({ value: sortedBy(session), started: session.started, rowid: session.rowid }))
    .filter((place) => after === null || compare(place, after) > 0)
    .sort(compare);
  return pageOf(places, sort, limit, sessions.length);
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
 * What the rows of sessions came to at a moment, in the time of the index: 0.5 ms for a thousand rows of theirs.
 * @param rowids null: of all sessions, without their requests
 * @param reused the code of the status of asks that were answered from the archive
 */
export function sessionTotalsAsOf(
  db: Database.Database,
  rowids: readonly number[] | null,
  moment: number,
  reused: number,
): Map<number, SessionTotalsAsOf> {
  const isResponse = "id & 3 = 0";
  // As the list of a session has it; see SessionSummary.
  const isListed = `(flags & ${SESSION_INFERRED} = 0 OR ${isResponse})`;
  const requests = rowids === null ? "0" : "COUNT(DISTINCT CASE WHEN identity > 0 THEN identity END)";
  const rows = db
    .prepare<[string], SessionTotalsAsOf & { session: number }>(
      `SELECT session, COUNT(*) FILTER (WHERE ${isResponse}) AS responses,
         COUNT(*) FILTER (WHERE flags & ${SESSION_INFERRED}) AS inferred,
         COUNT(*) FILTER (WHERE ${FAILED_SQL}) AS failures,
         COUNT(*) FILTER (WHERE id & 3 = 2 AND status = ${reused}) AS reused,
         IFNULL(SUM(size) FILTER (WHERE ${isResponse} AND size > 0), 0) AS bytes, ${requests} AS requests
       FROM rows INDEXED BY by_session
       WHERE ${rowids === null ? "session > 0 AND ?" : "session IN (SELECT value FROM json_each(?))"}
         AND ${thereAt(moment)} AND ${isListed}
       GROUP BY session`,
    )
    .all(rowids === null ? "1" : JSON.stringify(rowids));
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

function compareValues(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
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
