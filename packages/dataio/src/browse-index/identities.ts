/**
 * Which requests ask the same: those of one source with one hash. A row without a hash (an error's, a send's) is taken for
 * what its hash would be; a subscription, and what no session is on record for, stands for itself. The number of an identity
 * is the smallest rowid among its requests, so it stays as it is while rows are added.
 *
 * The index remembers only what is not as usual, for nearly all requests have a hash and are alone with it: `members` has
 * requests that are not their own identity, or that a cache finds without a hash of their own; `asked` has the identity by
 * hash of those that have none themselves.
 */
import type Database from "better-sqlite3";
import { type Prepare, preparing, type ReadConnection } from "../database.ts";
import { checkRequestHash, isChecksum, sha256Hex } from "../identity.ts";
import { sumOfPrefix } from "./schema.ts";

export interface Member {
  readonly identity: number;
  /** 1 for a row without a hash that stands for one within its source; see `request_identities`. */
  readonly served: number;
}

/** A request row, as far as it says what was asked. */
interface Asking {
  readonly rowid: number;
  readonly id: string;
  readonly kind: string;
  readonly method: string;
  readonly sessionId: string;
  readonly paramsJson: string | null;
  readonly bodyJson: string | null;
  readonly hash: string | null;
}

const ASKING = `SELECT q.rowid, q.id, q.kind, q.method, q.session_id AS sessionId, q.params_json AS paramsJson,
  q.body_json AS bodyJson, q.hash FROM requests q WHERE`;

export class Identities {
  readonly #archive: ReadConnection;
  readonly #prepare: Prepare;
  readonly #sourceOf: (sessionId: string) => number | undefined;
  #extended = false;
  /** Hashes by the request row that stands for them within another source than the hash's first; read when needed. */
  #others: ReadonlyMap<string, string> | null = null;
  /** All members, while a build keeps them at hand. */
  #members: Map<number, Member> | null = null;

  /**
   * @param db the index
   * @param sourceOf the code of a session's source; undefined when there is no such session
   */
  constructor(archive: ReadConnection, db: Database.Database, sourceOf: (sessionId: string) => number | undefined) {
    this.#archive = archive;
    this.#prepare = preparing(db);
    this.#sourceOf = sourceOf;
  }

  /** Forgets what was read of the archive. */
  refresh(extended: boolean): void {
    this.#extended = extended;
    this.#others = null;
  }

  /** What is remembered of a request; undefined when it is its own identity, and as usual. */
  of(request: number): Member | undefined {
    if (this.#members !== null) return this.#members.get(request);
    return this.#prepare<[number], Member>("SELECT identity, served FROM members WHERE request = ?").get(request);
  }

  /** What is remembered of some requests. */
  ofAll(requests: readonly number[]): ReadonlyMap<number, Member> {
    const members = this.#prepare<[string], Member & { request: number }>(
      "SELECT request, identity, served FROM members WHERE request IN (SELECT value FROM json_each(?))",
    );
    return new Map(members.all(JSON.stringify(requests)).map(({ request, ...member }) => [request, member]));
  }

