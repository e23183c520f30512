/**
 * Until when each response of an archive was the newest, and which are alone with their identity: found while they are passed in
 * the order in which they were written, which is nearly always that of their times.
 */
import type Database from "better-sqlite3";
import type { ResponseColumns } from "./response-columns.ts";
import { NO_TIME } from "./schema.ts";

const NOBODY = -1;

export class Ends {
  readonly #columns: ResponseColumns;
  /** The one before of the same that waits as well, and the one before of the same. */
  readonly #before: Int32Array;
  readonly #previous: Int32Array;
  /** By identity: the last that waits, the last, the latest time, and the latest of what was served. */
  readonly #waiting: Int32Array;
  readonly #newest: Int32Array;
  readonly #latest: Float64Array;
  readonly #served: Float64Array;
  /** By identity: how many rows it has, and the place of the first. */
  readonly #sizes: Int32Array;
  readonly #firsts: Int32Array;
  /** Rows that are no responses, in the order of their coming. */
  readonly #others: number[] = [];
  /** Which of them are not alone, and responses that are not because of them. */
  readonly #sharedLate = new Set<number>();

  /** @param identities places of them @param columns where ends are written to */
  constructor(identities: number, columns: ResponseColumns) {
    this.#columns = columns;
    const responses = columns.id.length;
    this.#before = new Int32Array(responses);
    this.#previous = new Int32Array(responses);
    this.#sizes = new Int32Array(identities);
    this.#firsts = new Int32Array(identities);
    this.#waiting = new Int32Array(identities).fill(NOBODY);
    this.#newest = new Int32Array(identities).fill(NOBODY);
    this.#latest = new Float64Array(identities).fill(Number.NEGATIVE_INFINITY);
    this.#served = new Float64Array(identities).fill(Number.NEGATIVE_INFINITY);
  }

  /**
   * The next response, by its place among the columns.
   * @returns false when it came out of order, so that the whole identity has to be looked at
   */
  add(identity: number, at: number, served: boolean): boolean {
    const { until, shared } = this.#columns;
    const time = this.#columns.time[at] ?? NO_TIME;
    this.#previous[at] = this.#newest[identity] ?? NOBODY;
    this.#newest[identity] = at;
    const first = this.#count(identity, at);
    if (first !== null) {
      shared[at] = 1;
      shared[first] = 1;
    }
    if (time === NO_TIME) return true;
    const latest = this.#latest[identity] ?? Number.POSITIVE_INFINITY;
    // Of equal moments the ids decide, which are not at hand.
    const inOrder = time > latest || (time === latest && !served);
    if (served) {
      for (let other = this.#waiting[identity] ?? NOBODY; other !== NOBODY; other = this.#before[other] ?? NOBODY) {
        until[other] = time;
      }
      this.#before[at] = NOBODY;
      this.#served[identity] = Math.max(this.#served[identity] ?? time, time);
    } else this.#before[at] = this.#waiting[identity] ?? NOBODY;
    this.#waiting[identity] = at;
    this.#latest[identity] = Math.max(latest, time);
    return inOrder;
  }

  /** A row that is no response, once all those were written. */
  addOther(identity: number, id: number): void {
    const first = this.#count(identity, -1 - this.#others.length);
    this.#others.push(id);
    if (first === null) return;
    this.#sharedLate.add(id);
    if (first < 0) this.#sharedLate.add(this.#others[-1 - first] ?? 0);
    else if (this.#columns.shared[first] === 0) this.#sharedLate.add(this.#columns.id[first] ?? 0);
  }

  /** Counts a row. @returns the first of its identity where that is another one */
  #count(identity: number, at: number): number | null {
    const size = this.#sizes[identity] ?? 0;
    this.#sizes[identity] = size + 1;
    if (size > 0) return this.#firsts[identity] ?? 0;
    this.#firsts[identity] = at;
    return null;
  }

  /** The latest time of what was served; before every moment when nothing was. */
  lastServed(identity: number): number {
    return this.#served[identity] ?? Number.NEGATIVE_INFINITY;
  }

  /** Identities of several rows, by place, ascending. */
  shared(): number[] {
    const shared: number[] = [];
    for (let identity = 0; identity < this.#sizes.length; identity += 1) {
      if ((this.#sizes[identity] ?? 0) > 1) shared.push(identity);
    }
    return shared;
  }

  /** Places of the responses of an identity, the last first. */
  *responsesOf(identity: number): Generator<number, void, undefined> {
    for (let at = this.#newest[identity] ?? NOBODY; at !== NOBODY; at = this.#previous[at] ?? NOBODY) yield at;
  }

  /** Says of written rows what only other rows told. Call inside a transaction. */
  storeShared(db: Database.Database): void {
    const share = db.prepare<[number]>("UPDATE rows SET shared = 1 WHERE id = ?");
    for (const id of this.#sharedLate) share.run(id);
  }
}
