/**
 * What a subscription's params mean to a WebSocket. Nothing here touches the network.
 *
 * Known params: `url`, `protocols`, `headers`, `query`, `timeout` in seconds (for opening), `subscribe`. Others are
 * ignored. All but `protocols` and `subscribe` mean what they mean in HTTP, whose handshake it is.
 */

import { canonicalJson, JsonNumber, type JsonObject, type JsonValue } from "../canonical-json.ts";
import { DataioError } from "../errors.ts";
import type { AdapterRequest } from "./adapter.ts";
import { type HttpCall, type HttpDefaults, httpCall } from "./http-call.ts";

/** A connection, ready to be opened. */
export interface WebSocketCall {
  /** The handshake; its URL is ws or wss, without credentials or fragment. */
  readonly handshake: HttpCall;
  readonly protocols: readonly string[];
  /** Texts that are sent, in this order, once the connection is open. */
  readonly messages: readonly string[];
}

/** The connection that a request asks for. @throws PARAMS_INVALID */
export function webSocketCall(request: AdapterRequest, defaults: HttpDefaults): WebSocketCall {
  const { params } = request;
  if (!isObject(params)) throw invalid("params", "must be an object");
  if (request.body !== null) throw invalid("body", "cannot be sent; what is to be sent belongs in params.subscribe");
  const { url, headers = null, query = null, timeout = null } = params;
  const known = { headers, query, timeout, url: typeof url === "string" ? httpForm(url) : (url ?? null) };
  const handshake = httpCall({ ...request, method: "GET", params: known }, null, defaults);
  handshake.url.protocol = handshake.url.protocol === "https:" ? "wss:" : "ws:";
  handshake.url.hash = "";
  return { handshake, protocols: protocolsOf(params.protocols), messages: messagesOf(params.subscribe) };
}

/** The URL with http for ws, and https for wss. */
export function httpForm(url: string): string {
  return url.replace(/^ws(s?):/i, "http$1:");
}

function protocolsOf(value: JsonValue | undefined): string[] {
  if (value === undefined || value === null) return [];
  return (isArray(value) ? value : [value]).map((protocol) => {
    if (typeof protocol === "string" && /^[!#$%&'*+\-.^_`|~\w]+$/.test(protocol)) return protocol;
    throw invalid("protocols", "must be a name, or a list of them");
  });
}

/** A text goes as it is, anything else as its JSON text; a list is several messages. */
function messagesOf(value: JsonValue | undefined): string[] {
  if (value === undefined || value === null) return [];
  return (isArray(value) ? value : [value]).map((message) =>
    typeof message === "string" ? message : canonicalJson(message, { ensureAscii: false }),
  );
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value) && !(value instanceof JsonNumber);
}

function invalid(name: string, problem: string): DataioError {
  return new DataioError("PARAMS_INVALID", `WebSocket: ${name} ${problem}`, { details: { param: name } });
}
