/**
 * Whether a fetch that failed is worth another attempt, and how long to wait before it: exponential backoff with full
 * jitter, and never sooner than the source's `Retry-After` says. Pure but for the default of `random`.
 */
import { DataioError, type DataioErrorCode } from "./errors.ts";
import type { HeaderMap } from "./model.ts";

/** How fetches are repeated that failed for a passing reason. */
export interface RetryOptions {
  /** How many attempts in all, the first one included. Default 3. */
  readonly attempts?: number;
  /** The most that is waited before the second attempt, in milliseconds. Default 500. */
  readonly minDelayMs?: number;
  /** The most that is waited before any attempt, unless `Retry-After` says more. Default 30,000. */
  readonly maxDelayMs?: number;
  /** By how much the wait may grow from attempt to attempt. Default 2. */
  readonly factor?: number;
  /** A `Retry-After` of more milliseconds than this ends the attempts: to ask sooner is pointless. Default 60,000. */
  readonly maxRetryAfterMs?: number;
}

/** {@link RetryOptions} with nothing left open. */
export type RetryPolicy = Required<RetryOptions>;

/** What an attempt that failed tells: the error that was thrown, or the answer that was an error. */
export type AttemptFailure =
  | { readonly code: DataioErrorCode }
  | { readonly transportStatus: number | undefined; readonly headers: HeaderMap | undefined };

const PASSING_CODES: ReadonlySet<DataioErrorCode> = new Set(["NETWORK_FAILED", "TIMEOUT"]);
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Without options there is one attempt. @throws PARAMS_INVALID */
export function retryPolicy(options: RetryOptions | undefined): RetryPolicy {
  const policy = {
    attempts: options === undefined ? 1 : (options.attempts ?? 3),
    minDelayMs: options?.minDelayMs ?? 500,
    maxDelayMs: options?.maxDelayMs ?? 30_000,
    factor: options?.factor ?? 2,
    maxRetryAfterMs: options?.maxRetryAfterMs ?? 60_000,
  };
  if (!(Number.isSafeInteger(policy.attempts) && policy.attempts >= 1)) {
    throw new DataioError("PARAMS_INVALID", "retry.attempts must be a whole number from 1 on.");
  }
  if (!(policy.factor >= 1)) throw new DataioError("PARAMS_INVALID", "retry.factor must be a number from 1 on.");
  for (const name of ["minDelayMs", "maxDelayMs", "maxRetryAfterMs"] as const) {
    if (policy[name] >= 0 && policy[name] < 2 ** 31) continue;
    throw new DataioError("PARAMS_INVALID", `retry.${name} must be a number of milliseconds, 0 or more.`);
  }
  return policy;
}

/**
 * Milliseconds to wait before the next attempt; null when there is to be none.
 * @param attempt the number of the attempt that failed, from 1
 * @param random from 0 to 1
 */
export function retryDelayMs(
  policy: RetryPolicy,
  attempt: number,
  failure: AttemptFailure,
  random: () => number = Math.random,
  now: number = Date.now(),
): number | null {
  if (attempt >= policy.attempts || !isPassing(failure)) return null;
  const ceiling = Math.min(policy.maxDelayMs, policy.minDelayMs * policy.factor ** (attempt - 1));
  const asked = "headers" in failure ? retryAfterMs(failure.headers, now) : null;
  if (asked !== null && asked > policy.maxRetryAfterMs) return null;
  return Math.max(random() * ceiling, asked ?? 0);
}

function isPassing(failure: AttemptFailure): boolean {
  return "code" in failure ? PASSING_CODES.has(failure.code) : PASSING_STATUSES.has(failure.transportStatus ?? 0);
}

/**
 * What `Retry-After` says (RFC 9110 section 10.2.3), in milliseconds from now; null when it says nothing that can be read.
 * A date is taken against the answer's own `Date`, so that clocks that differ do not matter.
 */
export function retryAfterMs(headers: HeaderMap | undefined, now: number): number | null {
  const text = headerText(headers, "retry-after");
  if (text === undefined) return null;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  if (Number.isNaN(until)) return null;
  const answeredAt = Date.parse(headerText(headers, "date") ?? "");
  return Math.max(0, until - (Number.isNaN(answeredAt) ? now : answeredAt));
}

function headerText(headers: HeaderMap | undefined, name: string): string | undefined {
  for (const [key, value] of Object.entries(headers ?? {})) {
    if (key.toLowerCase() === name) return (typeof value === "string" ? value : value[0])?.trim();
  }
  return undefined;
}
