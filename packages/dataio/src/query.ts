/**
 * Filter to SQL: the statements behind ArchiveReader. Pure; nothing here touches a file or a database.
 *
 * A list is made of entries. In the list of the whole archive each response is one entry. In the list of a session
 * there are also the asks that were answered from the archive or failed, and the requests that have no response. Pages
 * follow a keyset, (sort value, time, sequence, id), so that the cost of a page does not grow with its depth.
 */
import type { RowQuery, RowSort, SessionSummary } from "./browse-model.ts";
import { DataioError } from "./errors.ts";
import { ASK_FAILED, REQUEST_FAILED, RESPONSE_FAILED } from "./failures.ts";
import { asKnownText, asNumber, asText } from "./rows.ts";

/** What an entry's select list yields; see ENTRY. */
export interface EntryRow {
  readonly refType: "response" | "request" | "resolution";
  readonly refId: string;
  readonly time: string;
  readonly sequence: number | null;
  readonly status: string;
  readonly requestId: string | null;
  readonly responseId: string | null;
  readonly checksum: string | null;
  readonly recordedSize: number | null;
  /** The id that the response names as its request; differs from `requestId` when that row does not exist. */
  readonly namedRequestId: string | null;
  readonly errorJson: string | null;
  readonly sessionId: string | null;
  readonly source: string | null;
  readonly kind: string | null;
  readonly method: string | null;
  readonly metaJson: string | null;
  readonly sortValue: string | number;
  /** 1 when time and id are texts, as they always are in an archive that is not damaged. */
  readonly inOrder: 0 | 1;
}

const SORT_VALUES: Readonly<Record<RowSort["column"], string>> = {
  time: "e.time",
  source: "COALESCE(s.source, '')",
  kind: "COALESCE(q.kind, '')",
  method: "COALESCE(q.method, '')",
  status: "e.status",
  size: "COALESCE(e.recorded_size, -1)",
  type: "COALESCE(f.media_type, '')",
  duration:
    "COALESCE(CASE WHEN json_valid(m.meta_json) THEN json_extract(m.meta_json, '$.elapsed_ms') END, f.elapsed_ms, -1)",
  checksum: "COALESCE(e.checksum, '')",
};

/** True when ordering by this column needs what only files know; the reader then fills `temp.file_facts` first. */
export function needsFileFacts(sort: RowSort): boolean {
  return sort.column === "type" || sort.column === "duration";
}

export const FILE_FACTS_TABLE =
  "CREATE TABLE IF NOT EXISTS temp.file_facts (checksum TEXT PRIMARY KEY, media_type TEXT, elapsed_ms REAL) WITHOUT ROWID";

/** Our additive tables, or empty stand-ins for an archive that only Python wrote. */
function tables(extended: boolean): { resolutions: string; responseMeta: string } {
  if (extended) return { resolutions: "resolutions", responseMeta: "response_meta" };
  return {
    resolutions:
      "(SELECT NULL AS id, NULL AS session_id, NULL AS request_id, NULL AS response_id, NULL AS kind, NULL AS error_json, NULL AS started_at, NULL AS ended_at WHERE 0)",
    responseMeta: "(SELECT NULL AS response_id, NULL AS meta_json WHERE 0)",
  };
}

const fromResponse = (asked: string) =>
  `'response' AS ref_type, r.id AS ref_id, r.created_at AS time, r.sequence AS sequence, r.status AS status,
   r.request_id AS named_request_id, r.id AS response_id, r.checksum AS checksum, r.size_bytes AS recorded_size,
   a.error_json AS error_json, ${asked} AS asked_by`;

const requestEntry = `SELECT 'request' AS ref_type, q.id AS ref_id, q.created_at AS time, NULL AS sequence,
   'no response' AS status, q.id AS named_request_id, NULL AS response_id, NULL AS checksum, NULL AS recorded_size,
   NULL AS error_json, q.session_id AS asked_by`;

