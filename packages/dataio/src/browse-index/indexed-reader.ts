/**
 * Lists of an archive by its index, in the form in which ArchiveReader gives them. The index says which rows and in which
 * order; what they show is read from the archive itself, so a list never shows what is not there.
 */
import type { BrowseRow, IdentityRow, Page, RowQuery, RowSort, SessionRow } from "../browse-model.ts";
import { isChecksum } from "../identity.ts";
import type { ArchiveReader } from "../reader.ts";
import { requestLabel } from "../request-label.ts";
import { formatTimestamp } from "../timestamps.ts";
import { BrowseIndex, type TextPaths } from "./browse-index.ts";
import type { Facets, RowFilter } from "./filter.ts";
import type { IdentitySort } from "./identity-list.ts";
import { type Activity, FAILURE_STATUSES, type Overview, type PayloadSizes } from "./overview-model.ts";
import { isIndexCursor } from "./page-order.ts";
import { idOf, sumOfPrefix, TIME_BASE } from "./schema.ts";
import type { SessionSort } from "./session-list.ts";
import { NONE_CHANGED } from "./summaries.ts";

/** Which rows, in which order, from where on. */
export interface IndexedRowQuery extends RowQuery {
  /** Without one: every row. */
  readonly filter?: RowFilter | undefined;
  /** A moment: only what was there then, and not yet replaced by a newer good response to the same, as {@link Replay} has it. */
  readonly asOf?: string | null | undefined;
}

/** A page of a list, with how many rows there are. */
export interface IndexedPage extends Page<BrowseRow> {
  readonly total: number;
  /** True when there are more rows than `total` says: counting them all would take long. */
  readonly more?: boolean;
}

/** A page of a list whose length is known. */
export interface CountedPage<T> extends Page<T> {
  readonly total: number;
}

/** Which identities, in which order, from where on. */
export interface IdentityListQuery extends Omit<IndexedRowQuery, "sort"> {
  readonly sort: IdentitySort;
}

/** Which sessions, in which order, from where on. */
export interface SessionTableQuery {
  readonly sort: SessionSort;
  readonly cursor: string | null;
  readonly limit: number;
}

/** Rows of each kind that an overview names. */
const OUTSTANDING = 10;
/** Rows that are passed for them at most, in pages of so many. */
const MOST_PASSED = 500;
const PASSED_AT_ONCE = 50;

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

  /** One page of identities: what a source asks, with what came of it. @throws PARAMS_INVALID, TIMESTAMP_INVALID */
  async identities(query: IdentityListQuery): Promise<CountedPage<IdentityRow>> {
    const page = this.#index.identities({ ...query, filter: query.filter ?? [] });
    const requests = this.#reader.requestsAt(page.items.map(({ identity }) => identity));
    const rows = await this.#reader.rowsByPlace(page.items.map(({ newest }) => newest));
    const items: IdentityRow[] = [];
    for (const [at, { identity, responses, payloads, changed, bytes }] of page.items.entries()) {
      const row = rows[at];
      const request = requests.get(identity);
      // Between two commits of the archive one may be named that cannot be read yet.
      if (row === undefined || request === undefined) continue;
      items.push({
        row,
        requestId: request.id,
        hash: request.hash,
        label: requestLabel(request),
        responses,
        payloads,
        changedAt: changed === NONE_CHANGED ? null : timeText(changed),
        bytes,
      });
    }
    return { items, total: page.total, nextCursor: page.nextCursor };
  }

  /** One page of sessions, with the bytes of their responses. @throws PARAMS_INVALID */
  sessions(query: SessionTableQuery): CountedPage<SessionRow> {
    const { items, total, nextCursor } = this.#index.sessions(query);
    const summaries = this.#reader.sessionsAt(items.map(({ rowid }) => rowid));
    const rows = items.flatMap(({ rowid, bytes }) => {
      const session = summaries.get(rowid);
      return session === undefined ? [] : [{ ...session, bytes }];
    });
    return { items: rows, total, nextCursor };
  }

  /** Counts by value under a filter. @throws TIMESTAMP_INVALID */
  facets(query: Pick<IndexedRowQuery, "sessionId" | "asOf"> & { readonly filter: RowFilter }): Facets {
    return this.#index.facets(query);
  }

  /** The whole archive at a glance. */
  async overview(): Promise<Overview> {
    const bySize: RowSort = { column: "size", direction: "desc" };
    const byDuration: RowSort = { column: "duration", direction: "desc" };
    const failed: RowFilter = FAILURE_STATUSES.map((value) => ({ key: "status", value, not: false }));
    const seen = new Set<string | null>();
    const isNewPayload = ({ checksum }: BrowseRow) => !seen.has(checksum) && seen.add(checksum).size > 0;
    return {
      ...this.#index.figures(),
      // A duration that stands beside a payload is that of the first response with it.
      slowest: this.canAnswer({ sessionId: null, sort: byDuration, cursor: null, limit: 1 })
        ? await this.#outstanding(byDuration, (row) => row.durationMs !== null && !row.sharedMetadata)
        : null,
      largest: await this.#outstanding(bySize, (row) => row.sizeBytes !== null && isNewPayload(row)),
      latestFailures: (
        await this.rows({
          sessionId: null,
          filter: failed,
          sort: { column: "time", direction: "desc" },
          cursor: null,
          limit: OUTSTANDING,
        })
      ).items,
    };
  }

  /** How many responses came between neighbouring `edges`: milliseconds since the epoch, ascending. */
  activity(edges: readonly number[]): Activity {
    return this.#index.activity(edges);
  }

  /** Into how many parts `sizes` is divided, each short enough for others to be served between. */
  sizeParts(): number {
    return this.#index.sizeParts();
  }

  /** What the payloads of one part, from 0 on, weigh; see addSizes. */
  sizes(part: number, parts: number): PayloadSizes {
    return this.#index.sizes(part, parts);
  }

  /** The first rows in this order that are wanted. */
  async #outstanding(sort: RowSort, isWanted: (row: BrowseRow) => boolean): Promise<BrowseRow[]> {
    const found: BrowseRow[] = [];
    let cursor: string | null = null;
    for (let passed = 0; passed < MOST_PASSED; passed += PASSED_AT_ONCE) {
      // The first page is mostly enough.
      const limit: number = passed === 0 ? OUTSTANDING : PASSED_AT_ONCE;
      const page: IndexedPage = await this.rows({ sessionId: null, sort, cursor, limit });
      found.push(...page.items.filter(isWanted));
      cursor = page.nextCursor;
      if (found.length >= OUTSTANDING || cursor === null) break;
    }
    return found.slice(0, OUTSTANDING);
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

/** A time of the index as text. */
function timeText(time: number): string | null {
  try {
    return formatTimestamp(BigInt(Math.round(time + TIME_BASE)));
  } catch {
    return null;
  }
}
