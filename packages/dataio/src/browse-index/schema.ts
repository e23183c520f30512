/**
 * The tables of a browse index: a file beside no archive, derived from one, that can be deleted at any time. Values are
 * coded, so that a row and all its index entries stay under 250 bytes; texts are read from the archive when a row is shown.
 */
import type Database from "better-sqlite3";
import { type CHANGES, INTEGRITIES } from "./filter.ts";

/** An index of another version is not read but built anew. */
export const INDEX_VERSION = 8;

/**
 * Bytes of a page. A build takes 3 to 5 % longer with SQLite's own 4 KiB; with 16 KiB rows that are read one by one take a third
 * longer.
 */
export const PAGE_BYTES = 8192;

/** Stands for "none" where a column is sorted by. */
export const NONE = -1;
/** The time of a text that is no timestamp: before every moment. */
export const NO_TIME = -(10 ** 17);
/** Behind every moment: the `until` of what nothing has followed yet. Stored as NULL, for it is that of most rows. */
export const NEVER = 10 ** 18;
/** Before every moment, and behind NO_TIME. */
export const FIRST_TIME = -7 * 10 ** 16;
/**
 * Times are microseconds since 2026-01-01: within four and a half years of it SQLite stores them in six bytes instead of
 * eight, in a table and seven indexes.
 */
export const TIME_BASE = Date.UTC(2026, 0, 1) * 1000;

/**
 * The `duration` of a row whose file was not looked at yet. It takes the room of a usual duration and a type, so that pages of
 * `rows` stay as they are when those are found.
 */
export const NOT_LOOKED_AT = -(2 ** 31);

/** Row ids say which table of the archive a row stands for, and its rowid there. */
export const REF_TYPES = ["response", "request", "resolution"] as const;
export type RefType = (typeof REF_TYPES)[number];
export const idOf = (type: RefType, rowid: number) => rowid * 4 + REF_TYPES.indexOf(type);
export const rowidOf = (id: number) => Math.floor(id / 4);
export const refTypeOf = (id: number): RefType => REF_TYPES[id % 4] ?? "response";

/** `sum` of a checksum. */
export const sumOfPrefix = (checksum: string) => Number.parseInt(checksum.slice(0, SUM_DIGITS), 16);
export const SUM_DIGITS = 13;

/** The codes of a column are positions in these lists. */
export const INTEGRITY_CODES = INTEGRITIES;
export const PENDING = INTEGRITIES.indexOf("pending");
export const NO_PAYLOAD = INTEGRITIES.indexOf("none");
/** From this code on a payload has a problem. */
export const FIRST_PROBLEM = INTEGRITIES.indexOf("missing");
/** `null`: there is nothing to compare (an error, a frame of a stream, no known request). */
export const CHANGE_CODES = [null, "new", "no", "yes"] as const satisfies readonly ((typeof CHANGES)[number] | null)[];
export const CHANGED = CHANGE_CODES.indexOf("yes");

/** Bits of `flags`. */
export const ORPHAN = 1;
export const SESSION_INFERRED = 2;
export const isInferred = (flags: number) => (flags & SESSION_INFERRED) !== 0;
export const REQUEST_INFERRED = 4;
/** No session is on record; one may be inferred. */
export const UNRECORDED = 8;
/** A good answer that no cache finds: its request stands for no hash (a send). Errors, frames and orphans are none anyway. */
export const UNSERVED = 16;
/** It counts as a failure; see failures.ts. A condition of the partial index `by_failure`, word for word. */
export const FAILED = 32;
export const FAILED_SQL = `flags & ${FAILED} > 0`;
export const isFailed = (flags: number) => (flags & FAILED) !== 0;
/** How many bits there are. */
export const FLAG_BITS = 6;
/** Something of the row is concluded, or could be: a condition of the partial index `by_conclusion`, word for word. */
export const CONCLUDED_SQL = `flags & ${ORPHAN | SESSION_INFERRED | REQUEST_INFERRED | UNRECORDED} > 0`;
export const isConcluded = (flags: number) => (flags & (ORPHAN | SESSION_INFERRED | REQUEST_INFERRED | UNRECORDED)) > 0;

/** Columns of `rows`, in order. Whole numbers all; source, kind, method, status and type are ids of `words`, 0 for none. */
export const COLUMNS = [
  "id",
  /** See TIME_BASE; NO_TIME when the text is no timestamp. */
  "time",
  /** Rowid of the session, recorded or inferred; 0 for none. */
  "session",
  "source",
  "kind",
  "method",
  "status",
  /** Bytes: those on disk once the file was looked at, else what the row says; NONE. */
  "size",
  /** The first 52 bits of the checksum; NONE where there is none. */
  "sum",
  /**
   * What was asked: the smallest rowid among the requests, recorded or inferred, by which one source asks the same; 0 for
   * none. See identities.ts.
   */
  "identity",
  "change",
  "flags",
  "integrity",
  "type",
  /** Microseconds; NONE or NOT_LOOKED_AT. */
  "duration",
  /**
   * When a cache would have begun to answer with a later response to the same; see succession.ts. NEVER as long as there is
   * none. So what was there at a moment T is what has `time <= T` and `until > T`.
   */
  "until",
  /** 1 where other rows have the same identity, which then is in `identities`. */
  "shared",
] as const;
export type Column = (typeof COLUMNS)[number];
export type IndexRow = Record<Column, number>;
/** What an IndexRow is read by. */
export const ROW_COLUMNS = COLUMNS.map((name) => (name === "until" ? `IFNULL(until, ${NEVER}) AS until` : name)).join(
  ", ",
);