const resolutionEntry = `SELECT 'resolution' AS ref_type, a.id AS ref_id, a.started_at AS time, NULL AS sequence,
   a.kind AS status, a.request_id AS named_request_id, a.response_id AS response_id, r.checksum AS checksum,
   r.size_bytes AS recorded_size, a.error_json AS error_json, a.session_id AS asked_by`;

/** Of a request `q`: its session got no response to it, and no ask of it ended. */
function unanswered(resolutions: string): string {
  return `NOT EXISTS (SELECT 1 FROM responses r LEFT JOIN ${resolutions} a ON a.response_id = r.id AND a.kind <> 'reused'
      WHERE r.request_id = q.id AND (a.id IS NULL OR a.session_id = q.session_id))
    AND NOT EXISTS (SELECT 1 FROM ${resolutions} a WHERE a.request_id = q.id AND a.session_id = q.session_id)`;
}

/**
 * Every entry of the scope, unordered. `asked_by` is the session that is on record for having asked; it differs from
 * the request row's session when one session's request was fetched again in another.
 */
function entries(extended: boolean, scope: "archive" | "session", responses = "responses"): string {
  const { resolutions } = tables(extended);
  const ask = `LEFT JOIN ${resolutions} a ON a.response_id = r.id AND a.kind <> 'reused'`;
  if (scope === "archive") {
    return `SELECT ${fromResponse("a.session_id")} FROM ${responses} r ${ask}`;
  }
  return `
    SELECT ${fromResponse("a.session_id")}
      FROM ${resolutions} a CROSS JOIN responses r ON r.id = a.response_id
      WHERE a.session_id = @session AND a.kind <> 'reused'
    UNION ALL
    SELECT ${fromResponse("NULL")}
      FROM requests own CROSS JOIN responses r ON r.request_id = own.id ${ask}
      WHERE own.session_id = @session AND a.id IS NULL
    UNION ALL
    SELECT ${fromResponse("a.session_id")}
      FROM json_each(@orphans) o CROSS JOIN responses r ON r.rowid = o.value ${ask}
    UNION ALL
    ${requestEntry}
      FROM requests q
      WHERE q.session_id = @session AND ${unanswered(resolutions)}
    UNION ALL
    ${resolutionEntry}
      FROM ${resolutions} a LEFT JOIN responses r ON r.id = a.response_id
      WHERE a.session_id = @session AND (a.kind = 'reused' OR a.response_id IS NULL)`;
}

/** Entries with the request, the session and the metadata that belong to them. */
function joined(inner: string, extended: boolean, sortValue: string): string {
  return `
    SELECT e.ref_type AS refType, ${asKnownText("e.ref_id")} AS refId, ${asKnownText("e.time")} AS time,
           ${asNumber("e.sequence")} AS sequence, ${asKnownText("e.status")} AS status,
           ${asText("e.named_request_id")} AS namedRequestId, ${asText("q.id")} AS requestId,
           ${asText("e.response_id")} AS responseId, ${asText("e.checksum")} AS checksum,
           ${asNumber("e.recorded_size")} AS recordedSize, ${asText("e.error_json")} AS errorJson,
           ${asText("s.id")} AS sessionId, ${asText("s.source")} AS source, ${asText("q.kind")} AS kind,
           ${asText("q.method")} AS method, ${asText("m.meta_json")} AS metaJson,
           ${sortValue} AS sortValue,
           (${inOrder("e.time", "e.ref_id")} AND (e.sequence IS NULL OR ${asNumber("e.sequence")} IS NOT NULL)) AS inOrder
    FROM (${inner}) e
    LEFT JOIN requests q ON q.id = e.named_request_id
    LEFT JOIN sessions s ON s.id = COALESCE(e.asked_by, q.session_id)
    LEFT JOIN ${tables(extended).responseMeta} m ON m.response_id = e.response_id`;
}

/** Whether a row's time and id are texts: no page can begin behind another value, for it does not survive a cursor. */
export const inOrder = (time: string, id: string) => `(typeof(${time}) = 'text' AND typeof(${id}) = 'text')`;

