/**
 * Syncs that are shared by those who wait for one at the same time: the disk takes as long for many as for one.
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/** Where so many waited for a sync, more will come in a moment: syncs one after the other would keep the disk from the files. */
const CROWD = 3;
const GATHER_MS = 1;

interface Sync {
  begun: boolean;
  /** How many wait for the next one. */
  waiting: number;
  readonly running: Promise<void>;
  next: Promise<void> | undefined;
}

/** The syncs under way, by what they sync. */
const syncs = new Map<string, Sync>();

/**
 * Brings to disk what was written before the call. A sync that runs already may have missed it, so whoever comes meanwhile
 * waits for the next one, which is one for all of them.
 * @param path names what is synced, for all who share it
 * @throws what `sync` throws
 */
export function shareSync(path: string, sync: () => Promise<void>): Promise<void> {
  const under = syncs.get(path);
  if (under === undefined) return start(path, sync);
  if (!under.begun) return under.running;
  under.waiting += 1;
  const next = () => start(path, sync, under.waiting >= CROWD);
  under.next ??= under.running.then(next, next);
  return under.next;
}

function start(path: string, sync: () => Promise<void>, crowded = false): Promise<void> {
  const begin = async () => {
    // Whoever was called back in the same turn of the event loop comes along.
    if (crowded) await sleep(GATHER_MS);
    else await nextTurn();
    started.begun = true;
    await sync();
  };
  const started: Sync = { begun: false, waiting: 0, running: begin(), next: undefined };
  syncs.set(path, started);
  const ended = () => {
    if (started.next === undefined) syncs.delete(path);
  };
  started.running.then(ended, ended);
  return started.running;
}
