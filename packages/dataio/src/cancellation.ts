/**
 * Cancelling through an AbortSignal, always seen by callers as a DataioError `CANCELLED` with the signal's reason as cause.
 */

import { DataioError } from "./errors.ts";

/** The error of an operation whose `signal` has aborted. */
export function cancelledError(signal: AbortSignal): DataioError {
  return new DataioError("CANCELLED", "The operation was cancelled", { cause: signal.reason });
}

/** @throws CANCELLED when `signal` has aborted */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelledError(signal);
}

/**
 * The outcome of `pending`, or CANCELLED as soon as `signal` aborts. `pending` itself goes on; what becomes of it after
 * that is nobody's concern any more.
 */
export function untilCancelled<T>(pending: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(cancelledError(signal));
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * The outcome of `pending`, which is told of the cancellation itself and may say more than that; CANCELLED when it has not
 * ended so many milliseconds after `signal` aborted.
 */
export function endedSoonAfter<T>(pending: Promise<T>, signal: AbortSignal, graceMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      timer = setTimeout(() => reject(cancelledError(signal)), graceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    pending.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    });
  });
}

/**
 * The values of `source` until `signal` aborts, even while the next value never comes. A source that is left early is told
 * so (`return()`); it is waited for only when it was not cancelled, since one that hangs would hang here too.
 */
export async function* valuesUntilCancelled<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (signal === undefined) {
    yield* source;
    return;
  }
  throwIfCancelled(signal);
  const iterator = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const next = await untilCancelled(iterator.next(), signal);
      if (next.done === true) {
        ended = true;
        return;
      }
      yield next.value;
      throwIfCancelled(signal);
    }
  } catch (error) {
    // Without a cancellation it was the source that failed, and so it has ended.
    ended = !signal.aborted;
    throw error;
  } finally {
    if (!ended) {
      const left = Promise.resolve(iterator.return?.());
      if (signal.aborted) left.catch(() => {});
      else await left;
    }
  }
}
