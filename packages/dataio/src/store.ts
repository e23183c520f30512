/**
 * The store of one archive: rows in SQLite, payload bytes and sidecars as files. Whatever meets another process's lock
 * waits without blocking the thread. Writes are short, and those that come at the same time share a transaction.
 *
 * Two rules keep what is cached true, for us and for Python alike (its cache asks for the newest response of a hash):
 * an identity row (a request with its hash) is written only together with a good answer, and an answer that is an
 * error, or a call that only sends, gets a request row without a hash.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { writeAnswerFiles } from "./answer-files.ts";
import { ArchivePlace } from "./archive-place.ts";
import { CachedAnswers, LAST_CONFIRMATION, OTHER_REQUEST } from "./cached-answers.ts";
import type { JsonObject } from "./canonical-json.ts";
import {
  createDatabase,
  openForWriting,
  type Prepare,
  preparing,
  type WriteOptions,
  whenUnlocked,
} from "./database.ts";
import { DataioError, fromSystemError } from "./errors.ts";
import { FileThreads } from "./file-threads.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";
import { syncing } from "./log-sync.ts";
import { checkSchema, createPythonTables, migrate, SCHEMA_VERSION, schemaVersion } from "./migrations.ts";
import type { Request, Resolution, Response, Session, TransportMetadata } from "./model.ts";
import { PayloadStore, type StoredPayload } from "./payloads.ts";
import {
  INTO_REQUESTS,
  INTO_RESOLUTIONS,
  INTO_RESPONSES,
  INTO_SESSIONS,
  requestValues,
  resolutionValues,
  responseValues,
  SESSION_COLUMNS,
  sessionValues,
} from "./rows.ts";
import { metadataText, NO_METADATA, SidecarStore } from "./sidecars.ts";
import { createClock } from "./timestamps.ts";
import { WriteQueue } from "./write-queue.ts";

const CREATED_BY = "@mxm/dataio";

// Made once: what a statement is found by is its text, and a text that is put together anew has to be read anew.
const INSERT_REQUEST = `INSERT ${INTO_REQUESTS}`;
const INSERT_NEW_REQUEST = `${INSERT_REQUEST} ON CONFLICT DO NOTHING`;
const INSERT_RESPONSE = `INSERT ${INTO_RESPONSES}`;
const INSERT_METADATA = "INSERT INTO response_meta (response_id, meta_json) VALUES (?, ?)";
const INSERT_RESOLUTION = `INSERT ${INTO_RESOLUTIONS}`;
/** How long a try of {@link Store.openWhenFree} keeps the thread, in milliseconds. */
const OPEN_BUSY_MS = 10;

/** How a store is opened. */
export interface StoreOptions extends WriteOptions {
  /** Timestamp text of now; strictly increasing. */
  readonly clock?: () => string;
}

/** An ask that ended, with what it brought; see {@link Store.record}. */
export interface RecordedAsk {
  /** The session's own row and the request as asked. */
  readonly session: Session;
  readonly request: Request;
  /** The new response; its `requestId` is decided by the store. Null when there is none or it is an archived one. */
  readonly response: Omit<Response, "requestId"> | null;
  /** The response's transport metadata as JSON text. */
  readonly metadataJson: string | null;
  readonly resolution: Omit<Resolution, "requestId" | "sessionId">;
  /** `identity`: the request row that carries the hash. `own`: a row of its own, without a hash. */
  readonly requestRow: "identity" | "own";
}

/** Rows of a subscription that are written together; see {@link Store.recordStream}. */
export interface RecordedStreamRows {
  /** The session's own row, and the subscription's request under the id that its rows have. */
  readonly session: Session;
  readonly request: Request;
  /** In the order in which they came; their `requestId` is that of `request`. */
  readonly responses: readonly { readonly response: Response; readonly metadataJson: string | null }[];
  /** How the subscription ended; null while it goes on. */
  readonly resolution: Omit<Resolution, "requestId" | "sessionId"> | null;
}

