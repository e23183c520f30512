/**
 * Opens `dataio.sqlite`. Opening for reading changes nothing on disk: no journal mode, no table, no left-over file.
 * Opening for writing changes nothing either, until the first transaction.
 */
import { accessSync, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { DataioError, fromSystemError, systemCode } from "./errors.ts";
import type { ArchiveLocation } from "./location.ts";
import { checkSchema, createPythonTables } from "./migrations.ts";

const HEADER_MAGIC = "SQLite format 3\0";
/** Offset of the "file format write version" in the header; 2 means WAL. Source: SQLite file format, section 1.3. */
const WRITE_VERSION_OFFSET = 18;
const READ_BUSY_MS = 5_000;
/** Short, because the writer waits asynchronously between tries instead of blocking the thread. */
const WRITE_BUSY_MS = 10;
/** How long a write waits for other processes before it gives up, in milliseconds. */
export const WRITE_WAIT_MS = 15_000;

interface Header {
  readonly wal: boolean;
  readonly empty: boolean;
}

function readHeader(location: ArchiveLocation): Header {
  let file: number;
  try {
    const root = statSync(location.root, { throwIfNoEntry: false });
    if (root === undefined) {
      throw new DataioError("NOT_AN_ARCHIVE", `There is no folder ${location.root}.`);
    }
    file = openSync(location.databasePath, "r");
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") {
      throw new DataioError("NOT_AN_ARCHIVE", `There is no archive in ${location.root}: it has no dataio.sqlite.`, {
        cause: error,
      });
    }
    throw fromSystemError(error, `Cannot read ${location.databasePath}`);
  }
  try {
    if (!fstatSync(file).isFile()) {
      throw new DataioError("NOT_A_DATABASE", `${location.databasePath} is not a file.`);
    }
    const header = Buffer.alloc(100);
    const length = readSync(file, header, 0, header.length, 0);
    if (length === 0) return { wal: false, empty: true };
    if (header.toString("latin1", 0, HEADER_MAGIC.length) !== HEADER_MAGIC) {
      throw new DataioError("NOT_A_DATABASE", `${location.databasePath} is not an SQLite database.`);
    }
    return { wal: header[WRITE_VERSION_OFFSET] === 2, empty: false };
  } finally {
    closeSync(file);
  }
}

/** Turns an SQLite failure into a {@link DataioError}; other errors are returned as they are. */
export function fromSqliteError(error: unknown, path: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const wrap = (code: ConstructorParameters<typeof DataioError>[0], message: string) =>
    new DataioError(code, message, { cause: error, details: { sqlite: error.code } });
  if (error.code.startsWith("SQLITE_BUSY") || error.code.startsWith("SQLITE_LOCKED")) {
    return wrap("DATABASE_LOCKED", `Another process holds ${path} locked.`);
  }
  if (error.code === "SQLITE_NOTADB") return wrap("NOT_A_DATABASE", `${path} is not an SQLite database.`);
  if (error.code.startsWith("SQLITE_CORRUPT")) return wrap("NOT_A_DATABASE", `${path} is damaged: ${error.message}.`);
  if (error.code === "SQLITE_FULL") return wrap("NO_SPACE", `No space is left for ${path}.`);
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
    return wrap("ACCESS_DENIED", `${path} cannot be opened: ${error.message}.`);
  }
  return wrap("IO_FAILED", `${path}: ${error.message}.`);
}

function translated<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw fromSqliteError(error, path);
  }
}

/** A connection that only reads. */
export interface ReadConnection {
  readonly db: Database.Database;
  /** A statement, prepared once for each text. */
  prepare<P extends unknown[], R>(sql: string): Database.Statement<P, R>;
  /** Runs `action` while temporary tables may be written; the archive stays untouched. */
  scratch(action: () => void): void;
  close(): void;
}

/**
 * Opens an archive for reading.
 *
 * In WAL mode SQLite needs `-wal` and `-shm` files even to read, and a read-only connection leaves them behind. So
 * where none exist the connection is a writing one that is forbidden to write (`query_only`): it removes them when it
 * closes. Where a `-wal` with content exists it belongs to another process, alive or dead, and is left alone.
 *
 * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
 */
