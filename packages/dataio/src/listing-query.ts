/**
 * Filter to SQL for the lists of a whole archive. Pure; nothing here touches a database.
 *
 * What SQL cannot know is let through and left to listing.ts: orphan responses and requests without a session row have
 * no source or kind of their own, and the moment of an unusual timestamp text shows only when it is read.
 */
import { inOrder, type Statement } from "./query.ts";
import { asKnownText, asText, type ColumnForm, RESPONSE_COLUMNS } from "./rows.ts";
import { formatTimestamp } from "./timestamps.ts";

/** Which rows. A list of words means any of them; what is left out does not matter. */
export interface ListFilter {
  readonly sources?: readonly string[];
  readonly kinds?: readonly string[];
  readonly methods?: readonly string[];
  readonly statuses?: readonly string[];
  /** The full id of a session. */
  readonly session?: string;
  /** From this moment on, in microseconds since the epoch. */
  readonly since?: bigint;
  /** Before this moment. */
  readonly until?: bigint;
}

/** Where a page ended: the next one begins behind it. */
export interface ListPosition {
  readonly createdAt: string;
  readonly sequence: number;
  readonly id: string;
}

/** What became of a request that has no response. */
export const NO_RESPONSE = "no response";

const ANY_OF = (column: string, parameter: string) => `${column} IN (SELECT value FROM json_each(@${parameter}))`;

const NEWEST_FIRST = "ORDER BY r.created_at DESC, COALESCE(r.sequence, -1) DESC, r.id DESC";
/** The first key on its own lets a deep page start inside the index. */
const BEHIND: readonly string[] = [
  "r.created_at <= @createdAt",
  "(r.created_at, COALESCE(r.sequence, -1), r.id) < (@createdAt, @sequence, @id)",
];

/** One page of responses, newest first, from the response rows outward: orphans have nothing to join. */
export function responsesPage(
  filter: ListFilter,
  extended: boolean,
  orphanRowids: readonly number[],
  after: ListPosition | null,
  limit: number,
  form: ColumnForm,
): Statement {
  const text = (column: string) => (form === "shown" ? asText(column) : column);
  const asks = extended
    ? "LEFT JOIN resolutions a ON a.response_id = r.id AND a.kind <> 'reused'"
    : "LEFT JOIN (SELECT NULL AS session_id WHERE 0) a";
  const where = [
    ...timeBounds("r.created_at", filter),
    ...(filter.statuses === undefined ? [] : [ANY_OF("r.status", "statuses")]),
    ...(filter.kinds === undefined ? [] : [`(q.id IS NULL OR ${ANY_OF("q.kind", "kinds")})`]),
    ...(filter.methods === undefined ? [] : [`(q.id IS NULL OR ${ANY_OF("q.method", "methods")})`]),
    ...(filter.sources === undefined ? [] : [`(s.id IS NULL OR ${ANY_OF("s.source", "sources")})`]),
    ...(filter.session === undefined ? [] : ["(s.id IS NULL OR s.id = @session)"]),
    ...(after === null ? [] : BEHIND),
  ];
  return {
    sql: `SELECT ${RESPONSE_COLUMNS("r", form)}, ${text("s.id")} AS sessionId, ${text("s.source")} AS source,
        ${text("q.id")} AS knownRequestId, ${text("q.kind")} AS kind, ${text("q.method")} AS method,
        ${inOrder("r.created_at", "r.id")} AS inOrder
      FROM ${filter.session === undefined ? "responses" : ofSession(extended)} r ${asks}
      LEFT JOIN requests q ON q.id = r.request_id
      LEFT JOIN sessions s ON s.id = COALESCE(a.session_id, q.session_id)
      ${whereClause(where)}
      ${NEWEST_FIRST} LIMIT @limit`,
    params: {
      ...filterParams(filter),
      ...(filter.session === undefined ? {} : { orphans: JSON.stringify(orphanRowids) }),
      ...after,
      limit,
    },
  };
}

/** The places of one page of all responses, in the order of {@link responsesPage}. */
export function responseKeysPage(after: ListPosition | null, limit: number): Statement {
  return {
    sql: `SELECT ${asKnownText("r.id")} AS id, ${asKnownText("r.created_at")} AS createdAt, r.sequence AS sequence,
        ${inOrder("r.created_at", "r.id")} AS inOrder
      FROM responses r ${after === null ? "" : `WHERE ${BEHIND.join(" AND ")}`} ${NEWEST_FIRST} LIMIT @limit`,
    params: { ...after, limit },
  };
}

