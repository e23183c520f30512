/**
 * The rows of a scope, in full, in small pages: no read transaction stays open between them, and memory does not grow with
 * their number. The archive is opened for reading only.
 */
import { type IndexedPage, IndexedReader } from "../browse-index/indexed-reader.ts";
import { TemporaryIndex } from "../browse-index/temporary-index.ts";
import type { RowRef } from "../browse-model.ts";
import { fromSqliteError, openForReading, type ReadConnection, whenUnlocked } from "../database.ts";
import { DataioError } from "../errors.ts";
import { ArchiveListing } from "../listing.ts";
import type { ListFilter } from "../listing-query.ts";
import type { ArchiveLocation } from "../location.ts";
import type { Request, Session } from "../model.ts";
import { OrphanInference } from "../orphans.ts";
import { ArchiveReader } from "../reader.ts";
import {
  asKnownText,
  asNumber,
  asText,
  type ColumnForm,
  isNumberOrNull,
  isRequestAsShown,
  isTextOrNull,
  REQUEST_COLUMNS,
  SESSION_COLUMNS,
} from "../rows.ts";
import type { ExportMeasure, ExportScope } from "./report.ts";

/** One row with everything that belongs to it. */
export interface ExportEntry {
  /** Null for a payload that no response has. */
  readonly ref: RowRef | null;
  /** Timestamp text. */
  readonly time: string;
  readonly status: string;
  readonly sequence: number | null;
  readonly responseId: string | null;
  readonly checksum: string | null;
  readonly recordedSize: number | null;
  readonly session: Session | null;
  readonly sessionInferred: boolean;
  /** The recorded request, or the inferred one. */
  readonly request: Request | null;
  readonly requestInferred: boolean;
  readonly orphan: boolean;
  /** JSON of the metadata that were kept for this very response. */
  readonly metaJson: string | null;
  /** When the ask began, where that is on record. */
  readonly askedAt: string | null;
  /** JSON of why an ask failed. */
  readonly errorJson: string | null;
}

/** Whole batches of those who read ahead. */
const PAGE = 256;
const FILTER_PAGE = 384;
const BUSY_MS = 20;
/** Rows that are needed together are mostly stored together. */
const CACHE_KIB = 4_096;
/** More rows than this are not read only to be counted. */
const MOST_MEASURED = 10_000;

type FilterScope = ExportScope & { readonly type: "filter" };

interface Sum {
  readonly n: number;
  readonly bytes: number | null;
}
const SUM_OF_SIZES = `SUM(${asNumber("r.size_bytes")})`;
/** Rows that stand for no response have no payload. */
const SIZES: readonly (readonly [RowRef["type"], string])[] = [
  [
    "response",
    `SELECT COUNT(*) AS n, ${SUM_OF_SIZES} AS bytes FROM json_each(@ids) i CROSS JOIN responses r ON r.id = i.value`,
  ],
  [
    "resolution",
    `SELECT COUNT(*) AS n, ${SUM_OF_SIZES} AS bytes FROM json_each(@ids) i CROSS JOIN resolutions a ON a.id = i.value
     JOIN responses r ON r.id = a.response_id`,
  ],
];

interface StoredEntry {
  readonly refType: RowRef["type"];
  readonly refId: string;
  readonly time: string;
  readonly status: string;
  readonly sequence: number | null;
  readonly responseId: string | null;
  readonly checksum: string | null;
  readonly recordedSize: number | null;
  readonly requestId: string | null;
  readonly sessionId: string | null;
  readonly metaJson: string | null;
  readonly askedAt: string | null;
  readonly errorJson: string | null;
}

/** Open for reading until disposed of. Make one with {@link EntryReader.open}. */
export class EntryReader implements Disposable {
  readonly location: ArchiveLocation;
  readonly #connection: ReadConnection;
  readonly #inference: OrphanInference;
  readonly #signal: AbortSignal | undefined;
  /** Rows that come together mostly share these. */
  readonly #sessions = new Map<string, Session | null>();

