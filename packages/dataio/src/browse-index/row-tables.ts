/** What a build needs of all requests and asks, in memory: some fifty bytes for each. */

import { IdTable } from "./id-table.ts";
import type { Member } from "./identities.ts";
import type { KnownAsk, KnownRequest } from "./lookups.ts";

/** Texts that few rows have, by number. */
class Texts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** Neighbours mostly have the same. */
  #last = "";
  #lastNumber = -1;

  numberOf(text: string): number {
    if (this.#lastNumber < 0 || text !== this.#last) {
      this.#lastNumber = this.#find(text);
      this.#last = text;
    }
    return this.#lastNumber;
  }

  #find(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    this.#texts.push(text);
    return this.#texts.length - 1;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? "";
  }
}

/** Requests by their id, and what a build remembers of each: its latest content, and whether it was answered. */
export class RequestTable {
  readonly #ids: IdTable;
  readonly #sessions = new Texts();
  readonly #rowids: Float64Array;
  readonly #codes: Uint32Array;
  readonly #lastTimes: Float64Array;
  readonly #lastSums: Float64Array;
  readonly #answered: Uint8Array;
  readonly #served: Uint8Array;
  /** Requests by the one that is their identity, where that is another; both by place. */
  readonly #groups = new Map<number, number>();
  #count = 0;
  #answeredCount = 0;

  /** @param size how many requests there are */
  constructor(size: number) {
    this.#ids = new IdTable(size);
    this.#rowids = new Float64Array(size);
    this.#codes = new Uint32Array(size * 3);
    this.#lastTimes = new Float64Array(size).fill(Number.NaN);
    this.#lastSums = new Float64Array(size);
    this.#answered = new Uint8Array(size);
    this.#served = new Uint8Array(size);
  }

  add(id: string, request: KnownRequest): void {
    const ordinal = this.#ids.add(id);
    this.#count = Math.max(this.#count, ordinal + 1);
    this.#rowids[ordinal] = request.rowid;
    this.#served[ordinal] = request.served ? 1 : 0;
    this.#codes[ordinal * 3] = request.kind;
    this.#codes[ordinal * 3 + 1] = request.method;
    this.#codes[ordinal * 3 + 2] = this.#sessions.numberOf(request.sessionId);
  }

  get(id: string): KnownRequest | undefined {
    const ordinal = this.#ids.find(id);
    if (ordinal === undefined) return undefined;
    const at = ordinal * 3;
    const group = this.#groups.size === 0 ? ordinal : (this.#groups.get(ordinal) ?? ordinal);
    return {
      rowid: this.#rowids[ordinal] ?? 0,
      kind: this.#codes[at] ?? 0,
      method: this.#codes[at + 1] ?? 0,
      sessionId: this.#sessions.textOf(this.#codes[at + 2] ?? 0),
      identity: this.#rowids[group] ?? 0,
      served: this.#served[ordinal] === 1,
      ordinal,
      group,
    };
  }

  /** Says which requests are not as they look; once all were added, in the order of their rowids. */
  join(members: ReadonlyMap<number, Member>): void {
    for (const [request, { identity, served }] of members) {
      const ordinal = this.placeOf(request);
      const group = this.placeOf(identity);
      if (ordinal === undefined || group === undefined) continue;
      if (group !== ordinal) this.#groups.set(ordinal, group);
      if (served === 1) this.#served[ordinal] = 1;
    }
  }

  /** The rowid of the request at a place. */
  rowidAt(place: number): number {
    return this.#rowids[place] ?? 0;
  }

  /** The place of a request by its rowid. */
  placeOf(rowid: number): number | undefined {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#rowids[middle] ?? 0) < rowid) low = middle + 1;
      else high = middle;
    }
    return low < this.#count && this.#rowids[low] === rowid ? low : undefined;
  }

  markAnswered(ordinal: number): void {
    if (this.#answered[ordinal] === 0) this.#answeredCount += 1;
    this.#answered[ordinal] = 1;
  }

  /** Rowids of those that are not marked. */
  unanswered(): number[] {
    const rowids: number[] = [];
    if (this.#answeredCount === this.#count) return rowids;
    for (let ordinal = 0; ordinal < this.#count; ordinal += 1) {
      if (this.#answered[ordinal] === 0) rowids.push(this.#rowids[ordinal] ?? 0);
    }
    return rowids;
  }

  /** The content that was set last. */
  last(ordinal: number): { readonly time: number; readonly sum: number } | undefined {
    const time = this.#lastTimes[ordinal] ?? Number.NaN;
    return Number.isNaN(time) ? undefined : { time, sum: this.#lastSums[ordinal] ?? 0 };
  }

  setLast(ordinal: number, time: number, sum: number): void {
    this.#lastTimes[ordinal] = time;
    this.#lastSums[ordinal] = sum;
  }
}

/** The sessions that asked for responses, by the response's id. */
export class AskTable {
  readonly #ids: IdTable;
  readonly #sessions = new Texts();
  readonly #numbers: number[] = [];

  constructor(size: number) {
    this.#ids = new IdTable(size);
  }

  /** The first ask for a response counts. */
  add(responseId: string, sessionId: string): void {
    const ordinal = this.#ids.add(responseId);
    if (ordinal === this.#numbers.length) this.#numbers.push(this.#sessions.numberOf(sessionId));
  }

  get(responseId: string): KnownAsk | undefined {
    const ordinal = this.#ids.find(responseId);
    return ordinal === undefined ? undefined : { sessionId: this.#sessions.textOf(this.#numbers[ordinal] ?? 0) };
  }
}
