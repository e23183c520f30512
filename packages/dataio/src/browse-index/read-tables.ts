/**
 * What a build keeps of an archive's tables: requests and asks by their ids, and responses as columns. Rows of the usual shape
 * are read where their bytes stand; what is unusual, or is not said by the row and its request alone, waits.
 */
import { isRejection } from "../failures.ts";
import type { ArchiveState } from "./archive-state.ts";
import type { ArchivedRows, Contents, KnownSession } from "./archived-rows.ts";
import { ByteTexts, CHECKSUM_BYTES, ID_BYTES, ReadChecksum } from "./bytes.ts";
import { NO_NUMBER } from "./id-table.ts";
import { KnownContents } from "./known-contents.ts";
import { microsAt, TIME_BYTES } from "./moments.ts";
import {
  PACKED_ASKS,
  PACKED_REQUESTS,
  PACKED_RESPONSES,
  PACKED_RESPONSES_WITH_IDS,
  type PackedRows,
} from "./packed-rows.ts";
import { NOTHING_ASKED, ResponseColumns } from "./response-columns.ts";
import { AskTable, RequestTable } from "./row-tables.ts";
import { FAILED, idOf, NO_TIME, NONE, TIME_BASE, UNSERVED } from "./schema.ts";
import type { TableThread } from "./table-thread.ts";
import type { Words } from "./words.ts";

const SPACE = 32;
/** Cells in which contents are counted: so many that hardly two contents share one. */
const CELLS = 2 ** 22;

export class ReadTables {
  readonly requests: RequestTable;
  /** Null when there are none. */
  readonly asks: AskTable | null;
  readonly responses: ResponseColumns;
  /** Responses, by their place, of which only the id is known yet: their rows have to be looked at. */
  readonly waiting: number[] = [];
  /** Those without a request or an ask on record, of which the rest is known. */
  readonly orphans: number[] = [];
  readonly #rows: ArchivedRows;
  readonly #words: Words;
  readonly #state: ArchiveState;
  readonly #sessionIds = new ByteTexts();
  readonly #sessions: ReadonlyMap<string, KnownSession>;
  readonly #sessionsByNumber: (KnownSession | null)[] = [];
  readonly #texts = new ByteTexts();
  readonly #codes: number[] = [];
  /** By the code of a status, whether it says no. */
  readonly #rejected = new Map<number, boolean>();
  readonly #checksum = new ReadChecksum();
  /** What orphans brought, and what was brought by responses that wait though their requests are on record. */
  readonly #orphanSums = new Set<number>();
  readonly #otherSums: number[] = [];
  /** How many responses, up to two, have a content that belongs to a cell; null where not all contents are known. */
  #counts: Uint8Array | null = new Uint8Array(CELLS);