  private constructor(location: ArchiveLocation, connection: ReadConnection, signal: AbortSignal | undefined) {
    this.location = location;
    this.#connection = connection;
    this.#inference = new OrphanInference(connection);
    this.#signal = signal;
  }

  /** @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED, CANCELLED */
  static async open(location: ArchiveLocation, signal: AbortSignal | undefined): Promise<EntryReader> {
    const open = () => openForReading(location, { busyMs: BUSY_MS, cacheKib: CACHE_KIB });
    return new EntryReader(location, await whenUnlocked(location.databasePath, open, { signal }), signal);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }

  /** The rows of a scope, in pages. @throws NOT_FOUND for a session or payload that is not there; a row that is not is left out */
  async *pages(scope: ExportScope): AsyncGenerator<readonly ExportEntry[], void, undefined> {
    switch (scope.type) {
      case "payload":
        yield [await this.#payload(scope.checksum)];
        return;
      case "rows":
        for (let at = 0; at < scope.rows.length; at += PAGE) yield await this.load(scope.rows.slice(at, at + PAGE));
        return;
      case "filter":
        yield* this.#filtered(scope);
        return;
      case "archive":
        yield* this.#listed([{}], Number.POSITIVE_INFINITY);
        return;
      case "list":
        yield* this.#listed([scope.filter], scope.limit ?? Number.POSITIVE_INFINITY);
        return;
      case "sessions":
        await this.#requireSessions(scope.ids);
        yield* this.#listed(
          scope.ids.map((session) => ({ session })),
          Number.POSITIVE_INFINITY,
        );
    }
  }

  /** How many rows a scope has, where that is known without reading them; else null. */
  async count(scope: ExportScope): Promise<number | null> {
    if (scope.type === "payload") return 1;
    if (scope.type === "rows") return scope.rows.length;
    if (scope.type !== "archive") return null;
    const [row] = await this.all<{ n: number }>("SELECT COUNT(*) AS n FROM responses", {});
    return row?.n ?? null;
  }

