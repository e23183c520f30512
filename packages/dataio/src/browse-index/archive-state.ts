/**
 * What of an archive an index was made from, and whether the archive still is that one with rows added. Rows of an archive
 * are only ever added (a session's end apart); where one is gone or another stands in its place, the index does not match.
 */
import type { ReadConnection } from "../database.ts";
import { sha256Hex } from "../identity.ts";

/** Tables whose new rows the index follows, and what tells one row of them from another. */
const FOLLOWED = {
  responses: "id || '/' || request_id || '/' || status || '/' || IFNULL(checksum, '') || '/' || created_at",
  requests: "id || '/' || session_id || '/' || kind || '/' || method || '/' || created_at",
  resolutions: "id || '/' || session_id || '/' || request_id || '/' || kind",
  response_meta: "response_id",
} as const;
export type FollowedTable = keyof typeof FOLLOWED;
export const FOLLOWED_TABLES = Object.keys(FOLLOWED) as FollowedTable[];

/** How far a table was read: rows up to `last`, `count` of them. */
export interface TableState {
  readonly last: number;
  readonly count: number;
}
export type ArchiveState = Readonly<Record<FollowedTable, TableState>>;

/** A row that was there, by its digest. */
export interface Sample {
  readonly table: FollowedTable;
  readonly rowid: number;
  readonly digest: string;
}

const NOTHING_READ: TableState = { last: 0, count: 0 };
const SAMPLES = 16;

/**
 * How far the tables reach. Call inside a read transaction.
 * @param then where it was read before, to count only what came since: a full count passes a whole index of the table
 */
export function readArchiveState(archive: ReadConnection, then: ArchiveState | null = null): ArchiveState {
  const extended = archive.isExtended();
  const stateOf = (table: FollowedTable): TableState => {
    if (!extended && (table === "resolutions" || table === "response_meta")) return NOTHING_READ;
    const last = Number(archive.prepare(`SELECT IFNULL(MAX(rowid), 0) FROM ${table}`).pluck().get());
    const count =
      then === null
        ? Number(archive.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get())
        : then[table].count + countAfter(archive, table, then[table].last);
    return { last, count };
  };
  return {
    responses: stateOf("responses"),
    requests: stateOf("requests"),
    resolutions: stateOf("resolutions"),
    response_meta: stateOf("response_meta"),
  };
}

/** Rows of a table behind `after`. */
export function countAfter(archive: ReadConnection, table: FollowedTable, after: number): number {
  return Number(archive.prepare(`SELECT COUNT(*) FROM ${table} WHERE rowid > ?`).pluck().get(after));
}

/** True when all rows that were read by `then` are still there, as far as their number tells. */
export function onlyGrew(archive: ReadConnection, then: ArchiveState, now: ArchiveState): boolean {
  return FOLLOWED_TABLES.every((table) => {
    const grown = now[table].count - then[table].count;
    if (now[table].last < then[table].last || grown < 0) return false;
    return grown === (now[table].last === then[table].last ? 0 : countAfter(archive, table, then[table].last));
  });
}

/** Rows by which the archive is known again: some from everywhere in it, and the last of each table. */
export function takeSamples(archive: ReadConnection, state: ArchiveState): Sample[] {
  const samples: Sample[] = [];
  for (const table of FOLLOWED_TABLES) {
    const { last } = state[table];
    const places = new Set<number>(last > 0 ? [last] : []);
    for (let n = 1; n < SAMPLES && last > SAMPLES; n += 1) places.add(Math.floor((last * n) / SAMPLES));
    for (const rowid of places) {
      const digest = digestOf(archive, table, rowid);
      if (digest !== null) samples.push({ table, rowid, digest });
    }
  }
  return samples;
}

/** True when all samples are still what they were. */
export function sameSamples(archive: ReadConnection, samples: readonly Sample[]): boolean {
  return samples.every(({ table, rowid, digest }) => digestOf(archive, table, rowid) === digest);
}

function digestOf(archive: ReadConnection, table: FollowedTable, rowid: number): string | null {
  const text = archive
    .prepare<[number], unknown>(`SELECT ${FOLLOWED[table]} FROM ${table} WHERE rowid = ?`)
    .pluck()
    .get(rowid);
  return typeof text === "string" ? sha256Hex(Buffer.from(text)).slice(0, 16) : null;
}

/** Runs `read` on one state of the archive. Synchronous: no read transaction outlives it. */
export function atOneMoment<T>(archive: ReadConnection, read: () => T): T {
  archive.db.exec("BEGIN");
  try {
    return read();
  } finally {
    archive.db.exec("COMMIT");
  }
}
