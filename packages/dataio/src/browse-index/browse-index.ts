/**
 * Reads a browse index: pages of rows in any order under any filter, how many there are, and facets. Rows are named by their
 * table and rowid; the archive has their texts. Reads one state of the index at a time, while another connection writes it.
 */
import { randomUUID } from "node:crypto";
import Database from "better-sqlite3";
import type { RowPlace, RowSort } from "../browse-model.ts";
import { DataioError } from "../errors.ts";
import type { FollowedTable } from "./archive-state.ts";
import { Counting, conditions } from "./counting.ts";
import { type CubeCell, readCube } from "./cube.ts";
import { facetsOf } from "./facets.ts";
import { hasFileIndexes, hasStateIndex } from "./file-pass.ts";
import type { Facets, RowFilter, WordKey } from "./filter.ts";
import { FoundTexts } from "./found-texts.ts";
import { decodePlace, IdentityList, type IdentitySort } from "./identity-list.ts";
import { IndexMeta } from "./index-meta.ts";
import { KeptOrders } from "./kept-orders.ts";
import { KnownPlaces } from "./known-places.ts";
import { activityAsOf, activityOf, figuresAsOf, figuresOf, sizeParts, sizesOf } from "./overview.ts";
import type { Activity, OverviewFigures, PayloadSizes } from "./overview-model.ts";
import {
  decodePosition,
  encodePosition,
  mergedRows,
  type Position,
  rowsAfter,
  type SortedRow,
  sortedPage,
} from "./page-order.ts";
import { bestWay, FEW, indexedBy, type Known, planPage, rangeOf, type Stream, WORD_SORTS } from "./page-plan.ts";
import { type Boundaries, readBoundaries } from "./scattered.ts";
import { type Column, refTypeOf, rowidOf } from "./schema.ts";
import {
  type FilterLookups,
  type FoundText,
  indexedMoment,
  type Range,
  type Selection,
  selectionOf,
} from "./selection.ts";
import {
  isSummed,
  type SessionPage,
  type SessionPageQuery,
  type SessionTotals,
  type SessionTotalsAsOf,
  sessionPage,
  sessionPageAsOf,
  sessionTotals,
} from "./session-list.ts";
import { SessionSums } from "./session-sums.ts";
import { SUMMED_COLUMNS, type Summary, type SummedRow, Summing } from "./summaries.ts";
import { openPayloadTexts, openTexts, type TextSource } from "./text-index.ts";
import { isTypeNamed } from "./type-names.ts";
import { readUsual, type UsualCodes } from "./usual.ts";
import { Words } from "./words.ts";

export interface IndexQuery {
  /** Null: the whole archive. */
  readonly sessionId: string | null;
  readonly filter: RowFilter;
  readonly sort: RowSort;
  readonly cursor: string | null;
  /** Begins behind so many rows of the list, or of what follows the cursor. */
  readonly start?: number | undefined;
  readonly limit: number;
  /**
   * Timestamp text. Leaves out what came later, and what a cache had no longer answered with by then, for there was a newer
   * good response to the same; see Replay.
   */
  readonly asOf?: string | null | undefined;
}

/** Which identities, in which order, from where on. */
export interface IdentityQuery extends Omit<IndexQuery, "sort" | "start">, ListPart {
  readonly sort: IdentitySort;
}

/** Which part of a list that is asked for by places. */
export interface ListPart {
  /** Place that the page begins with, in place of a cursor. */
  readonly start?: number | undefined;
  /** The order that earlier pages named: items stay in their places while it is kept, whatever is written. */
  readonly order?: string | undefined;
}

/** All items of a list in order, or their ids. */
interface WholeList<T> {
  readonly length: number;
  slice(start: number, end: number): Iterable<T>;
}

/** A page of identities. */
export interface IdentitySummaries {
  readonly items: readonly (Omit<Summary, "newest"> & { readonly newest: RowPlace })[];
  readonly total: number;
  readonly nextCursor: string | null;
  /** The order that the page is part of. */
  readonly order: string;
}

/** A page of sessions, by rowid, with what their rows come to. */
type ListedSessions<T> = SessionPage & { readonly totals: ReadonlyMap<number, T>; readonly order: string };

/** More sessions than any archive has. */
const EVERY = 1e9;

export interface IndexPage {
  readonly places: readonly RowPlace[];
  readonly total: number;
  /** True when there are more rows than `total` says. */
  readonly more: boolean;
  readonly nextCursor: string | null;
}

