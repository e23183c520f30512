/**
 * Opens `dataio.sqlite`. Opening for reading changes nothing on disk: no journal mode, no table, no left-over file.
 * Opening for writing changes nothing either, until the first transaction.
 */
import { accessSync, closeSync, constants, openSync, rmSync, type Stats, statSync } from "node:fs";
import { devNull } from "node:os";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { throwIfCancelled } from "./cancellation.ts";
import { DataioError, fromSystemError, isDataioError, systemCode } from "./errors.ts";
import type { ArchiveLocation } from "./location.ts";
import { checkSchema, schemaVersion } from "./migrations.ts";

const READ_BUSY_MS = 5_000;
/** Short, because the writer waits asynchronously between tries instead of blocking the thread. */
const WRITE_BUSY_MS = 10;
/** How long a write, or a read that must not block, waits for other processes before it gives up, in milliseconds. */
const LOCK_WAIT_MS = 15_000;

/** A cache of its own and no memory map: a scan of a large archive must not fill the memory. */
const connectionPragmas = (cacheKib: number) =>
  `PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${cacheKib}; PRAGMA mmap_size = 0`;
const READ_CACHE_KIB = 16_384;
/** Fetches look hashes up and add to seven indexes: with the upper pages of these at hand that takes a quarter less time. */
const WRITE_CACHE_KIB = 65_536;

/**
 * Looks at what is there before SQLite opens it. The file itself is never opened here: on POSIX systems closing it would
 * drop the locks that other connections of this process hold on it, and another process could take their WAL away.
 */
function databaseFile(location: ArchiveLocation): Stats {
  let file: Stats | undefined;
  try {
    if (statSync(location.root, { throwIfNoEntry: false }) === undefined) {
      throw new DataioError("NOT_AN_ARCHIVE", `There is no folder ${location.root}.`);
    }
    file = statSync(location.databasePath, { throwIfNoEntry: false });
  } catch (error) {
    if (systemCode(error) !== "ENOTDIR") throw fromSystemError(error, `Cannot read ${location.databasePath}`);
  }
  if (file === undefined) {
    throw new DataioError("NOT_AN_ARCHIVE", `There is no archive in ${location.root}: it has no dataio.sqlite.`);
  }
  if (!file.isFile()) throw new DataioError("NOT_A_DATABASE", `${location.databasePath} is not a file.`);
  return file;
}

/** Turns an SQLite failure into a {@link DataioError}; other errors are returned as they are. */
export function fromSqliteError(error: unknown, path: string): unknown {
  // The addon is loaded by the first database that is opened, and needs a descriptor for it.
  if (systemCode(error) === "ERR_DLOPEN_FAILED") return unopenable(path) ?? error;
  if (!(error instanceof Database.SqliteError)) return error;
  const wrap = (code: ConstructorParameters<typeof DataioError>[0], message: string) =>
    new DataioError(code, message, { cause: error, details: { sqlite: error.code } });
  if (error.code.startsWith("SQLITE_BUSY") || error.code.startsWith("SQLITE_LOCKED")) {
    return wrap("DATABASE_LOCKED", `Another process holds ${path} locked.`);
  }
  if (error.code === "SQLITE_NOTADB") return wrap("NOT_A_DATABASE", `${path} is not an SQLite database.`);
  if (error.code.startsWith("SQLITE_CORRUPT")) return wrap("NOT_A_DATABASE", `${path} is damaged: ${error.message}.`);
  // The second is what becomes of a full disk when the index of the WAL has to grow.
  if (error.code === "SQLITE_FULL" || error.code === "SQLITE_IOERR_SHMSIZE") {
    return wrap("NO_SPACE", `No space is left for ${path}.`);
  }
  if (error.code === "SQLITE_READONLY_DBMOVED") {
    return wrap("IO_FAILED", `${path} was moved or deleted while it was open; nothing more is written to it.`);
  }
  if (error.code === "SQLITE_READONLY_ROLLBACK") {
    return wrap(
      "IO_FAILED",
      `A writer of ${path} was interrupted and left a journal; the archive must be opened for writing once to restore it.`,
    );
  }
  if (error.code.startsWith("SQLITE_READONLY") || error.code === "SQLITE_PERM") {
    return wrap("ACCESS_DENIED", `${path} cannot be written: ${error.message}.`);
  }
  if (error.code.startsWith("SQLITE_CANTOPEN") || error.code === "SQLITE_AUTH") {
    return unopenable(path) ?? wrap("ACCESS_DENIED", `${path} cannot be opened: ${error.message}.`);
  }
  if (error.code === "SQLITE_IOERR_WRITE") {
    return wrap(
      "IO_FAILED",
      `${path} cannot be written: a limit on the size of files or a quota is used up, or the disk fails.`,
    );
  }
  return wrap("IO_FAILED", `${path}: ${error.message} (${error.code}).`);
}

