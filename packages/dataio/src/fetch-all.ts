/** Many fetches, a few at a time. Each has an outcome of its own, and none stops the others. */
import { throwIfCancelled } from "./cancellation.ts";
import { DataioError, fromSystemError } from "./errors.ts";
import type { FetchOptions, IssuedRequest, SessionResponse } from "./session-options.ts";

/** How one of many fetches ended. */
export type FetchOutcome =
  /** Archived; also an answer of the source that is an error (`resolution` is then `failed`). */
  | { readonly state: "fulfilled"; readonly response: SessionResponse }
  /** No answer. `error.details.resolution_id` names the record; a fetch that was cancelled before it began has none. */
  | { readonly state: "rejected"; readonly error: DataioError };

/** How far many fetches have come. */
export interface FetchAllProgress {
  /** Fetches that have ended, in whatever way, or will not begin. */
  readonly done: number;
  readonly total: number;
  /** The position, among the requests, of the one that ended just now. */
  readonly index: number;
  readonly outcome: FetchOutcome;
}

/** How many fetches are made, together with how each of them is. */
export interface FetchAllOptions extends FetchOptions {
  /** How many run at a time, from 1 on. Default 4. */
  readonly concurrency?: number;
  /** Called as each fetch ends. What it throws ends the whole: nothing more begins, and what runs is cancelled. */
  readonly onProgress?: (progress: FetchAllProgress) => void;
}

/**
 * Runs `fetch` for all requests.
 * @returns one outcome for each request, in their order
 * @throws PARAMS_INVALID for the concurrency; what `onProgress` throws. Never because of a fetch
 */
export async function fetchAll(
  requests: Iterable<IssuedRequest>,
  options: FetchAllOptions,
  fetch: (request: IssuedRequest, options: FetchOptions) => Promise<SessionResponse>,
): Promise<readonly FetchOutcome[]> {
  const { concurrency = 4, onProgress, ...fetchOptions } = options;
  if (!(concurrency >= 1)) throw new DataioError("PARAMS_INVALID", "concurrency must be a number from 1 on.");
  const all = [...requests];
  const outcomes: FetchOutcome[] = [];
  const broken = new AbortController();
  const signal = AbortSignal.any([broken.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const ownOptions = { ...fetchOptions, signal };
  const queue = all.entries();
  let done = 0;
  const worker = async () => {
    // One iterator for all workers: each takes the next request.
    for (const [index, request] of queue) {
      if (broken.signal.aborted) return;
      let outcome: FetchOutcome;
      try {
        throwIfCancelled(signal);
        outcome = { state: "fulfilled", response: await fetch(request, ownOptions) };
      } catch (error) {
        outcome = { state: "rejected", error: fromSystemError(error, "The fetch failed") };
      }
      outcomes[index] = outcome;
      done += 1;
      try {
        onProgress?.({ done, total: all.length, index, outcome });
      } catch (error) {
        broken.abort(error);
        throw error;
      }
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: Math.min(concurrency, all.length) }, worker));
  const failed = workers.find((ended) => ended.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return outcomes;
}
