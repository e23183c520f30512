/** Sessions in any order of what their rows come to, from the totals that are kept while rows are written. */
import type Database from "better-sqlite3";
import { DataioError } from "../errors.ts";
import { literal } from "./page-plan.ts";
import { NO_TIME, NONE } from "./schema.ts";

/** What sessions can be sorted by. */
export const SESSION_SORT_COLUMNS = ["started", "duration", "source", "responses", "failures", "bytes"] as const;
/** One of {@link SESSION_SORT_COLUMNS}; equals follow in the order in which they were started. */
export type SessionSortColumn = (typeof SESSION_SORT_COLUMNS)[number];
/** The order of a list of sessions. */
export interface SessionSort {
  readonly column: SessionSortColumn;
  readonly direction: "asc" | "desc";
}

export interface SessionTotals {
  readonly rowid: number;
  /** Bytes of its responses. */
  readonly bytes: number;
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
export function sessionPage(
  db: Database.Database,
  { sort, cursor, limit }: { readonly sort: SessionSort; readonly cursor: string | null; readonly limit: number },
): { items: SessionTotals[]; total: number; nextCursor: string | null } {
  const after = cursor === null ? null : decode(cursor, sort);
  const value = VALUES[sort.column];
  const { direction } = sort;
  const rows = db
    .prepare<[object], SessionTotals & Place>(
      `SELECT s.id AS rowid, ${value} AS value, ${VALUES.started} AS started, IFNULL(t.bytes, 0) AS bytes
       FROM sessions s JOIN words w ON w.id = s.source LEFT JOIN session_totals t ON t.session = s.id
       ${after === null ? "" : `WHERE (${value}, ${VALUES.started}, s.id) ${direction === "asc" ? ">" : "<"} (@value, @started, @rowid)`}
       ORDER BY value ${direction}, started ${direction}, s.id ${direction} LIMIT @limit`,
    )
    .all({ ...after, limit: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(({ rowid, bytes }) => ({ rowid, bytes })),
    total: Number(db.prepare("SELECT COUNT(*) FROM sessions").pluck().get()),
    nextCursor:
      rows.length > limit && last !== undefined
        ? JSON.stringify(["sessions", sort.column, direction, last.value, last.started, last.rowid])
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
