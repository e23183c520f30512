/**
 * Reads an archive for a person: sessions with counts, lists of rows, one row in full. Opens for reading only, changes
 * nothing on disk, and keeps no read transaction open between calls, so it never stands in a writer's way.
 *
 * Calls may scan; run it in a worker thread where a window must not wait.
 */
import { checkArchivedHash, daysOf } from "./archived-hash.ts";
import type {
  ArchiveCounts,
  BrowseRow,
  HistoryPage,
  HistoryQuery,
  ImportOrigin,
  MetadataView,
  Page,
  RowDetail,
  RowPlace,
  RowQuery,
  RowRef,
  SessionSummary,
  SourceSummary,
} from "./browse-model.ts";
import { type CachePolicy, decideByCache } from "./cache-policy.ts";
import { CachedAnswers, LAST_CONFIRMATION } from "./cached-answers.ts";
import { fromSqliteError, openForReading, type ReadConnection } from "./database.ts";
import { DataioError } from "./errors.ts";
import {
  declaredFacts,
  FileFactsReader,
  LIST_HASH_LIMIT,
  metadataObject,
  objectOf,
  ROW_HASH_LIMIT,
} from "./file-facts.ts";
import { encodePlace, HistoryReader, historyPage } from "./history.ts";
import { isChecksum } from "./identity.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";
import { IMPORTS_SINCE, schemaVersion } from "./migrations.ts";
import type { Request, Resolution, Response, Session } from "./model.ts";
import { OrphanInference } from "./orphans.ts";
import { pageSize } from "./page-size.ts";
import { PayloadStore } from "./payloads.ts";
import {
  checkInOrder,
  type EntryRow,
  encodeCursor,
  entriesByRowid,
  entryByRef,
  FILE_FACTS_TABLE,
  needsFileFacts,
  rowPage,
  rowTotal,
  type Statement,
  unknownChecksums,
} from "./query.ts";
import { failureOf, payloadFacts } from "./row-facts.ts";
import {
  asKnownText,
  asText,
  REQUEST_COLUMNS,
  RESOLUTION_COLUMNS,
  RESPONSE_COLUMNS,
  SESSION_COLUMNS,
  storedIds,
} from "./rows.ts";
import { type KnownOfSessions, type KnownSessionCounts, SessionReader, type SessionsQuery } from "./session-reader.ts";
import { SidecarStore } from "./sidecars.ts";
import { readFrames, type StreamFrame, type StreamFrameQuery } from "./stream-frames.ts";
import { formatTimestamp } from "./timestamps.ts";

const MAX_KINDS = 200;

/** What an archive is, as opposed to what it holds. */
export interface ArchiveDescription {
  /** True once our additive tables are there. */
  readonly extended: boolean;
  readonly journalMode: string;
}

/** A fetch that is thought of. */
export interface PlannedAnswerQuery {
  readonly hash: string;
  readonly source: string;
  readonly policy: CachePolicy;
}

/** What would answer it: the archive (`reuse`), the source (`ask`), the source if it says so (`confirm`), or nothing. */
export interface PlannedAnswer {
  readonly action: "reuse" | "ask" | "confirm" | "miss";
  /** The newest good response of the source to it; null when there is none, or the policy looks for none. */
  readonly responseId: string | null;
  /** Timestamp text. */
  readonly createdAt: string | null;
}

/** Reads one archive. Close it when done. */
export class ArchiveReader {
  readonly location: ArchiveLocation;
  readonly payloads: PayloadStore;
  readonly #connection: ReadConnection;
  readonly #files: FileFactsReader;
  readonly #inference: OrphanInference;
  readonly #history: HistoryReader;
  readonly #sessions: SessionReader;
  #dataVersion: number;
  /** The length of the whole list, and for which state of the archive. */
  #counted: { readonly version: number; readonly total: number } | null = null;