/** Lookups in the archive that a filter needs; see FilterLookups. */
export type ArchiveLookups = Pick<FilterLookups, "session" | "request" | "pasted">;

/** The files of texts beside an index; null where there is none that is ready. */
export interface TextPaths {
  readonly text: string | null;
  readonly payloads: string | null;
}

/** Moments of which sums of sessions are remembered. */
const MOMENTS = 4;

export class BrowseIndex {
  readonly #db: Database.Database;
  readonly #words: Words;
  readonly #archive: ArchiveLookups;
  readonly #found: FoundTexts;
  readonly #places = new KnownPlaces();
  /** Ids of whole lists; those of 300,000 identities take 2.4 MB. */
  readonly #orders = new KeptOrders<WholeList<number>>(4);
  /** Identities under a filter with what their rows under it come to, which is nowhere else. */
  readonly #narrowed = new KeptOrders<WholeList<Summary>>(2);
  readonly #texts: Readonly<Record<"text" | "payload", TextSource | null>>;
  #cells: readonly CubeCell[] = [];
  #usual: UsualCodes;
  /** See scattered.ts. */
  #boundaries: Boundaries;
  /** Identities of the rows under the last filter, for further pages. */
  #summed: { readonly key: string; readonly version: number; readonly summaries: readonly Summary[] } | null = null;
  /** Of the moments that sessions were listed as of last; several may be looked at side by side. */
  readonly #sessionSums = new Map<string, SessionSums>();
  #version = -1;
  /** Versions are counted anew by each connection. */
  readonly #name = randomUUID();

