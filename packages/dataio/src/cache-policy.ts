/**
 * How a fetch uses the archive, and what follows from that for one archived response at one moment. Pure.
 *
 * A response is fresh while it is not older than the policy's `ttlMs`, counted from when it was archived or was last
 * confirmed by its source, whichever is later; without a `ttlMs` for ever. A time that cannot be read is stale.
 */
import type { JsonObject, JsonValue } from "./canonical-json.ts";
import { DataioError } from "./errors.ts";
import { metadataObject } from "./file-facts.ts";
import type { HashMarks } from "./identity.ts";
import type { RequestDefaults } from "./session-options.ts";
import { parseTimestamp } from "./timestamps.ts";

/** The words that `cache` may be; see {@link CacheMode}. */
export const CACHE_MODES = ["default", "only-if-cached", "bypass", "revalidate", "never"] as const;

/**
 * - `default`: a fresh response of this source answers, else the source is asked.
 * - `only-if-cached`: a fresh response answers, else the fetch fails with CACHE_MISS. The source is never asked.
 * - `bypass`: the source is asked, and its answer may answer later fetches.
 * - `revalidate`: the source is asked whether the archived response still holds, as an HTTP cache does with ETag and
 *   Last-Modified, and sends a new one only if not. An adapter that cannot ask so fetches anew. With a `ttlMs`,
 *   a fresh response answers without asking, as with HTTP's `max-age`.
 * - `never`: the source is asked, and its answer is archived where no lookup ever finds it, neither ours nor Python's.
 */
export type CacheMode = (typeof CACHE_MODES)[number];

/** How a fetch uses the archive. */
export interface CachePolicy {
  readonly mode: CacheMode;
  /** Milliseconds for which a response is fresh; left out, it always is. Without effect on `bypass` and `never`. */
  readonly ttlMs?: number;
}

/** What a caller said about the cache, of a whole session or of one fetch. */
export interface CacheChoice {
  readonly cache?: CacheMode | CachePolicy | undefined;
  readonly useCache?: boolean | undefined;
  readonly ttlMs?: number | undefined;
}

/**
 * The policy in force: what the fetch says, else what the session says, else `default`.
 * @throws PARAMS_INVALID for `cache` beside `useCache`, an unknown mode, a `ttlMs` that is no number from 0 on
 */
export function cachePolicy(session: CacheChoice, fetch: CacheChoice = {}): CachePolicy {
  const choice = chosen(fetch) ?? chosen(session) ?? "default";
  const policy = typeof choice === "object" ? choice : { mode: choice, ttlMs: session.ttlMs };
  const { mode, ttlMs } = policy;
  if (!CACHE_MODES.includes(mode)) throw new DataioError("PARAMS_INVALID", `There is no cache mode "${mode}".`);
  if (ttlMs === undefined) return { mode };
  if (typeof ttlMs !== "number" || !(ttlMs >= 0 && ttlMs < Number.POSITIVE_INFINITY)) {
    throw new DataioError("PARAMS_INVALID", "ttlMs must be a number of milliseconds, 0 or more.");
  }
  return { mode, ttlMs };
}

function chosen({ cache, useCache }: CacheChoice): CacheMode | CachePolicy | undefined {
  if (cache !== undefined && useCache !== undefined) {
    throw new DataioError("PARAMS_INVALID", "Give cache or useCache, not both.");
  }
  if (useCache !== undefined) return useCache ? "default" : "bypass";
  return cache;
}

/** True when the archive has a say: the newest response is to be looked up. */
export function looksUp({ mode }: CachePolicy): boolean {
  return mode !== "bypass" && mode !== "never";
}

/**
 * True when a call that is under way already may answer. It began before this ask, so whoever wants the source asked
 * regardless does not share it.
 */
export function sharesCalls({ mode }: CachePolicy): boolean {
  return mode === "default" || mode === "revalidate";
}

/** What the policy reads of an archived response, as timestamp texts. */
export interface ArchivedTimes {
  readonly createdAt: string;
  /** When its source last confirmed it; null when it never did. */
  readonly confirmedAt: string | null;
}

/** What is to be done; `ageMs` is null when no time can be read. */
export type CacheDecision =
  | { readonly action: "reuse" }
  | { readonly action: "ask" }
  /** Ask whether the archived response still holds. */
  | { readonly action: "confirm" }
  | { readonly action: "miss"; readonly reason: "absent" }
  | { readonly action: "miss"; readonly reason: "stale"; readonly ageMs: number | null };

/** What a policy makes of the newest response at the moment `now`, a timestamp text. */
export function decideByCache(policy: CachePolicy, archived: ArchivedTimes | undefined, now: string): CacheDecision {
  const { mode, ttlMs } = policy;
  if (!looksUp(policy)) return { action: "ask" };
  if (archived === undefined)
    return mode === "only-if-cached" ? { action: "miss", reason: "absent" } : { action: "ask" };
  if (mode === "revalidate" && ttlMs === undefined) return { action: "confirm" };
  const ageMs = ttlMs === undefined ? null : ageOf(archived, now);
  if (ttlMs === undefined || (ageMs !== null && ageMs <= ttlMs)) return { action: "reuse" };
  if (mode === "only-if-cached") return { action: "miss", reason: "stale", ageMs };
  return { action: mode === "revalidate" ? "confirm" : "ask" };
}

/** Milliseconds, never negative: a clock that is ahead of ours makes no response older. */
function ageOf({ createdAt, confirmedAt }: ArchivedTimes, now: string): number | null {
  const moments = [createdAt, confirmedAt].flatMap((text) => {
    const moment = text === null ? null : parseTimestamp(text);
    return moment === null ? [] : [Number(moment.epochMicros)];
  });
  const present = parseTimestamp(now);
  if (present === null || moments.length === 0) return null;
  return Math.max(0, (Number(present.epochMicros) - Math.max(...moments)) / 1000);
}

/** The policy as `resolutions.policy_json` keeps it, with what else decided the request's identity. */
export function policyRecord({ mode, ttlMs }: CachePolicy, { asOfBucket, cacheTag }: RequestDefaults): JsonObject {
  return {
    cache: mode,
    ...(ttlMs === undefined ? {} : { ttl_ms: ttlMs }),
    ...(asOfBucket == null ? {} : { as_of_bucket: asOfBucket }),
    ...(cacheTag == null ? {} : { cache_tag: cacheTag }),
  };
}

/**
 * The bucket and the tag that `resolutions.policy_json` tells, for checking the request's hash; null when it tells none.
 * The text comes from an archive: one that cannot be read tells nothing.
 */
export function hashMarksOf(policyJson: string | null): HashMarks | null {
  const record = metadataObject(policyJson);
  const asOfBucket = textOf(record?.as_of_bucket);
  const cacheTag = textOf(record?.cache_tag);
  return asOfBucket === null && cacheTag === null ? null : { asOfBucket, cacheTag };
}

function textOf(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}
