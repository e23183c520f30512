/**
 * Lists of an archive by its index, in the form in which ArchiveReader gives them. The index says which rows and in which
 * order; what they show is read from the archive itself, so a list never shows what is not there.
 */
import type { BrowseRow, IdentityRow, Page, RowQuery, RowSort, SessionRow, SessionSummary } from "../browse-model.ts";
import { isChecksum } from "../identity.ts";
import type { ArchiveReader } from "../reader.ts";
import { requestLabel } from "../request-label.ts";
import type { SessionsQuery } from "../session-reader.ts";
import { dayOf, formatTimestamp } from "../timestamps.ts";
import { BrowseIndex, type ListPart, type TextPaths } from "./browse-index.ts";
import type { Facets, RowFilter } from "./filter.ts";
import type { IdentitySort } from "./identity-list.ts";
import { epochMicrosOf } from "./moments.ts";
import type { Activity, Overview, PayloadSizes } from "./overview-model.ts";
import { isIndexCursor } from "./page-order.ts";
import { idOf, sumOfPrefix, TIME_BASE } from "./schema.ts";
import { NO_TOTALS_AS_OF, type SessionSort } from "./session-list.ts";
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
  /**
   * Names the order that the page is part of. Asked for by its place and with it, a further page is part of the same order, in
   * which nothing changes its place, as long as it is kept or nothing was written. A page of another one has other places.
   */
  readonly order?: string;
}

/** Which identities, in which order, from where on. */
export interface IdentityListQuery extends Omit<IndexedRowQuery, "sort" | "start">, ListPart {
  readonly sort: IdentitySort;
}

/** Which sessions, in which order, from where on. */
export interface SessionTableQuery extends ListPart {
  readonly sort: SessionSort;
  readonly cursor: string | null;
  readonly limit: number;
  /** A moment: sessions that had begun, with what there was of them as {@link IndexedRowQuery.asOf} has it. */
  readonly asOf?: string | null | undefined;
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

  /** False until figures and activity as of a moment can be counted, which is soon after lists can be had. */
  canLookBack(): boolean {
    return this.#index.canLookBack();
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
    return { ...page, items };
  }

  /** One page of sessions, with the bytes of their responses. @throws PARAMS_INVALID, TIMESTAMP_INVALID */
  sessions(query: SessionTableQuery): CountedPage<SessionRow> {
    const asOf = query.asOf ?? null;
    if (asOf !== null) return this.#sessionsAsOf(query, asOf);
    const { rowids, totals, ...page } = this.#index.sessions(query);
    const summaries = this.#reader.sessionsAt(rowids, totals);
    const rows = rowids.flatMap((rowid) => {
      const session = summaries.get(rowid);
      return session === undefined ? [] : [{ ...session, bytes: totals.get(rowid)?.bytes ?? 0 }];
    });
    return { ...page, items: rows };
  }

  /**
   * Sums for some time what `sessions` as of a moment needs, so that it is answered at once when all is done. Of a million
   * rows that is a third of a second, which others need not wait for.
   * @returns false where there is more to do
   * @throws PARAMS_INVALID, TIMESTAMP_INVALID
   */
  sumSessions(query: SessionTableQuery, budgetMs: number): boolean {
    const asOf = query.asOf ?? null;
    return asOf === null || this.#index.sumSessions(query, asOf, budgetMs);
  }

  /** Sessions, newest first, as ArchiveReader lists them; counted by the index. */
  newestSessions(page: Omit<SessionsQuery, "mostRows">): Page<SessionSummary> {
    return this.#reader.sessions(page, (rowids) => this.#index.sessionTotals(rowids));
  }

  /**
   * Counts of what was there then. Requests are the different things that those rows were asked for; a session that ended
   * later had not ended.
   */
  #sessionsAsOf(query: SessionTableQuery, asOf: string): CountedPage<SessionRow> {
    const { rowids, totals, ...page } = this.#index.sessionsAsOf(query, asOf);
    const sessions = this.#reader.sessionRowsAt(rowids);
    const then = epochMicrosOf(asOf) ?? Number.POSITIVE_INFINITY;
    const rows = rowids.flatMap((rowid): SessionRow[] => {
      const session = sessions.get(rowid);
      if (session === undefined) return [];
      const { requests, ...own } = totals.get(rowid) ?? NO_TOTALS_AS_OF;
      const ended = session.endedAt === null ? null : epochMicrosOf(session.endedAt);
      return [
        {
          ...session,
          endedAt: ended !== null && ended > then ? null : session.endedAt,
          day: dayOf(session.startedAt),
          requestCount: requests,
          responseCount: own.responses - own.inferred,
          inferredResponseCount: own.inferred,
          failedCount: own.failures,
          reusedCount: own.reused,
          bytes: own.bytes,
        },
      ];
    });
    return { ...page, items: rows };
  }

  /** Counts by value under a filter. @throws TIMESTAMP_INVALID */
  facets(query: Pick<IndexedRowQuery, "sessionId" | "asOf"> & { readonly filter: RowFilter }): Facets {
    return this.#index.facets(query);
  }

  /**
   * The whole archive at a glance, now (null) or as of a moment, as {@link IndexedRowQuery.asOf} has it.
   * @throws TIMESTAMP_INVALID
   */
  async overview(asOf: string | null = null): Promise<Overview> {
    const bySize: RowSort = { column: "size", direction: "desc" };
    const byDuration: RowSort = { column: "duration", direction: "desc" };
    const failed: RowFilter = [{ key: "is", value: "failed", not: false }];
    const seen = new Set<string | null>();
    const isNewPayload = ({ checksum }: BrowseRow) => !seen.has(checksum) && seen.add(checksum).size > 0;
    return {
      ...this.#index.figures(asOf),
      // A duration that stands beside a payload is that of the first response with it.
      slowest: this.canAnswer({ sessionId: null, sort: byDuration, cursor: null, limit: 1 })
        ? await this.#outstanding(byDuration, asOf, (row) => row.durationMs !== null && !row.sharedMetadata)
        : null,
      largest: await this.#outstanding(bySize, asOf, (row) => row.sizeBytes !== null && isNewPayload(row)),
      latestFailures: (
        await this.rows({
          sessionId: null,
          filter: failed,
          asOf,
          sort: { column: "time", direction: "desc" },
          cursor: null,
          limit: OUTSTANDING,
        })
      ).items,
    };
  }

  /**
   * How many responses came between neighbouring `edges`: milliseconds since the epoch, ascending. As of a moment, of those
   * that were there then. @throws TIMESTAMP_INVALID
   */
  activity(edges: readonly number[], asOf: string | null = null): Activity {
    return this.#index.activity(edges, asOf);
  }

  /** Into how many parts `sizes` is divided, each short enough for others to be served between. */
  sizeParts(): number {
    return this.#index.sizeParts();
  }

  /** What the payloads of one part, from 0 on, weigh; see addSizes. */
  sizes(part: number, parts: number, asOf: string | null = null): PayloadSizes {
    return this.#index.sizes(part, parts, asOf);
  }

  /** The first rows in this order that are wanted. */
  async #outstanding(sort: RowSort, asOf: string | null, isWanted: (row: BrowseRow) => boolean): Promise<BrowseRow[]> {
    const found: BrowseRow[] = [];
    let cursor: string | null = null;
    for (let passed = 0; passed < MOST_PASSED; passed += PASSED_AT_ONCE) {
      // The first page is mostly enough.
      const limit: number = passed === 0 ? OUTSTANDING : PASSED_AT_ONCE;
      const page: IndexedPage = await this.rows({ sessionId: null, asOf, sort, cursor, limit });
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
