/**
 * How a fetch is answered: from the archive, by an identical fetch that is under way, or by the adapter, which may be
 * attempted several times and not more often than its rate allows.
 */
import {
  type AdapterContext,
  type AdapterRequest,
  type ArchivedAnswer,
  adapterRequest,
  type Fetcher,
  toAdapterResult,
} from "./adapters/adapter.ts";
import { type Ask, rejection } from "./ask.ts";
import { type CacheDecision, type CachePolicy, decideByCache, looksUp, sharesCalls } from "./cache-policy.ts";
import { endedSoonAfter, throwIfCancelled, untilCancelled } from "./cancellation.ts";
import type { JsonObject } from "./canonical-json.ts";
import { DataioError, isDataioError } from "./errors.ts";
import { metadataObject } from "./file-facts.ts";
import type { InFlight } from "./in-flight.ts";
import type { AdapterResult, Response } from "./model.ts";
import { pause, type RateLimiter } from "./rate-limit.ts";
import { type RetryPolicy, retryDelayMs } from "./retry.ts";
import type { SessionResponse } from "./session-options.ts";
import { metadataText } from "./sidecars.ts";

/** How a session reaches its source. */
export interface Access {
  readonly inFlight: InFlight;
  readonly limiter: RateLimiter | undefined;
  readonly retry: RetryPolicy;
  /** Called with the number of the attempt that comes, how long it waits, and why. */
  readonly onRetry?: ((attempt: number, waitMs: number, reason: string) => void) | undefined;
}

/** The newest response of this source to the request, and when it was last confirmed. */
interface Archived {
  readonly response: Response;
  readonly createdAt: string;
  readonly confirmedAt: string | null;
}

/** Answers a fetch as its policy says. @throws whatever ended it, recorded */
export async function answerFetch(
  ask: Ask,
  adapter: Fetcher,
  policy: CachePolicy,
  access: Access,
): Promise<SessionResponse> {
  const archived = looksUp(policy) ? await newestOf(ask, policy) : undefined;
  const decision = decideByCache(policy, archived, ask.store.clock());
  if (decision.action === "miss") throw await ask.fail(cacheMiss(policy, decision, archived));
  if (decision.action === "ask" || archived === undefined) return await acquire(ask, adapter, policy, access);

  // A payload that cannot be shown to be intact, for whatever reason, is fetched again (and healed by that).
  const problem = await payloadProblem(ask, archived.response);
  if (problem !== undefined && policy.mode === "only-if-cached") throw await ask.fail(problem);
  if (problem !== undefined) return await acquire(ask, adapter, policy, access);
  if (decision.action === "reuse") return await ask.reuse(archived.response);
  return await acquire(ask, adapter, policy, access, archived.response);
}

/** So long an adapter may take to stop once it is cancelled, in milliseconds; a program is killed well before. */
const STOP_MS = 5_000;

/** What a call of the adapter depends on besides the call itself. */
export interface CallOptions {
  readonly limiter: RateLimiter | undefined;
  /** Milliseconds from now before which the call does not begin. */
  readonly waitMs?: number;
  /** True where the adapter may say that what is archived still holds. */
  readonly mayBeUnmodified?: boolean;
}

/**
 * Calls the adapter, in its turn.
 * @throws whatever ended the call, recorded
 */
export async function callAdapter(
  ask: Ask,
  call: (request: AdapterRequest) => Promise<Uint8Array | AdapterResult | JsonObject>,
  options: CallOptions,
): Promise<AdapterResult> {
  const { limiter, waitMs = 0, mayBeUnmodified = false } = options;
  try {
    if (waitMs > 0) await pause(waitMs, ask.signal);
    await limiter?.take(ask.signal);
    throwIfCancelled(ask.signal);
    if (waitMs > 0 || limiter !== undefined) ask.begins();
    // An adapter may be somebody's module, and one that hears of no cancellation would hold its session for ever.
    const called = Promise.resolve(call(adapterRequest(ask.request)));
    const result = toAdapterResult(await endedSoonAfter(called, ask.signal, STOP_MS));
    if (result.notModified === true) {
      if (!mayBeUnmodified) {
        throw new DataioError("ADAPTER_FAILED", "The adapter says that nothing changed, which it was not asked.");
      }
      // Facts that have no JSON form are refused here, as they are where a payload is stored.
      metadataText(result.metaDict());
    }
    return result;
  } catch (error) {
    throw await ask.fail(error);
  }
}

async function newestOf(ask: Ask, policy: CachePolicy): Promise<Archived | undefined> {
  const { hash } = ask.request;
  const response = hash === null ? undefined : await ask.store.getCachedResponseByRequestHash(hash, ask.source);
  if (response === undefined) return undefined;
  // Asked only where an age matters.
  const confirmedAt = policy.ttlMs === undefined ? null : await ask.store.lastConfirmationOf(response.id);
  return { response, createdAt: response.createdAt, confirmedAt };
}

