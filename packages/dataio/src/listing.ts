/**
 * The lists of a whole archive, newest first, with filters: for programs that read all of it with flat memory. Opens for
 * reading only, reads page by page, and holds no read transaction between pages, so it never stands in a writer's way.
 */
import type { SessionSummary } from "./browse-model.ts";
import { fromSqliteError, openForReading, type ReadConnection } from "./database.ts";
import {
  type ListFilter,
  type ListPosition,
  latest,
  NO_RESPONSE,
  requestIdsPage,
  responseKeysPage,
  responsesPage,
} from "./listing-query.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";
import type { Request, Response, Session } from "./model.ts";
import { OrphanInference } from "./orphans.ts";
import { checkInOrder, type SessionCounts, type Statement, sessionCounts } from "./query.ts";
import {
  asKnownText,
  asText,
  type ColumnForm,
  isAsShown,
  isTextOrNull,
  REQUEST_COLUMNS,
  RESPONSE_COLUMNS,
  SESSION_COLUMNS,
} from "./rows.ts";
import { dayOf, parseTimestamp } from "./timestamps.ts";

/** A response with what it belongs to. */
export interface ListedResponse extends Response {
  readonly sessionId: string | null;
  /** True when the session is concluded from the time window, because no row says it. */
  readonly sessionInferred: boolean;
  readonly source: string | null;
  readonly kind: string | null;
  readonly method: string | null;
  /** True when kind and method are those of another request that got the same bytes. */
  readonly requestInferred: boolean;
  /** True for a response whose request row does not exist. */
  readonly orphan: boolean;
}

/** A request with what came of it. */
export interface ListedRequest extends Request {
  /** Null when its session row does not exist. */
  readonly source: string | null;
  readonly responseCount: number;
  /** Of its newest response; `no response` when there is none. */
  readonly latestStatus: string;
  readonly latestResponseId: string | null;
  readonly latestAt: string | null;
}

/** What an id, a hash or a checksum, or the beginning of one, stands for. */
export interface FoundId {
  readonly type: "session" | "request" | "response" | "resolution" | "payload";
  /** The full id; of a payload its checksum. */
  readonly id: string;
}

const COLUMN_OF = { request: "request_id", payload: "checksum" } as const;
/** The first page is small, for often nobody wants more. */
const FIRST_RESPONSES = 100;
const RESPONSES_A_PAGE = 500;
const REQUEST_IDS_A_PAGE = 20_000;
const REQUESTS_AT_ONCE = 500;
/** Enough to know what an archive is about, and few enough to be read while someone waits. */
const RECENT_ROWS = 10_000;
/** As many as a person can choose from. */
const MAX_FOUND = 6;

/** Reads one archive's lists. Close it when done. */
export class ArchiveListing {
  readonly location: ArchiveLocation;
  readonly #connection: ReadConnection;
  readonly #inference: OrphanInference;

  /**
   * @param options.cacheKib what SQLite keeps of the file in memory, in KiB; 16 MiB by default
   * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
   */
  constructor(where: string | ArchiveLocation, options: { readonly cacheKib?: number } = {}) {
    this.location = typeof where === "string" ? archiveLocation(where) : where;
    this.#connection = openForReading(this.location, options);
    this.#inference = new OrphanInference(this.#connection);
  }

