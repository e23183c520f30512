/** Requests and asks by id, as the rows of an index need them: from the archive, or from tables that a build has filled. */
import type { ReadConnection } from "../database.ts";
import { ASK_FAILED } from "../failures.ts";
import type { Identities, Member } from "./identities.ts";
import type { Words } from "./words.ts";

/** What is needed of a request row. */
export interface KnownRequest {
  readonly rowid: number;
  readonly kind: number;
  readonly method: number;
  readonly sessionId: string;
  /** See identities.ts. */
  readonly identity: number;
  /** True when a cache answers with its responses. */
  readonly served: boolean;
  /** Its place in a RequestTable; none in what was looked up in the archive. */
  readonly ordinal?: number;
}

/** An ask that brought in a response. */
export interface KnownAsk {
  readonly sessionId: string;
  readonly failed: boolean;
}

interface RawAsk {
  readonly sessionId: string;
  readonly failed: 0 | 1;
}

function knownAsk({ sessionId, failed }: RawAsk): KnownAsk {
  return { sessionId, failed: failed === 1 };
}

/** Where requests and asks are looked up. */
export interface Lookups {
  readonly requests: { get(id: string): KnownRequest | undefined };
  /** Null when there are none. */
  readonly asks: { get(responseId: string): KnownAsk | undefined } | null;
  /** Reads at once what will be looked up for these responses. */
  prefetch?(responses: readonly (readonly [rowid: number, id: string, requestId: string, ...unknown[]])[]): void;
}

/** The columns of REQUESTS. */
export type RawRequest = [rowid: number, id: string, kind: string, method: string, sessionId: string, hashed: 0 | 1];

export const REQUESTS = "SELECT q.rowid, q.id, q.kind, q.method, q.session_id, q.hash IS NOT NULL FROM requests q";

/** A request row with codes for texts; new texts are stored. `member` is what Identities remembers of it. */
export function knownRequest(
  [rowid, , kind, method, sessionId, hashed]: RawRequest,
  words: Words,
  member: Member | undefined,
): KnownRequest {
  return {
    rowid,
    kind: words.idOf(kind),
    method: words.idOf(method),
    sessionId,
    identity: member?.identity ?? rowid,
    served: hashed === 1 || member?.served === 1,
  };
}

/** Lookups in the archive itself, one statement each. */
export function archivedLookups(
  archive: ReadConnection,
  words: Words,
  identities: Identities,
  extended: boolean,
): Lookups {
  const columns = `a.session_id AS sessionId, ${ASK_FAILED} AS failed`;
  const asked = "a.kind <> 'reused' AND a.response_id IS NOT NULL";
  const knownRequests = new Map<string, KnownRequest>();
  const knownAsks = new Map<string, KnownAsk | undefined>();
  const requests = {
    get: (id: string) => {
      const known = knownRequests.get(id);
      if (known !== undefined) return known;
      const raw = archive.prepare<[string], RawRequest>(`${REQUESTS} WHERE q.id = ?`).raw().get(id);
      return raw === undefined ? undefined : knownRequest(raw, words, identities.of(raw[0]));
    },
  };
  const asks = {
    get: (responseId: string) => {
      if (knownAsks.has(responseId)) return knownAsks.get(responseId);
      const raw = archive
        .prepare<[string], RawAsk>(
          `SELECT ${columns} FROM resolutions a WHERE a.response_id = ? AND ${asked} ORDER BY a.rowid`,
        )
        .get(responseId);
      return raw === undefined ? undefined : knownAsk(raw);
    },
  };
  const prefetch: Lookups["prefetch"] = (responses) => {
    const ids = JSON.stringify([...new Set(responses.map(([, , requestId]) => requestId))]);
    const raws = archive
      .prepare<[string], RawRequest>(`${REQUESTS} WHERE q.id IN (SELECT value FROM json_each(?))`)
      .raw()
      .all(ids);
    const members = identities.ofAll(raws.map(([rowid]) => rowid));
    for (const raw of raws) knownRequests.set(raw[1], knownRequest(raw, words, members.get(raw[0])));
    if (!extended) return;
    for (const [, id] of responses) knownAsks.set(id, undefined);
    const found = archive
      .prepare<[string], RawAsk & { responseId: string }>(
        `SELECT a.response_id AS responseId, ${columns} FROM resolutions a
         WHERE a.response_id IN (SELECT value FROM json_each(?)) AND ${asked} ORDER BY a.rowid DESC`,
      )
      .all(JSON.stringify(responses.map(([, id]) => id)));
    // The first ask for a response counts.
    for (const { responseId, ...raw } of found) knownAsks.set(responseId, knownAsk(raw));
  };
  return { requests, asks: extended ? asks : null, prefetch };
}
