/**
 * HTTP/1.1 over undici, for an archive: the body is kept exactly as it was received (nothing is decompressed), an answer
 * that was cut short is a failure and never a payload, and an HTTP error status is an answer like any other.
 */

import { isUtf8 } from "node:buffer";
import { Agent, type Dispatcher } from "undici";
import { throwIfCancelled, untilCancelled } from "../cancellation.ts";
import type { JsonObject } from "../canonical-json.ts";
import { DataioError } from "../errors.ts";
import { AdapterResult, type HeaderMap } from "../model.ts";
import type { AdapterContext, AdapterRequest, ArchivedAnswer, Fetcher, Sender } from "./adapter.ts";
import {
  type HttpCall,
  type HttpDefaults,
  type HttpHeaders,
  httpCall,
  httpHeaders,
  httpTimeout,
  httpUrl,
  redirectedCall,
} from "./http-call.ts";
import { conditionalHeaders, isConditional } from "./http-conditional.ts";
import { httpConnector, httpFailure } from "./http-failure.ts";

/** How an {@link HttpAdapter} calls. */
export interface HttpAdapterOptions {
  /** What relative URLs are relative to; its path counts as a folder. */
  readonly baseUrl?: string | undefined;
  /** Sent with every call, and with a `baseUrl` to its origin only. Params override them. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Added to the URL of every call to the origin of `baseUrl`, without which there can be none. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /**
   * Members added to the body of every fetch to the origin of `baseUrl`, where the body is an object, or there is none and
   * the method has one. Those of the request replace them. What is sent by `send` stays as it is.
   */
  readonly body?: JsonObject | undefined;
  /** For a whole call, from connecting through all redirects to the last byte. Default 30,000; params override it. */
  readonly timeoutMs?: number | undefined;
  /** Largest body. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Default 10. */
  readonly maxRedirects?: number | undefined;
  readonly userAgent?: string | undefined;
}

/** One step of a redirect chain, as `adapter_meta.redirects` keeps it. */
interface Redirect {
  readonly status: number;
  readonly method: string;
  readonly url: string;
  /** As the server wrote it, possibly relative. */
  readonly location: string;
}

/** Asks and sends over HTTP and HTTPS: `params` holds `url`, and if need be `method`, `headers`, `query`, `timeout` (seconds). */
export class HttpAdapter implements Fetcher, Sender {
  readonly name = "http";
  readonly #agent: Agent;
  readonly #defaults: HttpDefaults;
  readonly #maxBytes: number;
  readonly #maxRedirects: number;

