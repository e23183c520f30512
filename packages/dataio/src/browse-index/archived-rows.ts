/**
 * Archived rows as rows of the index: what `responses`, `requests`, `resolutions` and `sessions` say of them, and what is
 * concluded where they say nothing. The same rules as the lists of query.ts; a test compares all rows of both.
 */
import type Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import { ASK_FAILED, isRejection, REQUEST_FAILED } from "../failures.ts";
import { OrphanInference } from "../orphans.ts";
import { failureOf } from "../row-facts.ts";
import { Identities } from "./identities.ts";
import type { KnownContent } from "./known-contents.ts";
import {
  archivedLookups,
  type KnownAsk,
  type KnownRequest,
  knownRequest,
  type Lookups,
  type RawRequest,
  REQUESTS,
} from "./lookups.ts";
import { epochMicrosOf, isUsualTime } from "./moments.ts";
import { mixOf, sizeOf, sumOf, timeOf, untilOf } from "./row-values.ts";
import {
  FAILED,
  type IndexRow,
  idOf,
  NEVER,
  NO_PAYLOAD,
  NO_TIME,
  NONE,
  NOT_LOOKED_AT,
  ORPHAN,
  PENDING,
  REQUEST_INFERRED,
  SESSION_INFERRED,
  TIME_BASE,
  UNRECORDED,
  UNSERVED,
} from "./schema.ts";
import type { Words } from "./words.ts";

export interface KnownSession {
  readonly rowid: number;
  readonly id: string;
  readonly source: number;
  /** Microseconds since the epoch. */
  readonly started: number | null;
  readonly ended: number | null;
  /** 1 where nothing says that it ended. */
  readonly open: 0 | 1;
}

type RawResponse = [
  rowid: number,
  id: string,
  requestId: string,
  status: string,
  checksum: unknown,
  size: unknown,
  time: string,
];

/** A response as a row of the index, and the request row that it names, where there is one. */
export interface MadeResponse {
  readonly row: IndexRow;
  readonly request: KnownRequest | undefined;
  /** That one, or the one that is concluded. */
  readonly shown: KnownRequest | undefined;
  /** True unless another session than the request's own is on record for having asked. */
  readonly ofItsSession: boolean;
}

/** A response of which no request is on record. */
export interface ConcludedOrphan extends Pick<IndexRow, "session" | "source" | "flags"> {
  readonly request: KnownRequest | undefined;
}

/** What is known of contents while a build has all responses at hand. */
export interface Contents {
  /** False where certainly no other response has the same. */
  mayRepeat(sum: number): boolean;
  /** See OrphanInference.requestOf; null where only the archive can tell. */
  requestOf(orphan: KnownContent): KnownRequest | undefined | null;
}

const RESPONSES =
  "SELECT r.rowid, r.id, r.request_id, r.status, r.checksum, r.size_bytes, r.created_at FROM responses r";
const RESOLUTIONS = `SELECT a.rowid, a.id, a.request_id AS requestId, a.session_id AS sessionId, a.kind, a.error_json AS errorJson,
  ${ASK_FAILED} AS failed, a.started_at AS time, a.response_id AS responseId, r.checksum, r.size_bytes AS size
  FROM resolutions a LEFT JOIN responses r ON r.id = a.response_id`;

interface RawResolution {
  readonly rowid: number;
  readonly requestId: string;
  readonly sessionId: string;
  readonly kind: string;
  readonly errorJson: string | null;
  readonly failed: 0 | 1;
  readonly time: string;
  readonly responseId: string | null;
  readonly checksum: string | null;
  readonly size: number | null;
}

/** Makes index rows of one archive. Call {@link refresh} when its rows may have changed. */
export class ArchivedRows {
  /** New requests have to be made known here before rows are made of them. */
  readonly identities: Identities;
  readonly #archive: ReadConnection;
  readonly #words: Words;
  readonly #inference: OrphanInference;
  #sessions = new Map<string, KnownSession>();
  #extended = false;
  #lookups: Lookups;
  /** Null where the archive has to be asked. */
  #contents: Contents | null = null;

