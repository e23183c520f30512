/** Sessions and what their rows come to: by the tables, or by what an index knows already. */
import type { Page, SessionSummary } from "./browse-model.ts";
import { DataioError } from "./errors.ts";
import type { Session } from "./model.ts";
import type { OrphanInference } from "./orphans.ts";
import { pageSize } from "./page-size.ts";
import {
  checkInOrder,
  failedResponses,
  inOrder,
  RESPONSES_UP_TO,
  type SessionCounts,
  type Statement,
  sessionCounts,
  sessionRequests,
} from "./query.ts";
import { SESSION_COLUMNS } from "./rows.ts";
import { dayOf } from "./timestamps.ts";

const NOTHING_COUNTED: SessionCounts = { requestCount: 0, responseCount: 0, failedCount: 0, reusedCount: 0 };

/** Which sessions, from where on. */
export interface SessionsQuery {
  readonly cursor: string | null;
  readonly limit: number;
  /**
   * Rows that may be counted: a page ends where its sessions have more, and of one that has more alone only the requests are
   * counted. Without it everything is.
   */
  readonly mostRows?: number | undefined;
}

/** What an index knows of the rows of a session. */
export interface KnownSessionCounts {
  /** With the inferred ones. */
  readonly responses: number;
  readonly inferred: number;
  /** As failures.ts has them. */
  readonly failures: number;
  readonly reused: number;
}

/** What an index knows of the sessions with these rowids. */
export type KnownOfSessions = (rowids: readonly number[]) => ReadonlyMap<number, KnownSessionCounts>;

/** How the archive is read: with its errors as the library names them. */
export interface SessionReads {
  all<T>(statement: Statement): T[];
  guarded<T>(action: () => T): T;
  /** True once our additive tables are there. */
  isExtended(): boolean;
}

/** Reads the sessions of one archive. */
export class SessionReader {
  readonly #inference: OrphanInference;
  readonly #reads: SessionReads;

  constructor(inference: OrphanInference, reads: SessionReads) {
    this.#inference = inference;
    this.#reads = reads;
  }

