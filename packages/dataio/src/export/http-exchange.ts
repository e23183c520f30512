/** What an archived row says of an exchange over HTTP. What was not recorded stays unknown: nothing is made up. */
import { adapterRequest } from "../adapters/adapter.ts";
import { type HttpCall, httpCall } from "../adapters/http-call.ts";
import { isDataioError } from "../errors.ts";
import type { Request } from "../model.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import type { EntryMetadata } from "./metadata.ts";
import { Unexportable } from "./payload-content.ts";

/** What our adapter would add by itself, and what no row says that it was sent. */
const UNRECORDED = ["accept", "accept-encoding", "user-agent"];

/** The request as its row asks for it; null where it asks for nothing over HTTP. */
export interface AskedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | null;
}

/** Reads params and body as the HTTP adapter does. Null also for a request that is not there. */
export function askedRequest(
  request: Pick<Request, "kind" | "method" | "paramsJson" | "bodyJson"> | null,
): AskedRequest | null {
  if (request === null) return null;
  let call: HttpCall;
  try {
    const defaults = { baseUrl: undefined, headers: new Map(), userAgent: "", timeoutMs: 1 };
    call = httpCall(adapterRequest(request), null, defaults);
  } catch (error) {
    if (isDataioError(error)) return null;
    throw error;
  }
  const named = namedHeaders(request.paramsJson);
  const headers = [...call.headers].flatMap(([name, value]) =>
    UNRECORDED.includes(name) && !named.has(name)
      ? []
      : (Array.isArray(value) ? value : [value]).map((one) => [name, one] as const),
  );
  return { method: call.method, url: call.url.href, headers, body: call.body };
}

function namedHeaders(paramsJson: string | null): ReadonlySet<string> {
  try {
    const params: unknown = JSON.parse(paramsJson ?? "null");
    if (typeof params !== "object" || params === null || !("headers" in params)) return new Set();
    return new Set(Object.keys(params.headers ?? {}).map((name) => name.toLowerCase()));
  } catch {
    return new Set();
  }
}

/** The web address that answered, else the one that was asked; null when there is none. */
export function exchangeUrl(asked: AskedRequest | null, metadata: EntryMetadata): string | null {
  const url = metadata.url === null ? null : URL.parse(metadata.url);
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url.href;
  return asked?.url ?? null;
}

/** When it was, in UTC with microseconds, for formats that demand a moment. @throws Unexportable for a text that is none */
export function exchangeMoment(text: string): string {
  const moment = parseTimestamp(text)?.epochMicros;
  try {
    if (moment !== undefined) return formatTimestamp(moment);
  } catch {
    // Beyond the years that a timestamp can have.
  }
  throw new Unexportable("TIMESTAMP_INVALID", `"${text}" is no moment.`);
}