/** The columns by which rows are counted in `cube`; `ref` is the table that they stand for. */
export const DIMENSIONS = ["source", "kind", "method", "status", "type", "integrity", "change", "flags"] as const;
export type Dimension = (typeof DIMENSIONS)[number];

export const TABLES = `
CREATE TABLE rows (${COLUMNS.map((name) => `${name} INTEGER ${constraintOf(name)}`).join(", ")});
CREATE TABLE words (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE sessions (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, started INTEGER, ended INTEGER, open INTEGER NOT NULL);
CREATE TABLE asked (sum INTEGER NOT NULL, source INTEGER NOT NULL, identity INTEGER NOT NULL, PRIMARY KEY (sum, source)) WITHOUT ROWID;
CREATE TABLE members (request INTEGER PRIMARY KEY, identity INTEGER NOT NULL, served INTEGER NOT NULL);
CREATE TABLE identities (id INTEGER PRIMARY KEY, newest INTEGER NOT NULL, last INTEGER NOT NULL, responses INTEGER NOT NULL,
  payloads INTEGER NOT NULL, changed INTEGER NOT NULL, bytes INTEGER NOT NULL, source INTEGER NOT NULL, kind INTEGER NOT NULL);
CREATE TABLE session_totals (session INTEGER PRIMARY KEY, responses INTEGER NOT NULL, inferred INTEGER NOT NULL, failures INTEGER NOT NULL,
  reused INTEGER NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE cube (ref INTEGER NOT NULL, ${DIMENSIONS.map((name) => `${name} INTEGER NOT NULL`).join(", ")}, n INTEGER NOT NULL,
  PRIMARY KEY (ref, ${DIMENSIONS.join(", ")})) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
`;

/**
 * Made after the rows, which is several times faster than keeping them up meanwhile; see scattered.ts for others. With all that is summed of sessions as of a
 * moment in it, `by_session` would halve that time, once for each moment; and cost 19 bytes and two pages of each new row.
 */
export const ROW_INDEXES: readonly string[] = `
CREATE INDEX by_time ON rows (time);
CREATE INDEX by_source ON rows (source, time);
CREATE INDEX by_kind ON rows (kind, time);
CREATE INDEX by_session ON rows (session, time);
CREATE INDEX by_identity ON rows (identity, time) WHERE identity > 0;
CREATE INDEX by_alone ON rows (time) WHERE identity > 0 AND shared = 0;
CREATE INDEX by_change ON rows (time) WHERE change = ${CHANGED};
CREATE INDEX by_conclusion ON rows (time) WHERE ${CONCLUDED_SQL};
CREATE INDEX by_failure ON rows (time) WHERE ${FAILED_SQL};
CREATE INDEX by_integrity ON rows (integrity, time) WHERE integrity >= ${FIRST_PROBLEM}`
  .trim()
  .split(";");

/** Of `identities`; made after it was filled. In every other order they are sorted when asked for; see identity-list.ts. */
export const IDENTITY_INDEX = "CREATE INDEX identities_by_last ON identities (last, newest)";

/** By which figures as of a moment are counted: made when lists can be had already, for those need it not. */
export const STATE_INDEX = "CREATE INDEX IF NOT EXISTS by_state ON rows (source, status, change, flags, time, until)";

/** Made once all files were looked at; another process may have come first. */
export const FILE_INDEXES = `
CREATE INDEX IF NOT EXISTS by_duration ON rows (duration);
CREATE INDEX IF NOT EXISTS pending ON rows (integrity) WHERE integrity = ${PENDING};
`;

function constraintOf(column: Column): string {
  if (column === "id") return "PRIMARY KEY";
  return column === "until" ? "" : "NOT NULL";
}

/** Sets a connection up that keeps an index: lists are read while it writes, and a crash or a power cut damages nothing. */
export function configureIndexWriter(db: Database.Database): void {
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = NORMAL");
  db.pragma("cache_size = -32768");
  // A statement for many rows keeps what it changes, to take it back; in a file that would cost as much as the log.
  db.pragma("temp_store = MEMORY");
  // Copying pages over at a commit takes longer than everything else. See checkpointAtRest; this is for who never comes to rest.
  db.pragma("wal_autocheckpoint = 8000");
}

/** Pages of the log from which on it is copied over. */
const LONG_LOG = 2_000;

/** Copies a long log over while nobody waits for rows. */
export function checkpointAtRest(db: Database.Database): void {
  const [log] = db.pragma("wal_checkpoint(NOOP)") as { log: number; checkpointed: number }[];
  if (log !== undefined && log.log - log.checkpointed >= LONG_LOG) db.pragma("wal_checkpoint(PASSIVE)");
}
