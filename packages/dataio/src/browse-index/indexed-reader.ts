/**
 * Lists of an archive by its index, in the form in which ArchiveReader gives them. The index says which rows and in which
 * order; what they show is read from the archive itself, so a list never shows what is not there.
 */
import type { BrowseRow, Page, RowQuery } from "../browse-model.ts";
import { isChecksum } from "../identity.ts";
import type { ArchiveReader } from "../reader.ts";
import { BrowseIndex, type IndexQuery, type TextPaths } from "./browse-index.ts";
import type { Facets, RowFilter } from "./filter.ts";
import { isIndexCursor } from "./page-order.ts";
import { idOf, sumOfPrefix } from "./schema.ts";

/** Which rows, in which order, from where on. */
export interface IndexedRowQuery extends RowQuery {
  /** Without one: every row. */
  readonly filter?: RowFilter | undefined;
  /** A moment: only what was there then and had not been superseded; see {@link IndexQuery}. */
  readonly asOf?: string | null | undefined;
}

/** A page of a list, with how many rows there are. */
export interface IndexedPage extends Page<BrowseRow> {
  readonly total: number;
  /** True when there are more rows than `total` says: counting them all would take long. */
  readonly more?: boolean;
}

/** Reads one archive through one index. Close it when done; the reader is its caller's. */
export class IndexedReader implements Disposable {
  readonly #reader: ArchiveReader;
  readonly #index: BrowseIndex;

  /**
   * @param texts where texts are looked for; without one, only in words and ids
   * @throws NOT_FOUND when there is no index of this version at `path`
   */
  constructor(reader: ArchiveReader, path: string, texts?: TextPaths) {
    this.#reader = reader;
    const lookups = {
      session: (id: string) => this.#placed(id, "session"),
      request: (id: string) => this.#placed(id, "request"),
      pasted: (text: string) => this.#pasted(text),
    };
    this.#index = new BrowseIndex(path, lookups, texts);
  }

  /** Closes the index. Nothing can be listed any more. */
  close(): void {
    this.#index.close();
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** False for a list that needs what only files say, before they were all looked at; and for one that began elsewhere. */
  canAnswer(query: IndexedRowQuery): boolean {
    const isUnfiltered = (query.filter === undefined || query.filter.length === 0) && (query.asOf ?? null) === null;
    if (isUnfiltered && query.cursor !== null && !isIndexCursor(query.cursor)) return false;
    return this.#index.canAnswer({ filter: query.filter ?? [], sort: query.sort });
  }

  /** False for facets under a filter on what only files say, before they were all looked at. */
  canCount(filter: RowFilter): boolean {
    return this.#index.canAnswer({ filter });
  }

  /** False for a filter on contents of payloads where those are not searched. */
  canSearch(filter: RowFilter): boolean {
    return this.#index.hasPayloadTexts() || !filter.some(({ key }) => key === "payload");
  }

  /** True when the index has all rows of the archive, but for those that came this very moment. */
  isCurrent(): boolean {
    const indexed = this.#index.ends();
    const ends = this.#reader.ends();
    return (["responses", "requests", "resolutions"] as const).every((table) => indexed[table] === ends[table]);
  }

  /** One page. @throws PARAMS_INVALID, TIMESTAMP_INVALID */
  async rows(query: IndexedRowQuery): Promise<IndexedPage> {
    const { places, total, more, nextCursor } = this.#index.page({ ...query, filter: query.filter ?? [] });
    return { items: await this.#reader.rowsAt(places), total, ...(more ? { more } : {}), nextCursor };
  }

  /** Counts by value under a filter. @throws TIMESTAMP_INVALID */
  facets(query: Pick<IndexQuery, "sessionId" | "filter" | "asOf">): Facets {
    return this.#index.facets(query);
  }

  #placed(id: string, table: "session" | "request"): number | undefined {
    return this.#reader.placesOf(id).find((place) => place.table === table)?.rowid;
  }

  #pasted(text: string) {
    const places = this.#reader.placesOf(text.trim());
    const found = {
      ids: [] as number[],
      sessions: [] as number[],
      requests: [] as number[],
      sum: null as number | null,
    };
    for (const { table, rowid } of places) {
      if (table === "session") found.sessions.push(rowid);
      else if (table === "request") found.requests.push(rowid);
      else found.ids.push(idOf(table, rowid));
    }
    if (isChecksum(text)) found.sum = sumOfPrefix(text);
    return found;
  }
}
