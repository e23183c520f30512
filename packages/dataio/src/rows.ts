/**
 * Table rows to model objects. One place, so that a column is named once.
 */
import type { Request, Resolution, Response, Session } from "./model.ts";

/**
 * A column as text, whatever a damaged or foreign archive has in it: SQLite lets any value stand in any column, and one
 * that is no text is shown as SQL writes it (`x'00ff'`). Only for what is shown; where rows are searched and ordered the
 * column itself is named, so that an index serves.
 */
export const asText = (column: string) =>
  `CASE typeof(${column}) WHEN 'text' THEN ${column} WHEN 'null' THEN NULL ELSE quote(${column}) END`;
/** The same for a column that is never null; if it is after all, the text is empty. */
export const asKnownText = (column: string) => `COALESCE(${asText(column)}, '')`;
/** A column as a number, or null; also for an integer that JavaScript would round to another one. */
export const asNumber = (column: string) =>
  `CASE WHEN typeof(${column}) = 'real' OR typeof(${column}) = 'integer' AND ${column} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER} THEN ${column} END`;

/** What an id may stand for in a column, the likelier first: the text itself, or the value that {@link asText} shows so. */
export function storedIds(id: string): readonly (string | number | Buffer)[] {
  const [, hex] = /^X'((?:[0-9A-F]{2})*)'$/.exec(id) ?? [];
  if (hex !== undefined) return [id, Buffer.from(hex, "hex")];
  // SQL writes a number as JavaScript does, or with a fraction or exponent that reads as the same one.
  return /^-?\d+(?:\.\d+)?(?:e[+-]\d+)?$/.test(id) ? [id, Number(id)] : [id];
}

type Shown = typeof asText;
type Fields = readonly (readonly [column: string, shown: Shown, field: string])[];

/**
 * How a select list reads its columns: as they are shown, or as they are stored, which is quicker and the same wherever
 * every value is of its column's type ({@link isTextOrNull} and its like tell).
 */
export type ColumnForm = "shown" | "stored";

/** A select list of a table under an alias, each column under its field's name. */
const selected = (alias: string, fields: Fields, form: ColumnForm = "shown") =>
  fields
    .map(([column, shown, field]) => {
      const own = `${alias}.${column}`;
      return `${form === "shown" ? shown(own) : own} AS ${field}`;
    })
    .join(", ");

/** False for a value that {@link asText} would have changed. */
export const isTextOrNull = (value: unknown) => value === null || typeof value === "string";
/** Also false for large reals, which it would not have changed: they cannot be told from large integers here. */
export const isNumberOrNull = (value: unknown) =>
  value === null || (typeof value === "number" && Math.abs(value) <= Number.MAX_SAFE_INTEGER);

/** Select lists that yield the fields of the model, for a table under the given alias. */
export const SESSION_COLUMNS = (alias: string) =>
  selected(alias, [
    ["id", asKnownText, "id"],
    ["source", asKnownText, "source"],
    ["mode", asKnownText, "mode"],
    ["as_of", asKnownText, "asOf"],
    ["started_at", asKnownText, "startedAt"],
    ["ended_at", asText, "endedAt"],
  ]);
export const REQUEST_COLUMNS = (alias: string, form?: ColumnForm) =>
  selected(
    alias,
    [
      ["id", asKnownText, "id"],
      ["session_id", asKnownText, "sessionId"],
      ["kind", asKnownText, "kind"],
      ["method", asKnownText, "method"],
      ["params_json", asText, "paramsJson"],
      ["body_json", asText, "bodyJson"],
      ["hash", asText, "hash"],
      ["created_at", asKnownText, "createdAt"],
    ],
    form,
  );
/** Whether a request that was read as it is stored is the same as it is shown. */
export function isRequestAsShown(request: Request): boolean {
  return (
    typeof request.id === "string" &&
    typeof request.sessionId === "string" &&
    typeof request.kind === "string" &&
    typeof request.method === "string" &&
    isTextOrNull(request.paramsJson) &&
    isTextOrNull(request.bodyJson) &&
    isTextOrNull(request.hash) &&
    typeof request.createdAt === "string"
  );
}
export const RESPONSE_COLUMNS = (alias: string, form?: ColumnForm) =>
  selected(
    alias,
    [
      ["id", asKnownText, "id"],
      ["request_id", asKnownText, "requestId"],
      ["status", asKnownText, "status"],
      ["sequence", asNumber, "sequence"],
      ["checksum", asText, "checksum"],
      ["path", asText, "path"],
      ["created_at", asKnownText, "createdAt"],
      ["size_bytes", asNumber, "sizeBytes"],
    ],
    form,
  );
/** Whether a response that was read as it is stored is the same as it is shown. */
export function isAsShown(response: Response): boolean {
  return (
    typeof response.id === "string" &&
    typeof response.requestId === "string" &&
    typeof response.status === "string" &&
    isNumberOrNull(response.sequence) &&
    isTextOrNull(response.checksum) &&
    isTextOrNull(response.path) &&
    typeof response.createdAt === "string" &&
    isNumberOrNull(response.sizeBytes)
  );
}
export const RESOLUTION_COLUMNS = (alias: string) =>
  selected(alias, [
    ["id", asKnownText, "id"],
    ["session_id", asKnownText, "sessionId"],
    ["request_id", asKnownText, "requestId"],
    ["response_id", asText, "responseId"],
    ["kind", asKnownText, "kind"],
    ["error_json", asText, "errorJson"],
    ["sent_checksum", asText, "sentChecksum"],
    ["policy_json", asText, "policyJson"],
    ["started_at", asKnownText, "startedAt"],
    ["ended_at", asKnownText, "endedAt"],
  ]);

/**
 * Completed by `INSERT` or `INSERT OR IGNORE`; their parameters are what the function beside each gives, by position: names
 * would take longer to bind than short rows take to write.
 */
export const INTO_SESSIONS = "INTO sessions (id, source, mode, as_of, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)";
export const sessionValues = (row: Session): unknown[] => [
  row.id,
  row.source,
  row.mode,
  row.asOf,
  row.startedAt,
  row.endedAt,
];
export const INTO_REQUESTS =
  "INTO requests (id, session_id, kind, method, params_json, body_json, hash, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
export const requestValues = (row: Request): unknown[] => [
  row.id,
  row.sessionId,
  row.kind,
  row.method,
  row.paramsJson,
  row.bodyJson,
  row.hash,
  row.createdAt,
];
export const INTO_RESPONSES =
  "INTO responses (id, request_id, status, sequence, checksum, path, created_at, size_bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
export const responseValues = (row: Response): unknown[] => [
  row.id,
  row.requestId,
  row.status,
  row.sequence,
  row.checksum,
  row.path,
  row.createdAt,
  row.sizeBytes,
];
export const INTO_RESOLUTIONS =
  "INTO resolutions (id, session_id, request_id, response_id, kind, error_json, sent_checksum, policy_json, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
export const resolutionValues = (row: Resolution): unknown[] => [
  row.id,
  row.sessionId,
  row.requestId,
  row.responseId,
  row.kind,
  row.errorJson,
  row.sentChecksum,
  row.policyJson,
  row.startedAt,
  row.endedAt,
];