  /** How much a scope is. @throws NOT_FOUND for a session or payload that is not there; PARAMS_INVALID */
  async measure(scope: ExportScope): Promise<ExportMeasure> {
    switch (scope.type) {
      case "payload": {
        const { recordedSize } = await this.#payload(scope.checksum);
        return { rows: 1, more: false, bytes: recordedSize };
      }
      case "archive": {
        const [all] = await this.all<Sum>(`SELECT COUNT(*) AS n, ${SUM_OF_SIZES} AS bytes FROM responses r`, {});
        return { rows: all?.n ?? 0, more: false, bytes: all?.bytes ?? 0 };
      }
      case "rows": {
        let bytes = 0;
        for (const [type, sql] of SIZES) {
          const ids = scope.rows.filter((row) => row.type === type).map(({ id }) => id);
          if (ids.length === 0 || (type === "resolution" && !this.extended)) continue;
          const [sum] = await this.all<Sum>(sql, { ids: JSON.stringify(ids) });
          bytes += sum?.bytes ?? 0;
        }
        return { rows: scope.rows.length, more: false, bytes };
      }
      case "sessions":
        await this.#requireSessions(scope.ids);
        return this.#measured(
          scope.ids.map((session) => ({ session })),
          Number.POSITIVE_INFINITY,
        );
      case "list":
        return this.#measured([scope.filter], scope.limit ?? Number.POSITIVE_INFINITY);
      case "filter":
        return await this.#measuredFilter(scope);
    }
  }

  /** Rows by what they stand for, in this order; those that are not there are left out. */
  async load(refs: readonly RowRef[]): Promise<ExportEntry[]> {
    const byType = { response: [] as string[], request: [] as string[], resolution: [] as string[] };
    for (const { type, id } of refs) byType[type].push(id);
    const found = new Map<string, StoredEntry>();
    for (const type of ["response", "request", "resolution"] as const) {
      if (byType[type].length === 0) continue;
      if (type === "resolution" && !this.#connection.isExtended()) continue;
      const read = (form: ColumnForm) =>
        this.all<StoredEntry>(ENTRY[type](this.#connection.isExtended(), form), { ids: JSON.stringify(byType[type]) });
      const stored = await read("stored");
      const rows = stored.every(isEntryAsShown) ? stored : await read("shown");
      for (const row of rows) found.set(`${type} ${row.refId}`, row);
    }
    const stored = refs.flatMap(({ type, id }) => found.get(`${type} ${id}`) ?? []);
    const requests = await this.#requests(stored.flatMap(({ requestId }) => requestId ?? []));
    const entries: ExportEntry[] = [];
    for (const row of stored) entries.push(await this.#complete(row, requests));
    return entries;
  }

  /** @throws DATABASE_LOCKED, NOT_A_DATABASE, CANCELLED */
  async all<T>(sql: string, params: Readonly<Record<string, string | number | null>>): Promise<T[]> {
    return await this.#read(() => this.#connection.prepare<[typeof params], T>(sql).all(params));
  }

  get extended(): boolean {
    return this.#connection.isExtended();
  }

  async #payload(checksum: string): Promise<ExportEntry> {
    const [response] = await this.all<{ id: string }>(
      `SELECT ${asKnownText("r.id")} AS id FROM responses r WHERE r.checksum = @checksum
       ORDER BY r.created_at DESC, r.id DESC LIMIT 1`,
      { checksum },
    );
    if (response !== undefined) {
      const [entry] = await this.load([{ type: "response", id: response.id }]);
      if (entry !== undefined) return entry;
    }
    const [sent] = this.extended
      ? await this.all<{ id: string; requestId: string; sessionId: string; time: string }>(
          `SELECT ${asKnownText("a.id")} AS id, ${asKnownText("a.request_id")} AS requestId,
             ${asKnownText("a.session_id")} AS sessionId, ${asKnownText("a.started_at")} AS time
           FROM resolutions a WHERE a.sent_checksum = @checksum ORDER BY a.started_at DESC LIMIT 1`,
          { checksum },
        )
      : [];
    if (sent === undefined) {
      throw new DataioError("NOT_FOUND", `The archive has no payload ${checksum}.`, { details: { checksum } });
    }
    const requests = await this.#requests([sent.requestId]);
    return {
      ref: null,
      time: sent.time,
      status: "sent",
      sequence: null,
      responseId: null,
      checksum,
      recordedSize: null,
      session: await this.#sessionOf(sent.sessionId),
      sessionInferred: false,
      request: requests.get(sent.requestId) ?? null,
      requestInferred: false,
      orphan: false,
      metaJson: null,
      askedAt: sent.time,
      errorJson: null,
    };
  }

  async *#listed(filters: readonly ListFilter[], limit: number) {
    using listing = new ArchiveListing(this.location, { cacheKib: CACHE_KIB });
    let ids: RowRef[] = [];
    let left = limit;
    for (const filter of filters) {
      for (const id of listing.responseIds(filter)) {
        if (left <= 0) break;
        left -= 1;
        ids.push({ type: "response", id });
        if (ids.length < PAGE) continue;
        yield await this.load(ids);
        ids = [];
      }
    }
    yield await this.load(ids);
  }

  async #requireSessions(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if ((await this.#sessionOf(id)) !== null) continue;
      throw new DataioError("NOT_FOUND", `The archive has no session ${id}.`, { details: { session: id } });
    }
  }

  async *#filtered(scope: FilterScope): AsyncGenerator<readonly ExportEntry[], void, undefined> {
    let left = scope.limit ?? Number.POSITIVE_INFINITY;
    for await (const { items } of this.#indexedPages(scope)) {
      yield await this.load(items.slice(0, left).map(({ ref }) => ref));
      left -= items.length;
      if (left <= 0) return;
    }
  }

  async *#indexedPages(scope: FilterScope): AsyncGenerator<IndexedPage, void, undefined> {
    const { location } = this;
    const own = scope.indexPath === undefined ? await TemporaryIndex.build(location, this.#signal) : null;
    try {
      using reader = new ArchiveReader(location);
      using indexed = new IndexedReader(reader, scope.indexPath ?? own?.path ?? "", scope.texts);
      const query = {
        sessionId: scope.sessionId ?? null,
        filter: scope.filter,
        asOf: scope.asOf ?? null,
        sort: { column: "time", direction: "desc" },
        limit: FILTER_PAGE,
      } as const;
      if (!indexed.canAnswer({ ...query, cursor: null })) {
        throw new DataioError("PARAMS_INVALID", "The index does not know enough yet to answer this filter.");
      }
      for (let cursor: string | null = null; ; ) {
        const page: IndexedPage = await indexed.rows({ ...query, cursor });
        yield page;
        cursor = page.nextCursor;
        if (cursor === null) return;
      }
    } finally {
      own?.remove();
    }
  }

  #measured(filters: readonly ListFilter[], limit: number): ExportMeasure {
    using listing = new ArchiveListing(this.location, { cacheKib: CACHE_KIB });
    let rows = 0;
    let bytes = 0;
    for (const filter of filters) {
      for (const { sizeBytes } of listing.responses(filter)) {
        if (rows >= limit) break;
        if (rows >= MOST_MEASURED) return { rows, more: true, bytes: null };
        rows += 1;
        bytes += sizeBytes ?? 0;
      }
    }
    return { rows, more: false, bytes };
  }

  async #measuredFilter(scope: FilterScope): Promise<ExportMeasure> {
    let bytes = 0;
    let rows = 0;
    for await (const { items, total, more = false } of this.#indexedPages(scope)) {
      rows = total;
      if (more || total > MOST_MEASURED) return { rows, more, bytes: null };
      for (const { sizeBytes } of items) bytes += sizeBytes ?? 0;
    }
    return { rows, more: false, bytes };
  }

  async #complete(row: StoredEntry, requests: ReadonlyMap<string, Request>): Promise<ExportEntry> {
    const { refType, refId, requestId, sessionId, ...rest } = row;
    const ref: RowRef = { type: refType, id: refId };
    const known = requestId === null ? undefined : requests.get(requestId);
    const asked = sessionId ?? known?.sessionId ?? null;
    const session = asked === null ? null : await this.#sessionOf(asked);
    const orphan = known === undefined && refType === "response";
    if (!orphan && session !== null) {
      return { ...rest, ref, session, sessionInferred: false, request: known ?? null, requestInferred: false, orphan };
    }
    const own = { id: refId, time: row.time, checksum: row.checksum };
    const concluded = session ?? (await this.#read(() => this.#inference.sessionOf(own)));
    const inferredId = orphan
      ? await this.#read(() => this.#inference.requestOf(own, concluded?.source ?? null))
      : null;
    const inferred = inferredId === null ? undefined : (await this.#requests([inferredId])).get(inferredId);
    return {
      ...rest,
      ref,
      session: concluded === null ? null : await this.#sessionOf(concluded.id),
      sessionInferred: session === null && concluded !== null,
      request: known ?? inferred ?? null,
      requestInferred: inferred !== undefined,
      orphan,
    };
  }

  async #sessionOf(id: string): Promise<Session | null> {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    const [session = null] = await this.all<Session>(
      `SELECT ${SESSION_COLUMNS("s")} FROM sessions s WHERE s.id = @id`,
      { id },
    );
    if (this.#sessions.size > 1_000) this.#sessions.clear();
    this.#sessions.set(id, session);
    return session;
  }

  async #requests(ids: readonly string[]): Promise<ReadonlyMap<string, Request>> {
    if (ids.length === 0) return new Map();
    const read = (form: ColumnForm) =>
      this.all<Request>(
        `SELECT ${REQUEST_COLUMNS("q", form)} FROM json_each(@ids) i CROSS JOIN requests q ON q.id = i.value`,
        { ids: JSON.stringify([...new Set(ids)]) },
      );
    const stored = await read("stored");
    const rows = stored.every(isRequestAsShown) ? stored : await read("shown");
    return new Map(rows.map((row) => [row.id, row]));
  }

  async #read<T>(action: () => T): Promise<T> {
    try {
      return await whenUnlocked(this.location.databasePath, action, { signal: this.#signal });
    } catch (error) {
      throw fromSqliteError(error, this.location.databasePath);
    }
  }
}