  /**
   * @param few rows with a text up to which they are gathered before a page is made
   * @throws NOT_FOUND when there is no index of this version at `path`
   */
  constructor(path: string, archive: ArchiveLookups, texts: TextPaths = { text: null, payloads: null }, few = FEW) {
    this.#archive = archive;
    try {
      this.#db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5_000 });
      this.#db.pragma("cache_size = -16384");
      if (new IndexMeta(this.#db).read() === null) throw new Error("it is no index of this version");
      this.#words = new Words(this.#db);
      this.#usual = readUsual(this.#db);
      this.#boundaries = readBoundaries(this.#db);
      this.#found = new FoundTexts(this.#db, few);
    } catch (error) {
      throw new DataioError("NOT_FOUND", `There is no index to be read at ${path}.`, { cause: error });
    }
    this.#texts = { text: opened(texts.text, openTexts), payload: opened(texts.payloads, openPayloadTexts) };
  }

  close(): void {
    this.#db.close();
    this.#texts.text?.close();
    this.#texts.payload?.close();
  }

  /** False where a text cannot be looked for in payloads. */
  hasPayloadTexts(): boolean {
    return this.#texts.payload !== null;
  }

  /** False until figures and activity as of a moment can be counted. */
  canLookBack(): boolean {
    return hasStateIndex(this.#db);
  }

  /** The last row of each table that was taken in. */
  ends(): Readonly<Record<FollowedTable, number>> {
    const state = new IndexMeta(this.#db).read()?.state;
    return {
      responses: state?.responses.last ?? 0,
      requests: state?.requests.last ?? 0,
      resolutions: state?.resolutions.last ?? 0,
      response_meta: state?.response_meta.last ?? 0,
    };
  }

  /** False for what can only be answered once all files have been looked at. */
  canAnswer(query: Pick<IndexQuery, "filter"> & Partial<Pick<IndexQuery, "sort">>): boolean {
    const needsFiles =
      query.sort?.column === "type" ||
      query.sort?.column === "duration" ||
      query.filter.some(({ key }) => key === "type" || key === "duration" || key === "integrity");
    return !needsFiles || hasFileIndexes(this.#db);
  }

  /** @throws PARAMS_INVALID for a cursor of another list, TIMESTAMP_INVALID */
  page(query: IndexQuery): IndexPage {
    if (query.cursor !== null) decodePosition(query.cursor, query.sort);
    return this.#atOneMoment(() => {
      const selection = this.#selectionOf(query);
      const start = query.start ?? 0;
      const list = JSON.stringify([this.#version, query.sessionId, query.filter, query.sort, query.asOf]);
      const near = query.cursor === null ? this.#places.above(list, start) : null;
      const cursor = near?.cursor ?? query.cursor;
      const position = cursor === null ? null : decodePosition(cursor, query.sort);
      const { rows, all } = this.#rows(selection, query.sort, position, start - (near?.row ?? 0), query.limit + 1);
      const shown = rows.slice(0, query.limit);
      const last = shown.at(-1);
      const nextCursor = rows.length > query.limit && last !== undefined ? this.#cursorAt(last, query.sort) : null;
      if (query.cursor === null && nextCursor !== null) this.#places.add(list, start + shown.length, nextCursor);
      return {
        places: shown.map(({ id }) => ({ type: refTypeOf(id), rowid: rowidOf(id) })),
        ...(all === null ? this.#counting().total(selection, start + rows.length) : { total: all, more: false }),
        nextCursor,
      };
    });
  }

  facets(query: Pick<IndexQuery, "sessionId" | "filter" | "asOf">): Facets {
    return this.#atOneMoment(() => {
      const selection = this.#selectionOf(query);
      const undecided = selection.conditions.filter(({ cell }) => cell === null);
      const counted =
        undecided.length === 0 ? { cells: this.#cells, exact: true } : this.#counting().cellsOf(selection);
      return facetsOf(selection, counted.cells, counted.exact, this.#words, this.#reused());
    });
  }

  /**
   * Identities with what their rows come to; under a filter, of a session or as of a moment with what those come to that
   * are left. @throws PARAMS_INVALID, TIMESTAMP_INVALID
   */
  identities(query: IdentityQuery): IdentitySummaries {
    const { sessionId, filter, sort, cursor, start, limit } = query;
    const asOf = query.asOf ?? null;
    return this.#atOneMoment(() => {
      const list = new IdentityList(this.#db, (code) => this.#words.textOf(code) ?? "");
      const isAll = sessionId === null && filter.length === 0 && asOf === null;
      const summariesOf = () => this.#summariesOf({ sessionId, filter, asOf });
      const placed = (summaries: readonly Summary[]) =>
        summaries.map((summary) => ({
          ...summary,
          newest: { type: refTypeOf(summary.newest), rowid: rowidOf(summary.newest) },
        }));
      if (start !== undefined) {
        const part = { key: JSON.stringify(["identities", sessionId, filter, asOf, sort]), start, query };
        if (isAll) {
          const page = this.#part(this.#orders, part, () => Float64Array.from(list.order(sort)));
          return { ...page, items: placed(list.summaries(page.items)) };
        }
        const page = this.#part(this.#narrowed, part, () => list.sorted(summariesOf(), sort));
        return { ...page, items: placed(page.items) };
      }
      const after = cursor === null ? null : decodePlace(cursor, sort);
      let found: Summary[];
      let total: number;
      if (isAll) ({ found, total } = list.page(sort, after, limit + 1));
      else {
        const summaries = summariesOf();
        total = summaries.length;
        found = list.sorted(summaries, sort, after, limit + 1);
      }
      const shown = found.slice(0, limit);
      const last = shown.at(-1);
      const nextCursor = found.length > limit && last !== undefined ? list.cursorAt(last, sort) : null;
      return { items: placed(shown), total, nextCursor, order: this.#order };
    });
  }

  /** Sessions in order, by rowid, with what their rows come to. @throws PARAMS_INVALID */
  sessions(query: SessionPageQuery & ListPart): ListedSessions<SessionTotals> {
    return this.#atOneMoment(() => {
      const page = this.#sessionPart(query, null, (all) => sessionPage(this.#db, all));
      return { ...page, totals: sessionTotals(this.#db, page.rowids) };
    });
  }

  /** Sessions as of a moment. @throws PARAMS_INVALID, TIMESTAMP_INVALID */
  sessionsAsOf(query: SessionPageQuery & ListPart, asOf: string): ListedSessions<SessionTotalsAsOf> {
    const moment = indexedMoment(asOf);
    return this.#atOneMoment(() => {
      const page = this.#sessionPartAsOf(query, moment);
      return { ...page, totals: this.#sumsAt(moment).of(page.rowids) };
    });
  }

  /**
   * Sums for some time what `sessionsAsOf` needs, so that it is answered at once. @returns false where there is more to do
   * @throws PARAMS_INVALID, TIMESTAMP_INVALID
   */
  sumSessions(query: SessionPageQuery & ListPart, asOf: string, budgetMs: number): boolean {
    const moment = indexedMoment(asOf);
    return this.#atOneMoment(() => {
      const sums = this.#sumsAt(moment);
      if (isSummed(query.sort.column) && !sums.sum(null, budgetMs)) return false;
      return sums.sum(this.#sessionPartAsOf(query, moment).rowids, budgetMs);
    });
  }

  /** What the rows of sessions come to, by their rowids. */
  sessionTotals(rowids: readonly number[]): ReadonlyMap<number, SessionTotals> {
    return this.#atOneMoment(() => sessionTotals(this.#db, rowids));
  }

  #sumsAt(moment: number): SessionSums {
    const key = `${this.#version} ${moment}`;
    const sums = this.#sessionSums.get(key) ?? new SessionSums(this.#db, moment, this.#reused());
    this.#sessionSums.delete(key);
    const [oldest] = this.#sessionSums.keys();
    if (oldest !== undefined && this.#sessionSums.size >= MOMENTS) this.#sessionSums.delete(oldest);
    this.#sessionSums.set(key, sums);
    return sums;
  }

  #reused(): number {
    return this.#words.find("reused") ?? -1;
  }

  #sessionPartAsOf(query: SessionPageQuery & ListPart, moment: number) {
    return this.#sessionPart(query, moment, (all) => sessionPageAsOf(this.#db, all, moment, this.#sumsAt(moment)));
  }

  #sessionPart(
    query: SessionPageQuery & ListPart,
    moment: number | null,
    read: (query: SessionPageQuery) => SessionPage,
  ): SessionPage & { readonly order: string } {
    const { start, sort } = query;
    if (start === undefined) return { ...read(query), order: this.#order };
    const part = { key: JSON.stringify(["sessions", moment, sort]), start, query };
    const { items, ...page } = this.#part(this.#orders, part, () =>
      Float64Array.from(read({ sort, cursor: null, limit: EVERY }).rowids),
    );
    return { ...page, rowids: items };
  }

  /** Names the lists of the index as it is now. */
  get #order(): string {
    return `${this.#name} ${this.#version}`;
  }

