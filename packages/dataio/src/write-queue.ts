/**
 * Commits shared by those who write at the same time. The disk takes far longer than the rows themselves; whoever asks while
 * one commit is under way is served by the next one, together. Each is told of its own outcome only once it is durable, and
 * one that fails takes none of the others with it.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type Database from "better-sqlite3";
import { whenUnlocked } from "./database.ts";
import { isDataioError } from "./errors.ts";

/** So many writes at most share a transaction: a few milliseconds, for which other processes have to wait. */
const MAX_GROUP = 64;

interface Waiting {
  /** May run more than once, each time in a transaction of which nothing is left unless it was the last. */
  attempt(): void;
  resolve(): void;
  reject(error: unknown): void;
}

/** What a queue does around the writes of each transaction. */
export interface WriteGuard {
  /** Before the transaction begins, on every try. What it throws ends those who wait. */
  readonly ready: () => void;
  /** First in the transaction. */
  readonly before: () => void;
  /** Last in the transaction. */
  readonly after: () => void;
  /** What those are told whose transaction failed so. */
  readonly failure: (error: unknown) => unknown;
  /** Resolves when what has been committed is as durable as it is to be. */
  readonly settled: () => Promise<void>;
}

/** The writes of one connection. */
export class WriteQueue {
  readonly #path: string;
  readonly #guard: WriteGuard;
  readonly #transaction: Database.Transaction<(group: readonly Waiting[]) => void>;
  #waiting: Waiting[] = [];
  #draining = false;

  constructor(db: Database.Database, guard: WriteGuard) {
    this.#path = db.name;
    this.#guard = guard;
    this.#transaction = db.transaction((group) => {
      guard.before();
      for (const one of group) one.attempt();
      guard.after();
    });
  }

  /**
   * Runs `action` in a transaction, perhaps together with others, and perhaps more than once.
   * @returns its result, once it is committed
   * @throws DATABASE_LOCKED when another process held the database for 15 seconds; what `action` throws, rolled back
   */
  run<T>(action: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const results: T[] = [];
      this.#waiting.push({
        attempt: () => {
          results[0] = action();
        },
        resolve: () => resolve(results[0] as T),
        reject,
      });
      if (!this.#draining) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#draining = true;
    // Whoever was called back in the same turn of the event loop comes along.
    await nextTurn();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.slice(0, MAX_GROUP);
      this.#waiting = this.#waiting.slice(MAX_GROUP);
      await this.#commit(group);
    }
    this.#draining = false;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      await whenUnlocked(this.#path, () => {
        this.#guard.ready();
        this.#transaction.immediate(group);
      });
    } catch (error) {
      // Any of them may be at fault, so each is tried alone; but not where all of them have waited long enough.
      if (group.length > 1 && !isDataioError(error, "DATABASE_LOCKED")) {
        for (const one of group) await this.#commit([one]);
      } else {
        const told = this.#guard.failure(error);
        for (const one of group) one.reject(told);
      }
      return;
    }
    // The next transaction need not wait for the disk.
    void this.#settle(group);
  }

  async #settle(group: readonly Waiting[]): Promise<void> {
    try {
      await this.#guard.settled();
    } catch (error) {
      for (const one of group) one.reject(error);
      return;
    }
    for (const one of group) one.resolve();
  }
}