/** SQLite does not say why it cannot open a file; the system does, as long as the reason lasts. */
function unopenable(path: string): DataioError | undefined {
  try {
    accessSync(path, constants.R_OK);
    // Fails with EMFILE where this process has too many files open.
    closeSync(openSync(devNull, "r"));
    return undefined;
  } catch (error) {
    return fromSystemError(error, `${path} cannot be opened`);
  }
}

function translated<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fromSqliteError(error, path);
  }
}

/** Gives a statement, prepared once for each text. */
export type Prepare = <P extends unknown[], R>(sql: string) => Database.Statement<P, R>;

/** Keeps the statements of a connection: preparing one takes as long as running it. */
export function preparing(db: Database.Database): Prepare {
  const statements = new Map<string, Database.Statement<unknown[], unknown>>();
  return <P extends unknown[], R>(sql: string) => {
    let prepared = statements.get(sql);
    if (prepared === undefined) {
      prepared = db.prepare<unknown[], unknown>(sql);
      statements.set(sql, prepared);
    }
    // The text decides what a statement takes and yields; its caller names both.
    return prepared as Database.Statement<P, R>;
  };
}

/** A connection that only reads. */
export interface ReadConnection {
  readonly db: Database.Database;
  /** True once our additive tables are there: a writer may bring them at any time, and they stay. */
  isExtended(): boolean;
  readonly prepare: Prepare;
  /** Runs `action` while temporary tables may be written; the archive stays untouched. */
  scratch(action: () => void): void;
  close(): void;
}

/** How an archive is read. */
export interface ReadOptions {
  /** How long a read blocks while another process holds the database locked. Default 5 s. */
  readonly busyMs?: number;
  /** What SQLite keeps of the file in memory. Default 16 MiB, which whoever reads each row once has no use for. */
  readonly cacheKib?: number;
}

/**
 * Opens an archive for reading.
 *
 * In WAL mode SQLite needs `-wal` and `-shm` files even to read, and a read-only connection leaves them behind. So
 * where none exist the connection is a writing one that is forbidden to write (`query_only`): it removes them when it
 * closes. Where a `-wal` with content exists it belongs to another process, alive or dead, and is left alone. Only where the
 * database itself may not be written, and its folder may, are the two files left behind: to take them away here could
 * cost a process that opened the archive meanwhile its log.
 *
 * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
 */
export function openForReading(location: ArchiveLocation, options: ReadOptions = {}): ReadConnection {
  const path = location.databasePath;
  if (databaseFile(location).size === 0) {
    throw new DataioError("SCHEMA_UNKNOWN", `${path} is an empty file: no archive was created in it.`);
  }
  const hasContent = (suffix: string) => (statSync(path + suffix, { throwIfNoEntry: false })?.size ?? 0) > 0;
  const open = (readonly: boolean) =>
    new Database(path, { readonly, fileMustExist: true, timeout: options.busyMs ?? READ_BUSY_MS });
  return translated(path, () => {
    // A writing connection would also roll an interrupted transaction back, so where there is a journal it reads only.
    let guarded = !hasContent("-wal") && !hasContent("-journal") && mayWriteBeside(path);
    let db = open(!guarded);
    let extended = false;
    try {
      if (guarded) {
        db.exec("PRAGMA query_only = ON");
        if (db.prepare("PRAGMA journal_mode").pluck().get() !== "wal") {
          db.close();
          guarded = false;
          db = open(true);
        }
      }
      db.exec(connectionPragmas(options.cacheKib ?? READ_CACHE_KIB));
      extended = checkSchema(db) > 0;
    } catch (error) {
      const reason = walNeedsWriting(error, path) ?? fromSqliteError(error, path);
      db.close();
      throw reason;
    }
    return {
      db,
      prepare: preparing(db),
      isExtended() {
        extended ||= schemaVersion(db) > 0;
        return extended;
      },
      scratch(action) {
        if (!guarded) return action();
        db.pragma("query_only = OFF");
        try {
          action();
        } finally {
          db.pragma("query_only = ON");
        }
      },
      close: () => db.close(),
    };
  });
}

