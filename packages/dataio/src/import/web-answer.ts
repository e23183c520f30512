/** An exchange over HTTP that another program recorded, as a request and an answer of ours. */
import { type JsonObject, parseJson } from "../canonical-json.ts";
import { isDataioError } from "../errors.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import type { ForeignAnswer } from "./foreign.ts";

/** What HAR and WARC say of an exchange. */
export interface WebExchange {
  readonly method: string;
  readonly url: string;
  readonly requestBody: string | null;
  readonly requestHeaders: JsonObject;
  readonly status: number | null;
  readonly headers: JsonObject;
  readonly contentType: string | null;
  readonly elapsedMs: number | null;
  readonly time: string;
  readonly checksum: string;
  readonly sizeBytes: number;
}

/** What a fetch by the HTTP adapter would have had as request, so that it finds the answer. */
export function webAnswer(exchange: WebExchange): ForeignAnswer {
  const { url, requestBody, status, headers, contentType, elapsedMs, time, checksum, sizeBytes } = exchange;
  const verb = exchange.method.toUpperCase();
  const method = verb === "GET" ? "GET" : "POST";
  return {
    kind: "http",
    method,
    params: verb === method ? { url } : { url, method: verb },
    body: requestBody === null || requestBody === "" ? null : jsonOrText(requestBody),
    isError: status !== null && status >= 400,
    time,
    checksum,
    sizeBytes,
    metadata: {
      ...(contentType === null ? {} : { content_type: contentType }),
      ...(status === null ? {} : { transport_status: status }),
      url,
      ...(elapsedMs === null ? {} : { elapsed_ms: elapsedMs }),
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(Object.keys(exchange.requestHeaders).length === 0
        ? {}
        : { adapter_meta: { request_headers: exchange.requestHeaders } }),
    },
  };
}

function jsonOrText(text: string) {
  try {
    JSON.parse(text);
    return parseJson(text);
  } catch {
    return text;
  }
}

/**
 * A moment that another program wrote, as timestamp text; null for a text that is none, or one beyond the years that it can have.
 * @param laterMs whole milliseconds behind it
 */
export function momentText(text: unknown, laterMs = 0): string | null {
  const moment = typeof text === "string" ? parseTimestamp(text)?.epochMicros : undefined;
  if (moment === undefined) return null;
  try {
    return formatTimestamp(moment + BigInt(laterMs) * 1000n);
  } catch (error) {
    if (isDataioError(error, "TIMESTAMP_INVALID")) return null;
    throw error;
  }
}

/** Whether it is an address that could be fetched from the web. */
export function isWebAddress(url: string): boolean {
  const protocol = URL.parse(url)?.protocol;
  return protocol === "http:" || protocol === "https:";
}

/** Header fields as sidecars keep them: in lower case, a name that occurs more than once with a list. */
export function headerMapOf(fields: Iterable<readonly [name: string, value: string]>): JsonObject {
  const map = new Map<string, string | string[]>();
  for (const [field, value] of fields) {
    const name = field.toLowerCase();
    const known = map.get(name);
    map.set(name, known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value]);
  }
  return Object.fromEntries(map);
}