  /** A part of a list whose order is kept. */
  #part<T>(
    orders: KeptOrders<WholeList<T>>,
    { key, start, query }: { key: string; start: number; query: ListPart & { readonly limit: number } },
    read: () => WholeList<T>,
  ): { items: T[]; total: number; nextCursor: null; order: string } {
    const { name, items } = orders.of(key, this.#order, query.order ?? null, read);
    return { items: [...items.slice(start, start + query.limit)], total: items.length, nextCursor: null, order: name };
  }

  #summariesOf(query: Pick<IndexQuery, "sessionId" | "filter" | "asOf">): readonly Summary[] {
    const key = JSON.stringify([query.sessionId, query.filter, query.asOf]);
    if (this.#summed?.key === key && this.#summed.version === this.#version) return this.#summed.summaries;
    const selection = this.#selectionOf(query);
    const byIdentity = new Map<number, Summing>();
    for (const stream of bestWay(selection, this.#known()).streams) {
      const rows = this.#db
        .prepare<[], SummedRow>(
          `SELECT ${SUMMED_COLUMNS} FROM ${indexedBy(stream)} WHERE ${conditions(selection, stream.where)} AND identity > 0`,
        )
        .iterate();
      for (const row of rows) {
        const summing = byIdentity.get(row.identity);
        if (summing === undefined) byIdentity.set(row.identity, new Summing(row));
        else summing.add(row);
      }
    }
    const summaries = [...byIdentity.values()].map((summing) => summing.summary);
    this.#summed = { key, version: this.#version, summaries };
    return summaries;
  }

  /** The figures of the whole archive, now (null) or as of a moment. @throws TIMESTAMP_INVALID */
  figures(asOf: string | null): OverviewFigures {
    const moment = asOf === null ? null : indexedMoment(asOf);
    return this.#atOneMoment(() =>
      moment === null
        ? figuresOf(this.#db, this.#cells, this.#words)
        : figuresAsOf(this.#db, this.#cells, this.#words, moment),
    );
  }

  /**
   * @param edges milliseconds since the epoch, ascending; a bucket holds its lower edge and not its upper one
   * @throws TIMESTAMP_INVALID
   */
  activity(edges: readonly number[], asOf: string | null): Activity {
    const moment = asOf === null ? null : indexedMoment(asOf);
    return this.#atOneMoment(() =>
      moment === null
        ? activityOf(this.#db, this.#cells, this.#words, edges)
        : activityAsOf(this.#db, this.#cells, this.#words, edges, moment),
    );
  }

  /** Into how many parts {@link sizes} is best divided. */
  sizeParts(): number {
    return this.#atOneMoment(() => sizeParts(this.#cells));
  }

  /** The sums of one part, from 0 on, of so many. @throws TIMESTAMP_INVALID */
  sizes(part: number, parts: number, asOf: string | null): PayloadSizes {
    const moment = asOf === null ? null : indexedMoment(asOf);
    return this.#atOneMoment(() => sizesOf(this.#db, this.#words, part, parts, moment));
  }

  /** How the rows of a page are found; for tests. */
  explain(query: Omit<IndexQuery, "cursor">): string[] {
    return this.#atOneMoment(() => {
      const { sort, limit } = query;
      const selection = this.#selectionOf(query);
      const plan = planPage(selection, sort, this.#known(), limit, (codes) => this.#textOrder(codes));
      const explained = (sql: string) =>
        this.#db
          .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => detail);
      switch (plan.kind) {
        case "empty":
          return [plan.kind];
        case "merge":
          return [plan.kind, ...explained(mergedRows(plan.way.streams, selection, sort, null, limit, 0))];
        case "walk":
          return [
            plan.kind,
            ...plan.streams.flatMap(({ stream }) => explained(rowsAfter(stream, selection, sort, null, limit))),
          ];
        case "gather":
          return [
            plan.kind,
            ...plan.way.streams.flatMap((stream) => explained(rowsAfter(stream, selection, null, null, limit))),
          ];
      }
    });
  }

  /**
   * The rows behind a position and behind so many that are passed. `all` is the number of all rows where that was found on
   * the way.
   */
  #rows(
    selection: Selection,
    sort: RowSort,
    position: Position | null,
    passed: number,
    limit: number,
  ): { rows: SortedRow[]; all: number | null } {
    const plan = planPage(selection, sort, this.#known(), passed + limit, (codes) => this.#textOrder(codes));
    const textOf = (code: number) => this.#words.textOf(code) ?? "";
    const read = (sql: string) => this.#db.prepare<[], SortedRow>(sql).all();
    switch (plan.kind) {
      case "empty":
        return { rows: [], all: 0 };
      case "merge": {
        const { streams } = plan.way;
        return { rows: read(mergedRows(streams, selection, sort, position, limit, passed)), all: null };
      }
      case "walk": {
        const rows: SortedRow[] = [];
        let toPass = passed;
        for (const { stream, code } of plan.streams) {
          const after = position === null || code === null ? position : positionIn(position, textOf(code), sort);
          if (after === "none") continue;
          const behind = after === "all" ? null : after;
          const found = read(rowsAfter(stream, selection, sort, behind, limit - rows.length, sort, toPass));
          rows.push(...found);
          if (rows.length >= limit) break;
          if (found.length > 0) toPass = 0;
          else if (toPass > 0) toPass -= this.#countAfter(stream, selection, sort, behind);
        }
        return { rows, all: null };
      }
      case "gather": {
        const rows = plan.way.streams.flatMap((stream) => read(rowsAfter(stream, selection, null, null, null, sort)));
        const page = sortedPage(rows, sort, textOf, position, passed + limit).slice(passed);
        return { rows: page, all: rows.length };
      }
    }
  }

  #countAfter(stream: Stream, selection: Selection, sort: RowSort, after: Position | null): number {
    const sql = `SELECT COUNT(*) FROM (${rowsAfter(stream, selection, sort, after, null)})`;
    return Number(this.#db.prepare(sql).pluck().get());
  }

  #counting(): Counting {
    return new Counting(this.#db, this.#known(), this.#cells);
  }

  #selectionOf({ filter, sessionId, asOf }: Pick<IndexQuery, "sessionId" | "filter" | "asOf">): Selection {
    return selectionOf(filter, sessionId, this.#lookups(), asOf ?? null);
  }

  /** What a request row asks, by its rowid. */
  #identityOf(request: number | undefined): number | undefined {
    if (request === undefined) return undefined;
    return (
      this.#db.prepare<[number], number>("SELECT identity FROM members WHERE request = ?").pluck().get(request) ??
      request
    );
  }

  #known(): Known {
    const counts = new Map<string, number>();
    return {
      cells: this.#cells,
      hasFileIndexes: hasFileIndexes(this.#db),
      usual: this.#usual,
      boundaries: this.#boundaries,
      count: (column: Column, range: Range) => {
        const known = counts.get(column);
        if (known !== undefined) return known;
        const rows = rangeOf(column, range, this.#boundaries).map(
          (stream) => `SELECT 1 FROM ${indexedBy(stream)} WHERE ${stream.where}`,
        );
        const sql = `SELECT COUNT(*) FROM (${rows.join(" UNION ALL ")} LIMIT ${FEW + 1})`;
        const count = Number(this.#db.prepare(sql).pluck().get());
        counts.set(column, count);
        return count;
      },
    };
  }

  #lookups(): FilterLookups {
    return {
      session: (id) => this.#archive.session(id),
      request: (id) => this.#identityOf(this.#archive.request(id)),
      pasted: (text) => {
        const found = this.#archive.pasted(text);
        return { ...found, requests: found.requests.map((rowid) => this.#identityOf(rowid) ?? rowid) };
      },
      words: (key, value) => this.#wordsNamed(key, value),
      wordsWith: (text) => this.#wordsWith(text),
      containing: (where, text) => this.#containing(where, text),
    };
  }

  #wordsWith(text: string): number[] {
    const wanted = text.toLowerCase();
    return [...this.#words.entries()].flatMap(([id, word]) => (word?.toLowerCase().includes(wanted) ? [id] : []));
  }

  #containing(where: "text" | "payload", text: string): FoundText | null {
    const source = this.#texts[where];
    if (source === null) return null;
    const version = `${this.#version}`;
    if (where === "payload") return this.#found.find(source, version, text, new Set());
    const codes = new Set(this.#wordsWith(text));
    return this.#found.find(source, version, text, codes, this.#lookups().pasted(text), this.#cells);
  }

  /** The exact text where there is one, else whatever differs in case only; of types also a part: `json`, `image`. */
  #wordsNamed(key: WordKey, value: string): number[] {
    if (value === "") return [0];
    const exact = this.#words.find(value);
    if (exact !== undefined && (key !== "type" || value.includes("/"))) return [exact];
    const wanted = value.toLowerCase();
    const isNamed = (word: string) => (key === "type" ? isTypeNamed(word, wanted) : word === wanted);
    return [...this.#words.entries()].flatMap(([id, word]) =>
      word !== null && isNamed(word.toLowerCase()) ? [id] : [],
    );
  }

  #textOrder(codes: Iterable<number>): number[] {
    const bytes = (code: number) => Buffer.from(this.#words.textOf(code) ?? "");
    return [...codes].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
  }

  #cursorAt(row: SortedRow, sort: RowSort): string {
    const isWord = WORD_SORTS.some((word) => word === sort.column);
    return encodePosition(sort, {
      value: isWord ? (this.#words.textOf(row.value) ?? "") : row.value,
      time: row.time,
      id: row.id,
    });
  }

  /** Another connection may write between two statements, but not between those of `read`. */
  #atOneMoment<T>(read: () => T): T {
    try {
      return this.#inTransaction(read);
    } catch (error) {
      // What was noted of temporary tables went with the transaction.
      this.#found.clear();
      throw error;
    }
  }

  #inTransaction<T>(read: () => T): T {
    return this.#db.transaction(() => {
      // The first read begins the transaction, and with it the state that is seen.
      this.#db.prepare("SELECT 1 FROM meta").get();
      const version = Number(this.#db.pragma("data_version", { simple: true }));
      if (version !== this.#version) {
        this.#words.load();
        this.#cells = readCube(this.#db);
        this.#usual = readUsual(this.#db);
        this.#boundaries = readBoundaries(this.#db);
        this.#version = version;
      }
      return read();
    })();
  }
}

/** A file of texts that cannot be read is done without. */
function opened(path: string | null, open: (path: string) => TextSource): TextSource | null {
  if (path === null) return null;
  try {
    return open(path);
  } catch {
    return null;
  }
}

/** Where a position lies to the rows of one text: among them, before all of them, or behind. */
function positionIn(position: Position, text: string, sort: RowSort): Position | "all" | "none" {
  const order =
    Buffer.compare(Buffer.from(text), Buffer.from(String(position.value))) * (sort.direction === "asc" ? 1 : -1);
  if (order === 0) return position;
  return order > 0 ? "all" : "none";
}