  /** @param state how far the tables are read */
  constructor(rows: ArchivedRows, words: Words, sessions: readonly KnownSession[], state: ArchiveState) {
    this.#rows = rows;
    this.#words = words;
    this.#state = state;
    this.#sessions = new Map(sessions.map((session) => [session.id, session]));
    this.requests = new RequestTable(state.requests.count, this.#sessionIds);
    this.asks = state.resolutions.count > 0 ? new AskTable(state.resolutions.count, this.#sessionIds) : null;
    this.responses = new ResponseColumns(state.responses.count);
  }

  /** What orphans brought, once all was read; null where that is not known of all responses. */
  contents(): Contents | null {
    const counts = this.#counts;
    if (counts === null) return null;
    const { responses, requests } = this;
    const mayRepeat = (sum: number) => (counts[sum % CELLS] ?? 0) > 1;
    const sumOf = (at: number) => responses.sum[at] ?? NONE;
    const sums = new Set([...this.#orphanSums].filter(mayRepeat));
    for (const sum of this.#otherSums) sums.delete(sum);
    const known = new KnownContents(responses, sums, (at) => {
      const session = this.#sessionOf(requests.sessionAt(responses.asked[at] ?? 0));
      return session?.source ?? null;
    });
    for (let at = 0; at < responses.count; at += 1) {
      if (responses.asked[at] !== NOTHING_ASKED && mayRepeat(sumOf(at))) known.add(at);
    }
    return {
      mayRepeat,
      requestOf: (orphan) => {
        const at = known.bestOf(orphan);
        return at === null || at === undefined ? at : requests.at(responses.asked[at] ?? 0);
      },
    };
  }

  /**
   * Reads all tables. Yields the numbers of requests and responses that were read since.
   * @throws CANCELLED; what SQLite throws
   */
  async *from(tables: TableThread, signal: AbortSignal | undefined): AsyncGenerator<number, void, undefined> {
    const { requests, resolutions, responses } = this.#state;
    for await (const rows of tables.rows(PACKED_REQUESTS, requests.last, signal)) yield this.#takeRequests(rows);
    if (this.asks !== null) {
      for await (const rows of tables.rows(PACKED_ASKS, resolutions.last, signal)) {
        this.#takeAsks(rows, this.asks);
        yield 0;
      }
    }
    const table = this.asks === null ? PACKED_RESPONSES : PACKED_RESPONSES_WITH_IDS;
    for await (const rows of tables.rows(table, responses.last, signal)) yield this.#takeResponses(rows);
  }

  /** @returns how many there were */
  #takeRequests(rows: PackedRows): number {
    let count = 0;
    for (let shape = rows.next(); shape !== null; shape = rows.next(), count += 1) {
      if (shape === "unusual") {
        const found = this.#rows.requestAt(rows.number());
        if (found !== undefined) this.requests.add(found.id, found.request);
        continue;
      }
      const id = rows.skip(ID_BYTES);
      const sessionAt = rows.skip(ID_BYTES);
      const session = this.#sessionIds.numberAt(rows.bytes, sessionAt, rows.at);
      const rowid = rows.number();
      const hashed = rows.number() === 1;
      const [kindBytes, methodBytes] = [rows.number(), rows.number()];
      const kind = this.#codeAt(rows, kindBytes);
      const method = this.#codeAt(rows, methodBytes);
      this.requests.addAt(rows.bytes, id, rowid, kind, method, session, hashed);
    }
    return count;
  }

  #takeAsks(rows: PackedRows, asks: AskTable): void {
    for (let shape = rows.next(); shape !== null; shape = rows.next()) {
      if (shape === "unusual") {
        const found = this.#rows.askAt(rows.number());
        if (found !== undefined) asks.add(found.responseId, found);
        continue;
      }
      const response = rows.skip(ID_BYTES);
      const sessionAt = rows.skip(ID_BYTES);
      const session = this.#sessionIds.numberAt(rows.bytes, sessionAt, rows.at);
      asks.addAt(rows.bytes, response, session, rows.number() === 1);
    }
  }

  /** @returns how many there were */
  #takeResponses(rows: PackedRows): number {
    const { responses } = this;
    const before = responses.count;
    for (let shape = rows.next(); shape !== null && !responses.isFull; shape = rows.next()) {
      const at = responses.count;
      responses.count += 1;
      if (shape === "usual") {
        this.#takeResponse(rows, at);
        continue;
      }
      responses.id[at] = idOf("response", rows.number());
      this.waiting.push(at);
      this.#counts = null;
    }
    return responses.count - before;
  }

  #takeResponse(rows: PackedRows, at: number): void {
    const { responses, requests, asks } = this;
    const { bytes } = rows;
    const request = requests.findAt(bytes, rows.skip(ID_BYTES));
    const askPlace = asks === null ? NO_NUMBER : asks.findAt(bytes, rows.skip(ID_BYTES));
    const ask = asks === null || askPlace === NO_NUMBER ? NO_NUMBER : asks.sessionAt(askPlace);
    const time = microsAt(bytes, rows.skip(TIME_BYTES));
    const checksum = this.#checksum;
    checksum.read(bytes, rows.skip(CHECKSUM_BYTES));
    const { sum } = checksum;
    responses.id[at] = idOf("response", rows.number());
    const hasSize = bytes[rows.at] !== SPACE;
    const size = rows.number();
    const status = this.#codeAt(rows, rows.number());
    responses.sum[at] = sum;
    responses.mix[at] = checksum.mix;
    if (sum !== NONE && this.#counts !== null) this.#counts[sum % CELLS] = 1 + Number(this.#counts[sum % CELLS] !== 0);
    const isUsual = !Number.isNaN(time) && !(hasSize && Number.isNaN(size));
    responses.time[at] = isUsual ? time - TIME_BASE : NO_TIME;
    responses.status[at] = status;
    responses.size[at] = hasSize ? size : NONE;
    let flags = this.#isRejected(status) ? FAILED : 0;
    if (request === NO_NUMBER) {
      responses.flags[at] = flags;
      (ask === NO_NUMBER && isUsual ? this.orphans : this.waiting).push(at);
      if (sum !== NONE) this.#orphanSums.add(sum);
      return;
    }
    const own = requests.sessionAt(request);
    const session = this.#sessionOf(ask === NO_NUMBER ? own : ask);
    if (session === null || !isUsual) {
      this.waiting.push(at);
      this.#otherSums.push(sum);
      return;
    }
    if (ask === NO_NUMBER || ask === own) requests.markAnswered(request);
    responses.session[at] = session.rowid;
    responses.source[at] = session.source;
    if (!requests.isServedAt(request) && status === this.#ok()) flags |= UNSERVED;
    if (asks !== null && askPlace !== NO_NUMBER && asks.hasFailedAt(askPlace)) flags |= FAILED;
    responses.flags[at] = flags;
    responses.asked[at] = request;
  }

  /** The code of the text that is next. */
  #codeAt(rows: PackedRows, length: number): number {
    const from = rows.skip(length);
    const number = this.#texts.numberAt(rows.bytes, from, rows.at);
    const code = this.#codes[number];
    if (code !== undefined) return code;
    const made = this.#words.idOf(this.#texts.textOf(number));
    this.#codes[number] = made;
    return made;
  }

  #sessionOf(number: number): KnownSession | null {
    const known = this.#sessionsByNumber[number];
    if (known !== undefined) return known;
    const session = this.#sessions.get(this.#sessionIds.textOf(number)) ?? null;
    this.#sessionsByNumber[number] = session;
    return session;
  }

  #isRejected(status: number): boolean {
    const known = this.#rejected.get(status);
    if (known !== undefined) return known;
    const made = isRejection(this.#words.textOf(status) ?? "");
    this.#rejected.set(status, made);
    return made;
  }

  #ok(): number {
    return this.#words.find("ok") ?? -1;
  }
}
