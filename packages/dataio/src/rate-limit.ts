/** How often a source may be called: at most so many calls begin within any span of time. */
import { setTimeout as sleep } from "node:timers/promises";
import { cancelledError, throwIfCancelled, untilCancelled } from "./cancellation.ts";
import { DataioError } from "./errors.ts";
import type { Store } from "./store.ts";

/** At most `limit` calls begin within any `intervalMs` milliseconds. */
export interface RateLimit {
  readonly limit: number;
  readonly intervalMs: number;
}

/** Lets callers through in the order in which they came. Give the same one to all who are to share it. */
export class RateLimiter {
  #rate: RateLimit;
  /** When the latest calls began, oldest first, in milliseconds of the monotonic clock. */
  #starts: number[] = [];
  #lastInLine: Promise<void> = Promise.resolve();

  /** @throws PARAMS_INVALID */
  constructor(rate: RateLimit) {
    this.#rate = validRate(rate);
  }

  /** Changes the rate for those that come to the front from now on; calls that have begun count on. @throws PARAMS_INVALID */
  setRate(rate: RateLimit): void {
    this.#rate = validRate(rate);
  }

  /** Waits until a call may begin, and counts it. Who gives up while waiting is not counted. @throws CANCELLED */
  async take(signal?: AbortSignal): Promise<void> {
    const before = this.#lastInLine;
    const turn = Promise.withResolvers<void>();
    this.#lastInLine = turn.promise;
    try {
      await (signal === undefined ? before : untilCancelled(before, signal));
      for (;;) {
        throwIfCancelled(signal);
        const waitMs = this.#waitMs();
        if (waitMs <= 0) break;
        await pause(waitMs, signal);
      }
      this.#starts = [...this.#starts, performance.now()].slice(-this.#rate.limit);
    } finally {
      // Whoever leaves the line early does not let the next one pass those in front of both.
      before.then(turn.resolve);
    }
  }

  #waitMs(): number {
    const { limit, intervalMs } = this.#rate;
    const oldest = this.#starts.at(-limit);
    return oldest === undefined ? 0 : oldest + intervalMs - performance.now();
  }
}

/** The longest that a timer waits; with more it would not wait at all. */
const MAX_PAUSE_MS = 2 ** 31 - 1;

/** Waits, 24 days at most. @throws CANCELLED as soon as the signal aborts */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(Math.min(milliseconds, MAX_PAUSE_MS), undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted === true) throw cancelledError(signal);
    throw error;
  }
}

const limiters = new WeakMap<Store, Map<string, RateLimiter>>();

/** The limiter of a source on a store, set to the given rate; a limiter that is given is taken as it is. */
export function rateLimiterOf(store: Store, source: string, rate: RateLimit | RateLimiter): RateLimiter {
  if (rate instanceof RateLimiter) return rate;
  const sources = limiters.get(store) ?? new Map<string, RateLimiter>();
  limiters.set(store, sources);
  const known = sources.get(source);
  if (known === undefined) {
    const limiter = new RateLimiter(rate);
    sources.set(source, limiter);
    return limiter;
  }
  known.setRate(rate);
  return known;
}

function validRate({ limit, intervalMs }: RateLimit): RateLimit {
  if (!(Number.isSafeInteger(limit) && limit >= 1)) {
    throw new DataioError("PARAMS_INVALID", "rateLimit.limit must be a whole number from 1 on.");
  }
  if (!(intervalMs > 0 && intervalMs < 2 ** 31)) {
    throw new DataioError("PARAMS_INVALID", "rateLimit.intervalMs must be a number of milliseconds above 0.");
  }
  return { limit, intervalMs };
}