  /** All that is remembered, by request. Stays at hand from here on, so that nothing may be added elsewhere. */
  all(): ReadonlyMap<number, Member> {
    this.#members ??= new Map(
      this.#prepare<[], Member & { request: number }>("SELECT request, identity, served FROM members")
        .all()
        .map(({ request, ...member }) => [request, member]),
    );
    return this.#members;
  }

  /** Takes requests without a hash in, in the order of their rowids: all that a first reading has to look at. */
  addUnhashed(after: number, upTo: number): void {
    const asking = this.#archive.prepare<[number, number], Asking>(
      `${ASKING} q.hash IS NULL AND q.rowid > ? AND q.rowid <= ? ORDER BY q.rowid`,
    );
    for (const row of asking.all(after, upTo)) this.#add(row);
  }

  /**
   * Takes new requests in, and earlier ones of sessions that were not on record before.
   * @returns identities that are no longer any, for they turned out to be parts of others
   */
  add(after: number, upTo: number, newSessions: readonly { readonly id: string }[]): Map<number, number> {
    const moved = new Map<number, number>();
    const late = this.#archive.prepare<[string, number], Asking>(
      `${ASKING} q.session_id = ? AND q.rowid <= ? ORDER BY q.rowid`,
    );
    for (const { id } of newSessions) for (const row of late.all(id, after)) this.#add(row, moved);
    const asking = this.#archive.prepare<[number, number], Asking>(
      `${ASKING} q.rowid > ? AND q.rowid <= ? ORDER BY q.rowid`,
    );
    for (const row of asking.all(after, upTo)) this.#add(row, moved);
    return moved;
  }

  #add(row: Asking, moved: Map<number, number> | null = null): void {
    // Only those without a hash can be more than one.
    if (row.hash !== null && this.#prepare("SELECT 1 FROM asked LIMIT 1").get() === undefined) return;
    const source = this.#sourceOf(row.sessionId);
    const other = row.hash === null ? this.#hashOfOther(row.id) : undefined;
    if (other !== undefined) this.#remember(row.rowid, { identity: this.#identityOf(row.rowid), served: 1 });
    if (source === undefined || row.method === "SUBSCRIBE") return;
    const hash = row.hash ?? other ?? expectedHash(row);
    if (hash === null) return;
    // Any text may stand where a hash should, and is one that a cache finds.
    const sum = sumOfPrefix(isChecksum(hash) ? hash : sha256Hex(String(hash)));
    const known = this.#prepare<[number, number], number>("SELECT identity FROM asked WHERE sum = ? AND source = ?")
      .pluck()
      .get(sum, source);
    const holder = row.hash === null ? this.#holderOf(hash, source) : undefined;
    const own = this.#identityOf(row.rowid);
    const parts = [own, ...(known === undefined ? [] : [known]), ...(holder === undefined ? [] : [holder])];
    const identity = Math.min(...parts);
    for (const part of parts) if (part !== identity) this.#merge(part, identity, moved);
    if (row.hash === null && known !== identity) {
      this.#prepare("INSERT OR REPLACE INTO asked (sum, source, identity) VALUES (?, ?, ?)").run(sum, source, identity);
    }
  }

  #identityOf(request: number): number {
    return this.of(request)?.identity ?? request;
  }

  /** The identity of the row with this hash, where it is one of this source. */
  #holderOf(hash: string, source: number): number | undefined {
    const holder = this.#archive
      .prepare<[string], { rowid: number; sessionId: string }>(
        "SELECT q.rowid, q.session_id AS sessionId FROM requests q WHERE q.hash = ?",
      )
      .get(hash);
    return holder === undefined || this.#sourceOf(holder.sessionId) !== source
      ? undefined
      : this.#identityOf(holder.rowid);
  }

  #hashOfOther(id: string): string | undefined {
    if (!this.#extended) return undefined;
    this.#others ??= new Map(
      this.#archive
        .prepare<[], { id: string; hash: string }>("SELECT request_id AS id, hash FROM request_identities")
        .all()
        .map((row) => [row.id, row.hash]),
    );
    return this.#others.get(id);
  }

  #remember(request: number, member: Member): void {
    this.#prepare("INSERT OR REPLACE INTO members (request, identity, served) VALUES (?, ?, ?)").run(
      request,
      member.identity,
      member.served,
    );
  }

  #merge(from: number, to: number, moved: Map<number, number> | null): void {
    this.#remember(from, { identity: to, served: this.of(from)?.served ?? 0 });
    moved?.set(from, to);
    // Hardly ever: only where a session came behind its requests.
    this.#prepare("UPDATE members SET identity = ? WHERE identity = ?").run(to, from);
    this.#prepare("UPDATE asked SET identity = ? WHERE identity = ?").run(to, from);
  }
}

/** The hash that a row without one would have; null where that cannot be said. */
function expectedHash({ kind, method, paramsJson, bodyJson }: Asking): string | null {
  const check = checkRequestHash({ kind, method, paramsJson, bodyJson, hash: null });
  return check.state === "absent" ? check.expected : null;
}