/** Open stores by the real path of their database: one instance for each, however often it is opened. */
const openStores = new Map<string, { readonly store: Store; users: number }>();

/** The archive behind one `dataio.sqlite`, open for writing. Make it with {@link Store.open} or {@link Store.create}. */
export class Store {
  readonly location: ArchiveLocation;
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  /** Timestamp text of now; strictly increasing within this store. */
  readonly clock: () => string;
  readonly #key: string;
  readonly #db: Database.Database;
  readonly #prepare: Prepare;
  readonly #cached: CachedAnswers;
  readonly #writes: WriteQueue;
  readonly #durable: boolean;
  readonly #threads: FileThreads;
  readonly #place: ArchivePlace;
  #open = true;
  /** SQLite's own counter of changes to the schema, when ours was found to be in place. */
  #schemaSeen = -1;
  #extended = false;

  private constructor(key: string, location: ArchiveLocation, db: Database.Database, options: StoreOptions) {
    this.#durable = options.durable ?? true;
    this.location = location;
    this.#place = new ArchivePlace(location);
    const files = { durable: this.#durable, place: this.#place };
    this.payloads = new PayloadStore(location.responsesDirectory, files);
    this.sidecars = new SidecarStore(location.responsesDirectory, files);
    this.#threads = new FileThreads({ durable: this.#durable });
    this.clock = options.clock ?? createClock();
    this.#key = key;
    this.#db = db;
    this.#prepare = preparing(db);
    this.#cached = new CachedAnswers(this.#prepare, () => this.#hasOurTables());
    this.#writes = new WriteQueue(db, {
      ready: () => this.#assertOpen(),
      before: () => this.#bringSchemaUpToDate(),
      after: () => this.#place.assertThere(),
      failure: (error) => this.#place.failure(error),
      settled: syncing(db, this.#durable),
    });
  }

  /**
   * Opens an existing archive for writing. Nothing on disk changes until the first write, which adds our tables.
   * Opening a database that is open already gives the same instance; close it as often as it was opened. Where another
   * process holds it locked, the thread waits for up to 5 seconds; `openWhenFree` leaves it free.
   * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
   */
  static open(where: string | ArchiveLocation, options: StoreOptions = {}): Store {
    return Store.#openOrShare(where, options);
  }

  /**
   * `open` that waits for other processes as every other operation does, up to 15 seconds.
   * @throws what `open` throws; CANCELLED
   */
  static async openWhenFree(
    where: string | ArchiveLocation,
    options: StoreOptions & { readonly signal?: AbortSignal } = {},
  ): Promise<Store> {
    const { signal, ...how } = options;
    const location = typeof where === "string" ? archiveLocation(where) : where;
    return await whenUnlocked(location.databasePath, () => Store.#openOrShare(location, how, OPEN_BUSY_MS), { signal });
  }

  static #openOrShare(where: string | ArchiveLocation, options: StoreOptions, busyMs?: number): Store {
    const location = typeof where === "string" ? archiveLocation(where) : where;
    const shared = openStores.get(instanceKey(location));
    if (shared !== undefined) {
      shared.users += 1;
      return shared.store;
    }
    const db = openForWriting(location, busyMs === undefined ? options : { ...options, busyMs });
    return Store.#share(location, db, options);
  }

