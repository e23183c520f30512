/**
 * Archived rows as rows of the index: what `responses`, `requests`, `resolutions` and `sessions` say of them, and what is
 * concluded where they say nothing. The same rules as the lists of query.ts; a test compares all rows of both.
 */
import type Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import { isChecksum } from "../identity.ts";
import { OrphanInference } from "../orphans.ts";
import { failureOf } from "../row-facts.ts";
import { Identities } from "./identities.ts";
import {
  archivedLookups,
  type KnownRequest,
  knownRequest,
  type Lookups,
  type RawRequest,
  REQUESTS,
} from "./lookups.ts";
import { epochMicrosOf } from "./moments.ts";
import {
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
  SUM_DIGITS,
  sumOfPrefix,
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

/** Responses with the same bytes that are compared here. */
const MOST_COMPARED = 50;
/** Sorts by characters as it does by bytes. */
const USUAL_TEXT = /^[ -~]*$/;

const RESPONSES =
  "SELECT r.rowid, r.id, r.request_id, r.status, r.checksum, r.size_bytes, r.created_at FROM responses r";
const RESOLUTIONS = `SELECT a.rowid, a.id, a.request_id AS requestId, a.session_id AS sessionId, a.kind, a.error_json AS errorJson,
  a.started_at AS time, a.response_id AS responseId, r.checksum, r.size_bytes AS size
  FROM resolutions a LEFT JOIN responses r ON r.id = a.response_id`;

interface RawResolution {
  readonly rowid: number;
  readonly requestId: string;
  readonly sessionId: string;
  readonly kind: string;
  readonly errorJson: string | null;
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
  /** Contents that several responses have; null where that is not known. */
  #repeated: ReadonlySet<number> | null = null;

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

  /** Looks for the request of an orphan only where another response has the same bytes, until the next {@link refresh}. */
  useRepeated(sums: ReadonlySet<number>): void {
    this.#repeated = sums;
  }

  /** Forgets what was read, and reads the sessions. */
  refresh(): readonly KnownSession[] {
    this.#inference.refresh();
    this.#repeated = null;
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
      .prepare<[number], [rowid: number, id: string, kind: string, method: string, sessionId: string, time: string]>(
        `SELECT q.rowid, q.id, q.kind, q.method, q.session_id, q.created_at FROM requests q
         WHERE q.rowid = ? AND ${this.#isUnanswered()}`,
      )
      .raw()
      .get(rowid);
    if (raw === undefined) return undefined;
    const [, id, kind, method, sessionId, time] = raw;
    return {
      ...this.#ofSession(sessionId, { id, time, checksum: null }),
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
    return {
      ...this.#ofSession(raw.sessionId, { id: "", time: raw.time, checksum }),
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

  #response(raw: RawResponse): MadeResponse {
    const [rowid, id, requestId, status, checksumValue, size, time] = raw;
    const checksum = typeof checksumValue === "string" ? checksumValue : null;
    const request = this.#lookups.requests.get(requestId);
    const ask = this.#lookups.asks?.get(id);
    const own = { id, time, checksum };
    const session = this.#ofSession(ask?.sessionId ?? request?.sessionId, own);
    let concluded: KnownRequest | undefined;
    const sum = sumOf(checksum);
    if (request === undefined && this.#repeated?.has(sum) !== false) {
      concluded = this.#requestOf(own, session);
    }
    const shown = request ?? concluded;
    const flags =
      session.flags |
      (request === undefined ? ORPHAN : 0) |
      (concluded === undefined ? 0 : REQUEST_INFERRED) |
      (request?.served === false && status === "ok" ? UNSERVED : 0);
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
    session: Pick<IndexRow, "session" | "source">,
  ): KnownRequest | undefined {
    const source = session.session === 0 ? null : session.source;
    // While all requests are at hand, only responses with the same bytes have to be read.
    const inMemory = this.#repeated === null || typeof own.time !== "string" ? null : this.#sameBytes(own.checksum);
    if (inMemory === null) {
      const id = this.#inference.requestOf(own, source === null ? null : this.#words.textOf(source));
      return id === null ? undefined : this.#lookups.requests.get(id);
    }
    let best: { request: KnownRequest; isBefore: boolean; time: string; id: string } | undefined;
    for (const [requestId, time, id] of inMemory) {
      const request = this.#lookups.requests.get(requestId);
      if (request === undefined) continue;
      if (source !== null && this.#sessions.get(request.sessionId)?.source !== source) continue;
      const isBefore = time <= own.time;
      if (
        best === undefined ||
        (isBefore === best.isBefore ? time > best.time || (time === best.time && id < best.id) : isBefore)
      ) {
        best = { request, isBefore, time, id };
      }
    }
    return best?.request;
  }

  /** Responses with some bytes; null where they are many, or not all texts of the usual kind, which SQL compares otherwise. */
  #sameBytes(checksum: string | null): [requestId: string, time: string, id: string][] | null {
    const rows = this.#archive
      .prepare<[string | null, number], [string, string, string]>(
        "SELECT request_id, created_at, id FROM responses WHERE checksum = ? LIMIT ?",
      )
      .raw()
      .all(checksum, MOST_COMPARED + 1);
    const isUsual = (text: unknown) => typeof text === "string" && USUAL_TEXT.test(text);
    return rows.length <= MOST_COMPARED && rows.every(([, time, id]) => isUsual(time) && isUsual(id)) ? rows : null;
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

  /** Requests after a rowid, by id, as if each stood for itself (see RequestTable.join), and asks that brought in a response: what a table of them is filled with. */
  requestsAfter(rowid: number, upTo: number, limit: number): { id: string; request: KnownRequest }[] {
    return this.#archive
      .prepare<[number, number, number], RawRequest>(
        `${REQUESTS} WHERE q.rowid > ? AND q.rowid <= ? ORDER BY q.rowid LIMIT ?`,
      )
      .raw()
      .all(rowid, upTo, limit)
      .map((raw) => ({ id: raw[1], request: knownRequest(raw, this.#words, undefined) }));
  }

  /** Contents that several responses have, of those whose checksum begins with a hex digit. */
  repeatedSums(digit: number): number[] {
    return this.#archive
      .prepare<[string, string], string>(
        `SELECT checksum FROM responses WHERE checksum >= ? AND checksum < ? GROUP BY checksum HAVING COUNT(*) > 1`,
      )
      .pluck()
      .all(digit.toString(16), digit === 15 ? "g" : (digit + 1).toString(16).replace("a", ":"))
      .flatMap((checksum) => (isChecksum(checksum) ? [sumOfPrefix(checksum)] : []));
  }

  asksBetween(after: number, upTo: number): { responseId: string; sessionId: string }[] {
    return this.#archive
      .prepare<[number, number], { responseId: string; sessionId: string }>(
        `SELECT a.response_id AS responseId, a.session_id AS sessionId FROM resolutions a
         WHERE a.rowid > ? AND a.rowid <= ? AND a.kind <> 'reused' AND a.response_id IS NOT NULL ORDER BY a.rowid`,
      )
      .all(after, upTo);
  }
}

function timeOf(text: string): number {
  const micros = epochMicrosOf(text);
  return micros === null ? NO_TIME : micros - TIME_BASE;
}

/** Before it is known what followed. What has no time was at no moment there. */
function untilOf(text: string): number {
  return timeOf(text) === NO_TIME ? NO_TIME : NEVER;
}

function sizeOf(size: unknown): number {
  return typeof size === "number" && Number.isFinite(size) && size >= 0 ? Math.trunc(size) : NONE;
}

/** See COLUMNS. */
function sumOf(checksum: string | null): number {
  // SQLite lets bytes be in a column of text.
  if (typeof checksum !== "string" || checksum.length !== 64) return NONE;
  // The same as isChecksum and sumOfPrefix, of which this is a loop's share.
  let sum = 0;
  for (let at = 0; at < 64; at += 1) {
    const code = checksum.charCodeAt(at);
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit < 0) return NONE;
    if (at < SUM_DIGITS) sum = sum * 16 + digit;
  }
  return sum;
}