  /** Gives the database back. Closing twice is no error. */
  close(): void {
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Responses, newest first; of equal moments the later of a stream first. */
  *responses(filter: ListFilter = {}): Generator<ListedResponse, void, undefined> {
    const extended = this.#isExtended();
    const { session } = filter;
    const orphans =
      session === undefined ? [] : this.#read(() => this.#inference.orphansOf(session).map((orphan) => orphan.rowid));
    let after: ListPosition | null = null;
    for (let size = FIRST_RESPONSES; ; size = RESPONSES_A_PAGE) {
      const read = (form: ColumnForm) =>
        this.#all<ResponseEntry>(responsesPage(filter, extended, orphans, after, size, form));
      const stored = read("stored");
      const page = stored.every(isEntryAsShown) ? stored : read("shown");
      for (const entry of page) {
        const row = this.#concluded(entry);
        if (matches(filter, row)) yield row;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < size) return;
      checkInOrder(last, last.createdAt, last.sequence, last.id);
      after = { createdAt: last.createdAt, sequence: last.sequence ?? -1, id: last.id };
    }
  }

  /** The ids of {@link ArchiveListing.responses}; of all of them several times faster. */
  *responseIds(filter: ListFilter = {}): Generator<string, void, undefined> {
    if (Object.keys(filter).length > 0) {
      for (const { id } of this.responses(filter)) yield id;
      return;
    }
    for (let after: ListPosition | null = null; ; ) {
      const page: readonly ResponseKey[] = this.#all(responseKeysPage(after, RESPONSES_A_PAGE));
      for (const { id } of page) yield id;
      const last = page.at(-1);
      if (last === undefined || page.length < RESPONSES_A_PAGE) return;
      checkInOrder(last, last.createdAt, last.sequence, last.id);
      after = { createdAt: last.createdAt, sequence: last.sequence ?? -1, id: last.id };
    }
  }

  /** Requests, newest first. */
  *requests(filter: ListFilter = {}): Generator<ListedRequest, void, undefined> {
    const extended = this.#isExtended();
    let after: Omit<ListPosition, "sequence"> | null = null;
    for (;;) {
      const page: { rowid: number; id: string; createdAt: string; inOrder: 0 | 1 }[] = this.#all(
        requestIdsPage(filter, extended, after, REQUEST_IDS_A_PAGE),
      );
      const rowids = page.filter((key) => isWithin(filter, key.createdAt)).map((key) => key.rowid);
      for (let start = 0; start < rowids.length; start += REQUESTS_AT_ONCE) {
        yield* this.#requestsBy("rowid", rowids.slice(start, start + REQUESTS_AT_ONCE));
      }
      const last = page.at(-1);
      if (last === undefined || page.length < REQUEST_IDS_A_PAGE) return;
      checkInOrder(last, last.createdAt, last.id);
      after = { createdAt: last.createdAt, id: last.id };
    }
  }