export interface Statement {
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number | null>>;
}

/** Sort values that stand in the response row itself, so that a page of the whole archive needs no join to be found. */
const RESPONSE_SORT_VALUES: Readonly<Partial<Record<RowSort["column"], string>>> = {
  time: "r.created_at",
  status: "r.status",
  size: "COALESCE(r.size_bytes, -1)",
  checksum: "COALESCE(r.checksum, '')",
};

/** One page, and one row more that tells whether there is a next page. */
export function rowPage(query: RowQuery, extended: boolean, orphanRowids: readonly number[]): Statement {
  const { column } = query.sort;
  const scope = query.sessionId === null ? "archive" : "session";
  const position = query.cursor === null ? null : decodeCursor(query.cursor);
  const inner = scope === "archive" ? RESPONSE_SORT_VALUES[column] : undefined;
  const outer = keyset(
    { value: SORT_VALUES[column], time: "e.time", sequence: "e.sequence", id: "e.ref_id" },
    query.sort,
  );
  const facts = needsFileFacts(query.sort) ? "LEFT JOIN temp.file_facts f ON f.checksum = e.checksum" : "";
  let sql: string;
  if (inner === undefined) {
    const from = joined(entries(extended, scope), extended, SORT_VALUES[column]);
    sql = `${from} ${facts} ${position === null ? "" : outer.after} ${outer.order} LIMIT @limit OFFSET @start`;
  } else {
    // The page is cut first, by the index on time where that is the order, and joined afterwards.
    const own = keyset({ value: inner, time: "r.created_at", sequence: "r.sequence", id: "r.id" }, query.sort);
    const page = `(SELECT * FROM responses r ${position === null ? "" : own.after} ${own.order} LIMIT @limit OFFSET @start)`;
    sql = `${joined(entries(extended, scope, page), extended, SORT_VALUES[column])} ${outer.order}`;
  }
  return {
    sql,
    params: {
      limit: query.limit + 1,
      start: query.start ?? 0,
      ...(query.sessionId === null ? {} : { session: query.sessionId, orphans: JSON.stringify(orphanRowids) }),
      ...(position === null ? {} : { time: position.time, sequence: position.sequence, id: position.id }),
      ...(position === null || column === "time" ? {} : { value: position.value }),
    },
  };
}

/** ORDER BY and the condition that continues after a position, for one naming of the columns. */
function keyset(
  names: { readonly value: string; readonly time: string; readonly sequence: string; readonly id: string },
  sort: RowSort,
): { order: string; after: string } {
  const order = sort.direction === "asc" ? "ASC" : "DESC";
  const after = sort.direction === "asc" ? ">" : "<";
  const byTime = sort.column === "time";
  const keys = [...(byTime ? [] : [names.value]), names.time, `COALESCE(${names.sequence}, -1)`, names.id];
  const values = [...(byTime ? [] : ["@value"]), "@time", "@sequence", "@id"];
  return {
    order: `ORDER BY ${keys.map((key) => `${key} ${order}`).join(", ")}`,
    // The first key on its own lets a deep page start inside the index.
    after: `WHERE ${keys[0]} ${after}= ${values[0]} AND (${keys.join(", ")}) ${after} (${values.join(", ")})`,
  };
}

/** How many entries the whole list has. */
export function rowTotal(sessionId: string | null, extended: boolean, orphanRowids: readonly number[]): Statement {
  if (sessionId === null) return { sql: "SELECT COUNT(*) AS n FROM responses", params: {} };
  return {
    sql: `SELECT COUNT(*) AS n FROM (${entries(extended, "session")})`,
    params: { session: sessionId, orphans: JSON.stringify(orphanRowids) },
  };
}

