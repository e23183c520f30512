/**
 * What a call's params mean in HTTP, and what a redirect makes of it. Nothing here touches the network.
 *
 * Known params: `url`, `method`, `headers`, `query` (or `params`), `timeout` in seconds. Others are ignored, for archived
 * requests carry keys of their own.
 */

import { canonicalJson, JsonNumber, type JsonObject, type JsonValue } from "../canonical-json.ts";
import { DataioError, type ErrorDetails } from "../errors.ts";
import type { AdapterRequest } from "./adapter.ts";

/** Header fields by lower-case name. */
export type HttpHeaders = ReadonlyMap<string, string | string[]>;

/** One exchange, ready to be sent. */
export interface HttpCall {
  /** http or https, without credentials. */
  readonly url: URL;
  readonly method: string;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array | null;
  /** What a redirect to another origin repeats in its place: without the members that are for this one only. */
  readonly bodyElsewhere?: Uint8Array | null;
  readonly timeoutMs: number;
}

/** What every call of an adapter begins with. */
export interface HttpDefaults {
  /** Ends in a slash. */
  readonly baseUrl: URL | undefined;
  /** With a `baseUrl` they go to its origin only. */
  readonly headers: HttpHeaders;
  /** Names and values as a URL has them; goes to the origin of `baseUrl` only. */
  readonly query?: string | undefined;
  /** Members of every body that is an object; go to the origin of `baseUrl` only. */
  readonly body?: JsonObject | undefined;
  readonly userAgent: string;
  readonly timeoutMs: number;
}

/** What Node's timers can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * The exchange that a request asks for. `payload` is what a send puts on the wire; a fetch sends the request's body.
 * @throws PARAMS_INVALID
 */
export function httpCall(request: AdapterRequest, payload: Uint8Array | null, defaults: HttpDefaults): HttpCall {
  const params = request.params;
  if (!isObject(params)) throw invalid("params", "must be an object");
  const { url, authorization } = urlOf(params, defaults);
  const method = methodOf(params.method, request.method, payload !== null);
  const headers = new Map<string, string | string[]>([
    ["accept", "*/*"],
    ["accept-encoding", "identity"],
    ["user-agent", defaults.userAgent],
    ...(authorization === undefined ? [] : [["authorization", authorization] as const]),
    ...(defaults.baseUrl === undefined || defaults.baseUrl.origin === url.origin ? defaults.headers : []),
  ]);
  for (const [name, value] of headersOf(params.headers)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  // The length is what is sent, whatever an archived request said.
  headers.delete("content-length");
  const shared = defaults.baseUrl?.origin === url.origin ? defaults.body : undefined;
  const whole = payload === null && shared !== undefined ? withMembers(request, shared, method) : request;
  return {
    url,
    method,
    ...(whole === request ? {} : { bodyElsewhere: bodyOf(request, new Map(headers)) }),
    body: payload === null ? bodyOf(whole, headers) : payloadOf(payload, request, headers),
    headers,
    timeoutMs: timeoutOf(params.timeout) ?? defaults.timeoutMs,
  };
}

/** Validates what comes from the adapter's options with the rules for params. @throws PARAMS_INVALID */
export function httpHeaders(headers: Readonly<Record<string, string | readonly string[]>>): HttpHeaders {
  const map = new Map<string, string | string[]>();
  for (const [name, value] of headersOf(headers)) if (value !== null) map.set(name, value);
  return map;
}

/** Milliseconds that a timer can hold. @throws PARAMS_INVALID unless the number is above 0 */
export function httpTimeout(name: string, milliseconds: number): number {
  if (!(milliseconds > 0)) throw invalid(name, "must be a number above 0");
  return Math.min(Math.ceil(milliseconds), MAX_TIMEOUT_MS);
}

/** The text as an http or https URL. @throws PARAMS_INVALID */
export function httpUrl(name: string, text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null) {
    throw invalid(name, base === undefined ? "must be an absolute URL" : "is not a URL", { url: text });
  }
  if (!isHttp(url)) throw invalid(name, `must be http or https, not ${url.protocol}`);
  return url;
}

/**
 * The exchange that a redirect leads to, by the rules of RFC 9110 section 15.4 and of what browsers do: 303, and 301 or
 * 302 after a POST, become a GET without a body; 307 and 308 repeat the call. Credentials do not follow to another origin.
 * @throws REDIRECT_FAILED
 */
export function redirectedCall(call: HttpCall, status: number, location: string, defaults: HttpDefaults): HttpCall {
  const url = URL.parse(location, call.url.href);
  if (url === null || !isHttp(url)) {
    throw new DataioError("REDIRECT_FAILED", `${call.url.host} redirects to what is no web address: ${location}`, {
      details: { url: call.url.href, location, status },
    });
  }
  url.username = "";
  url.password = "";
  const headers = new Map(call.headers);
  const { bodyElsewhere, ...repeated } = call;
  let next: HttpCall = call;
  if (url.origin !== call.url.origin) {
    if (bodyElsewhere !== undefined) next = { ...repeated, body: bodyElsewhere };
    for (const name of CREDENTIALS) headers.delete(name);
    if (defaults.baseUrl !== undefined) for (const name of defaults.headers.keys()) headers.delete(name);
  }
  const becomesGet =
    (status === 303 && call.method !== "HEAD") || ((status === 301 || status === 302) && call.method === "POST");
  if (!becomesGet) return { ...next, url, headers };
  for (const name of ABOUT_THE_BODY) headers.delete(name);
  return { ...repeated, url, headers, method: "GET", body: null };
}

