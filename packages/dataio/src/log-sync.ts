/**
 * When what was committed is brought to disk. In WAL mode SQLite would do it within a commit, and this thread would wait; here
 * the log is synced by another one. In the other journal modes SQLite does all of it.
 */
import type Database from "better-sqlite3";
import { syncFile } from "./atomic-file.ts";
import { isDataioError } from "./errors.ts";
import { shareSync } from "./shared-sync.ts";

/**
 * What is to be awaited after a commit until it is as durable as it is to be. `durable`: the log is synced once for all who
 * wait, so that rows are as safe as under `synchronous=FULL` from the moment at which their writer hears of them. Else
 * nothing is waited for, and the log is brought into the database in the background.
 */
export function syncing(db: Database.Database, durable: boolean): () => Promise<void> {
  if (db.pragma("journal_mode", { simple: true }) !== "wal") return async () => {};
  const log = `${db.name}-wal`;
  if (!durable) return checkpointing(db, log);
  db.pragma("synchronous = NORMAL");
  return () => shareSync(log, () => syncLog(log));
}

/** 32 MiB, of which some thousand fetches make so many. */
const CHECKPOINT_PAGES = 8_000;
/** SQLite does it by itself, within a commit, where the log has become so long after all. */
const LATEST_CHECKPOINT_PAGES = 4 * CHECKPOINT_PAGES;
const COMMITS_BETWEEN_LOOKS = 16;

/** Syncing the log is nearly all of a checkpoint's time: where another thread has done so, little is left for this one. */
function checkpointing(db: Database.Database, log: string): () => Promise<void> {
  db.pragma(`wal_autocheckpoint = ${LATEST_CHECKPOINT_PAGES}`);
  const state = db.prepare<[], { log: number; checkpointed: number }>("PRAGMA wal_checkpoint(NOOP)");
  const isLong = () => {
    const found = state.get();
    return found !== undefined && found.log - found.checkpointed >= CHECKPOINT_PAGES;
  };
  let commits = 0;
  let isUnderWay = false;
  const checkpointWhereLong = async () => {
    isUnderWay = true;
    try {
      if (!isLong()) return;
      await syncLog(log);
      // Whoever closes the database last does it too.
      if (db.open) db.pragma("wal_checkpoint(PASSIVE)");
    } catch {
      // No row depends on it, and whatever is wrong meets the next commit as well.
    } finally {
      isUnderWay = false;
    }
  };
  return async () => {
    commits += 1;
    if (commits % COMMITS_BETWEEN_LOOKS === 0 && !isUnderWay) void checkpointWhereLong();
  };
}

async function syncLog(log: string): Promise<void> {
  try {
    await syncFile(log);
  } catch (error) {
    // Whoever closes the database last brings what is in the log to the database itself, synced, and removes the log.
    if (!isDataioError(error, "NOT_FOUND")) throw error;
  }
}