const NO_WAL_FILES: ReadonlySet<string> = new Set([
  "SQLITE_CANTOPEN",
  "SQLITE_READONLY_DIRECTORY",
  "SQLITE_READONLY_CANTINIT",
]);

/** What a read-only connection meets where it may not make the files that WAL mode needs. */
function walNeedsWriting(error: unknown, path: string): DataioError | undefined {
  if (!(error instanceof Database.SqliteError) || !NO_WAL_FILES.has(error.code)) return undefined;
  if (mayWriteBeside(path)) return undefined;
  return new DataioError(
    "ACCESS_DENIED",
    `${path} is in WAL mode, and SQLite can read it only where it may write beside it; copy the archive to read it.`,
    { cause: error },
  );
}

function mayWriteBeside(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** How an archive is written. */
export interface WriteOptions {
  /** False gives up safety against power loss (`synchronous=NORMAL`), not against crashes. Default true. */
  readonly durable?: boolean;
}

/**
 * Opens an existing archive for writing. Nothing is written yet, and its journal mode stays.
 * @throws as {@link openForReading}
 */
export function openForWriting(
  location: ArchiveLocation,
  options: WriteOptions & { readonly busyMs?: number } = {},
): Database.Database {
  databaseFile(location);
  const path = location.databasePath;
  return translated(path, () => {
    const db = new Database(path, { fileMustExist: true, timeout: options.busyMs ?? READ_BUSY_MS });
    try {
      checkSchema(db);
      configureWriter(db, options);
    } catch (error) {
      const reason = fromSqliteError(error, path);
      db.close();
      throw reason;
    }
    return db;
  });
}

/**
 * Creates the database of a new archive, in WAL mode. Its folder must exist. When it fails, no database is left behind.
 * @param createTables runs inside the transaction that makes it an archive
 * @throws ALREADY_EXISTS when the file is there, ACCESS_DENIED, NO_SPACE, and what `createTables` throws
 */
export function createDatabase(
  location: ArchiveLocation,
  options: WriteOptions,
  createTables: (db: Database.Database) => void,
): Database.Database {
  const path = location.databasePath;
  try {
    closeSync(openSync(path, "wx"));
  } catch (error) {
    throw fromSystemError(error, `Cannot create ${path}`);
  }
  return translated(path, () => {
    const db = new Database(path, { fileMustExist: true, timeout: READ_BUSY_MS });
    try {
      db.pragma("journal_mode = WAL");
      configureWriter(db, options);
      db.transaction(createTables).immediate(db);
    } catch (error) {
      const reason = fromSqliteError(error, path);
      db.close();
      // Made a moment ago, by this call, and without a table: nobody can have written anything to it.
      for (const suffix of ["", "-wal", "-shm"]) rmSync(path + suffix, { force: true });
      throw reason;
    }
    return db;
  });
}

function configureWriter(db: Database.Database, options: WriteOptions): void {
  // better-sqlite3 is compiled so that WAL would mean NORMAL; an archive is durable unless the caller says otherwise.
  db.pragma(`synchronous = ${options.durable === false ? "NORMAL" : "FULL"}`);
  db.pragma("foreign_keys = ON");
  db.exec(connectionPragmas(WRITE_CACHE_KIB));
  db.pragma(`busy_timeout = ${WRITE_BUSY_MS}`);
}

/**
 * Runs a short `action` on a database, again and again while another process holds it locked, without blocking the
 * thread in between. It must be one that may be repeated.
 * @throws DATABASE_LOCKED when it was held for `waitMs`; CANCELLED; what `action` throws, SQLite's errors as DataioErrors
 */
export async function whenUnlocked<T>(
  path: string,
  action: () => T,
  options: { readonly waitMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const { waitMs = LOCK_WAIT_MS, signal } = options;
  let deadline: number | undefined;
  for (let pause = 2; ; pause = Math.min(pause * 2, 100)) {
    try {
      return action();
    } catch (error) {
      const reason = fromSqliteError(error, path);
      if (!isDataioError(reason, "DATABASE_LOCKED")) throw reason;
      deadline ??= performance.now() + waitMs;
      if (performance.now() >= deadline) throw reason;
    }
    // Not in step with others that wait.
    await sleep(pause * (0.5 + Math.random() / 2));
    throwIfCancelled(signal);
  }
}

/**
 * Runs one short write transaction.
 * @throws as {@link whenUnlocked}; what `action` did is then rolled back
 */
export function writeTransaction<T>(db: Database.Database, action: () => T): Promise<T> {
  return whenUnlocked(db.name, () => db.transaction(action).immediate());
}
