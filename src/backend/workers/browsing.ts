/**
 * What a reader thread does: an archive's reader, and lists by its index once there is one. Lists without an index are those
 * of the three tables; what only an index can answer is refused as INDEX_NOT_READY until then.
 */
import {
  type ArchiveReader,
  addSizes,
  type CountedPage,
  type ExportScope,
  type Facets,
  type IdentityListQuery,
  type IdentityRow,
  type IndexedPage,
  IndexedReader,
  type IndexedRowQuery,
  measureExport,
  type Page,
  type PayloadSizes,
  type RowFilter,
  type SessionRow,
  type SessionSort,
  type SessionSummary,
  type SessionTableQuery,
  type TextPaths,
} from "@mxm/dataio";
import { coded } from "../coded-error.ts";
import type { Log } from "../failure.ts";
import { exportPreview } from "./export-preview.ts";
import { foundRows } from "./found-rows.ts";

export const INDEX_NOT_READY = "INDEX_NOT_READY";

/** The files of an index: its rows, and texts where those can be searched. */
export interface IndexFiles extends TextPaths {
  readonly rows: string;
}

/** A page of rows, and what it is ordered by; see rows.list of the contract. */
interface OrderedQuery extends IndexedRowQuery {
  readonly by?: "index" | "tables" | undefined;
}
interface OrderedPage extends IndexedPage {
  readonly by: "index" | "tables";
}

export interface NewestSessionsQuery {
  readonly cursor: string | null;
  readonly limit: number;
  /** Only an index can answer it. */
  readonly asOf?: string | null | undefined;
}

/** A list of sessions; without an order the newest are first. */
export type SessionSumsQuery = Omit<SessionTableQuery, "sort"> & { readonly sort?: SessionSort | undefined };

const NEWEST_FIRST: SessionSort = { column: "started", direction: "desc" };
/** How long one part of what takes long may be begun on; others are served between two. */
const PART_MS = 20;
/** Rows of sessions that are counted without an index: some 100 ms. */
const MOST_COUNTED = 20_000;

export class Browsing {
  readonly #reader: ArchiveReader;
  readonly #log: Log;
  #indexed: IndexedReader | null = null;

  constructor(reader: ArchiveReader, log: Log) {
    this.#reader = reader;
    this.#log = log;
  }

  /** Lists by this index from now on; null: by none. One that cannot be read is done without. */
  setIndex(files: IndexFiles | null): void {
    this.#indexed?.close();
    this.#indexed = null;
    if (files === null) return;
    try {
      this.#indexed = new IndexedReader(this.#reader, files.rows, files);
    } catch (error) {
      // It may have been deleted since; its keeper notices as well.
      this.#log(`The index ${files.rows} cannot be read`, error);
    }
  }