  /**
   * Creates an archive in a folder that is empty or does not exist yet, and opens it.
   * @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE
   */
  static create(where: string | ArchiveLocation, options: StoreOptions = {}): Store {
    const location = typeof where === "string" ? archiveLocation(where) : where;
    try {
      mkdirSync(location.root, { recursive: true });
      mkdirSync(dirname(location.databasePath), { recursive: true });
      if (readdirSync(location.root).length > 0) {
        throw new DataioError(
          "ALREADY_EXISTS",
          `${location.root} is not empty; a new archive needs a folder of its own.`,
        );
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot create an archive in ${location.root}`);
    }
    try {
      const db = createDatabase(location, options, (empty) => {
        createPythonTables(empty);
        migrate(empty, CREATED_BY, (options.clock ?? createClock())());
        mkdirSync(location.responsesDirectory, { recursive: true });
      });
      return Store.#share(location, db, options);
    } catch (error) {
      throw fromSystemError(error, `Cannot create an archive in ${location.root}`);
    }
  }

  static #share(location: ArchiveLocation, db: Database.Database, options: StoreOptions): Store {
    const key = instanceKey(location);
    const store = new Store(key, location, db, options);
    openStores.set(key, { store, users: 1 });
    return store;
  }

  /** Gives the instance back; the last one out closes the database. Closing twice is no error. */
  close(): void {
    const shared = openStores.get(this.#key);
    if (!this.#open || shared?.store !== this) return;
    shared.users -= 1;
    if (shared.users > 0) return;
    this.#open = false;
    openStores.delete(this.#key);
    this.#threads.close();
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Inserts a session; false when its id is there already. */
  async insertSession(session: Session): Promise<boolean> {
    return this.#write(
      () =>
        this.#prepare<unknown[], unknown>(`INSERT OR IGNORE ${INTO_SESSIONS}`).run(sessionValues(session)).changes ===
        1,
    );
  }

  /** Inserts a request; false when its id or its hash is there already (as in Python, the row is then left out). */
  async insertRequest(request: Request): Promise<boolean> {
    return this.#write(
      () =>
        this.#prepare<unknown[], unknown>(`INSERT OR IGNORE ${INTO_REQUESTS}`).run(requestValues(request)).changes ===
        1,
    );
  }

  /** Inserts a response; false when its id is there already. */
  async insertResponse(response: Response): Promise<boolean> {
    return this.#write(
      () =>
        this.#prepare<unknown[], unknown>(`INSERT OR IGNORE ${INTO_RESPONSES}`).run(responseValues(response))
          .changes === 1,
    );
  }

  /**
   * Records the end of a session.
   * @throws NOT_FOUND when there is no such session
   */
  async markSessionEnded(sessionId: string, endedAt: string = this.clock()): Promise<void> {
    const changes = await this.#write(
      () =>
        this.#prepare<unknown[], unknown>("UPDATE sessions SET ended_at = ? WHERE id = ?").run(endedAt, sessionId)
          .changes,
    );
    if (changes === 0) throw new DataioError("NOT_FOUND", `There is no session ${sessionId}.`);
  }

  /**
   * The newest good response (`ok`) to a request hash, as acquired by the given source. Another source's response
   * never stands in, although both share the hash. Undefined when there is none.
   */
  getCachedResponseByRequestHash(hash: string, source: string): Promise<Response | undefined> {
    return this.#read(() => this.#cached.byHash(hash, source));
  }

  /** The newest good response (`ok`) that hangs on a request row. */
  getCachedResponseByRequestId(requestId: string): Promise<Response | undefined> {
    return this.#read(() => this.#cached.byRequestId(requestId));
  }

  /** Sessions, newest first, optionally of one source. */
  async listSessions(options: { readonly source?: string; readonly limit?: number } = {}): Promise<Session[]> {
    const { source = null, limit = -1 } = options;
    return this.#read(() =>
      this.#prepare<[string | null, string | null, number], Session>(
        `SELECT ${SESSION_COLUMNS("s")} FROM sessions s WHERE (? IS NULL OR s.source = ?)
         ORDER BY s.started_at DESC, s.id DESC LIMIT ?`,
      ).all(source, source, limit),
    );
  }

  /** The id of the session that started last, optionally of one source; undefined when there is none. */
  async getLatestSessionId(source?: string): Promise<string | undefined> {
    const [latest] = await this.listSessions({ ...(source === undefined ? {} : { source }), limit: 1 });
    return latest?.id;
  }

  /** Stores payload bytes under their checksum; see {@link PayloadStore.put}. */
  writePayload(data: Uint8Array): Promise<StoredPayload> {
    return this.payloads.put(data);
  }

  /**
   * Stores payload bytes together with their sidecar, which is written unless there is one, as `writePayload` and
   * `writeMetadata` do one after the other, in the time of one of them.
   * @throws JSON_INVALID for metadata without a JSON form, ARCHIVE_GONE, NO_SPACE, ACCESS_DENIED, IO_FAILED
   */
  async writePayloadWithMetadata(data: Uint8Array, metadata: TransportMetadata | JsonObject): Promise<StoredPayload> {
    return await this.writeAnswer(data, metadataText(metadata));
  }

  /**
   * {@link writePayloadWithMetadata} with metadata that are a text already, as {@link metadataText} makes it.
   * @internal
   */
  writeAnswer(data: Uint8Array, metadata: string): Promise<StoredPayload> {
    const { payloads, sidecars } = this;
    const files = { payloads, sidecars, durable: this.#durable, threads: this.#threads, place: this.#place };
    return writeAnswerFiles(files, data, metadata);
  }

  /**
   * The bytes of a payload, verified.
   * @throws CHECKSUM_INVALID, PAYLOAD_MISSING, PAYLOAD_CORRUPT
   */
  readPayload(checksum: string): Promise<Buffer> {
    return this.payloads.read(checksum);
  }

  /** Writes the sidecar of a payload unless there is one; see {@link SidecarStore.write}. */
  writeMetadata(checksum: string, metadata: TransportMetadata | JsonObject): Promise<"written" | "kept"> {
    return this.sidecars.write(checksum, metadata);
  }

  /**
   * The sidecar of a payload; undefined when there is none. Numbers keep their exact text.
   * @throws CHECKSUM_INVALID, SIDECAR_INVALID
   */
  async readMetadata(checksum: string): Promise<JsonObject | undefined> {
    const state = await this.sidecars.read(checksum);
    switch (state.state) {
      case "ok":
        return state.metadata;
      case "missing":
        return undefined;
      case "invalid":
        throw new DataioError("SIDECAR_INVALID", `The sidecar of ${checksum} is unusable: ${state.reason}`);
    }
  }

  /** The transport metadata kept for this very response (not the shared sidecar), as JSON text; undefined when none. */
  async getResponseMetadata(responseId: string): Promise<string | undefined> {
    return this.#read(() => {
      if (!this.#hasOurTables()) return undefined;
      return this.#prepare<[string], { text: string }>(
        "SELECT meta_json AS text FROM response_meta WHERE response_id = ?",
      ).get(responseId)?.text;
    });
  }

  /** When the source last said that this response still holds (under the policy `revalidate`); null when it never did. */
  async lastConfirmationOf(responseId: string): Promise<string | null> {
    return this.#read(() => {
      if (!this.#hasOurTables()) return null;
      const found = this.#prepare<[string], { time: string | null }>(LAST_CONFIRMATION).get(responseId);
      return found?.time ?? null;
    });
  }

  /**
   * Records how an ask ended: request row, response, its metadata and the resolution, all of it or nothing.
   * @returns the rows as written
   */
  record(ask: RecordedAsk): Promise<{ request: Request; response: Response | null }> {
    const { session, resolution } = ask;
    return this.#write(() => {
      const request =
        ask.requestRow === "identity"
          ? this.#writeIdentity(ask.request, session.source)
          : this.#insertOwnRequest(ask.request);
      const response = ask.response === null ? null : { ...ask.response, requestId: request.id };
      if (response !== null) {
        this.#prepare<unknown[], unknown>(INSERT_RESPONSE).run(responseValues(response));
        this.#insertMetadata(response.id, ask.metadataJson);
      }
      this.#prepare<unknown[], unknown>(INSERT_RESOLUTION).run(
        resolutionValues({ ...resolution, sessionId: session.id, requestId: request.id }),
      );
      return { request, response };
    });
  }

  /**
   * Records rows of a subscription, all of them or none. Its request row is written with the first of them and never has
   * a hash: what a stream brought is no answer that a cache lookup may find.
   */
  async recordStream(rows: RecordedStreamRows): Promise<void> {
    const { session, request, resolution } = rows;
    return this.#write(() => {
      this.#prepare<unknown[], unknown>(`INSERT ${INTO_REQUESTS} ON CONFLICT (id) DO NOTHING`).run(
        requestValues({ ...request, hash: null }),
      );
      const insertResponse = this.#prepare<unknown[], unknown>(INSERT_RESPONSE);
      for (const { response, metadataJson } of rows.responses) {
        insertResponse.run(responseValues(response));
        this.#insertMetadata(response.id, metadataJson);
      }
      if (resolution === null) return;
      this.#prepare<unknown[], unknown>(INSERT_RESOLUTION).run(
        resolutionValues({ ...resolution, sessionId: session.id, requestId: request.id }),
      );
    });
  }

  #insertMetadata(responseId: string, text: string | null): void {
    if (text === null || text === NO_METADATA) return;
    this.#prepare<unknown[], unknown>(INSERT_METADATA).run(responseId, text);
  }

  /** Finds or writes the row that stands for this identity within `source`. */
  #writeIdentity(request: Request, source: string): Request {
    const { hash } = request;
    if (hash === null) return this.#insertOwnRequest(request);
    // Most often the hash is a new one: the row is found to be there by the insertion itself.
    if (this.#prepare<unknown[], unknown>(INSERT_NEW_REQUEST).run(requestValues(request)).changes === 1) return request;
    const holder = this.#prepare<[string], { id: string; source: string | null }>(
      "SELECT q.id, (SELECT s.source FROM sessions s WHERE s.id = q.session_id) AS source FROM requests q WHERE q.hash = ?",
    ).get(hash);
    if (holder === undefined) {
      // Then it is the id that is taken, of which this tells.
      this.#prepare<unknown[], unknown>(INSERT_REQUEST).run(requestValues(request));
      return request;
    }
    const known = holder.source === source ? holder.id : this.#otherIdentityRow(hash, source);
    if (known !== undefined) return { ...request, id: known };
    const own = this.#insertOwnRequest(request);
    this.#prepare<[string, string, string], never>(
      "INSERT INTO request_identities (source, hash, request_id) VALUES (?, ?, ?)",
    ).run(source, hash, own.id);
    return own;
  }

  #insertOwnRequest(request: Request): Request {
    const row = { ...request, hash: null };
    this.#prepare<unknown[], unknown>(INSERT_REQUEST).run(requestValues(row));
    return row;
  }

  #otherIdentityRow(hash: string, source: string): string | undefined {
    if (!this.#hasOurTables()) return undefined;
    const row = this.#prepare<[{ hash: string; source: string }], { request_id: string }>(OTHER_REQUEST);
    return row.get({ hash, source })?.request_id;
  }

  #read<T>(action: () => T): Promise<T> {
    return whenUnlocked(this.location.databasePath, () => {
      this.#assertOpen();
      return action();
    });
  }

  #write<T>(action: () => T): Promise<T> {
    return this.#writes.run(action);
  }

  /** An archive that only Python wrote has none of them; once they are there they stay, unless what made them is undone. */
  #hasOurTables(): boolean {
    if (this.#extended) return true;
    const found = schemaVersion(this.#db) > 0;
    this.#extended = found && !this.#db.inTransaction;
    return found;
  }

  /** Looks only where SQLite says that some table was changed since. @throws SCHEMA_UNKNOWN, SCHEMA_TOO_NEW */
  #bringSchemaUpToDate(): void {
    const counter = this.#prepare<[], { schema_version: number }>("PRAGMA schema_version");
    if (counter.get()?.schema_version === this.#schemaSeen) return;
    if (checkSchema(this.#db) !== SCHEMA_VERSION) {
      migrate(this.#db, CREATED_BY, this.clock());
      // Looked at again by the next one: this transaction may yet be rolled back.
      return;
    }
    this.#schemaSeen = counter.get()?.schema_version ?? -1;
  }

  #assertOpen(): void {
    if (!this.#open) throw new DataioError("CLOSED", `The store of ${this.location.root} is closed.`);
  }
}

function instanceKey(location: ArchiveLocation): string {
  return existsSync(location.databasePath) ? realpathSync(location.databasePath) : location.databasePath;
}