  /** @throws PARAMS_INVALID for options that cannot be used */
  constructor(options: HttpAdapterOptions = {}) {
    const timeoutMs = httpTimeout("timeoutMs", options.timeoutMs ?? 30_000);
    this.#maxBytes = notNegative("maxBytes", options.maxBytes ?? 1024 ** 3);
    this.#maxRedirects = notNegative("maxRedirects", options.maxRedirects ?? 10);
    for (const name of ["query", "body"] as const) {
      if (options[name] !== undefined && options.baseUrl === undefined) {
        throw new DataioError("PARAMS_INVALID", `HTTP: ${name} needs a baseUrl, which says where it may go`);
      }
    }
    this.#defaults = {
      query: new URLSearchParams({ ...options.query }).toString(),
      body: options.body,
      baseUrl: options.baseUrl === undefined ? undefined : folderUrl(options.baseUrl),
      headers: httpHeaders(options.headers ?? {}),
      userAgent: options.userAgent ?? "mxm-dataio",
      timeoutMs,
    };
    // The call's own deadline replaces undici's timeouts.
    this.#agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: httpConnector(timeoutMs) });
  }

  /** One line for people, without secrets. */
  describe(): string {
    const { baseUrl } = this.#defaults;
    return baseUrl === undefined ? "HTTP" : `HTTP, ${baseUrl.origin}${baseUrl.pathname}`;
  }

  /** The URL that a request would be fetched from, with the query that is added to all. @throws PARAMS_INVALID */
  urlOf(request: AdapterRequest): string {
    return httpCall(request, null, this.#defaults).url.href;
  }

  /** The exchange that `send` would begin with. @throws PARAMS_INVALID */
  sendCallOf(request: AdapterRequest, payload: Uint8Array): HttpCall {
    return httpCall(request, payload, this.#defaults);
  }

  /**
   * Asks for `params.url` and gives back the final answer. HTTP statuses from 400 on mark the result as `error`, and so
   * does a 304 to a call without conditions.
   *
   * Where the caller has an archived answer from the same URL, it is asked for with If-None-Match and If-Modified-Since,
   * unless the request has conditions of its own; a 304 to that is `notModified`.
   * @throws PARAMS_INVALID, NETWORK_FAILED, TIMEOUT, TOO_LARGE, REDIRECT_FAILED, CANCELLED, CLOSED
   */
  async fetch(request: AdapterRequest, context: AdapterContext): Promise<AdapterResult> {
    return await this.#exchange(httpCall(request, null, this.#defaults), context.signal, context.archived);
  }

  /** Sends exactly `payload`, by POST unless the request says otherwise. @throws as `fetch` does */
  async send(request: AdapterRequest, payload: Uint8Array, context: AdapterContext): Promise<AdapterResult> {
    return await this.#exchange(httpCall(request, payload, this.#defaults), context.signal);
  }

  /** Closes all connections; calls under way fail with CLOSED. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #exchange(first: HttpCall, cancel: AbortSignal, archived?: ArchivedAnswer): Promise<AdapterResult> {
    const started = performance.now();
    const deadline = AbortSignal.timeout(first.timeoutMs);
    const failed = new AbortController();
    const signal = AbortSignal.any([cancel, deadline, failed.signal]);
    let call = first;
    try {
      throwIfCancelled(cancel);
      const redirects: Redirect[] = [];
      for (;;) {
        const conditions = archived === undefined ? undefined : conditionalHeaders(call, archived.metadata);
        const response = await this.#request(call, conditions, signal);
        const next = this.#redirected(call, response, redirects);
        if (next === undefined) {
          const data = await this.#body(call, response);
          const elapsedMs = Math.round(performance.now() - started);
          const notModified = conditions !== undefined && response.statusCode === 304;
          return toResult(call, response, { data, redirects, elapsedMs, notModified });
        }
        // Read to its end, so that the next call can have the connection; a long one is not worth it.
        await response.body.dump({ limit: 65_536, signal });
        call = next;
      }
    } catch (error) {
      failed.abort();
      throw httpFailure(error, { call, cancel, deadline });
    }
  }

  /** A connection attempt cannot be aborted through undici, so it is left behind when the signal aborts. */
  async #request(
    call: HttpCall,
    conditions: HttpHeaders | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const { url, method, body } = call;
    const headers = conditions === undefined ? call.headers : new Map([...call.headers, ...conditions]);
    const path = url.pathname + url.search;
    return await untilCancelled(
      this.#agent.request({ origin: url.origin, path, method, headers, body, signal }),
      signal,
    );
  }

  /** The call that a redirect asks for, added to the chain; undefined when the response is the answer. */
  #redirected(call: HttpCall, response: Dispatcher.ResponseData, chain: Redirect[]): HttpCall | undefined {
    const status = response.statusCode;
    const field = response.headers.location;
    if (![301, 302, 303, 307, 308].includes(status) || typeof field !== "string") return undefined;
    const location = fieldText(field);
    const next = redirectedCall(call, status, location, this.#defaults);
    chain.push({ status, method: call.method, url: call.url.href, location });
    const repeats = chain.some(({ method, url }) => method === next.method && url === next.url.href);
    if (!repeats && chain.length <= this.#maxRedirects) return next;
    const problem = repeats ? "redirects in a circle" : `redirects more than ${this.#maxRedirects} times`;
    throw new DataioError("REDIRECT_FAILED", `${call.url.host} ${problem}`, {
      details: { url: call.url.href, location, redirects: chain.length },
    });
  }

  async #body(call: HttpCall, response: Dispatcher.ResponseData): Promise<Buffer> {
    const tooLarge = () =>
      new DataioError("TOO_LARGE", `The answer of ${call.url.host} is larger than ${this.#maxBytes} bytes`, {
        details: { url: call.url.href, limitBytes: this.#maxBytes },
      });
    const hasBody = call.method !== "HEAD" && response.statusCode !== 204 && response.statusCode !== 304;
    if (hasBody && Number(response.headers["content-length"] ?? 0) > this.#maxBytes) throw tooLarge();
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const arriving: AsyncIterable<Buffer> = response.body;
    for await (const chunk of arriving) {
      sizeBytes += chunk.length;
      if (sizeBytes > this.#maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, sizeBytes);
  }
}

function notNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw new DataioError("PARAMS_INVALID", `HTTP: ${name} must not be negative`, { details: { param: name } });
}

/** The base without its query, its path ending in a slash, so that relative URLs stay below it. */
export function folderUrl(text: string): URL {
  const url = httpUrl("baseUrl", text);
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** undici decodes header bytes as Latin-1; where they are UTF-8, that is what was meant. */
function fieldText(field: string): string {
  const bytes = Buffer.from(field, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : field;
}

function toResult(
  call: HttpCall,
  response: Dispatcher.ResponseData,
  facts: {
    readonly data: Buffer;
    readonly redirects: readonly Redirect[];
    readonly elapsedMs: number;
    readonly notModified: boolean;
  },
): AdapterResult {
  const headers = headerMap(response.headers);
  const contentType = headers["content-type"];
  const declared = typeof contentType === "string" ? contentType : undefined;
  return new AdapterResult({
    data: facts.data,
    contentType: declared,
    encoding: /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(declared ?? "")?.[1],
    transportStatus: response.statusCode,
    url: call.url.href,
    elapsedMs: facts.elapsedMs,
    headers,
    adapterMeta: facts.redirects.length === 0 ? undefined : { redirects: facts.redirects },
    status: isRefusal(call, response.statusCode) && !facts.notModified ? "error" : undefined,
    notModified: facts.notModified ? true : undefined,
  });
}

/** Also a 304 that nobody asked for: its empty body is no answer, and must never be served as one. */
function isRefusal(call: HttpCall, statusCode: number): boolean {
  return statusCode >= 400 || (statusCode === 304 && !isConditional(call));
}

/** Only Set-Cookie cannot be joined: its values hold commas (RFC 9110 section 5.3). */
export function headerMap(headers: Dispatcher.ResponseData["headers"]): HeaderMap {
  const map: Record<string, string | readonly string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map[name] = Array.isArray(value) && name !== "set-cookie" ? value.join(", ") : value;
  }
  return map;
}
