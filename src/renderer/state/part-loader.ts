/**
 * Loads a list in pieces as it is looked at: what is in sight first, then what lies around, one part at a time; and lets go
 * of what was loaded far from there, so that a list is never larger in memory than one can scroll in a while.
 */
import type { ErrorShape } from "../../shared/contract.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";
import { firstMissing, nextLoaded, type Placed, withoutFar } from "./placed-list.ts";

export interface Part {
  readonly start: number;
  readonly limit: number;
}

/** The list that parts are loaded of. */
export interface PartedList<T> {
  items(): Placed<T>;
  /** True while parts of it can be loaded. */
  isReady(): boolean;
  /** Reads a part and takes it in. False when its first place is as empty as before: asking again would be of no use. */
  read(part: Part, within: AbortSignal): Promise<boolean>;
  /** Why parts could not be loaded; null when it is tried anew. */
  failed(error: ErrorShape | null): void;
  /** True for what stays loaded wherever one looks. */
  isKept(item: T): boolean;
}

/** What someone waits for is as little as can be seen at once, for each row costs a look at its payload. */
export const SCREEN = 60;
const PAGE = 200;
/** The most that one call gives. */
export const LARGE_PAGE = 500;
/** So many rows below and above those in sight are loaded too: less than a page, so that one holds them. */
const AROUND = 150;
/** Rows that stay loaded, besides those that are kept. */
const MOST_LOADED = 20_000;

const NOWHERE = { from: 0, to: -1, isUpward: false };

export class PartLoader<T> {
  readonly #list: PartedList<T>;
  readonly #most: number;
  readonly #latest = createLatest();
  /** Ends with the list that is shown; every load belongs to one. */
  #signal: AbortSignal = AbortSignal.abort();
  /** What is in sight. One load of it runs at most, so that what went out of sight meanwhile is not waited for. */
  #sight = NOWHERE;
  #loading: Promise<void> | null = null;
  /** Loads from one place to another that are under way: nothing is let go of meanwhile. */
  #ranges = 0;

  /** @param most rows that stay loaded */
  constructor(list: PartedList<T>, most = MOST_LOADED) {
    this.#list = list;
    this.#most = most;
  }

  /** Loads belong to this; aborted once another list began. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** The places in sight, as a part. */
  get sight(): Part {
    const start = Math.max(0, this.#sight.from);
    return { start, limit: Math.min(LARGE_PAGE, Math.max(SCREEN, this.#sight.to - start + 1)) };
  }

  /** Ends the loads of the list before. @param place that the other list begins in sight of, when it is the same one anew */
  begin(place: "top" | "sight" = "top"): AbortSignal {
    this.#signal = this.#latest.next();
    this.#loading = null;
    if (place === "top") this.#sight = NOWHERE;
    return this.#signal;
  }

  end(): void {
    this.#latest.cancel();
    this.#signal = AbortSignal.abort();
  }

  /** These items, without parts far from sight when they are too many. */
  trimmed(items: Placed<T>): Placed<T> {
    if (this.#ranges > 0) return items;
    const { from, to } = this.#sight;
    return withoutFar(items, from, to, this.#most, (item) => this.#list.isKept(item));
  }

  /**
   * These places are in sight, the last one included: what is missing of them is loaded first, then what lies around. What an
   * earlier call wanted, and is not under way yet, is left out.
   */
  async need(from: number, to: number): Promise<void> {
    if (!this.#list.isReady()) return;
    this.#sight = { from, to, isUpward: from < this.#sight.from };
    if (this.#loading === null) {
      if (this.#next() === null) return;
      this.#list.failed(null);
      this.#loading = this.#loadSight(this.#signal);
    }
    await this.#loading;
  }

  /** Loads all that is missing from one place to another, the last one included. */
  async load(from: number, to: number): Promise<void> {
    if (!this.#list.isReady()) return;
    const within = this.#signal;
    const missing = () => firstMissing(this.#list.items(), from, to);
    if (missing() !== -1) this.#list.failed(null);
    this.#ranges += 1;
    try {
      for (let start = missing(); start !== -1 && !within.aborted; start = missing()) {
        if (!(await this.#list.read(partAt(this.#list.items(), start, to - start + 1), within))) break;
      }
    } catch (error) {
      if (!within.aborted && !isSilent(error)) this.#list.failed(shapeOf(error));
    } finally {
      this.#ranges -= 1;
    }
  }

  /** Tries again what could not be loaded. */
  retry(): Promise<void> {
    if (this.#list.isReady()) this.#list.failed(null);
    return this.need(this.#sight.from, this.#sight.to);
  }

  async #loadSight(within: AbortSignal): Promise<void> {
    try {
      for (let part = this.#next(); part !== null && !within.aborted; part = this.#next()) {
        if (!(await this.#list.read(part, within))) break;
      }
    } catch (error) {
      if (!within.aborted && !isSilent(error)) this.#list.failed(shapeOf(error));
    } finally {
      if (within === this.#signal) this.#loading = null;
    }
  }

  /** What to load next for those who look at these places; null when all is there. */
  #next(): Part | null {
    const { from, to, isUpward } = this.#sight;
    const items = this.#list.items();
    const inSight = firstMissing(items, from, to);
    if (inSight !== -1) return partAt(items, inSight, Math.max(SCREEN, to - inSight + 1));
    const below = firstMissing(items, to + 1, to + AROUND);
    const above = firstMissing(items, from - AROUND, from - 1);
    const start = [isUpward ? above : below, isUpward ? below : above].find((place) => place !== -1);
    return start === undefined ? null : partAt(items, start, PAGE - (start % PAGE));
  }
}

function partAt(items: Placed<unknown>, start: number, most: number): Part {
  return { start, limit: Math.min(most, LARGE_PAGE, nextLoaded(items, start) - start) };
}