  /** One session with what it holds; undefined when there is none of this id. */
  session(id: string): SessionSummary | undefined {
    const [session] = this.#all<Session>({
      sql: `SELECT ${SESSION_COLUMNS("s")} FROM sessions s WHERE s.id = @id`,
      params: { id },
    });
    const [counts] = this.#all<SessionCounts & { readonly id: string }>({
      sql: sessionCounts(this.#isExtended()),
      params: { ids: JSON.stringify([id]) },
    });
    if (session === undefined || counts === undefined) return undefined;
    const inferredResponseCount = this.#read(() => this.#inference.orphansOf(id)).length;
    return { ...session, ...counts, day: dayOf(session.startedAt), inferredResponseCount };
  }

  /** What a cache would look a request row up by; undefined when it is no row that a cache finds. */
  identityOf(requestId: string): { readonly hash: string; readonly source: string } | undefined {
    const own = `SELECT ${asKnownText("q.hash")} AS hash, ${asKnownText("s.source")} AS source FROM requests q CROSS JOIN sessions s ON s.id = q.session_id
      WHERE q.id = @requestId AND q.hash IS NOT NULL`;
    const other = "UNION ALL SELECT hash, source FROM request_identities WHERE request_id = @requestId";
    const sql = this.#isExtended() ? `${own} ${other}` : own;
    return this.#all<{ hash: string; source: string }>({ sql, params: { requestId } })[0];
  }

  /** Sessions, newest first. */
  recentSessions(limit: number): Session[] {
    return this.#all<Session>({
      sql: `SELECT ${SESSION_COLUMNS("s")} FROM sessions s ORDER BY s.started_at DESC, s.id DESC LIMIT @limit`,
      params: { limit },
    });
  }

  /** The sources, or the kinds, of the rows that were written last, sorted. */
  recentWords(column: "source" | "kind"): string[] {
    const table = column === "source" ? "sessions" : "requests";
    const sql = `SELECT DISTINCT ${asKnownText(column)} AS word FROM (SELECT ${column} FROM ${table} ORDER BY rowid DESC LIMIT @rows)
      ORDER BY 1`;
    return this.#all<{ word: string }>({ sql, params: { rows: RECENT_ROWS } }).map((row) => row.word);
  }

  /** One response; undefined when there is none of this id. */
  response(id: string): Response | undefined {
    const sql = `SELECT ${RESPONSE_COLUMNS("r")} FROM responses r WHERE r.id = @id`;
    return this.#all<Response>({ sql, params: { id } })[0];
  }

  /** The responses to a request (by its id), or with the same payload bytes (by their checksum), newest first. */
  responsesOf(what: "request" | "payload", id: string, limit: number): Response[] {
    return this.#all<Response>({
      sql: `SELECT ${RESPONSE_COLUMNS("r")} FROM responses r WHERE r.${COLUMN_OF[what]} = @id
        ORDER BY r.created_at DESC, r.id DESC LIMIT @limit`,
      params: { id, limit },
    });
  }

  /** The newest resolution that sent the payload with this checksum; undefined when none did. */
  sendOf(checksum: string): string | undefined {
    if (!this.#isExtended()) return undefined;
    const sql = "SELECT id FROM resolutions WHERE sent_checksum = @checksum ORDER BY started_at DESC, id DESC LIMIT 1";
    return this.#all<{ id: string }>({ sql, params: { checksum } })[0]?.id;
  }

  /** How many there are of what `responsesOf` lists. */
  countOf(what: "request" | "payload", id: string): number {
    const sql = `SELECT COUNT(*) AS n FROM responses WHERE ${COLUMN_OF[what]} = @id`;
    return this.#all<{ n: number }>({ sql, params: { id } })[0]?.n ?? 0;
  }

  /**
   * What `text` stands for among `types`: the id of a row, a request's hash or the checksum of a payload, received or
   * sent; where nothing has exactly this one, what begins with it. At most six.
   */
  find(text: string, types: readonly FoundId["type"][]): FoundId[] {
    const places: readonly (readonly [FoundId["type"], string, string, string])[] = [
      ["response", "responses", "id", "id"],
      ["request", "requests", "id", "id"],
      ["session", "sessions", "id", "id"],
      ["request", "requests", "hash", "id"],
      ["payload", "responses", "checksum", "checksum"],
      ...(this.#isExtended()
        ? ([
            ["resolution", "resolutions", "id", "id"],
            ["payload", "resolutions", "sent_checksum", "sent_checksum"],
            ["request", "request_identities", "hash", "request_id"],
          ] as const)
        : []),
    ];
    const wanted = places.filter(([type]) => types.includes(type));
    const search = (condition: (column: string) => string) => {
      const found = wanted.flatMap(([type, table, column, id]) =>
        this.#all<{ id: string }>({
          sql: `SELECT DISTINCT ${asKnownText(id)} AS id FROM ${table} WHERE ${condition(column)} LIMIT ${MAX_FOUND}`,
          params: { text },
        }).map((row): FoundId => ({ type, id: row.id })),
      );
      const distinct = new Map(found.map((one) => [`${one.type} ${one.id}`, one]));
      return [...distinct.values()].slice(0, MAX_FOUND);
    };
    const exact = search((column) => `${column} = @text`);
    if (exact.length > 0 || text === "") return exact;
    // No text that begins with this one is above it with the last code point behind it.
    return search((column) => `${column} >= @text AND ${column} < @text || char(1114111)`);
  }

  #requestsBy(key: "id" | "rowid", values: readonly (string | number)[]): ListedRequest[] {
    return this.#all<ListedRequest>({
      sql: `SELECT ${REQUEST_COLUMNS("q")}, ${asText("s.source")} AS source,
          (SELECT COUNT(*) FROM responses r WHERE r.request_id = q.id) AS responseCount,
          COALESCE(${asText(latest("status"))}, '${NO_RESPONSE}') AS latestStatus,
          ${asText(latest("id"))} AS latestResponseId, ${asText(latest("created_at"))} AS latestAt
        FROM json_each(@values) i CROSS JOIN requests q ON q.${key} = i.value LEFT JOIN sessions s ON s.id = q.session_id
        ORDER BY i.key`,
      params: { values: JSON.stringify(values) },
    });
  }

  /** With the session and the request that no row says, where they can be concluded. */
  #concluded(entry: ResponseEntry): ListedResponse {
    const { knownRequestId, sessionId, source, kind, method } = entry;
    const orphan = knownRequestId === null;
    if (!orphan && sessionId !== null) {
      return listed(entry, { sessionId, sessionInferred: false, source, kind, method, requestInferred: false, orphan });
    }
    return this.#read(() => {
      const own = { id: entry.id, time: entry.createdAt, checksum: entry.checksum };
      const session = sessionId === null ? this.#inference.sessionOf(own) : { id: sessionId, source };
      const requestId = orphan ? this.#inference.requestOf(own, session?.source ?? null) : null;
      const request = requestId === null ? undefined : this.#requestsBy("id", [requestId])[0];
      return listed(entry, {
        sessionId: session?.id ?? null,
        sessionInferred: sessionId === null && session !== null,
        source: session?.source ?? null,
        kind: request?.kind ?? kind,
        method: request?.method ?? method,
        requestInferred: request !== undefined,
        orphan,
      });
    });
  }

  #isExtended(): boolean {
    return this.#read(() => this.#connection.isExtended());
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

