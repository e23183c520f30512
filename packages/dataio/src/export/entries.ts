/**
 * Rows in full, with all that belongs to them. No read transaction stays open between two calls, and the archive is opened for
 * reading only.
 */
import type { RowRef } from "../browse-model.ts";
import { fromSqliteError, openForReading, type ReadConnection, whenUnlocked } from "../database.ts";
import { DataioError } from "../errors.ts";
import type { ArchiveLocation } from "../location.ts";
import type { Request, Session } from "../model.ts";
import { OrphanInference } from "../orphans.ts";
import { asKnownText, type ColumnForm, isRequestAsShown, REQUEST_COLUMNS, SESSION_COLUMNS } from "../rows.ts";
import { ENTRY, isEntryAsShown, type StoredEntry } from "./entry-query.ts";

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
  /** The ask that this response ended, where that is on record. */
  readonly ask: EntryAsk | null;
}

/** How a response was asked for; when is `askedAt`, and why it failed `errorJson`. */
export interface EntryAsk {
  readonly id: string;
  readonly kind: string;
  readonly endedAt: string;
  /** JSON of the cache policy, and of what else decided the request's identity. */
  readonly policyJson: string | null;
  /** Of the bytes that were put on the wire. */
  readonly sentChecksum: string | null;
}

const BUSY_MS = 20;
/** Rows that are needed together are mostly stored together. */
export const ONCE_CACHE_KIB = 4_096;

/** Open for reading until disposed of. Make one with {@link EntryReader.open}. */
export class EntryReader implements Disposable {
  readonly location: ArchiveLocation;
  readonly #connection: ReadConnection;
  readonly #inference: OrphanInference;
  readonly signal: AbortSignal | undefined;
  /** Rows that come together mostly share these. */
  readonly #sessions = new Map<string, Session | null>();

  private constructor(location: ArchiveLocation, connection: ReadConnection, signal: AbortSignal | undefined) {
    this.location = location;
    this.#connection = connection;
    this.#inference = new OrphanInference(connection);
    this.signal = signal;
  }

  /** @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED, CANCELLED */
  static async open(location: ArchiveLocation, signal: AbortSignal | undefined): Promise<EntryReader> {
    const open = () => openForReading(location, { busyMs: BUSY_MS, cacheKib: ONCE_CACHE_KIB });
    return new EntryReader(location, await whenUnlocked(location.databasePath, open, { signal }), signal);
  }

  [Symbol.dispose](): void {
    this.#connection.close();
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

  /** The newest row with these bytes, else what they were sent by. @throws NOT_FOUND */
  async payload(checksum: string): Promise<ExportEntry> {
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
      session: await this.session(sent.sessionId),
      sessionInferred: false,
      request: requests.get(sent.requestId) ?? null,
      requestInferred: false,
      orphan: false,
      metaJson: null,
      askedAt: sent.time,
      errorJson: null,
      ask: null,
    };
  }

  async #complete(row: StoredEntry, requests: ReadonlyMap<string, Request>): Promise<ExportEntry> {
    const { refType, refId, requestId, sessionId, askId, askKind, askEndedAt, policyJson, sentChecksum, ...own } = row;
    const isAsk = askId !== null && askKind !== null && askEndedAt !== null;
    const ask = isAsk ? { id: askId, kind: askKind, endedAt: askEndedAt, policyJson, sentChecksum } : null;
    const rest = { ...own, ask };
    const ref: RowRef = { type: refType, id: refId };
    const known = requestId === null ? undefined : requests.get(requestId);
    const asked = sessionId ?? known?.sessionId ?? null;
    const session = asked === null ? null : await this.session(asked);
    const orphan = known === undefined && refType === "response";
    if (!orphan && session !== null) {
      return { ...rest, ref, session, sessionInferred: false, request: known ?? null, requestInferred: false, orphan };
    }
    const subject = { id: refId, time: row.time, checksum: row.checksum };
    const concluded = session ?? (await this.#read(() => this.#inference.sessionOf(subject)));
    const inferredId = orphan
      ? await this.#read(() => this.#inference.requestOf(subject, concluded?.source ?? null))
      : null;
    const inferred = inferredId === null ? undefined : (await this.#requests([inferredId])).get(inferredId);
    return {
      ...rest,
      ref,
      session: concluded === null ? null : await this.session(concluded.id),
      sessionInferred: session === null && concluded !== null,
      request: known ?? inferred ?? null,
      requestInferred: inferred !== undefined,
      orphan,
    };
  }

  /** Null where there is none. */
  async session(id: string): Promise<Session | null> {
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
      return await whenUnlocked(this.location.databasePath, action, { signal: this.signal });
    } catch (error) {
      throw fromSqliteError(error, this.location.databasePath);
    }
  }
}