  /**
   * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
   */
  constructor(where: string | ArchiveLocation, options: { readonly busyMs?: number } = {}) {
    this.location = typeof where === "string" ? archiveLocation(where) : where;
    this.#connection = openForReading(this.location, options);
    this.payloads = new PayloadStore(this.location.responsesDirectory);
    this.#files = new FileFactsReader(this.payloads, new SidecarStore(this.location.responsesDirectory));
    this.#inference = new OrphanInference(this.#connection);
    this.#history = new HistoryReader(this.#connection, this.#inference);
    this.#sessions = new SessionReader(this.#inference, {
      all: (statement) => this.#all(statement),
      guarded: (action) => this.#read(action),
      isExtended: () => this.#isExtended(),
    });
    this.#dataVersion = this.#readDataVersion();
  }

  /** Closes the connection. Nothing can be read any more. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What the archive is. @throws CLOSED, DATABASE_LOCKED, IO_FAILED */
  describe(): ArchiveDescription {
    return this.#read(() => ({
      extended: this.#isExtended(),
      journalMode: String(this.#connection.db.pragma("journal_mode", { simple: true })),
    }));
  }

  /** Row counts. */
  counts(): ArchiveCounts {
    const count = (table: string) => Number(this.#connection.db.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get());
    return this.#read(() => ({
      sessions: count("sessions"),
      requests: count("requests"),
      responses: count("responses"),
    }));
  }

  /**
   * True when another connection, of this or any process, committed since the last time it was asked (or since the
   * reader was opened). Costs microseconds.
   */
  changed(): boolean {
    const version = this.#read(() => this.#readDataVersion());
    if (version === this.#dataVersion) return false;
    this.#dataVersion = version;
    this.#inference.refresh();
    this.#history.forget();
    return true;
  }

  /**
   * Sessions, newest first.
   * @param known what an index knows of those with these rowids; what it has is not counted again
   */
  sessions(page: SessionsQuery, known?: KnownOfSessions): Page<SessionSummary> {
    return this.#sessions.page(page, known);
  }

  /** Sessions by their rowid in the table, with what an index knows of them; those that are gone are left out. */
  sessionsAt(rowids: readonly number[], counts: ReadonlyMap<number, KnownSessionCounts>): Map<number, SessionSummary> {
    return this.#sessions.summariesAt(rowids, counts);
  }

  /** Session rows by their rowid in the table; those that are gone are left out. */
  sessionRowsAt(rowids: readonly number[]): Map<number, Session> {
    return this.#sessions.at(rowids);
  }

  /** Requests by their rowid in the table; those that are gone are left out. */
  requestsAt(rowids: readonly number[]): Map<number, Request> {
    const rows = this.#all<Request & { rowid: number }>({
      sql: `SELECT q.rowid, ${REQUEST_COLUMNS("q")} FROM json_each(@rowids) i CROSS JOIN requests q ON q.rowid = i.value`,
      params: { rowids: JSON.stringify(rowids) },
    });
    return new Map(rows.map(({ rowid, ...request }) => [rowid, request]));
  }

  /** One page of a list, with the number of rows that the whole list has. */
  async rows(query: RowQuery): Promise<Page<BrowseRow> & { readonly total: number }> {
    const limit = pageSize(query.limit);
    const extended = this.#isExtended();
    const orphanRowids = query.sessionId === null ? [] : this.#orphanRowids(query.sessionId);
    if (needsFileFacts(query.sort)) await this.#gatherFileFacts(query.sessionId, extended, orphanRowids);
    const entries = this.#all<EntryRow>(rowPage({ ...query, limit }, extended, orphanRowids));
    const total = this.#total(query.sessionId, extended, orphanRowids);
    const shown = entries.slice(0, limit);
    const items: BrowseRow[] = [];
    for (const entry of shown) items.push((await this.#browseRow(entry, LIST_HASH_LIMIT)).row);
    const last = shown.at(-1);
    return { items, total, nextCursor: entries.length > limit && last !== undefined ? encodeCursor(last) : null };
  }

  /** Rows by their place in the tables, in that order; those that are gone are left out. */
  async rowsAt(places: readonly RowPlace[]): Promise<BrowseRow[]> {
    return (await this.rowsByPlace(places)).filter((row) => row !== undefined);
  }

  /** The row of each place; undefined where there is none. */
  async rowsByPlace(places: readonly RowPlace[]): Promise<(BrowseRow | undefined)[]> {
    const extended = this.#isExtended();
    const entries: (EntryRow | undefined)[] = [];
    for (const [type, own] of Map.groupBy(places.entries(), ([, { type }]) => type)) {
      const rowids = JSON.stringify(own.map(([, { rowid }]) => rowid));
      for (const entry of this.#all<EntryRow>({ sql: entriesByRowid(type, extended), params: { rowids } })) {
        const place = own[Number(entry.sortValue)]?.[0];
        if (place !== undefined) entries[place] = entry;
      }
    }
    const rows = new Array<BrowseRow | undefined>(places.length).fill(undefined);
    for (const [at, entry] of entries.entries()) {
      if (entry !== undefined) rows[at] = (await this.#browseRow(entry, LIST_HASH_LIMIT)).row;
    }
    return rows;
  }

  /** The last rowid of each table; 0 where there is none. */
  ends(): { readonly responses: number; readonly requests: number; readonly resolutions: number } {
    const last = (table: string) =>
      this.#all<{ last: number }>({ sql: `SELECT IFNULL(MAX(rowid), 0) AS last FROM ${table}`, params: {} })[0]?.last ??
      0;
    return {
      responses: last("responses"),
      requests: last("requests"),
      resolutions: this.#isExtended() ? last("resolutions") : 0,
    };
  }

  /** Rowids of what has this id, or (requests) this hash. Only tables that have such a row are named. */
  placesOf(text: string): { readonly table: RowRef["type"] | "session"; readonly rowid: number }[] {
    const find = (table: RowRef["type"] | "session", where: string) =>
      this.#byId<{ rowid: number }>(`SELECT rowid FROM ${table}s WHERE ${where} = @id`, text).map(({ rowid }) => ({
        table,
        rowid,
      }));
    return [
      ...find("session", "id"),
      ...find("request", "id"),
      ...find("request", "hash"),
      ...find("response", "id"),
      ...(this.#isExtended() ? find("resolution", "id") : []),
    ];
  }

  /**
   * One row in full.
   * @throws NOT_FOUND
   */
  async row(ref: RowRef): Promise<RowDetail> {
    const extended = this.#isExtended();
    const { row, facts, metadataText, sidecarText } = await this.#browseRow(this.#entry(ref), ROW_HASH_LIMIT);
    const session = this.#one<Session>(SESSION_COLUMNS("t"), "sessions", row.sessionId);
    const request = this.#one<Request>(REQUEST_COLUMNS("t"), "requests", row.requestId);
    const response = this.#one<Response>(RESPONSE_COLUMNS("t"), "responses", row.responseId);
    const metadata = this.#metadataView(row, metadataText);
    const days = daysOf([session?.asOf, session?.startedAt, request?.createdAt, response?.createdAt]);
    return {
      importedFrom: this.#importOf(row.ref),
      row,
      session,
      request,
      response,
      resolution: extended ? this.#resolutionOf(row.ref) : null,
      hashCheck:
        request === null ? null : this.#read(() => checkArchivedHash(this.#connection, request, days, extended)),
      payload: response === null ? null : payloadFacts(row, response, facts, metadataText ?? sidecarText, request),
      metadata,
    };
  }

  /** How a fetch of this identity would be answered now; whether the payload is intact is not looked at. */
  plannedAnswer({ hash, source, policy }: PlannedAnswerQuery): PlannedAnswer {
    return this.#read(() => {
      const extended = this.#isExtended();
      const { prepare } = this.#connection;
      const response = new CachedAnswers(prepare, () => extended).byHash(hash, source);
      const confirmed =
        response === undefined || !extended
          ? null
          : (prepare<[string], { time: string | null }>(LAST_CONFIRMATION).get(response.id)?.time ?? null);
      const times = response === undefined ? undefined : { createdAt: response.createdAt, confirmedAt: confirmed };
      const { action } = decideByCache(policy, times, formatTimestamp(BigInt(Date.now()) * 1000n));
      return { action, responseId: response?.id ?? null, createdAt: response?.createdAt ?? null };
    });
  }

  /** Source names and the kinds of request that each was asked for, with the newest example of each. */
  sources(): SourceSummary[] {
    const rows = this.#all<{ source: string; sessionCount: number }>({
      sql: `SELECT ${asKnownText("source")} AS source, COUNT(*) AS sessionCount FROM sessions GROUP BY 1 ORDER BY 1`,
      params: {},
    });
    const kinds = this.#all<SourceSummary["kinds"][number] & { source: string }>({
      // With a bare MAX() SQLite takes the other columns from the row that holds the maximum.
      sql: `SELECT ${asKnownText("s.source")} AS source, ${asKnownText("q.kind")} AS kind,
              ${asKnownText("q.method")} AS method, ${asText("q.params_json")} AS latestParamsJson,
              ${asText("q.body_json")} AS latestBodyJson, MAX(q.created_at)
            FROM requests q JOIN sessions s ON s.id = q.session_id GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
      params: {},
    });
    return rows.map((row) => ({
      ...row,
      kinds: kinds
        .filter((kind) => kind.source === row.source)
        .slice(0, MAX_KINDS)
        .map(({ kind, method, latestParamsJson, latestBodyJson }) => ({
          kind,
          method,
          latestParamsJson,
          latestBodyJson,
        })),
    }));
  }

  /**
   * All responses to the request of a row, newest first, each against the one before it.
   * @throws NOT_FOUND
   */
  async history(query: HistoryQuery): Promise<HistoryPage> {
    const row = await this.#rowByRef(query.ref);
    const request = this.#one<Request>(REQUEST_COLUMNS("t"), "requests", row.requestId);
    const history = request === null ? null : this.#read(() => this.#history.of(request, row.source));
    const part = { start: Math.max(0, Math.trunc(query.start) || 0), limit: pageSize(query.limit) };
    return await historyPage(history, row, part, (rowids) => this.#responsesAt(rowids));
  }

  /** The responses with these bytes, whatever was asked and whoever asked, newest first, and how many there are. */
  async sameBytes(query: {
    readonly checksum: string;
    readonly cursor: string | null;
    readonly limit: number;
  }): Promise<Page<BrowseRow> & { readonly total: number }> {
    const limit = pageSize(query.limit);
    const { keys, total } = this.#read(() => this.#history.sameBytes(query.checksum, query.cursor, limit));
    const shown = keys.slice(0, limit);
    const items = await this.#responsesAt(shown.map(({ rowid }) => rowid));
    const last = shown.at(-1);
    if (keys.length > limit && last !== undefined) checkInOrder(last, last.time, last.sequence, last.id);
    return { items, total, nextCursor: keys.length > limit && last !== undefined ? encodePlace(last) : null };
  }

  /** Frames of a subscription in the order in which they came, at most 500. */
  frames(query: StreamFrameQuery): readonly StreamFrame[] {
    const limit = pageSize(query.limit);
    return this.#read(() => readFrames(this.#connection, this.payloads, { ...query, limit }));
  }

  #responsesAt(rowids: readonly number[]): Promise<BrowseRow[]> {
    return this.rowsAt(rowids.map((rowid) => ({ type: "response", rowid })));
  }

  /** @throws NOT_FOUND */
  async #rowByRef(ref: RowRef): Promise<BrowseRow> {
    return (await this.#browseRow(this.#entry(ref), LIST_HASH_LIMIT)).row;
  }

  /** @throws NOT_FOUND */
  #entry(ref: RowRef): EntryRow {
    const [entry] = this.#byId<EntryRow>(entryByRef(ref.type, this.#isExtended()), ref.id);
    if (entry !== undefined) return entry;
    const isOdd = ref.id.includes("\uFFFD");
    const why = isOdd
      ? " An id whose bytes are no UTF-8 is listed, but cannot be named, so its row cannot be opened."
      : "";
    throw new DataioError("NOT_FOUND", `The archive has no ${ref.type} ${ref.id}.${why}`);
  }

  /** A list's row, and the pieces that the full view needs besides. */
  async #browseRow(entry: EntryRow, hashLimit: number) {
    const orphan = entry.refType === "response" && entry.requestId === null;
    const own = { id: entry.refId, time: entry.time, checksum: entry.checksum };
    const recorded = { id: entry.sessionId, source: entry.source };
    const session = recorded.id !== null ? recorded : this.#read(() => this.#inference.sessionOf(own));
    const inferredId = orphan ? this.#read(() => this.#inference.requestOf(own, session?.source ?? null)) : null;
    const request = inferredId === null ? entry : this.#one<Request>(REQUEST_COLUMNS("t"), "requests", inferredId);
    const facts = await this.#files.payload(
      entry.checksum,
      entry.responseId === null ? null : entry.recordedSize,
      hashLimit,
    );
    const sidecar = entry.metaJson === null ? this.#files.sidecar(entry.checksum) : null;
    const sidecarText = sidecar?.state === "ok" ? sidecar.text : null;
    const declared = declaredFacts(metadataObject(entry.metaJson ?? sidecarText));
    const failure = failureOf(entry.errorJson);
    const row: BrowseRow = {
      ref: { type: entry.refType, id: entry.refId },
      time: entry.time,
      sessionId: session?.id ?? null,
      sessionInferred: recorded.id === null && session !== null,
      source: session?.source ?? null,
      requestId: inferredId ?? entry.requestId,
      requestInferred: inferredId !== null,
      kind: request?.kind ?? null,
      method: request?.method ?? null,
      status: failure?.code === "CANCELLED" && entry.responseId === null ? "cancelled" : entry.status,
      responseId: entry.responseId,
      sequence: entry.sequence,
      checksum: entry.checksum,
      sizeBytes: facts.sizeBytes ?? entry.recordedSize,
      mediaType: facts.sniffed?.mediaType ?? declared.mediaType,
      durationMs: declared.elapsedMs,
      sharedMetadata: sidecarText !== null && this.#sidecarOwner(entry.checksum)?.id !== entry.responseId,
      payload: facts.state,
      orphan,
      failure,
    };
    return { row, facts, metadataText: entry.metaJson, sidecarText };
  }

  /** The first response with these bytes: the one that wrote the sidecar. */
  #sidecarOwner(checksum: string | null): { id: string; time: string } | undefined {
    return this.#all<{ id: string; time: string }>({
      sql: `SELECT ${asKnownText("id")} AS id, ${asKnownText("created_at")} AS time FROM responses
        WHERE checksum = @checksum ORDER BY created_at, responses.id LIMIT 1`,
      params: { checksum },
    })[0];
  }

  #metadataView(row: BrowseRow, ownText: string | null): MetadataView {
    if (ownText !== null) return { origin: "response", text: ownText };
    const sidecar = this.#files.sidecar(row.checksum);
    switch (sidecar.state) {
      case "missing":
        return { origin: "none" };
      case "invalid":
        return { origin: "invalid", reason: sidecar.reason, text: sidecar.text };
      case "ok": {
        const owner = this.#sidecarOwner(row.checksum);
        return {
          origin: "sidecar",
          text: sidecar.text,
          owner:
            owner === undefined
              ? null
              : { responseId: owner.id, time: owner.time, isThisResponse: owner.id === row.responseId },
        };
      }
    }
  }

  #importOf(ref: RowRef): ImportOrigin | null {
    if (this.#read(() => schemaVersion(this.#connection.db)) < IMPORTS_SINCE) return null;
    const sql = `SELECT ${asKnownText("i.kind")} AS kind, ${asKnownText("i.name")} AS name,
        ${asKnownText("i.imported_at")} AS importedAt, ${asKnownText("r.original_id")} AS originalId
      FROM imported_rows r JOIN imports i ON i.id = r.import_id WHERE r.row_table = @table AND r.row_id = @id`;
    return this.#all<ImportOrigin>({ sql, params: { table: `${ref.type}s`, id: ref.id } })[0] ?? null;
  }

  #resolutionOf(ref: RowRef): Resolution | null {
    if (ref.type === "request") return null;
    const where = ref.type === "resolution" ? "t.id = @id" : "t.response_id = @id AND t.kind <> 'reused'";
    return (
      this.#byId<Resolution>(`SELECT ${RESOLUTION_COLUMNS("t")} FROM resolutions t WHERE ${where}`, ref.id)[0] ?? null
    );
  }

  /** How many rows a list has. All of the archive's are counted once for each state of it: that takes 50 ms for a million. */
  #total(sessionId: string | null, extended: boolean, orphanRowids: readonly number[]): number {
    const version = this.#read(() => this.#readDataVersion());
    if (sessionId === null && this.#counted?.version === version) return this.#counted.total;
    const total = this.#all<{ n: number }>(rowTotal(sessionId, extended, orphanRowids))[0]?.n ?? 0;
    if (sessionId === null) this.#counted = { version, total };
    return total;
  }

  #orphanRowids(sessionId: string): number[] {
    return this.#read(() => this.#inference.orphansOf(sessionId).map((orphan) => orphan.rowid));
  }

  /** Fills `temp.file_facts` for the checksums of a list that are not in it yet. */
  async #gatherFileFacts(sessionId: string | null, extended: boolean, orphanRowids: readonly number[]): Promise<void> {
    const { db } = this.#connection;
    this.#connection.scratch(() => db.exec(FILE_FACTS_TABLE));
    const checksums = this.#all<{ checksum: string | null }>(unknownChecksums(sessionId, extended, orphanRowids));
    const gathered: [string, string | null, number | null][] = [];
    for (const { checksum } of checksums) {
      if (!isChecksum(checksum)) continue;
      const facts = await this.#files.payload(checksum, null, 0);
      const sidecar = this.#files.sidecar(checksum);
      const declared = declaredFacts(sidecar.state === "ok" ? objectOf(sidecar.metadata) : null);
      gathered.push([checksum, facts.sniffed?.mediaType ?? declared.mediaType, declared.elapsedMs]);
    }
    this.#connection.scratch(() => {
      const insert = db.prepare(
        "INSERT OR REPLACE INTO temp.file_facts (checksum, media_type, elapsed_ms) VALUES (?, ?, ?)",
      );
      for (const facts of gathered) insert.run(...facts);
    });
  }

  #isExtended(): boolean {
    return this.#read(() => this.#connection.isExtended());
  }

  #readDataVersion(): number {
    return Number(this.#connection.db.pragma("data_version", { simple: true }));
  }

  #one<T>(columns: string, table: string, id: string | null): T | null {
    if (id === null) return null;
    return this.#byId<T>(`SELECT ${columns} FROM ${table} t WHERE t.id = @id`, id)[0] ?? null;
  }

  /** Rows of what has this id; where no text is it, of what shows as it. `sql` binds `@id`. */
  #byId<T>(sql: string, id: string): T[] {
    return this.#read(() => {
      const statement = this.#connection.prepare<[{ id: string | number | Buffer }], T>(sql);
      for (const stored of storedIds(id)) {
        const rows = statement.all({ id: stored });
        if (rows.length > 0) return rows;
      }
      return [];
    });
  }

  #all<T>(statement: Statement): T[] {
    return this.#read(() => this.#connection.prepare<[Statement["params"]], T>(statement.sql).all(statement.params));
  }

  #read<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw fromSqliteError(error, this.location.databasePath);
    }
  }
}