  async rows({ by, ...query }: OrderedQuery): Promise<OrderedPage> {
    const isFiltered = (query.filter !== undefined && query.filter.length > 0) || (query.asOf ?? null) !== null;
    const indexed = this.#indexed;
    if (query.filter !== undefined) requireContents(indexed, query.filter);
    const goesOn = query.cursor !== null || by === "index";
    if (indexed?.canAnswer(query) && (isFiltered || goesOn || indexed.isCurrent())) {
      try {
        return { ...(await indexed.rows(query)), by: "index" };
      } catch (error) {
        if (!this.#isBroken(error) || isFiltered || query.cursor !== null) throw error;
      }
    }
    if (isFiltered) throw coded(INDEX_NOT_READY, "The index that filters need is not ready yet.");
    // A list that began with an index which is gone cannot go on: its cursor is refused there.
    return { ...(await this.#reader.rows(query)), by: "tables" };
  }

  facets(query: Parameters<IndexedReader["facets"]>[0]): Facets {
    requireContents(this.#indexed, query.filter);
    if (this.#indexed?.canCount(query.filter)) return this.#indexed.facets(query);
    throw coded(INDEX_NOT_READY, "The index that counts need is not ready yet.");
  }

  async identities(query: IdentityListQuery): Promise<CountedPage<IdentityRow>> {
    const isCounted = this.#indexed?.canCount(query.filter ?? []) ?? false;
    if (this.#indexed === null || !isCounted)
      throw coded(INDEX_NOT_READY, "The index that requests need is not ready yet.");
    return this.#indexed.identities(query);
  }

  sessionTable(query: SessionTableQuery): CountedPage<SessionRow> {
    if (this.#indexed === null) throw coded(INDEX_NOT_READY, "The index that this order needs is not ready yet.");
    return this.#indexed.sessions(query);
  }

  /**
   * Sums a part of what these sessions came to at their moment; `sessionTable` and `sessions` answer at once when all is done.
   * @returns false where there is more to do
   */
  sumSessions({ sort = NEWEST_FIRST, ...query }: SessionSumsQuery): boolean {
    if (this.#indexed === null) throw coded(INDEX_NOT_READY, "The index that sums need is not ready yet.");
    return this.#indexed.sumSessions({ ...query, sort }, PART_MS);
  }

  overview(asOf: string | null = null) {
    return this.#countingIndex(asOf).overview(asOf);
  }

  activity(edges: readonly number[], asOf: string | null = null) {
    return this.#countingIndex(asOf).activity(edges, asOf);
  }

  sizeParts() {
    return this.#countingIndex().sizeParts();
  }

  /** The sums of some parts, from one on: of as many as take no longer than others may wait. `next` is the first behind them. */
  sizes(
    from: number,
    parts: number,
    asOf: string | null = null,
  ): { readonly sizes: PayloadSizes; readonly next: number } {
    const index = this.#countingIndex();
    const until = performance.now() + PART_MS;
    let sizes = index.sizes(from, parts, asOf);
    let next = from + 1;
    for (; next < parts && performance.now() < until; next += 1) {
      sizes = addSizes(sizes, index.sizes(next, parts, asOf));
    }
    return { sizes, next };
  }

  describe() {
    return this.#reader.describe();
  }

  counts() {
    return this.#reader.counts();
  }

  changed() {
    return this.#reader.changed();
  }

  /** Newest first. Without an index no more is counted than does not hold others up; see SessionsQuery. */
  sessions({ cursor, limit, asOf = null }: NewestSessionsQuery): Page<SessionSummary> {
    if (asOf !== null) return this.sessionTable({ sort: NEWEST_FIRST, cursor, limit, asOf });
    if (this.#indexed?.isCurrent()) {
      try {
        return this.#indexed.newestSessions({ cursor, limit });
      } catch (error) {
        if (!this.#isBroken(error)) throw error;
      }
    }
    const page = this.#reader.sessions({ cursor, limit, mostRows: MOST_COUNTED });
    // What the index had a moment ago says more than nothing.
    const isPartial = page.items.some(({ partial }) => partial);
    return isPartial && this.#indexed !== null ? this.#indexed.newestSessions({ cursor, limit }) : page;
  }

  row(...args: Parameters<ArchiveReader["row"]>) {
    return this.#reader.row(...args);
  }

  history(...args: Parameters<ArchiveReader["history"]>) {
    return this.#reader.history(...args);
  }

  sameBytes(...args: Parameters<ArchiveReader["sameBytes"]>) {
    return this.#reader.sameBytes(...args);
  }

  sources() {
    return this.#reader.sources();
  }

  frames(...args: Parameters<ArchiveReader["frames"]>) {
    return this.#reader.frames(...args);
  }

  plannedAnswer(...args: Parameters<ArchiveReader["plannedAnswer"]>) {
    return this.#reader.plannedAnswer(...args);
  }

  find(text: string) {
    return foundRows(this.#reader.location, text);
  }

  measureExport(scope: ExportScope) {
    return measureExport(this.#reader.location, scope);
  }

  exportPreview(query: Parameters<typeof exportPreview>[1]) {
    return exportPreview(this.#reader.location, query);
  }

  close(): void {
    this.setIndex(null);
    this.#reader.close();
  }

  #countingIndex(asOf: string | null = null): IndexedReader {
    if (this.#indexed !== null && (asOf === null || this.#indexed.canLookBack())) return this.#indexed;
    throw coded(INDEX_NOT_READY, "The index that counts need is not ready yet.");
  }

  /** An index that fails where it should not is not asked again. */
  #isBroken(error: unknown): boolean {
    const isExpected = error instanceof Error && error.name === "DataioError";
    if (isExpected) return false;
    this.#log("The index failed; lists do without", error);
    this.setIndex(null);
    return true;
  }
}

/** @throws PAYLOAD_SEARCH_OFF */
function requireContents(indexed: IndexedReader | null, filter: RowFilter): void {
  if (indexed === null || indexed.canSearch(filter)) return;
  throw coded(
    "PAYLOAD_SEARCH_OFF",
    "Contents of payloads are not searched in this archive. “Search in payloads…” switches it on.",
  );
}