/** The checksums of a scope whose file facts are not known yet. */
export function unknownChecksums(
  sessionId: string | null,
  extended: boolean,
  orphanRowids: readonly number[],
): Statement {
  const scope = sessionId === null ? "archive" : "session";
  return {
    sql: `SELECT DISTINCT e.checksum FROM (${entries(extended, scope)}) e
      WHERE e.checksum IS NOT NULL AND e.checksum NOT IN (SELECT checksum FROM temp.file_facts)`,
    params: sessionId === null ? {} : { session: sessionId, orphans: JSON.stringify(orphanRowids) },
  };
}

/** One entry by what it stands for; binds `@id`. */
export function entryByRef(refType: EntryRow["refType"], extended: boolean): string {
  const { resolutions } = tables(extended);
  const single = {
    response: `SELECT ${fromResponse("a.session_id")} FROM responses r
      LEFT JOIN ${resolutions} a ON a.response_id = r.id AND a.kind <> 'reused' WHERE r.id = @id`,
    request: `${requestEntry} FROM requests q WHERE q.id = @id`,
    resolution: `${resolutionEntry} FROM ${resolutions} a LEFT JOIN responses r ON r.id = a.response_id WHERE a.id = @id`,
  }[refType];
  return joined(single, extended, "''");
}

/**
 * Entries by the rowids of what they stand for, in one statement, for each run of one costs as much as twenty rows; binds
 * `@rowids`, a JSON list. The sort value is the place in that list.
 */
export function entriesByRowid(refType: EntryRow["refType"], extended: boolean): string {
  const { resolutions } = tables(extended);
  const place = "i.key AS place FROM json_each(@rowids) i";
  const listed = {
    response: `SELECT ${fromResponse("a.session_id")}, ${place} CROSS JOIN responses r ON r.rowid = i.value
      LEFT JOIN ${resolutions} a ON a.response_id = r.id AND a.kind <> 'reused'`,
    request: `${requestEntry}, ${place} CROSS JOIN requests q ON q.rowid = i.value`,
    resolution: `${resolutionEntry}, ${place} CROSS JOIN ${resolutions} a ON a.rowid = i.value
      LEFT JOIN responses r ON r.id = a.response_id`,
  }[refType];
  return joined(listed, extended, "e.place");
}

export type SessionCounts = Pick<SessionSummary, "requestCount" | "responseCount" | "failedCount" | "reusedCount">;

/** How many requests a session `i.value` asked for: its own, and those of others that it asked again. */
function requestCount(extended: boolean): string {
  const own = "(SELECT COUNT(*) FROM requests q WHERE q.session_id = i.value)";
  if (!extended) return own;
  return `(${own} + (SELECT COUNT(DISTINCT a.request_id) FROM resolutions a WHERE a.session_id = i.value
    AND NOT EXISTS (SELECT 1 FROM requests q WHERE q.id = a.request_id AND q.session_id = a.session_id)))`;
}

/** What sessions asked for and got, one row each; see SessionSummary. Binds `@ids`, a JSON list. */
export function sessionCounts(extended: boolean): string {
  const own =
    "SELECT COUNT(*) FROM requests q CROSS JOIN responses r ON r.request_id = q.id WHERE q.session_id = i.value";
  const asks = "SELECT COUNT(*) FROM resolutions a WHERE a.session_id = i.value";
  const failed = `(SELECT COUNT(*) FROM (${failuresOfSession(extended)})) AS failedCount`;
  const counts = extended
    ? `(${own} AND NOT EXISTS (SELECT 1 FROM resolutions a WHERE a.response_id = r.id AND a.kind <> 'reused'))
        + (${asks} AND a.kind <> 'reused' AND a.response_id IS NOT NULL) AS responseCount,
      ${failed},
      (${asks} AND a.kind = 'reused') AS reusedCount`
    : `(${own}) AS responseCount, ${failed}, 0 AS reusedCount`;
  return `SELECT i.value AS id, ${requestCount(extended)} AS requestCount, ${counts} FROM json_each(@ids) i`;
}

/** How many requests sessions asked for, one row each. Binds `@ids`, a JSON list. */
export function sessionRequests(extended: boolean): string {
  return `SELECT i.value AS id, ${requestCount(extended)} AS requestCount FROM json_each(@ids) i`;
}

