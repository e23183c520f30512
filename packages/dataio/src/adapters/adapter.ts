/**
 * What an adapter is: the code that speaks to one external system. It sees the call and a signal, and gives back bytes; it
 * knows nothing of archives. What it can do is told by the methods that it has.
 */

import { canonicalJson, JsonNumber, type JsonObject, type JsonValue, parseJson } from "../canonical-json.ts";
import { DataioError } from "../errors.ts";
import { AdapterResult, type AdapterResultInit, type Request } from "../model.ts";

/** A call as an adapter sees it. */
export interface AdapterRequest {
  readonly kind: string;
  /** A RequestMethod, or an unknown word from an archive. */
  readonly method: string;
  /** Exact values: a number from an archive is a JsonNumber, which keeps its text. `toPlain` gives ordinary ones. */
  readonly params: JsonValue;
  readonly body: JsonValue;
  /** The canonical JSON text of params, null for None. */
  readonly paramsJson: string | null;
  readonly bodyJson: string | null;
}

/** What surrounds a call. */
export interface AdapterContext {
  /** Aborts when the caller gives up; the adapter then throws CANCELLED as soon as it can. */
  readonly signal: AbortSignal;
  /**
   * Only under the cache policy `revalidate`: the archived response that the caller has. An adapter that can ask its
   * source whether this still holds (HTTP: ETag, Last-Modified) may do so, and gives back a result with `notModified` when
   * it does. An adapter that cannot leaves it alone and fetches.
   */
  readonly archived?: ArchivedAnswer;
}

/** An archived response, as far as it takes to ask whether it still holds. */
export interface ArchivedAnswer {
  /** Timestamp text, as the archive has it. */
  readonly createdAt: string;
  /** Checksum of the payload, which is there and intact. */
  readonly checksum: string | null;
  /**
   * Its transport facts as the sidecar keys them (`url`, `headers` …); empty when none are known. Facts that were kept
   * beside the payload can be those of another call with the same bytes: compare what they name with what is asked.
   */
  readonly metadata: JsonObject;
}

/** What all adapters have in common. An adapter without any capability cannot be registered. */
export interface Adapter {
  /** What the adapter is called where adapters are listed. */
  readonly name?: string;
  /** One line for people: what it reads from, without secrets. */
  describe?(): string;
  /** Gives up connections and processes. Calls still under way fail. */
  close?(): void | Promise<void>;
}

/** Asks for data. */
export interface Fetcher extends Adapter {
  /** The answer, whole: bytes alone, or with their transport facts. Whatever it throws is recorded as the ask's failure. */
  fetch(request: AdapterRequest, context: AdapterContext): Promise<Uint8Array | AdapterResult>;
}

/** Sends data; what comes back is the acknowledgement. */
export interface Sender extends Adapter {
  /** Sends exactly `payload`, once. An object that it gives back is archived as its canonical JSON text. */
  send(
    request: AdapterRequest,
    payload: Uint8Array,
    context: AdapterContext,
  ): Promise<Uint8Array | AdapterResult | JsonObject>;
}

/**
 * Subscribes to data that keeps coming. Each value is a message; a result with the status `stream_open` or
 * `stream_closed` has the facts of a connection that opened or closed instead, and a session adds those that are missing.
 * Returning ends the stream well, throwing ends it as failed. A session asks for the next value only when it has room,
 * so an adapter that is pushed to has to hold its source back.
 */
export interface Streamer extends Adapter {
  /** Messages as they come, each whole. It ends when the source ends it, and throws when it broke. */
  stream(request: AdapterRequest, context: AdapterContext): AsyncIterable<Uint8Array | AdapterResult>;
}

/** What an adapter can do; the name of the method that does it. */
export type Capability = "fetch" | "send" | "stream";

/** True for an adapter that can fetch. */
export function isFetcher(adapter: object): adapter is Fetcher {
  return "fetch" in adapter && typeof adapter.fetch === "function";
}

/** True for an adapter that can send. */
export function isSender(adapter: object): adapter is Sender {
  return "send" in adapter && typeof adapter.send === "function";
}

/** True for an adapter that can stream. */
export function isStreamer(adapter: object): adapter is Streamer {
  return "stream" in adapter && typeof adapter.stream === "function";
}

/** What the adapter can do, in the order fetch, send, stream. */
export function capabilitiesOf(adapter: object): readonly Capability[] {
  const capabilities: Capability[] = [];
  if (isFetcher(adapter)) capabilities.push("fetch");
  if (isSender(adapter)) capabilities.push("send");
  if (isStreamer(adapter)) capabilities.push("stream");
  return capabilities;
}

/**
 * The call that a request row stands for.
 * @throws JSON_INVALID when params or body are not JSON, which archived rows can be
 */
export function adapterRequest(request: Pick<Request, "kind" | "method" | "paramsJson" | "bodyJson">): AdapterRequest {
  const { kind, method, paramsJson, bodyJson } = request;
  const params = paramsJson === null ? null : parseJson(paramsJson);
  const body = bodyJson === null ? null : parseJson(bodyJson);
  return { kind, method, params, body, paramsJson, bodyJson };
}

/**
 * The one form of everything that an adapter may give back. An object with bytes as `data` is a result; any other becomes its canonical JSON text with the content
 * type application/json.
 * @throws ADAPTER_FAILED for anything else, since adapters may be other people's code
 */
export function toAdapterResult(value: Uint8Array | AdapterResult | JsonObject): AdapterResult {
  if (value instanceof Uint8Array) return new AdapterResult({ data: value });
  if (value instanceof AdapterResult) {
    if (value.data instanceof Uint8Array) return value;
    throw new DataioError("ADAPTER_FAILED", "The adapter gave back a result whose data are not bytes");
  }
  // Of another copy of this library, or written out by hand.
  if (hasBytes(value)) return new AdapterResult(value);
  if (!isObject(value)) throw new DataioError("ADAPTER_FAILED", "The adapter gave back neither bytes nor a result");
  return new AdapterResult({ data: Buffer.from(canonicalJson(value), "utf8"), contentType: "application/json" });
}

function hasBytes(value: unknown): value is AdapterResultInit {
  return typeof value === "object" && value !== null && "data" in value && value.data instanceof Uint8Array;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