const CREDENTIALS = ["authorization", "proxy-authorization", "cookie", "host"];
const ABOUT_THE_BODY = ["content-type", "content-encoding", "content-language", "content-location"];

function urlOf(params: Readonly<Record<string, JsonValue>>, { baseUrl, query: own = "" }: HttpDefaults) {
  const text = optionalText("url", params.url);
  if (text === undefined && baseUrl === undefined) throw invalid("url", "is missing");
  const url = httpUrl("url", text ?? "", baseUrl);
  const shared = own !== "" && baseUrl?.origin === url.origin ? `&${own}` : "";
  const query = queryOf("query", params.query) + queryOf("params", params.params) + shared;
  // Appended as text: what the URL has already keeps its spelling.
  if (query !== "") url.search = `${url.search}${url.search === "" ? "" : "&"}${query.slice(1)}`;

  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url, authorization: undefined };
  const credentials = `${unescaped(username)}:${unescaped(password)}`;
  return { url, authorization: `Basic ${Buffer.from(credentials, "utf8").toString("base64")}` };
}

function unescaped(credential: string): string {
  try {
    return decodeURIComponent(credential);
  } catch {
    throw invalid("url", "has malformed credentials");
  }
}

/** `&name=value` for each value. A list repeats its name, null is left out. */
function queryOf(name: string, value: JsonValue | undefined): string {
  if (value === undefined || value === null || value === "") return "";
  if (typeof value === "string") return `&${value.replace(/^\?/, "")}`;
  if (!isObject(value)) throw invalid(name, "must be an object of names and values");
  const pairs = formPairs(name, value);
  return pairs.size === 0 ? "" : `&${pairs}`;
}

function formPairs(name: string, members: Readonly<Record<string, JsonValue>>): URLSearchParams {
  const pairs = new URLSearchParams();
  for (const [key, member] of Object.entries(members)) {
    for (const item of isArray(member) ? member : [member]) {
      if (item !== null) pairs.append(key, scalarText(`${name}.${key}`, item));
    }
  }
  return pairs;
}

function headersOf(value: JsonValue | undefined): [string, string | string[] | null][] {
  if (value === undefined || value === null) return [];
  if (!isObject(value)) throw invalid("headers", "must be an object of names and values");
  return Object.entries(value).map(([name, member]) => {
    const path = `headers.${name}`;
    if (member === null) return [name.toLowerCase(), null];
    if (isArray(member)) return [name.toLowerCase(), member.map((item) => scalarText(path, item))];
    return [name.toLowerCase(), scalarText(path, member)];
  });
}

/** DataIO's methods that HTTP does not know. */
const HTTP_METHODS: ReadonlyMap<string, string> = new Map([
  ["SEND", "POST"],
  ["COMMAND", "POST"],
  ["SUBSCRIBE", "GET"],
]);

/** A send has no use for GET, the method of a request that chose none; params may still insist. */
function methodOf(param: JsonValue | undefined, method: string, sends: boolean): string {
  const chosen = optionalText("method", param)?.toUpperCase();
  if (chosen !== undefined) return chosen;
  const own = HTTP_METHODS.get(method) ?? method;
  return sends && own === "GET" ? "POST" : own;
}

/** The request with these members in its body, where that is an object; its own are not replaced. */
function withMembers(request: AdapterRequest, members: JsonObject, method: string): AdapterRequest {
  const hasNone = request.body === null || request.bodyJson === null;
  if (hasNone ? method === "GET" || method === "HEAD" : !isObject(request.body)) return request;
  const body: JsonObject = { ...members, ...(isObject(request.body) && !hasNone ? request.body : {}) };
  return { ...request, body, bodyJson: canonicalJson(body) };
}

function bodyOf(request: AdapterRequest, headers: Map<string, string | string[]>): Uint8Array | null {
  const { body, bodyJson } = request;
  if (body === null || bodyJson === null) return null;
  const declared = headers.get("content-type")?.toString().toLowerCase();
  if (declared === undefined) headers.set("content-type", "application/json");
  else if (declared.startsWith("application/x-www-form-urlencoded") && isObject(body)) {
    return Buffer.from(formPairs("body", body).toString());
  } else if (!/[/+]json/.test(declared) && typeof body === "string") return Buffer.from(body, "utf8");
  return Buffer.from(bodyJson, "utf8");
}

function payloadOf(payload: Uint8Array, request: AdapterRequest, headers: Map<string, string | string[]>): Uint8Array {
  if (!headers.has("content-type")) {
    const isBody = request.bodyJson !== null && Buffer.from(request.bodyJson, "utf8").equals(payload);
    headers.set("content-type", isBody ? "application/json" : "application/octet-stream");
  }
  return payload;
}

function timeoutOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  const seconds = value instanceof JsonNumber ? Number(value.text) : value;
  return httpTimeout("timeout", typeof seconds === "number" ? seconds * 1000 : Number.NaN);
}

function optionalText(name: string, value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "") return value;
  throw invalid(name, "must be a text that is not empty");
}

/** A number keeps the text that the archive has for it. */
function scalarText(name: string, value: JsonValue): string {
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "object") throw invalid(name, "must be a text, number or boolean");
  return String(value);
}

function isHttp(url: URL): boolean {
  return url.protocol === "http:" || url.protocol === "https:";
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === "object" && value !== null && !isArray(value) && !(value instanceof JsonNumber);
}

function invalid(name: string, problem: string, details: ErrorDetails = {}): DataioError {
  return new DataioError("PARAMS_INVALID", `HTTP: ${name} ${problem}`, { details: { param: name, ...details } });
}