/** The rows of a session `i.value` that are failures, without those of responses that are concluded to be its own. */
function failuresOfSession(extended: boolean): string {
  const { resolutions } = tables(extended);
  return `
    SELECT 1 FROM ${resolutions} a CROSS JOIN responses r ON r.id = a.response_id
      WHERE a.session_id = i.value AND a.kind <> 'reused' AND ${RESPONSE_FAILED}
    UNION ALL
    SELECT 1 FROM requests q CROSS JOIN responses r ON r.request_id = q.id
      WHERE q.session_id = i.value AND r.status IN ('error', 'nack')
        AND NOT EXISTS (SELECT 1 FROM ${resolutions} a WHERE a.response_id = r.id AND a.kind <> 'reused')
    UNION ALL
    SELECT 1 FROM requests q WHERE q.session_id = i.value AND ${unanswered(resolutions)} AND ${REQUEST_FAILED}
    UNION ALL
    SELECT 1 FROM ${resolutions} a WHERE a.session_id = i.value AND a.response_id IS NULL AND ${ASK_FAILED}`;
}

/** Which of these responses count as failures. Binds `@rowids`, a JSON list. */
export function failedResponses(extended: boolean): string {
  const { resolutions } = tables(extended);
  return `SELECT r.rowid FROM json_each(@rowids) i CROSS JOIN responses r ON r.rowid = i.value
    LEFT JOIN ${resolutions} a ON a.response_id = r.id AND a.kind <> 'reused' WHERE ${RESPONSE_FAILED}`;
}

/** How many responses the requests of a session got, up to a bound. Binds `@id` and `@most`. */
export const RESPONSES_UP_TO = `SELECT COUNT(*) AS n FROM (SELECT 1 FROM requests q LEFT JOIN responses r ON r.request_id = q.id
  WHERE q.session_id = @id LIMIT @most)`;

interface Position {
  readonly value: string | number;
  readonly time: string;
  readonly sequence: number;
  readonly id: string;
}

/** The cursor that continues after `row`. @throws NOT_A_DATABASE when nothing can */
export function encodeCursor(row: Pick<EntryRow, "sortValue" | "time" | "sequence" | "refId" | "inOrder">): string {
  checkInOrder(row, row.sortValue, row.time, row.sequence, row.refId);
  return JSON.stringify([row.sortValue, row.time, row.sequence ?? -1, row.refId]);
}

/**
 * Refuses to continue behind a row whose place would not be found again: the same page would come once more, for ever.
 * @param values what decides its place, as it was read; the bytes of a text that is no UTF-8 are lost by that
 * @throws NOT_A_DATABASE
 */
export function checkInOrder(row: { readonly inOrder: 0 | 1 }, ...values: readonly unknown[]): void {
  // SQLite's integers are larger than those that a number holds exactly.
  const isExact = (value: unknown) =>
    typeof value === "number"
      ? Math.abs(value) <= Number.MAX_SAFE_INTEGER
      : value === null || (typeof value === "string" && !value.includes("\uFFFD"));
  if (row.inOrder === 1 && values.every(isExact)) return;
  throw new DataioError(
    "NOT_A_DATABASE",
    "The archive is damaged: the list cannot go on behind a row whose time, id, size or sequence is none.",
  );
}

function decodeCursor(cursor: string): Position {
  let parts: unknown;
  try {
    parts = JSON.parse(cursor);
  } catch {
    parts = null;
  }
  if (Array.isArray(parts) && parts.length === 4) {
    const [value, time, sequence, id]: unknown[] = parts;
    if (
      (typeof value === "string" || typeof value === "number") &&
      typeof time === "string" &&
      typeof sequence === "number" &&
      typeof id === "string"
    ) {
      return { value, time, sequence, id };
    }
  }
  throw new DataioError("PARAMS_INVALID", "This cursor was not made by this list.");
}
