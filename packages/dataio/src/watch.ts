/**
 * Tells when another connection, of this or any other process, changed an archive. Only looks: a few microseconds for each
 * look, no read transaction in between, nothing on disk changes, and no writer ever waits for it.
 */
import { statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fromSqliteError, openForReading, type ReadConnection } from "./database.ts";
import { DataioError, isDataioError } from "./errors.ts";
import { type ArchiveLocation, archiveLocation } from "./location.ts";
import { formatTimestamp } from "./timestamps.ts";

/** How an archive is watched. */
export interface WatchOptions {
  /** Ends the watch without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds between two looks, at least 10. Default 250. */
  readonly intervalMs?: number;
}

/** That the archive has changed; what has is for the caller to read. */
export interface ArchiveChange {
  /** When it was noticed; timestamp text. Several commits between two looks are one change. */
  readonly noticedAt: string;
  /** `replaced`: another file has the database's name now, as after restoring a copy. Readers have to open it anew. */
  readonly kind: "committed" | "replaced";
}

const INTERVAL_MS = 250;
const MIN_INTERVAL_MS = 10;
/** A lock is waited for until the next look, not here: the wait would hold the thread. */
const BUSY_MS = 0;

/**
 * Reports changes from the first `next()` on, until `signal` aborts, the loop is left or `return()` is called. A moment in which the database is
 * locked is passed over. Changes that come while the loop's body runs are reported afterwards.
 * @throws PARAMS_INVALID at once; NOT_AN_ARCHIVE and what else hinders opening, also when the archive vanishes later
 */
export function watch(
  where: string | ArchiveLocation,
  options: WatchOptions = {},
): AsyncGenerator<ArchiveChange, void, undefined> {
  const { signal, intervalMs = INTERVAL_MS } = options;
  if (!(Number.isFinite(intervalMs) && intervalMs >= MIN_INTERVAL_MS)) {
    throw new DataioError("PARAMS_INVALID", `The interval is at least ${MIN_INTERVAL_MS} ms, not ${intervalMs}.`);
  }
  const left = new AbortController();
  const stopped = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const watched = changes(typeof where === "string" ? archiveLocation(where) : where, stopped, intervalMs);
  const leave = watched.return.bind(watched);
  // By itself a generator that is waited for is left only after its next value, which may never come.
  return Object.assign(watched, {
    return: (value: void | PromiseLike<void>) => {
      left.abort();
      return leave(value);
    },
  });
}

async function* changes(
  location: ArchiveLocation,
  signal: AbortSignal,
  intervalMs: number,
): AsyncGenerator<ArchiveChange, void, undefined> {
  let watched: Watched | undefined;
  try {
    let isFirst = true;
    let wasLocked = false;
    while (!signal.aborted) {
      try {
        // Looked at before it is opened, so that a file that takes its place meanwhile is noticed.
        const file = fileOf(location);
        if (watched === undefined || watched.file !== file) {
          watched?.connection.close();
          watched = undefined;
          watched = open(location, file);
          // Whoever held the lock while it was to be opened for the first time has probably changed something.
          if (!isFirst || wasLocked) yield { noticedAt: now(), kind: isFirst ? "committed" : "replaced" };
          isFirst = false;
        } else {
          const version = dataVersion(watched.connection);
          if (version !== watched.version) {
            watched.version = version;
            yield { noticedAt: now(), kind: "committed" };
          }
        }
      } catch (error) {
        const failure = fromSqliteError(error, location.databasePath);
        if (!isDataioError(failure, "DATABASE_LOCKED")) throw failure;
        wasLocked = true;
      }
      // Ends early when the signal aborts; the loop's condition says what that means.
      await sleep(intervalMs, undefined, { signal }).catch(() => {});
    }
  } finally {
    watched?.connection.close();
  }
}

interface Watched {
  /** Which file it is. */
  readonly file: string;
  readonly connection: ReadConnection;
  version: number;
}

function open(location: ArchiveLocation, file: string): Watched {
  const connection = openForReading(location, { busyMs: BUSY_MS });
  try {
    return { file, connection, version: dataVersion(connection) };
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Differs from the last one when another connection has committed since. */
function dataVersion(connection: ReadConnection): number {
  return Number(connection.db.pragma("data_version", { simple: true }));
}

function fileOf(location: ArchiveLocation): string {
  const found = statSync(location.databasePath, { throwIfNoEntry: false, bigint: true });
  return found === undefined ? "" : `${found.dev}:${found.ino}`;
}

function now(): string {
  return formatTimestamp(BigInt(Date.now()) * 1000n);
}
