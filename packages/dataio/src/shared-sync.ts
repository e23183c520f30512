/**
 * Syncs that are shared by those who wait for one at the same time: the disk takes as long for many as for one.
 */
import { setImmediate as nextTurn } from "node:timers/promises";

interface Sync {
  begun: boolean;
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
  const next = () => start(path, sync);
  under.next ??= under.running.then(next, next);
  return under.next;
}

function start(path: string, sync: () => Promise<void>): Promise<void> {
  const begin = async () => {
    // Whoever was called back in the same turn of the event loop comes along.
    await nextTurn();
    started.begun = true;
    await sync();
  };
  const started: Sync = { begun: false, running: begin(), next: undefined };
  syncs.set(path, started);
  const ended = () => {
    if (started.next === undefined) syncs.delete(path);
  };
  started.running.then(ended, ended);
  return started.running;
}