async function payloadProblem(ask: Ask, { checksum }: Response): Promise<DataioError | undefined> {
  if (checksum === null) return new DataioError("PAYLOAD_MISSING", "The archived response names no payload.");
  try {
    const { state } = await ask.store.payloads.verify(checksum, { signal: ask.signal });
    if (state === "ok") return undefined;
    return state === "missing"
      ? new DataioError("PAYLOAD_MISSING", `The payload ${checksum} is not there.`, { details: { checksum } })
      : new DataioError("PAYLOAD_CORRUPT", `The payload ${checksum} is damaged.`, { details: { checksum } });
  } catch (error) {
    if (isDataioError(error)) return error;
    throw error;
  }
}

/** Shares an identical fetch that is under way, where the policy allows it, or makes one that others may share. */
async function acquire(
  ask: Ask,
  adapter: Fetcher,
  policy: CachePolicy,
  access: Access,
  archived?: Response,
): Promise<SessionResponse> {
  const { hash } = ask.request;
  const attempts = () => attemptUntilAnswered(ask, adapter, access, archived);
  if (hash === null || policy.mode === "never") return await attempts();
  for (let since = ask.started; sharesCalls(policy); since = performance.now()) {
    const running = access.inFlight.find(ask.source, hash, since);
    if (running === undefined) break;
    const shared = await share(ask, running);
    if (shared !== undefined) return shared;
  }
  return await access.inFlight.lead(ask.source, hash, attempts);
}

/** Ends as another fetch ends; undefined when that was given up by its own caller, which must not end this one. */
async function share(ask: Ask, running: Promise<SessionResponse>): Promise<SessionResponse | undefined> {
  let response: SessionResponse;
  try {
    response = await untilCancelled(running, ask.signal);
  } catch (error) {
    const given = isDataioError(error, "CANCELLED") || isDataioError(error, "CLOSED");
    if (given && !ask.signal.aborted) return undefined;
    throw await ask.fail(ask.signal.aborted ? error : sharedFailure(error));
  }
  return await ask.share(response);
}

function sharedFailure(error: unknown): unknown {
  if (!isDataioError(error)) return error;
  const { resolution_id, ...details } = error.details;
  const shared = resolution_id === undefined ? {} : { shared_with: resolution_id };
  return new DataioError(error.code, error.message, { details: { ...details, ...shared }, cause: error });
}

async function attemptUntilAnswered(
  ask: Ask,
  adapter: Fetcher,
  access: Access,
  archived: Response | undefined,
): Promise<SessionResponse> {
  const context: AdapterContext = {
    signal: ask.signal,
    ...(archived === undefined ? {} : { archived: await archivedAnswer(ask, archived) }),
  };
  for (let waitMs = 0; ; ask.nextAttempt()) {
    let delay: number | null;
    let reason: string;
    try {
      const result = await callAdapter(ask, (request) => adapter.fetch(request, context), {
        limiter: access.limiter,
        waitMs,
        mayBeUnmodified: archived !== undefined,
      });
      if (result.notModified === true && archived !== undefined) return await ask.reuse(archived, result.metaDict());
      const response = await ask.answer(result);
      delay = response.resolution === "failed" ? retryDelayMs(access.retry, ask.attempt, result) : null;
      if (delay === null) return response;
      reason = rejection(result.transportStatus ?? null).message;
    } catch (error) {
      delay = isDataioError(error) ? retryDelayMs(access.retry, ask.attempt, error) : null;
      if (delay === null || !isDataioError(error)) throw error;
      reason = error.message;
    }
    waitMs = delay;
    access.onRetry?.(ask.attempt + 1, waitMs, reason);
  }
}

/**
 * What an adapter is told of the response that is to be confirmed. Its own metadata, else those that its bytes share:
 * they may be another response's, so they are good for nothing but asking the very URL that they name.
 */
async function archivedAnswer(ask: Ask, response: Response): Promise<ArchivedAnswer> {
  const own = await ask.store.getResponseMetadata(response.id);
  return {
    createdAt: response.createdAt,
    checksum: response.checksum,
    metadata: own === undefined ? await sharedMetadata(ask, response) : (metadataObject(own) ?? {}),
  };
}

/** Empty where there are none that can be read: the adapter then fetches anew. */
async function sharedMetadata(ask: Ask, { checksum }: Response): Promise<JsonObject> {
  try {
    return (checksum === null ? undefined : await ask.store.readMetadata(checksum)) ?? {};
  } catch (error) {
    if (isDataioError(error)) return {};
    throw error;
  }
}

function cacheMiss(
  policy: CachePolicy,
  decision: Extract<CacheDecision, { action: "miss" }>,
  archived: Archived | undefined,
): DataioError {
  if (decision.reason === "absent" || archived === undefined) {
    return new DataioError("CACHE_MISS", "The archive holds no response of this source to the request.", {
      details: { reason: "absent" },
    });
  }
  const ageMs = decision.ageMs === null ? null : Math.round(decision.ageMs);
  const age = ageMs === null ? "of an unknown age" : `${ageMs} ms old`;
  return new DataioError("CACHE_MISS", `The archived response is stale: it is ${age}.`, {
    details: {
      reason: "stale",
      response_id: archived.response.id,
      age_ms: ageMs,
      ttl_ms: policy.ttlMs ?? null,
    },
  });
}
