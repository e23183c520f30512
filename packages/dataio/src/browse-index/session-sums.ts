/**
 * What sessions came to at a moment, remembered as long as that moment is looked at: scrolling and sorting sum nothing again.
 * Sums go over all rows of a session, and so in parts, between which others can be served.
 */
import type Database from "better-sqlite3";
import { TIME_BASE } from "./schema.ts";
import { NO_TOTALS_AS_OF, type SessionTotalsAsOf, type SummedPlace, sessionTotalsAsOf } from "./session-list.ts";

/** Rows of one part: some 10 ms. A session of more is one part. */
const PART = 10_000;
/** Sessions of one part. */
const MOST_SESSIONS = 2_000;

export class SessionSums {
  readonly #db: Database.Database;
  /** In the time of the index. */
  readonly #moment: number;
  /** The code of the status of asks that were answered from the archive. */
  readonly #reused: number;
  readonly #totals = new Map<number, SessionTotalsAsOf>();
  /** Parts of all sessions that were not summed yet; null before they were asked for. */
  #rest: number[][] | null = null;
  readonly #orders = new Map<string, readonly SummedPlace[]>();

  constructor(db: Database.Database, moment: number, reused: number) {
    this.#db = db;
    this.#moment = moment;
    this.#reused = reused;
  }

  /**
   * Sums what is not known yet.
   * @param rowids null: all sessions that had begun
   * @param budgetMs after which no further part is begun; one is summed at least
   * @returns false where there is more
   */
  sum(rowids: readonly number[] | null, budgetMs = Number.POSITIVE_INFINITY): boolean {
    const until = performance.now() + budgetMs;
    const parts = rowids === null ? this.#partsOfAll() : partsOf(this.#withRows(rowids));
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const found = sessionTotalsAsOf(this.#db, part, this.#moment, this.#reused);
      for (const rowid of part) this.#totals.set(rowid, found.get(rowid) ?? NO_TOTALS_AS_OF);
      if (performance.now() >= until) break;
    }
    return parts.length === 0;
  }

  /** Those of sessions, by their rowids. */
  of(rowids: readonly number[]): ReadonlyMap<number, SessionTotalsAsOf> {
    this.sum(rowids);
    return new Map(rowids.map((rowid) => [rowid, this.#totals.get(rowid) ?? NO_TOTALS_AS_OF]));
  }

  /** All sessions in an order of what they came to. @param sort puts them in it, once */
  inOrder(
    order: string,
    sort: (totals: ReadonlyMap<number, SessionTotalsAsOf>) => SummedPlace[],
  ): readonly SummedPlace[] {
    const known = this.#orders.get(order);
    if (known !== undefined) return known;
    this.sum(null);
    const places = sort(this.#totals);
    this.#orders.set(order, places);
    return places;
  }

  /** What is still to be summed of all that had begun. */
  #partsOfAll(): number[][] {
    this.#rest ??= partsOf(
      this.#db
        .prepare<[number], SessionRows>(
          `SELECT s.id, IFNULL(t.responses + t.failures + t.reused, 0)
           FROM sessions s LEFT JOIN session_totals t ON t.session = s.id WHERE s.started <= ? ORDER BY s.id`,
        )
        .raw()
        .all(this.#moment + TIME_BASE),
    );
    return this.#rest;
  }

  /** Those of sessions that were not summed yet. */
  #withRows(rowids: readonly number[]): SessionRows[] {
    const missing = rowids.filter((rowid) => !this.#totals.has(rowid));
    return this.#db
      .prepare<[string], SessionRows>(
        `SELECT i.value, IFNULL(t.responses + t.failures + t.reused, 0)
         FROM json_each(?) i LEFT JOIN session_totals t ON t.session = i.value`,
      )
      .raw()
      .all(JSON.stringify(missing));
  }
}

/** A session by its rowid, and about how many rows it has. */
type SessionRows = [rowid: number, rows: number];

function partsOf(sessions: readonly SessionRows[]): number[][] {
  const parts: number[][] = [];
  let left = 0;
  for (const [rowid, rows] of sessions) {
    const part = parts.at(-1);
    if (part === undefined || rows > left || part.length >= MOST_SESSIONS) {
      parts.push([rowid]);
      left = PART - rows;
    } else {
      part.push(rowid);
      left -= rows;
    }
  }
  return parts;
}