/** The responses that a session may have asked for: by record, by its own requests, or concluded. */
function ofSession(extended: boolean): string {
  const asked = extended
    ? "SELECT r.rowid AS place FROM resolutions t CROSS JOIN responses r ON r.id = t.response_id WHERE t.session_id = @session UNION "
    : "";
  return `(SELECT r.* FROM (${asked}
      SELECT r.rowid AS place FROM requests q CROSS JOIN responses r ON r.request_id = q.id WHERE q.session_id = @session
      UNION SELECT value FROM json_each(@orphans)) i CROSS JOIN responses r ON r.rowid = i.place)`;
}

/** The places of one page of requests, newest first. No index has this order, so pages are to be large. */
export function requestIdsPage(
  filter: ListFilter,
  extended: boolean,
  after: Omit<ListPosition, "sequence"> | null,
  limit: number,
): Statement {
  const asked = extended ? "UNION SELECT request_id FROM resolutions WHERE session_id = @session" : "";
  const where = [
    ...timeBounds("q.created_at", filter),
    ...(filter.kinds === undefined ? [] : [ANY_OF("q.kind", "kinds")]),
    ...(filter.methods === undefined ? [] : [ANY_OF("q.method", "methods")]),
    ...(filter.sources === undefined ? [] : [ANY_OF("s.source", "sources")]),
    ...(filter.session === undefined ? [] : [`q.id IN (SELECT id FROM requests WHERE session_id = @session ${asked})`]),
    ...(filter.statuses === undefined ? [] : [ANY_OF(`COALESCE(${latest("status")}, '${NO_RESPONSE}')`, "statuses")]),
    ...(after === null ? [] : ["(q.created_at, q.id) < (@createdAt, @id)"]),
  ];
  return {
    sql: `SELECT q.rowid, ${asKnownText("q.id")} AS id, ${asKnownText("q.created_at")} AS createdAt,
        ${inOrder("q.created_at", "q.id")} AS inOrder FROM requests q LEFT JOIN sessions s ON s.id = q.session_id
      ${whereClause(where)} ORDER BY q.created_at DESC, q.id DESC LIMIT @limit`,
    params: { ...filterParams(filter), ...after, limit },
  };
}

/** A column of the newest response of request `q`. */
export function latest(column: "status" | "created_at" | "id"): string {
  return `(SELECT r.${column} FROM responses r WHERE r.request_id = q.id ORDER BY r.created_at DESC, r.id DESC LIMIT 1)`;
}

/** Rows whose text shows that they lie outside are skipped without being read; texts of unusual shape are let through. */
function timeBounds(column: string, filter: ListFilter): string[] {
  const usual = `${column} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]*'`;
  return [
    ...(filter.since === undefined ? [] : [`NOT (${usual} AND ${column} < @sinceDay)`]),
    ...(filter.until === undefined ? [] : [`NOT (${usual} AND ${column} >= @untilDay)`]),
    // Every shape begins with the year; this bound can be found in the index.
    ...(filter.since === undefined ? [] : [`${column} >= @sinceYear`]),
    ...(filter.until === undefined ? [] : [`${column} < @untilYear`]),
  ];
}

function filterParams(filter: ListFilter): Record<string, string> {
  const params: Record<string, string> = {};
  for (const name of ["sources", "kinds", "methods", "statuses"] as const) {
    const words = filter[name];
    if (words !== undefined) params[name] = JSON.stringify(words);
  }
  if (filter.session !== undefined) params.session = filter.session;
  // A text with an offset may stand up to a day away from where its moment belongs.
  if (filter.since !== undefined) {
    params.sinceDay = dayText(filter.since - DAY_MICROS);
    params.sinceYear = params.sinceDay.slice(0, 4);
  }
  if (filter.until !== undefined) {
    params.untilDay = dayText(filter.until + 2n * DAY_MICROS);
    params.untilYear = `${params.untilDay.slice(0, 4)}~`;
  }
  return params;
}

const DAY_MICROS = 86_400_000_000n;
const FIRST_DAY = -62_135_596_800_000_000n;
const LAST_DAY = 253_402_214_400_000_000n;

function dayText(epochMicros: bigint): string {
  const clamped = epochMicros < FIRST_DAY ? FIRST_DAY : epochMicros > LAST_DAY ? LAST_DAY : epochMicros;
  return formatTimestamp(clamped).slice(0, "2025-10-21".length);
}

function whereClause(conditions: readonly string[]): string {
  return conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
}
