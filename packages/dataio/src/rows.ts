/**
 * Table rows to model objects. One place, so that a column is named once.
 */

/** Select lists that yield the fields of the model, for a table under the given alias. */
export const SESSION_COLUMNS = (alias: string) =>
  `${alias}.id, ${alias}.source, ${alias}.mode, ${alias}.as_of AS asOf, ${alias}.started_at AS startedAt, ${alias}.ended_at AS endedAt`;
export const REQUEST_COLUMNS = (alias: string) =>
  `${alias}.id, ${alias}.session_id AS sessionId, ${alias}.kind, ${alias}.method, ${alias}.params_json AS paramsJson, ${alias}.body_json AS bodyJson, ${alias}.hash, ${alias}.created_at AS createdAt`;
export const RESPONSE_COLUMNS = (alias: string) =>
  `${alias}.id, ${alias}.request_id AS requestId, ${alias}.status, ${alias}.sequence, ${alias}.checksum, ${alias}.path, ${alias}.created_at AS createdAt, ${alias}.size_bytes AS sizeBytes`;
export const RESOLUTION_COLUMNS = (alias: string) =>
  `${alias}.id, ${alias}.session_id AS sessionId, ${alias}.request_id AS requestId, ${alias}.response_id AS responseId, ${alias}.kind, ${alias}.error_json AS errorJson, ${alias}.sent_checksum AS sentChecksum, ${alias}.policy_json AS policyJson, ${alias}.started_at AS startedAt, ${alias}.ended_at AS endedAt`;

/** Completed by `INSERT` or `INSERT OR IGNORE`; the parameters are the model's fields by name. */
export const INTO_SESSIONS =
  "INTO sessions (id, source, mode, as_of, started_at, ended_at) VALUES (@id, @source, @mode, @asOf, @startedAt, @endedAt)";
export const INTO_REQUESTS =
  "INTO requests (id, session_id, kind, method, params_json, body_json, hash, created_at) VALUES (@id, @sessionId, @kind, @method, @paramsJson, @bodyJson, @hash, @createdAt)";
export const INTO_RESPONSES =
  "INTO responses (id, request_id, status, sequence, checksum, path, created_at, size_bytes) VALUES (@id, @requestId, @status, @sequence, @checksum, @path, @createdAt, @sizeBytes)";
export const INTO_RESOLUTIONS =
  "INTO resolutions (id, session_id, request_id, response_id, kind, error_json, sent_checksum, policy_json, started_at, ended_at) VALUES (@id, @sessionId, @requestId, @responseId, @kind, @errorJson, @sentChecksum, @policyJson, @startedAt, @endedAt)";