/** Whether a row that was read as it is stored is the same as it is shown. */
function isEntryAsShown(row: StoredEntry): boolean {
  return (
    typeof row.refId === "string" &&
    typeof row.time === "string" &&
    typeof row.status === "string" &&
    isTextOrNull(row.responseId) &&
    isTextOrNull(row.checksum) &&
    isNumberOrNull(row.recordedSize) &&
    isNumberOrNull(row.sequence) &&
    isTextOrNull(row.requestId) &&
    isTextOrNull(row.metaJson) &&
    isTextOrNull(row.sessionId) &&
    isTextOrNull(row.askedAt) &&
    isTextOrNull(row.errorJson)
  );
}

/** One entry for each of the ids in `@ids`. */
const ENTRY: Readonly<Record<RowRef["type"], (extended: boolean, form: ColumnForm) => string>> = {
  response: (extended, form) => {
    const { known, text, response, meta } = readAs(form);
    const ask = `${text("a.session_id")} AS sessionId, ${text("a.started_at")} AS askedAt, ${text("a.error_json")} AS errorJson`;
    return `
    SELECT 'response' AS refType, ${known("r.id")} AS refId, ${known("r.created_at")} AS time,
      ${known("r.status")} AS status, ${text("r.id")} AS responseId, ${response},
      ${text("r.request_id")} AS requestId, ${meta(extended, "r.id")} AS metaJson,
      ${extended ? ask : "NULL AS sessionId, NULL AS askedAt, NULL AS errorJson"}
    FROM json_each(@ids) i CROSS JOIN responses r ON r.id = i.value
    ${extended ? "LEFT JOIN resolutions a ON a.response_id = r.id AND a.kind <> 'reused'" : ""}`;
  },
  request: (_extended, form) => {
    const { known, text } = readAs(form);
    return `
    SELECT 'request' AS refType, ${known("q.id")} AS refId, ${known("q.created_at")} AS time,
      'no response' AS status, NULL AS responseId, NULL AS checksum, NULL AS recordedSize, NULL AS sequence,
      ${text("q.id")} AS requestId, NULL AS metaJson, NULL AS sessionId, NULL AS askedAt, NULL AS errorJson
    FROM json_each(@ids) i CROSS JOIN requests q ON q.id = i.value`;
  },
  resolution: (extended, form) => {
    const { known, text, response, meta } = readAs(form);
    return `
    SELECT 'resolution' AS refType, ${known("a.id")} AS refId, ${known("a.started_at")} AS time,
      ${known("a.kind")} AS status, ${text("a.response_id")} AS responseId, ${response},
      ${text("a.request_id")} AS requestId, ${meta(extended, "a.response_id")} AS metaJson,
      ${text("a.session_id")} AS sessionId, ${text("a.started_at")} AS askedAt,
      ${text("a.error_json")} AS errorJson
    FROM json_each(@ids) i CROSS JOIN resolutions a ON a.id = i.value
    LEFT JOIN responses r ON r.id = a.response_id`;
  },
};

/** How columns are named in a select list of this form. */
function readAs(form: ColumnForm) {
  const as = (shown: (column: string) => string) => (form === "shown" ? shown : (column: string) => column);
  const [known, text, number] = [as(asKnownText), as(asText), as(asNumber)];
  return {
    known,
    text,
    response: `${text("r.checksum")} AS checksum, ${number("r.size_bytes")} AS recordedSize,
      ${number("r.sequence")} AS sequence`,
    meta: (extended: boolean, responseId: string) =>
      extended ? `(SELECT ${text("m.meta_json")} FROM response_meta m WHERE m.response_id = ${responseId})` : "NULL",
  };
}