interface ResponseKey {
  readonly id: string;
  readonly createdAt: string;
  readonly sequence: number | null;
  readonly inOrder: 0 | 1;
}

interface ResponseEntry extends Response {
  readonly sessionId: string | null;
  readonly source: string | null;
  readonly knownRequestId: string | null;
  readonly inOrder: 0 | 1;
  readonly kind: string | null;
  readonly method: string | null;
}

/** Named one by one: a spread takes ten times as long, for every row that is listed. */
function listed(response: Response, belongsTo: Omit<ListedResponse, keyof Response>): ListedResponse {
  return {
    id: response.id,
    requestId: response.requestId,
    status: response.status,
    sequence: response.sequence,
    checksum: response.checksum,
    path: response.path,
    createdAt: response.createdAt,
    sizeBytes: response.sizeBytes,
    sessionId: belongsTo.sessionId,
    sessionInferred: belongsTo.sessionInferred,
    source: belongsTo.source,
    kind: belongsTo.kind,
    method: belongsTo.method,
    requestInferred: belongsTo.requestInferred,
    orphan: belongsTo.orphan,
  };
}

function isEntryAsShown(entry: ResponseEntry): boolean {
  return (
    isAsShown(entry) &&
    isTextOrNull(entry.sessionId) &&
    isTextOrNull(entry.source) &&
    isTextOrNull(entry.knownRequestId) &&
    isTextOrNull(entry.kind) &&
    isTextOrNull(entry.method)
  );
}

/** The whole filter once more, now that everything is known that can be concluded. */
function matches(filter: ListFilter, row: ListedResponse): boolean {
  const isOneOf = (words: readonly string[] | undefined, word: string | null) =>
    words === undefined || (word !== null && words.includes(word));
  return (
    isOneOf(filter.sources, row.source) &&
    isOneOf(filter.kinds, row.kind) &&
    isOneOf(filter.methods, row.method) &&
    (filter.session === undefined || filter.session === row.sessionId) &&
    isWithin(filter, row.createdAt)
  );
}

/** Whether a timestamp text lies in the filter's span. One that cannot be read lies in none. */
export function isWithin(filter: ListFilter, text: string): boolean {
  const { since, until } = filter;
  if (since === undefined && until === undefined) return true;
  const moment = parseTimestamp(text)?.epochMicros;
  return moment !== undefined && (since === undefined || moment >= since) && (until === undefined || moment < until);
}
