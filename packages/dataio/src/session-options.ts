/** What a session is told and what it gives back. Types only. */
import type { Adapter } from "./adapters/adapter.ts";
import type { CacheMode, CachePolicy } from "./cache-policy.ts";
import type { JsonValue } from "./canonical-json.ts";
import type { Request, RequestMethod, ResolutionKind, Response, SessionMode } from "./model.ts";
import type { RateLimit, RateLimiter } from "./rate-limit.ts";
import type { Redactor } from "./redaction.ts";
import type { AdapterRegistry } from "./registry.ts";
import type { RetryOptions } from "./retry.ts";
import type { Store } from "./store.ts";

/** How a session is opened; see `DataIoSession.open`. */
export interface SessionOptions extends RequestDefaults {
  readonly store: Store;
  /** What the session asks, as its row names it. Answers of one source never stand in for another's. */
  readonly source: string;
  /** Who answers. Give either the adapter itself or a registry that knows one for `source`. */
  readonly adapter?: Adapter;
  readonly registry?: AdapterRegistry;
  /** Default `sync`. */
  readonly mode?: SessionMode;
  /** The moment that the data is meant for, as timestamp text; default now. */
  readonly asOf?: string;
  /** How the archive is used for fetches that do not say so themselves. Default `default`. */
  readonly cache?: CacheMode | CachePolicy;
  /** Short for `cache`: true is `default`, false is `bypass`. Give one of the two. */
  readonly useCache?: boolean;
  /** The `ttlMs` of every policy that is given as a mere word. Default none: what is archived never becomes stale. */
  readonly ttlMs?: number;
  /** Whether fetches that failed for a passing reason are repeated. Default not. Sends never are. */
  readonly retry?: RetryOptions;
  /**
   * How often the adapter may be called. Figures are shared by all sessions of this source on this store, where the
   * last session to be opened decides them; a limiter is shared by whoever has it.
   */
  readonly rateLimit?: RateLimit | RateLimiter;
  /**
   * Keeps secrets out of the metadata and failures that are archived, and refuses requests that would write one down.
   * Default: the values of the usual credential headers; null keeps everything.
   */
  readonly redact?: Redactor | null;
  /** Ends every running ask of this session as cancelled. */
  readonly signal?: AbortSignal;
}

/** What becomes part of a request's identity besides the call itself; the hash is then in the form of mxm-dataio 0.3. */
export interface RequestDefaults {
  /** The day (YYYY-MM-DD), or any other text, that the answer belongs to. With the next one the source is asked anew. */
  readonly asOfBucket?: string | null;
  /** Tells apart what params do not: a language, a version of the caller. */
  readonly cacheTag?: string | null;
  /**
   * The form of a hash that has neither bucket nor tag. Default `0.2`, which mxm-dataio 0.1 and 0.2 compute; with `0.3`
   * the request finds, and its answer is found by, what mxm-dataio 0.3 asks without them.
   */
  readonly hashForm?: "0.2" | "0.3";
}

/**
 * What to ask. Values or JSON text: text keeps every number exactly (`30.0`, 18 digits). A bucket or tag that is left
 * out is the session's; null means none.
 */
export interface RequestInit extends RequestDefaults {
  readonly kind: string;
  /** Default `GET`. */
  readonly method?: RequestMethod;
  /** Missing or null params become `{}`. `float(30)` is the number that Python writes as `30.0`. */
  readonly params?: JsonValue;
  readonly paramsJson?: string;
  readonly body?: JsonValue;
  readonly bodyJson?: string;
}

/** A request that has not been asked yet. The bucket and the tag are in its hash; no column holds them. Any request will do. */
export interface IssuedRequest extends Request, RequestDefaults {}

/** How one fetch is made. */
export interface FetchOptions {
  /** Overrides the session's policy. A policy object is complete in itself; a word takes the session's `ttlMs`. */
  readonly cache?: CacheMode | CachePolicy;
  /** Short for `cache`: true is `default`, false is `bypass`. Give one of the two. */
  readonly useCache?: boolean;
  readonly signal?: AbortSignal;
  /**
   * Called when a failed attempt is to be repeated.
   * @param attempt the number of the one that comes, from 2
   * @param waitMs how long it waits
   * @param reason what the failed attempt failed with, for people
   */
  readonly onRetry?: (attempt: number, waitMs: number, reason: string) => void;
}

/** A response together with how it was come by. `id` is that of the archived row. */
export interface SessionResponse extends Response {
  readonly resolution: ResolutionKind;
  /** The session's record of this ask; of its last attempt, when it was repeated. */
  readonly resolutionId: string;
  /** Milliseconds from the ask until the answer was archived. */
  readonly elapsedMs: number;
}