  /**
   * Sessions, newest first.
   * @param known what an index knows of those with these rowids; what it has is not counted again
   */
  page(page: SessionsQuery, known?: KnownOfSessions): Page<SessionSummary> {
    const limit = pageSize(page.limit);
    const after = page.cursor === null ? null : sessionCursor(page.cursor);
    const rows = this.#reads.all<Session & { readonly rowid: number; readonly inOrder: 0 | 1 }>({
      sql: `SELECT s.rowid, ${SESSION_COLUMNS("s")}, ${inOrder("s.started_at", "s.id")} AS inOrder FROM sessions s
        ${after === null ? "" : "WHERE (s.started_at, s.id) < (@startedAt, @id)"}
        ORDER BY s.started_at DESC, s.id DESC LIMIT @limit`,
      params: { limit: limit + 1, ...after },
    });
    const counts = known?.(rows.map(({ rowid }) => rowid));
    const most = counts === undefined ? (page.mostRows ?? null) : null;
    const counted = most === null ? limit : this.#countable(rows.slice(0, limit), most);
    const shown = rows.slice(0, Math.max(1, counted));
    const last = shown.at(-1);
    const hasMore = rows.length > shown.length && last !== undefined;
    if (hasMore) checkInOrder(last, last.startedAt, last.id);
    const sessions = shown.map(({ inOrder: _, rowid, ...session }) => ({ rowid, session }));
    return {
      items:
        counts !== undefined
          ? this.#known(sessions, counts)
          : counted === 0
            ? this.#partly(sessions.map(({ session }) => session))
            : this.#summarised(sessions.map(({ session }) => session)),
      nextCursor: hasMore ? JSON.stringify([last.startedAt, last.id]) : null,
    };
  }

  /** Sessions by their rowid in the table, with what an index knows of them; those that are gone are left out. */
  summariesAt(rowids: readonly number[], counts: ReadonlyMap<number, KnownSessionCounts>): Map<number, SessionSummary> {
    const sessions = [...this.at(rowids)].map(([rowid, session]) => ({ rowid, session }));
    const summaries = this.#known(sessions, counts);
    return new Map(sessions.flatMap(({ rowid }, at) => (summaries[at] === undefined ? [] : [[rowid, summaries[at]]])));
  }

  /** Session rows by their rowid in the table; those that are gone are left out. */
  at(rowids: readonly number[]): Map<number, Session> {
    const rows = this.#reads.all<Session & { rowid: number }>({
      sql: `SELECT s.rowid, ${SESSION_COLUMNS("s")} FROM json_each(@rowids) i CROSS JOIN sessions s ON s.rowid = i.value`,
      params: { rowids: JSON.stringify(rowids) },
    });
    return new Map(rows.map(({ rowid, ...session }) => [rowid, session]));
  }

  #summarised(sessions: readonly Session[]): SessionSummary[] {
    const ids = sessions.map(({ id }) => id);
    const orphans = this.#reads.guarded(() => this.#inference.orphansBySession(ids));
    const counts = this.#byId<SessionCounts>(sessionCounts(this.#reads.isExtended()), ids);
    const failed = this.#failed([...orphans.values()].flat().map(({ rowid }) => rowid));
    return sessions.map((session) => {
      const counted = counts.get(session.id) ?? NOTHING_COUNTED;
      const inferred = orphans.get(session.id) ?? [];
      return {
        ...session,
        ...counted,
        day: dayOf(session.startedAt),
        inferredResponseCount: inferred.length,
        failedCount: counted.failedCount + inferred.filter(({ rowid }) => failed.has(rowid)).length,
      };
    });
  }

  /** Those of some responses, by rowid, that count as failures. */
  #failed(rowids: readonly number[]): Set<number> {
    if (rowids.length === 0) return new Set();
    const sql = failedResponses(this.#reads.isExtended());
    const rows = this.#reads.all<{ rowid: number }>({ sql, params: { rowids: JSON.stringify(rowids) } });
    return new Set(rows.map(({ rowid }) => rowid));
  }

  /** With what an index knows; only what it does not know is counted. */
  #known(
    sessions: readonly { readonly rowid: number; readonly session: Session }[],
    counts: ReadonlyMap<number, KnownSessionCounts>,
  ): SessionSummary[] {
    const ids = sessions.map(({ session }) => session.id);
    const requests = this.#byId<Pick<SessionCounts, "requestCount">>(sessionRequests(this.#reads.isExtended()), ids);
    return sessions.map(({ rowid, session }) => {
      const { responses = 0, inferred = 0, failures = 0, reused = 0 } = counts.get(rowid) ?? {};
      return {
        ...session,
        day: dayOf(session.startedAt),
        requestCount: requests.get(session.id)?.requestCount ?? 0,
        responseCount: responses - inferred,
        inferredResponseCount: inferred,
        failedCount: failures,
        reusedCount: reused,
      };
    });
  }

  #partly(sessions: readonly Session[]): SessionSummary[] {
    const own = "SELECT i.value AS id, (SELECT COUNT(*) FROM requests q WHERE q.session_id = i.value) AS requestCount";
    const ids = sessions.map(({ id }) => id);
    const requests = this.#byId<Pick<SessionCounts, "requestCount">>(`${own} FROM json_each(@ids) i`, ids);
    return sessions.map((session) => ({
      ...session,
      ...NOTHING_COUNTED,
      ...requests.get(session.id),
      day: dayOf(session.startedAt),
      inferredResponseCount: 0,
      partial: true,
    }));
  }

  /** How many of these sessions, from the first on, have no more rows than that together. */
  #countable(sessions: readonly Session[], most: number): number {
    let left = most;
    for (const [at, { id }] of sessions.entries()) {
      const rows = this.#reads.all<{ n: number }>({ sql: RESPONSES_UP_TO, params: { id, most: left + 1 } })[0]?.n ?? 0;
      left -= rows;
      const ids = sessions.slice(0, at + 1).map((session) => session.id);
      if (left < 0 || this.#reads.guarded(() => this.#inference.isLong(ids, most))) return at;
    }
    return sessions.length;
  }

  #byId<T>(sql: string, ids: readonly string[]): Map<string, T> {
    const rows = this.#reads.all<T & { readonly id: string }>({ sql, params: { ids: JSON.stringify(ids) } });
    return new Map(rows.map(({ id, ...counts }) => [id, counts as T]));
  }
}

function sessionCursor(cursor: string): { startedAt: string; id: string } {
  try {
    const parts: unknown = JSON.parse(cursor);
    if (Array.isArray(parts) && parts.length === 2 && parts.every((part) => typeof part === "string")) {
      const [startedAt = "", id = ""]: string[] = parts;
      return { startedAt, id };
    }
  } catch {
    // Falls through: a cursor that is no JSON was not made here either.
  }
  throw new DataioError("PARAMS_INVALID", "This cursor was not made by this list.");
}
