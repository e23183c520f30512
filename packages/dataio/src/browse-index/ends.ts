/**
 * Until when each response of an archive was the newest, and which are alone with their identity: found while they are read in the order in which they were written,
 * which is nearly always that of their times. Twenty bytes of memory for each.
 */
import type Database from "better-sqlite3";
import { NEVER, NO_TIME } from "./schema.ts";

const NOBODY = -1;

export class Ends {
  readonly #ids: Float64Array;
  readonly #until: Float64Array;
  /** The one before of the same that waits as well. */
  readonly #before: Int32Array;
  /** By identity: the last that waits, the latest time, and the latest of what was served. */
  readonly #waiting: Int32Array;
  readonly #latest: Float64Array;
  readonly #served: Float64Array;
  readonly #shared: Uint8Array;
  /** By identity: how many rows it has, and the place of the first. */
  readonly #sizes: Int32Array;
  readonly #firsts: Int32Array;
  /** Rows that are no responses, in the order of their coming; and which of them are not alone. */
  readonly #others: number[] = [];
  readonly #sharedOthers = new Set<number>();
  #count = 0;

  /** @param identities places of them @param responses how many there will be; more are left for later */
  constructor(identities: number, responses: number) {
    this.#ids = new Float64Array(responses);
    this.#until = new Float64Array(responses).fill(NEVER);
    this.#before = new Int32Array(responses);
    this.#shared = new Uint8Array(responses);
    this.#sizes = new Int32Array(identities);
    this.#firsts = new Int32Array(identities);
    this.#waiting = new Int32Array(identities).fill(NOBODY);
    this.#latest = new Float64Array(identities).fill(Number.NEGATIVE_INFINITY);
    this.#served = new Float64Array(identities).fill(Number.NEGATIVE_INFINITY);
  }

  /** The next response. @returns false when it came out of order, so that the whole identity has to be looked at */
  add(identity: number, id: number, time: number, served: boolean): boolean {
    const at = this.#count;
    if (at >= this.#ids.length) return false;
    this.#ids[at] = id;
    this.#count += 1;
    if (this.#isShared(identity, at)) this.#shared[at] = 1;
    if (time === NO_TIME) {
      this.#until[at] = NO_TIME;
      return true;
    }
    const latest = this.#latest[identity] ?? Number.POSITIVE_INFINITY;
    // Of equal moments the ids decide, which are not at hand.
    const inOrder = time > latest || (time === latest && !served);
    if (served) {
      for (let other = this.#waiting[identity] ?? NOBODY; other !== NOBODY; other = this.#before[other] ?? NOBODY) {
        this.#until[other] = time;
      }
      this.#before[at] = NOBODY;
      this.#served[identity] = Math.max(this.#served[identity] ?? time, time);
    } else this.#before[at] = this.#waiting[identity] ?? NOBODY;
    this.#waiting[identity] = at;
    this.#latest[identity] = Math.max(latest, time);
    return inOrder;
  }

  /** A row that is no response, once all those were added. */
  addOther(identity: number, id: number): void {
    const at = this.#others.push(id) - 1;
    if (this.#isShared(identity, -1 - at)) this.#sharedOthers.add(id);
  }

  /** Counts a row; true when it is not the first of its identity, which then is not alone either. */
  #isShared(identity: number, at: number): boolean {
    const size = (this.#sizes[identity] ?? 0) + 1;
    this.#sizes[identity] = size;
    if (size === 1) this.#firsts[identity] = at;
    if (size === 2) {
      const first = this.#firsts[identity] ?? 0;
      if (first >= 0) this.#shared[first] = 1;
      else this.#sharedOthers.add(this.#others[-1 - first] ?? 0);
    }
    return size > 1;
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

  /** Writes what was found into the rows, in their order. */
  store(db: Database.Database): void {
    const update = db.prepare<[number | null, number, number]>("UPDATE rows SET until = ?, shared = ? WHERE id = ?");
    const share = db.prepare<[number]>("UPDATE rows SET shared = 1 WHERE id = ?");
    db.transaction(() => {
      for (let at = 0; at < this.#count; at += 1) {
        const until = this.#until[at] ?? NEVER;
        const shared = this.#shared[at] ?? 0;
        if (until !== NEVER || shared === 1) update.run(until === NEVER ? null : until, shared, this.#ids[at] ?? 0);
      }
      for (const id of this.#sharedOthers) share.run(id);
    })();
  }
}