  /** @param db the index, for what it remembers of requests */
  constructor(archive: ReadConnection, db: Database.Database, words: Words) {
    this.#archive = archive;
    this.#words = words;
    this.identities = new Identities(archive, db, (id) => this.#sessions.get(id)?.source);
    this.#inference = new OrphanInference(archive);
    this.#lookups = archivedLookups(archive, words, this.identities, false);
    this.refresh();
  }

  /** Looks requests and asks up elsewhere than in the archive, until the next {@link refresh}. */
  use(lookups: Lookups): void {
    this.#lookups = lookups;
  }

  /** Looks the requests of orphans up there first, until the next {@link refresh}. */
  useContents(contents: Contents): void {
    this.#contents = contents;
  }

  /** Forgets what was read, and reads the sessions. */
  refresh(): readonly KnownSession[] {
    this.#inference.refresh();
    this.#contents = null;
    this.#extended = this.#archive.isExtended();
    this.#lookups = archivedLookups(this.#archive, this.#words, this.identities, this.#extended);
    this.identities.refresh(this.#extended);
    const sessions = this.readSessions();
    this.#sessions = new Map(sessions.map((session) => [session.id, session]));
    return sessions;
  }

  readSessions(): KnownSession[] {
    return this.#archive
      .prepare<[], { rowid: number; id: string; source: string; started: string; ended: string | null }>(
        "SELECT rowid, id, source, started_at AS started, ended_at AS ended FROM sessions",
      )
      .all()
      .map(({ rowid, id, source, started, ended }) => ({
        rowid,
        id,
        source: this.#words.idOf(source),
        started: epochMicrosOf(started),
        ended: ended === null ? null : epochMicrosOf(ended),
        open: ended === null ? 1 : 0,
      }));
  }

  /** Responses after a rowid, in the order in which they were written. */
  responsesAfter(rowid: number, upTo: number, limit: number): MadeResponse[] {
    const raws = this.#archive
      .prepare<[number, number, number], RawResponse>(
        `${RESPONSES} WHERE r.rowid > ? AND r.rowid <= ? ORDER BY r.rowid LIMIT ?`,
      )
      .raw()
      .all(rowid, upTo, limit);
    this.#lookups.prefetch?.(raws);
    return raws.map((raw) => this.#response(raw));
  }

  /** Those of some rowids that are there, in their order. */
  responsesAt(rowids: readonly number[]): MadeResponse[] {
    return this.#archive
      .prepare<[string], RawResponse>(`${RESPONSES} WHERE r.rowid IN (SELECT value FROM json_each(?)) ORDER BY r.rowid`)
      .raw()
      .all(JSON.stringify(rowids))
      .map((raw) => this.#response(raw));
  }

  /** Undefined when there is no such row. */
  response(rowid: number): MadeResponse | undefined {
    const raw = this.#archive.prepare<[number], RawResponse>(`${RESPONSES} WHERE r.rowid = ?`).raw().get(rowid);
    return raw === undefined ? undefined : this.#response(raw);
  }

  /** Those of some requests that have no response. */
  unanswered(rowids: readonly number[]): Set<number> {
    const unanswered = this.#archive
      .prepare<[string], number>(
        `SELECT q.rowid FROM requests q WHERE q.rowid IN (SELECT value FROM json_each(?)) AND ${this.#isUnanswered()}`,
      )
      .pluck();
    return new Set(unanswered.all(JSON.stringify(rowids)));
  }

  #isUnanswered(): string {
    const asked = this.#extended
      ? "AND NOT EXISTS (SELECT 1 FROM resolutions a WHERE a.request_id = q.id AND a.session_id = q.session_id)"
      : "";
    const ask = this.#extended
      ? `LEFT JOIN resolutions a ON a.response_id = r.id AND a.kind <> 'reused'
         WHERE r.request_id = q.id AND (a.id IS NULL OR a.session_id = q.session_id)`
      : "WHERE r.request_id = q.id";
    return `NOT EXISTS (SELECT 1 FROM responses r ${ask}) ${asked}`;
  }

  /** The row of a request without a response; undefined when it has one. */
  request(rowid: number): IndexRow | undefined {
    const raw = this.#archive
      .prepare<
        [number],
        [rowid: number, id: string, kind: string, method: string, sessionId: string, time: string, failed: 0 | 1]
      >(
        `SELECT q.rowid, q.id, q.kind, q.method, q.session_id, q.created_at, ${REQUEST_FAILED} FROM requests q
         WHERE q.rowid = ? AND ${this.#isUnanswered()}`,
      )
      .raw()
      .get(rowid);
    if (raw === undefined) return undefined;
    const [, id, kind, method, sessionId, time, failed] = raw;
    const session = this.#ofSession(sessionId, { id, time, checksum: null });
    return {
      ...session,
      flags: session.flags | (failed === 1 ? FAILED : 0),
      id: idOf("request", rowid),
      time: timeOf(time),
      kind: this.#words.idOf(kind),
      method: this.#words.idOf(method),
      status: this.#words.idOf("no response"),
      size: NONE,
      sum: NONE,
      identity: this.identities.of(rowid)?.identity ?? rowid,
      change: 0,
      integrity: NO_PAYLOAD,
      type: 0,
      duration: NONE,
      until: untilOf(time),
      shared: 0,
    };
  }

  /** The row of an ask that was answered from the archive or brought nothing; undefined for the others. */
  resolution(rowid: number): IndexRow | undefined {
    const raw = this.#archive.prepare<[number], RawResolution>(`${RESOLUTIONS} WHERE a.rowid = ?`).get(rowid);
    if (raw === undefined || (raw.kind !== "reused" && raw.responseId !== null)) return undefined;
    const { checksum, responseId } = raw;
    const request = this.#lookups.requests.get(raw.requestId);
    const cancelled = responseId === null && failureOf(raw.errorJson)?.code === "CANCELLED";
    const session = this.#ofSession(raw.sessionId, { id: "", time: raw.time, checksum });
    return {
      ...session,
      flags: session.flags | (raw.failed === 1 && responseId === null ? FAILED : 0),
      id: idOf("resolution", rowid),
      time: timeOf(raw.time),
      kind: request?.kind ?? 0,
      method: request?.method ?? 0,
      status: this.#words.idOf(cancelled ? "cancelled" : raw.kind),
      size: sizeOf(raw.size),
      sum: sumOf(checksum),
      identity: request?.identity ?? 0,
      change: 0,
      integrity: responseId === null ? NO_PAYLOAD : PENDING,
      type: 0,
      duration: responseId === null ? NONE : NOT_LOOKED_AT,
      until: untilOf(raw.time),
      shared: 0,
    };
  }

  /**
   * What is concluded of a response without a request or an ask of its own, from what is at hand. @param time as in the index
   * @returns null where its row has to be looked at
   */
  orphan(time: number, sum: number, mix: number): ConcludedOrphan | null {
    const sessions = this.#inference.sessionsAt(time + TIME_BASE);
    const [newest] = sessions;
    if (this.#contents === null || sessions.some(({ source }) => source !== newest?.source)) return null;
    const session = newest === undefined ? undefined : this.#sessions.get(newest.id);
    const found = this.#contents.mayRepeat(sum)
      ? this.#contents.requestOf({ sum, mix, time, source: session?.source ?? null })
      : undefined;
    if (found === null) return null;
    return {
      session: session?.rowid ?? 0,
      source: session?.source ?? 0,
      flags:
        ORPHAN |
        UNRECORDED |
        (session === undefined ? 0 : SESSION_INFERRED) |
        (found === undefined ? 0 : REQUEST_INFERRED),
      request: found,
    };
  }

  #response(raw: RawResponse): MadeResponse {
    const [rowid, id, requestId, status, checksumValue, size, time] = raw;
    const checksum = typeof checksumValue === "string" ? checksumValue : null;
    const request = this.#lookups.requests.get(requestId);
    const ask = this.#lookups.asks?.get(id);
    const own = { id, time, checksum };
    const session = this.#ofSession(ask?.sessionId ?? request?.sessionId, own);
    let concluded: KnownRequest | undefined;
    const sum = sumOf(checksum);
    if (request === undefined && this.#contents?.mayRepeat(sum) !== false) {
      concluded = this.#requestOf(own, sum, session);
    }
    const shown = request ?? concluded;
    const flags =
      session.flags |
      (request === undefined ? ORPHAN : 0) |
      (concluded === undefined ? 0 : REQUEST_INFERRED) |
      (request?.served === false && status === "ok" ? UNSERVED : 0) |
      (isRejection(status) || ask?.failed === true ? FAILED : 0);
    const moment = timeOf(time);
    return {
      row: {
        id: idOf("response", rowid),
        time: moment,
        session: session.session,
        source: session.source,
        kind: shown?.kind ?? 0,
        method: shown?.method ?? 0,
        status: this.#words.idOf(status),
        size: sizeOf(size),
        sum,
        identity: shown?.identity ?? 0,
        change: 0,
        flags,
        integrity: PENDING,
        type: 0,
        duration: NOT_LOOKED_AT,
        until: moment === NO_TIME ? NO_TIME : NEVER,
        shared: 0,
      },
      request,
      shown,
      ofItsSession: ask === undefined || ask.sessionId === request?.sessionId,
    };
  }

  /** The request of a row without one; see OrphanInference.requestOf. */
  #requestOf(
    own: { id: string; time: string; checksum: string | null },
    sum: number,
    { session, source }: Pick<IndexRow, "session" | "source">,
  ): KnownRequest | undefined {
    const known = session === 0 ? null : source;
    if (this.#contents !== null && isUsualTime(own.time)) {
      const found = this.#contents.requestOf({ sum, mix: mixOf(own.checksum), time: timeOf(own.time), source: known });
      if (found !== null) return found;
    }
    const id = this.#inference.requestOf(own, known === null ? null : this.#words.textOf(known));
    return id === null ? undefined : this.#lookups.requests.get(id);
  }

  /** The session on record, or the one that a row's time suggests. */
  #ofSession(
    sessionId: string | undefined,
    own: { id: string; time: string; checksum: string | null },
  ): Pick<IndexRow, "session" | "source" | "flags"> {
    const recorded = sessionId === undefined ? undefined : this.#sessions.get(sessionId);
    if (recorded !== undefined) return { session: recorded.rowid, source: recorded.source, flags: 0 };
    const inferred = this.#inference.sessionOf(own);
    const session = inferred === null ? undefined : this.#sessions.get(inferred.id);
    if (session === undefined) return { session: 0, source: 0, flags: UNRECORDED };
    return { session: session.rowid, source: session.source, flags: UNRECORDED | SESSION_INFERRED };
  }

  /** A request, as if it stood for itself (see RequestTable.join): what a table of them is filled with. */
  requestAt(rowid: number): { id: string; request: KnownRequest } | undefined {
    const raw = this.#archive.prepare<[number], RawRequest>(`${REQUESTS} WHERE q.rowid = ?`).raw().get(rowid);
    return raw === undefined ? undefined : { id: raw[1], request: knownRequest(raw, this.#words, undefined) };
  }

  askAt(rowid: number): (KnownAsk & { responseId: string }) | undefined {
    const raw = this.#archive
      .prepare<[number], { responseId: string; sessionId: string; failed: 0 | 1 }>(
        `SELECT a.response_id AS responseId, a.session_id AS sessionId, ${ASK_FAILED} AS failed
         FROM resolutions a WHERE a.rowid = ?`,
      )
      .get(rowid);
    return raw === undefined ? undefined : { ...raw, failed: raw.failed === 1 };
  }
}