export function openForReading(location: ArchiveLocation, options: { readonly busyMs?: number } = {}): ReadConnection {
  const header = readHeader(location);
  const path = location.databasePath;
  if (header.empty) throw new DataioError("SCHEMA_UNKNOWN", `${path} is an empty file: no archive was created in it.`);
  const walSize = statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  const guarded = header.wal && walSize === 0;
  if (guarded && !mayWriteBeside(path)) {
    throw new DataioError(
      "ACCESS_DENIED",
      `${path} is in WAL mode, and SQLite can read it only where it may write beside it; copy the archive to read it.`,
    );
  }
  return translated(path, () => {
    const db = new Database(path, {
      readonly: !guarded,
      fileMustExist: true,
      timeout: options.busyMs ?? READ_BUSY_MS,
    });
    try {
      if (guarded) db.pragma("query_only = ON");
      db.pragma("temp_store = MEMORY");
      db.pragma("cache_size = -16384");
      db.pragma("mmap_size = 0");
      checkSchema(db);
    } catch (error) {
      db.close();
      throw error;
    }
    const statements = new Map<string, Database.Statement<unknown[], unknown>>();
    return {
      db,
      prepare<P extends unknown[], R>(sql: string) {
        const prepared = statements.get(sql) ?? db.prepare<unknown[], unknown>(sql);
        statements.set(sql, prepared);
        // The text decides what a statement takes and yields; its caller names both.
        return prepared as Database.Statement<P, R>;
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

function mayWriteBeside(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    accessSync(dirname(path), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export interface WriteOptions {
  /** False gives up safety against power loss (`synchronous=NORMAL`), not against crashes. Default true. */
  readonly durable?: boolean;
}

/**
 * Opens an existing archive for writing. Nothing is written yet, and its journal mode stays.
 * @throws as {@link openForReading}
 */
export function openForWriting(location: ArchiveLocation, options: WriteOptions = {}): Database.Database {
  readHeader(location);
  return translated(location.databasePath, () => {
    const db = new Database(location.databasePath, { fileMustExist: true, timeout: READ_BUSY_MS });
    try {
      checkSchema(db);
      configureWriter(db, options);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

/**
 * Creates the database of a new archive, in WAL mode, with the tables that Python knows. Its folder must exist.
 * @throws ALREADY_EXISTS when the file is there, ACCESS_DENIED, NO_SPACE
 */
export function createDatabase(location: ArchiveLocation, options: WriteOptions = {}): Database.Database {
  try {
    closeSync(openSync(location.databasePath, "wx"));
  } catch (error) {
    throw fromSystemError(error, `Cannot create ${location.databasePath}`);
  }
  return translated(location.databasePath, () => {
    const db = new Database(location.databasePath, { fileMustExist: true, timeout: READ_BUSY_MS });
    try {
      db.pragma("journal_mode = WAL");
      configureWriter(db, options);
      db.transaction(createPythonTables).immediate(db);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  });
}

function configureWriter(db: Database.Database, options: WriteOptions): void {
  // better-sqlite3 is compiled so that WAL would mean NORMAL; an archive is durable unless the caller says otherwise.
  db.pragma(`synchronous = ${options.durable === false ? "NORMAL" : "FULL"}`);
  db.pragma("foreign_keys = ON");
  db.pragma("temp_store = MEMORY");
  db.pragma("cache_size = -16384");
  db.pragma("mmap_size = 0");
  db.pragma(`busy_timeout = ${WRITE_BUSY_MS}`);
}

/**
 * Runs one short write transaction, waiting for other processes without blocking the thread.
 * @throws DATABASE_LOCKED when they held the database for {@link WRITE_WAIT_MS}; what `action` throws, rolled back
 */
export async function writeTransaction<T>(db: Database.Database, action: () => T, waitMs = WRITE_WAIT_MS): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, 100)) {
    try {
      return db.transaction(action).immediate();
    } catch (error) {
      const busy = error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
      if (!busy || performance.now() >= deadline) throw fromSqliteError(error, db.name);
      await sleep(pause * (0.5 + Math.random() / 2));
    }
  }
}
