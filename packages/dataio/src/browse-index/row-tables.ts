/** What a build needs of all requests and asks, in memory: some fifty bytes for each. */
import type { ByteTexts } from "./bytes.ts";
import { IdTable, NO_NUMBER } from "./id-table.ts";
import type { Member } from "./identities.ts";
import type { KnownAsk, KnownRequest } from "./lookups.ts";

/** Requests by their id, and what a build remembers of each: its latest content, and whether it was answered. */
export class RequestTable {
  readonly #ids: IdTable;
  readonly #sessions: ByteTexts;
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

  /**
   * @param size how many requests there are
   * @param sessions numbers for ids of sessions
   */
  constructor(size: number, sessions: ByteTexts) {
    this.#sessions = sessions;
    this.#ids = new IdTable(size);
    this.#rowids = new Float64Array(size);
    this.#codes = new Uint32Array(size * 3);
    this.#lastTimes = new Float64Array(size).fill(Number.NaN);
    this.#lastSums = new Float64Array(size);
    this.#answered = new Uint8Array(size);
    this.#served = new Uint8Array(size);
  }

  add(id: string, request: KnownRequest): void {
    const { rowid, kind, method, sessionId, served } = request;
    this.#set(this.#ids.add(id), rowid, kind, method, this.#sessions.numberOf(sessionId), served);
  }

  /** `add` of a request whose id stands at a place, and whose session has that number. */
  addAt(
    bytes: Uint8Array,
    at: number,
    rowid: number,
    kind: number,
    method: number,
    session: number,
    served: boolean,
  ): void {
    this.#set(this.#ids.addAt(bytes, at), rowid, kind, method, session, served);
  }

  #set(ordinal: number, rowid: number, kind: number, method: number, session: number, served: boolean): void {
    this.#count = Math.max(this.#count, ordinal + 1);
    this.#rowids[ordinal] = rowid;
    this.#served[ordinal] = served ? 1 : 0;
    this.#codes[ordinal * 3] = kind;
    this.#codes[ordinal * 3 + 1] = method;
    this.#codes[ordinal * 3 + 2] = session;
  }

  /** The place of the request whose id stands there; NO_NUMBER for one that is not on record. */
  findAt(bytes: Uint8Array, at: number): number {
    return this.#ids.findAt(bytes, at);
  }

  kindAt(place: number): number {
    return this.#codes[place * 3] ?? 0;
  }

  methodAt(place: number): number {
    return this.#codes[place * 3 + 1] ?? 0;
  }

  /** The number of the session's id. */
  sessionAt(place: number): number {
    return this.#codes[place * 3 + 2] ?? 0;
  }

  isServedAt(place: number): boolean {
    return this.#served[place] === 1;
  }

  /** The place of the request that is its identity. */
  groupAt(place: number): number {
    return this.#groups.size === 0 ? place : (this.#groups.get(place) ?? place);
  }

  get(id: string): KnownRequest | undefined {
    const ordinal = this.#ids.find(id);
    return ordinal === NO_NUMBER ? undefined : this.at(ordinal);
  }

  /** The request at a place. */
  at(place: number): KnownRequest {
    return {
      rowid: this.rowidAt(place),
      kind: this.kindAt(place),
      method: this.methodAt(place),
      sessionId: this.#sessions.textOf(this.sessionAt(place)),
      identity: this.rowidAt(this.groupAt(place)),
      served: this.isServedAt(place),
      ordinal: place,
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

/** The asks that brought responses, by the response's id. */
export class AskTable {
  readonly #ids: IdTable;
  readonly #sessions: ByteTexts;
  readonly #numbers: number[] = [];
  readonly #failed = new Set<number>();

  /** @param sessions numbers for ids of sessions */
  constructor(size: number, sessions: ByteTexts) {
    this.#ids = new IdTable(size);
    this.#sessions = sessions;
  }

  /** The first ask for a response counts. */
  add(responseId: string, { sessionId, failed }: KnownAsk): void {
    this.#set(this.#ids.add(responseId), this.#sessions.numberOf(sessionId), failed);
  }

  /** `add` of a response whose id stands at a place. */
  addAt(bytes: Uint8Array, at: number, session: number, failed: boolean): void {
    this.#set(this.#ids.addAt(bytes, at), session, failed);
  }

  #set(ordinal: number, session: number, failed: boolean): void {
    if (ordinal !== this.#numbers.length) return;
    this.#numbers.push(session);
    if (failed) this.#failed.add(ordinal);
  }

  /** The place of the ask for the response whose id stands there; NO_NUMBER where none is on record. */
  findAt(bytes: Uint8Array, at: number): number {
    return this.#ids.findAt(bytes, at);
  }

  /** The number of the session that asked. */
  sessionAt(place: number): number {
    return this.#numbers[place] ?? 0;
  }

  hasFailedAt(place: number): boolean {
    return this.#failed.has(place);
  }

  get(responseId: string): KnownAsk | undefined {
    const ordinal = this.#ids.find(responseId);
    if (ordinal === NO_NUMBER) return undefined;
    return { sessionId: this.#sessions.textOf(this.sessionAt(ordinal)), failed: this.hasFailedAt(ordinal) };
  }
}
