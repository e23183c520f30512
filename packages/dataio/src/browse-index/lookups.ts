/** Requests and asks by id, as the rows of an index need them: from the archive, or from tables that a build has filled. */
import type { ReadConnection } from "../database.ts";
import type { Words } from "./words.ts";

/** What is needed of a request row. */
export interface KnownRequest {
  readonly rowid: number;
  readonly kind: number;
  readonly method: number;
  readonly sessionId: string;
  /** Its place in a RequestTable; none in what was looked up in the archive. */
  readonly ordinal?: number;
}

/** An ask that brought in a response. */
export interface KnownAsk {
  readonly sessionId: string;
}

/** Where requests and asks are looked up. */
export interface Lookups {
  readonly requests: { get(id: string): KnownRequest | undefined };
  /** Null when there are none. */
  readonly asks: { get(responseId: string): KnownAsk | undefined } | null;
}

/** The columns of REQUESTS. */
export type RawRequest = [rowid: number, id: string, kind: string, method: string, sessionId: string];

export const REQUESTS = "SELECT q.rowid, q.id, q.kind, q.method, q.session_id FROM requests q";

/** A request row with codes for texts; new texts are stored. */
export function knownRequest([rowid, , kind, method, sessionId]: RawRequest, words: Words): KnownRequest {
  return { rowid, kind: words.idOf(kind), method: words.idOf(method), sessionId };
}

/** Lookups in the archive itself, one statement each. */
export function archivedLookups(archive: ReadConnection, words: Words, extended: boolean): Lookups {
  const asked = "a.kind <> 'reused' AND a.response_id IS NOT NULL";
  const requests = {
    get: (id: string) => {
      const raw = archive.prepare<[string], RawRequest>(`${REQUESTS} WHERE q.id = ?`).raw().get(id);
      return raw === undefined ? undefined : knownRequest(raw, words);
    },
  };
  const asks = {
    get: (responseId: string) =>
      archive
        .prepare<[string], KnownAsk>(
          `SELECT a.session_id AS sessionId FROM resolutions a WHERE a.response_id = ? AND ${asked} ORDER BY a.rowid`,
        )
        .get(responseId),
  };
  return { requests, asks: extended ? asks : null };
}
