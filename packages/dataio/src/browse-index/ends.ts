/**
 * Until when each response of an archive was the newest, found while they are read in the order in which they were written,
 * which is nearly always that of their times. Twenty bytes of memory for each.
 */
import type Database from "better-sqlite3";
import { NEVER } from "./schema.ts";

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
  #count = 0;

  /** @param identities places of them @param responses how many there will be; more are left for later */
  constructor(identities: number, responses: number) {
    this.#ids = new Float64Array(responses);
    this.#until = new Float64Array(responses).fill(NEVER);
    this.#before = new Int32Array(responses);
    this.#waiting = new Int32Array(identities).fill(NOBODY);
    this.#latest = new Float64Array(identities).fill(Number.NEGATIVE_INFINITY);
    this.#served = new Float64Array(identities).fill(Number.NEGATIVE_INFINITY);
  }

  /** The next response. @returns false when it came out of order, so that the whole identity has to be looked at */
  add(identity: number, id: number, time: number, served: boolean): boolean {
    const at = this.#count;
    if (at >= this.#ids.length) return false;
    const latest = this.#latest[identity] ?? Number.POSITIVE_INFINITY;
    // Of equal moments the ids decide, which are not at hand.
    const inOrder = time > latest || (time === latest && !served);
    this.#count += 1;
    this.#ids[at] = id;
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

  /** The latest time of what was served; before every moment when nothing was. */
  lastServed(identity: number): number {
    return this.#served[identity] ?? Number.NEGATIVE_INFINITY;
  }

  /** Writes what was found into the rows, in their order. */
  store(db: Database.Database): void {
    const update = db.prepare<[number, number]>("UPDATE rows SET until = ? WHERE id = ?");
    db.transaction(() => {
      for (let at = 0; at < this.#count; at += 1) {
        const until = this.#until[at] ?? NEVER;
        if (until !== NEVER) update.run(until, this.#ids[at] ?? 0);
      }
    })();
  }
}
