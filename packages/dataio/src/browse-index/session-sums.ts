/**
 * What sessions came to at a moment, remembered as long as that moment is looked at: scrolling and sorting sum nothing again.
 * Sums go over all rows of a session, and so in parts, between which others can be served.
 */
import type Database from "better-sqlite3";
import { TIME_BASE } from "./schema.ts";
import { NO_TOTALS_AS_OF, type SessionTotalsAsOf, type SummedPlace, sessionTotalsAsOf } from "./session-list.ts";

/** Rows of one part: some 5 ms. A session of more is one part. */
const PART = 20_000;

export class SessionSums {
  readonly #db: Database.Database;
  /** In the time of the index. */
  readonly #moment: number;
  /** The code of the status of asks that were answered from the archive. */
  readonly #reused: number;
  readonly #totals = new Map<number, SessionTotalsAsOf>();
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
    const wanted = rowids ?? this.#begun();
    const missing = wanted.filter((rowid) => !this.#totals.has(rowid));
    for (const part of this.#parts(missing)) {
      const found = sessionTotalsAsOf(this.#db, part, this.#moment, this.#reused);
      for (const rowid of part) this.#totals.set(rowid, found.get(rowid) ?? NO_TOTALS_AS_OF);
      if (performance.now() >= until) break;
    }
    return wanted.every((rowid) => this.#totals.has(rowid));
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

  #begun(): number[] {
    return this.#db
      .prepare<[number], number>("SELECT id FROM sessions WHERE started <= ?")
      .pluck()
      .all(this.#moment + TIME_BASE);
  }

  *#parts(rowids: readonly number[]): Generator<number[]> {
    const rows = new Map(
      this.#db
        .prepare<[string], [number, number]>(
          `SELECT session, responses + failures + reused FROM session_totals
           WHERE session IN (SELECT value FROM json_each(?))`,
        )
        .raw()
        .all(JSON.stringify(rowids)),
    );
    let part: number[] = [];
    let size = 0;
    for (const rowid of rowids) {
      const own = rows.get(rowid) ?? 0;
      if (part.length > 0 && size + own > PART) {
        yield part;
        part = [];
        size = 0;
      }
      part.push(rowid);
      size += own;
    }
    if (part.length > 0) yield part;
  }
}
