/**
 * The store of one archive: rows in SQLite, payload bytes and sidecars as files. Writes wait for other processes
 * without blocking the thread; every write is one short transaction.
 *
 * Two rules keep what is cached true, for us and for Python alike (its cache asks for the newest response of a hash):
 * an identity row (a request with its hash) is written only together with a good answer, and an answer that is an
 * error, or a call that only sends, gets a request row without a hash.
 */
import { existsSync, mkdirSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import type Database from "better-sqlite3";
import { canonicalJson, type JsonObject } from "./canonical-json.ts";
import { createDatabase, fromSqliteError, openForWriting, type WriteOptions, writeTransaction } from "./database.ts";
import { DataioError, fromSystemError } from "./errors.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";
import { createPythonTables, migrate, SCHEMA_VERSION, schemaVersion } from "./migrations.ts";
import type { Request, Resolution, Response, Session, TransportMetadata } from "./model.ts";
import { PayloadStore, type StoredPayload } from "./payloads.ts";
import {
  INTO_REQUESTS,
  INTO_RESOLUTIONS,
  INTO_RESPONSES,
  INTO_SESSIONS,
  RESPONSE_COLUMNS,
  SESSION_COLUMNS,
} from "./rows.ts";
import { SidecarStore } from "./sidecars.ts";
import { createClock } from "./timestamps.ts";

const CREATED_BY = "@mxm/dataio";

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
  readonly metadata: TransportMetadata | null;
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
  readonly responses: readonly { readonly response: Response; readonly metadata: TransportMetadata | null }[];
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
  /** Which file it was that was opened. */
  readonly #file: string | undefined;
  #open = true;

  private constructor(key: string, location: ArchiveLocation, db: Database.Database, options: StoreOptions) {
    const files = { durable: options.durable ?? true };
    this.location = location;
    this.payloads = new PayloadStore(location.responsesDirectory, files);
    this.sidecars = new SidecarStore(location.responsesDirectory, files);
    this.clock = options.clock ?? createClock();
    this.#key = key;
    this.#db = db;
    this.#file = fileIdentity(location.databasePath);
  }

  /**
   * Opens an existing archive for writing. Nothing on disk changes until the first write, which adds our tables.
   * Opening a database that is open already gives the same instance; close it as often as it was opened.
   * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
   */
  static open(where: string | ArchiveLocation, options: StoreOptions = {}): Store {
    const location = typeof where === "string" ? archiveLocation(where) : where;
    const shared = openStores.get(instanceKey(location));
    if (shared !== undefined) {
      shared.users += 1;
      return shared.store;
    }
    return Store.#share(location, openForWriting(location, options), options);
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
    this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Inserts a session; false when its id is there already. */
  async insertSession(session: Session): Promise<boolean> {
    return this.#write(() => this.#db.prepare(`INSERT OR IGNORE ${INTO_SESSIONS}`).run(session).changes === 1);
  }

  /** Inserts a request; false when its id or its hash is there already (as in Python, the row is then left out). */
  async insertRequest(request: Request): Promise<boolean> {
    return this.#write(() => this.#db.prepare(`INSERT OR IGNORE ${INTO_REQUESTS}`).run(request).changes === 1);
  }

  /** Inserts a response; false when its id is there already. */
  async insertResponse(response: Response): Promise<boolean> {
    return this.#write(() => this.#db.prepare(`INSERT OR IGNORE ${INTO_RESPONSES}`).run(response).changes === 1);
  }

  /**
   * Records the end of a session.
   * @throws NOT_FOUND when there is no such session
   */
  async markSessionEnded(sessionId: string, endedAt: string = this.clock()): Promise<void> {
    const changes = await this.#write(
      () => this.#db.prepare("UPDATE sessions SET ended_at = ? WHERE id = ?").run(endedAt, sessionId).changes,
    );
    if (changes === 0) throw new DataioError("NOT_FOUND", `There is no session ${sessionId}.`);
  }

  /**
   * The newest good response (`ok`) to a request hash, as acquired by the given source. Another source's response
   * never stands in, although both share the hash. Undefined when there is none.
   */
  getCachedResponseByRequestHash(hash: string, source: string): Response | undefined {
    const requestId = this.#read(() => this.#identityRow(hash, source));
    return requestId === undefined ? undefined : this.getCachedResponseByRequestId(requestId);
  }

  /** The newest good response (`ok`) that hangs on a request row. */
  getCachedResponseByRequestId(requestId: string): Response | undefined {
    return this.#read(() =>
      this.#db
        .prepare<[string], Response>(
          `SELECT ${RESPONSE_COLUMNS("r")} FROM responses r
           WHERE r.request_id = ? AND r.status = 'ok' ORDER BY r.created_at DESC, r.id DESC LIMIT 1`,
        )
        .get(requestId),
    );
  }

  /** Sessions, newest first, optionally of one source. */
  listSessions(options: { readonly source?: string; readonly limit?: number } = {}): Session[] {
    const { source = null, limit = -1 } = options;
    return this.#read(() =>
      this.#db
        .prepare<[string | null, string | null, number], Session>(
          `SELECT ${SESSION_COLUMNS("s")} FROM sessions s WHERE (? IS NULL OR s.source = ?)
           ORDER BY s.started_at DESC, s.id DESC LIMIT ?`,
        )
        .all(source, source, limit),
    );
  }

  /** The id of the session that started last, optionally of one source; undefined when there is none. */
  getLatestSessionId(source?: string): string | undefined {
    return this.listSessions({ ...(source === undefined ? {} : { source }), limit: 1 })[0]?.id;
  }

  /** Stores payload bytes under their checksum; see {@link PayloadStore.put}. */
  writePayload(data: Uint8Array): Promise<StoredPayload> {
    return this.payloads.put(data);
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
  getResponseMetadata(responseId: string): string | undefined {
    return this.#read(() => {
      if (schemaVersion(this.#db) === 0) return undefined;
      const text = this.#db
        .prepare("SELECT meta_json FROM response_meta WHERE response_id = ?")
        .pluck()
        .get(responseId);
      return typeof text === "string" ? text : undefined;
    });
  }

  /** When the source last said that this response still holds (under the policy `revalidate`); null when it never did. */
  lastConfirmationOf(responseId: string): string | null {
    return this.#read(() => {
      if (schemaVersion(this.#db) === 0) return null;
      const time = this.#db
        .prepare(
          `SELECT MAX(ended_at) FROM resolutions WHERE response_id = ? AND kind = 'reused'
             AND json_type(policy_json, '$.revalidated') = 'object'`,
        )
        .pluck()
        .get(responseId);
      return typeof time === "string" ? time : null;
    });
  }

  /**
   * Records how an ask ended: request row, response, its metadata and the resolution, all of it or nothing.
   * @returns the rows as written
   */
  async record(ask: RecordedAsk): Promise<{ request: Request; response: Response | null }> {
    const { session, resolution } = ask;
    return this.#write(() => {
      const request =
        ask.requestRow === "identity"
          ? this.#writeIdentity(ask.request, session.source)
          : this.#insertOwnRequest(ask.request);
      const response = ask.response === null ? null : { ...ask.response, requestId: request.id };
      if (response !== null) {
        this.#db.prepare(`INSERT ${INTO_RESPONSES}`).run(response);
        if (ask.metadata !== null && Object.keys(ask.metadata).length > 0) {
          const text = canonicalJson(ask.metadata as JsonObject, { ensureAscii: false });
          this.#db.prepare("INSERT INTO response_meta (response_id, meta_json) VALUES (?, ?)").run(response.id, text);
        }
      }
      this.#db
        .prepare(`INSERT ${INTO_RESOLUTIONS}`)
        .run({ ...resolution, sessionId: session.id, requestId: request.id });
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
      this.#db.prepare(`INSERT ${INTO_REQUESTS} ON CONFLICT (id) DO NOTHING`).run({ ...request, hash: null });
      const insertResponse = this.#db.prepare(`INSERT ${INTO_RESPONSES}`);
      const insertMetadata = this.#db.prepare("INSERT INTO response_meta (response_id, meta_json) VALUES (?, ?)");
      for (const { response, metadata } of rows.responses) {
        insertResponse.run(response);
        if (metadata === null || Object.keys(metadata).length === 0) continue;
        insertMetadata.run(response.id, canonicalJson(metadata as JsonObject, { ensureAscii: false }));
      }
      if (resolution === null) return;
      this.#db
        .prepare(`INSERT ${INTO_RESOLUTIONS}`)
        .run({ ...resolution, sessionId: session.id, requestId: request.id });
    });
  }

  /** Finds or writes the row that stands for this identity within `source`. */
  #writeIdentity(request: Request, source: string): Request {
    if (request.hash === null) return this.#insertOwnRequest(request);
    const known = this.#identityRow(request.hash, source);
    if (known !== undefined) return { ...request, id: known };
    if (this.#db.prepare("SELECT 1 FROM requests WHERE hash = ?").get(request.hash) === undefined) {
      this.#db.prepare(`INSERT ${INTO_REQUESTS}`).run(request);
      return request;
    }
    const own = this.#insertOwnRequest(request);
    this.#db
      .prepare("INSERT INTO request_identities (source, hash, request_id) VALUES (?, ?, ?)")
      .run(source, request.hash, own.id);
    return own;
  }

  #insertOwnRequest(request: Request): Request {
    const row = { ...request, hash: null };
    this.#db.prepare(`INSERT ${INTO_REQUESTS}`).run(row);
    return row;
  }

  #identityRow(hash: string, source: string): string | undefined {
    const direct = this.#db
      .prepare(
        "SELECT q.id FROM requests q CROSS JOIN sessions s ON s.id = q.session_id WHERE q.hash = ? AND s.source = ?",
      )
      .pluck()
      .get(hash, source);
    if (typeof direct === "string") return direct;
    if (schemaVersion(this.#db) === 0) return undefined;
    const other = this.#db
      .prepare("SELECT request_id FROM request_identities WHERE source = ? AND hash = ?")
      .pluck()
      .get(source, hash);
    return typeof other === "string" ? other : undefined;
  }

  #read<T>(action: () => T): T {
    this.#assertOpen();
    try {
      return action();
    } catch (error) {
      throw fromSqliteError(error, this.location.databasePath);
    }
  }

  #write<T>(action: () => T): Promise<T> {
    this.#assertOpen();
    return writeTransaction(this.#db, () => {
      if (schemaVersion(this.#db) !== SCHEMA_VERSION) migrate(this.#db, CREATED_BY, this.clock());
      const result = action();
      this.#assertInPlace();
      return result;
    });
  }

  /** A file that was deleted or replaced takes rows as before, and they are gone with it: better not to acknowledge them. */
  #assertInPlace(): void {
    if (fileIdentity(this.location.databasePath) === this.#file) return;
    const message = `${this.location.databasePath} was moved, replaced or deleted while it was open; nothing is written.`;
    throw new DataioError("IO_FAILED", message);
  }

  #assertOpen(): void {
    if (!this.#open) throw new DataioError("CLOSED", `The store of ${this.location.root} is closed.`);
  }
}

function fileIdentity(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? undefined : `${found.dev} ${found.ino}`;
}

function instanceKey(location: ArchiveLocation): string {
  return existsSync(location.databasePath) ? realpathSync(location.databasePath) : location.databasePath;
}
