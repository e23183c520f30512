/** Finds what the archive may answer a fetch with: the newest good response (`ok`) of a request identity. Reads only. */
import type { Prepare } from "./database.ts";
import type { Response } from "./model.ts";
import { type ColumnForm, isAsShown, RESPONSE_COLUMNS } from "./rows.ts";

/** The row that stands for a hash which another source's request row carries. */
export const OTHER_REQUEST =
  "SELECT i.request_id FROM request_identities i WHERE i.source = @source AND i.hash = @hash";

/**
 * Texts in the order of (created_at, id): one maximum instead of sorting rows that are nearly always a single one. Nothing
 * is below the character between them.
 */
const RANK = "r.created_at || char(0) || r.id";
/** Of a row with the highest rank SQLite gives the other columns as well; of no row, nulls. */
const newest = (form: ColumnForm, more: string, from: string) =>
  `SELECT ${RESPONSE_COLUMNS("r", form)}${more}, MAX(${RANK}) AS rank FROM ${from} AND r.status = 'ok'`;

const bothForms = (more: string, from: string): Record<ColumnForm, string> => ({
  shown: newest("shown", more, from),
  stored: newest("stored", more, from),
});
const BY_REQUEST = bothForms("", "responses r WHERE r.request_id = @key");
// The planner knows how often hashes occur and would plan anew for each one that it is given; behind a SELECT it is not.
const byHash = (other: string) =>
  bothForms(
    `, q.session_id AS sessionId, ${other} AS other`,
    "requests q CROSS JOIN responses r ON r.request_id = q.id WHERE q.hash = (SELECT @key)",
  );
const BY_HASH = byHash(`CASE WHEN MAX(${RANK}) IS NULL THEN (${OTHER_REQUEST.replace("@hash", "@key")}) END`);
const BY_HASH_IN_PYTHONS_TABLES = byHash("NULL");

/** When its source last said that a response still holds. */
export const LAST_CONFIRMATION = `SELECT MAX(ended_at) AS time FROM resolutions WHERE response_id = ? AND kind = 'reused'
   AND CASE WHEN json_valid(policy_json) THEN json_type(policy_json, '$.revalidated') END = 'object'`;

type Found = Response & {
  readonly sessionId?: unknown;
  /** Where there is no good response: the row that stands for the hash in the source. */
  readonly other?: string | null;
  readonly rank: unknown;
};

/** Sources of sessions that are kept. */
const MOST_SOURCES = 10_000;

/** The lookups of one connection. */
export class CachedAnswers {
  readonly #prepare: Prepare;
  readonly #hasOurTables: () => boolean;
  /** By session id; a session's source never changes. */
  readonly #sources = new Map<unknown, unknown>();

  constructor(prepare: Prepare, hasOurTables: () => boolean) {
    this.#prepare = prepare;
    this.#hasOurTables = hasOurTables;
  }

  /** Of the request row that carries the hash where the source acquired it, else of the one that stands for it there. */
  byHash(hash: string, source: string): Response | undefined {
    const found = this.#newest(this.#hasOurTables() ? BY_HASH : BY_HASH_IN_PYTHONS_TABLES, { key: hash, source });
    if (found !== undefined && found.rank !== null && this.#sourceOf(found.sessionId) === source) {
      return responseOf(found);
    }
    const other = found === undefined || found.rank === null ? found?.other : this.#otherRequest(hash, source);
    return typeof other === "string" ? this.byRequestId(other) : undefined;
  }

  byRequestId(requestId: string): Response | undefined {
    const found = this.#newest(BY_REQUEST, { key: requestId });
    return found === undefined || found.rank === null ? undefined : responseOf(found);
  }

  #newest(sql: Record<ColumnForm, string>, params: { key: string; source?: string }): Found | undefined {
    const get = (form: ColumnForm) => this.#prepare<[typeof params], Found>(sql[form]).get(params);
    const stored = get("stored");
    return stored === undefined || stored.rank === null || isAsShown(stored) ? stored : get("shown");
  }

  #sourceOf(sessionId: unknown): unknown {
    const known = this.#sources.get(sessionId);
    if (known !== undefined) return known;
    const row = this.#prepare<[unknown], { source: unknown }>("SELECT source FROM sessions WHERE id = ?").get(
      sessionId,
    );
    if (row === undefined) return undefined;
    if (this.#sources.size >= MOST_SOURCES) this.#sources.clear();
    this.#sources.set(sessionId, row.source);
    return row.source;
  }

  #otherRequest(hash: string, source: string): string | undefined {
    if (!this.#hasOurTables()) return undefined;
    const row = this.#prepare<[{ hash: string; source: string }], { request_id: string }>(OTHER_REQUEST);
    return row.get({ hash, source })?.request_id;
  }
}

function responseOf({ id, requestId, status, sequence, checksum, path, createdAt, sizeBytes }: Found): Response {
  return { id, requestId, status, sequence, checksum, path, createdAt, sizeBytes };
}
