/**
 * Server-sent events (text/event-stream) for an archive: each event's data are kept as the exact bytes that came, and a
 * connection that is lost and made again leaves its `stream_closed` and `stream_open` among them.
 */

import { Agent, type Dispatcher } from "undici";
import { untilCancelled } from "../cancellation.ts";
import { DataioError, systemCode } from "../errors.ts";
import { AdapterResult, type FailureRecord } from "../model.ts";
import { pause } from "../rate-limit.ts";
import type { AdapterContext, AdapterRequest, Streamer } from "./adapter.ts";
import { folderUrl, headerMap } from "./http.ts";
import { type HttpCall, type HttpDefaults, httpCall, httpHeaders, httpTimeout, redirectedCall } from "./http-call.ts";
import { httpConnector, httpFailure } from "./http-failure.ts";
import { type SseEvent, SseParser } from "./sse-events.ts";

/** How an {@link SseAdapter} connects. */
export interface SseAdapterOptions {
  /** What relative URLs are relative to; its path counts as a folder. */
  readonly baseUrl?: string | undefined;
  /** Sent with every call, and with a `baseUrl` to its origin only. Params override them. They are not archived. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** Until the server has answered, in milliseconds. Default 30,000; params override it. */
  readonly timeoutMs?: number | undefined;
  /** How long the server may be silent, comments counted, in milliseconds. Default for ever. */
  readonly idleTimeoutMs?: number | undefined;
  /** Largest event. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /**
   * How often in a row, without an event in between, a connection that ended or was lost is made again, with the id of
   * the last event. Default 0: a pipeline is to know that it may have missed something. What a browser does is `Infinity`.
   */
  readonly reconnects?: number | undefined;
  /** How long to wait before connecting again, until the server says otherwise (`retry`). Default 3,000. */
  readonly retryMs?: number | undefined;
  readonly userAgent?: string | undefined;
}

const MAX_REDIRECTS = 10;
/** Failures that another connection may not have. An HTTP status is an answer, and the same would come again. */
const PASSING: ReadonlySet<string> = new Set(["NETWORK_FAILED", "TIMEOUT"]);

/** What a connection was opened with and became; the parser is new with each, for half an event does not continue. */
interface Connection {
  readonly call: HttpCall;
  readonly response: Dispatcher.ResponseData;
}

/**
 * Subscribes to server-sent events. Params are those of HTTP (`url`, `method`, `headers`, `query`, `timeout`, and a body)
 * and `lastEventId`, to continue where an earlier subscription ended.
 *
 * The metadata of a message hold what the event said besides its data: `adapter_meta.event`, `id`, and `retry` where
 * the server set it since the event before. Those of `stream_open` hold the HTTP answer, and `adapter_meta.last_event_id`
 * where one was sent. A `stream_closed` that is followed by a reconnection has `adapter_meta.reconnect_in_ms`, and the
 * `reason` `ended` or `lost`, then with an `error`.
 */
export class SseAdapter implements Streamer {
  readonly name = "sse";
  readonly #agent: Agent;
  readonly #defaults: HttpDefaults;
  readonly #idleTimeoutMs: number;
  readonly #maxBytes: number;
  readonly #reconnects: number;
  readonly #retryMs: number;

  /** @throws PARAMS_INVALID for options that cannot be used */
  constructor(options: SseAdapterOptions = {}) {
    const timeoutMs = httpTimeout("timeoutMs", options.timeoutMs ?? 30_000);
    this.#idleTimeoutMs = options.idleTimeoutMs === undefined ? 0 : httpTimeout("idleTimeoutMs", options.idleTimeoutMs);
    this.#maxBytes = notNegative("maxBytes", options.maxBytes ?? 64 * 1024 * 1024);
    this.#reconnects = notNegative("reconnects", options.reconnects ?? 0);
    this.#retryMs = notNegative("retryMs", options.retryMs ?? 3_000);
    this.#defaults = {
      baseUrl: options.baseUrl === undefined ? undefined : folderUrl(options.baseUrl),
      headers: httpHeaders(options.headers ?? {}),
      userAgent: options.userAgent ?? "mxm-dataio",
      timeoutMs,
    };
    this.#agent = new Agent({ headersTimeout: 0, bodyTimeout: 0, connect: httpConnector(timeoutMs) });
  }

  /** One line for people, without secrets. */
  describe(): string {
    const { baseUrl } = this.#defaults;
    return baseUrl === undefined ? "Server-sent events" : `Server-sent events, ${baseUrl.origin}${baseUrl.pathname}`;
  }

  /**
   * Connects and gives the events, until the server ends the stream and `reconnects` are used up.
   * @throws PARAMS_INVALID, NETWORK_FAILED, TIMEOUT, TOO_LARGE, REDIRECT_FAILED, ADAPTER_FAILED (the answer is no event
   *   stream; `details.transport_status`), CANCELLED, CLOSED
   */
  async *stream(request: AdapterRequest, { signal }: AdapterContext): AsyncGenerator<AdapterResult, void, undefined> {
    const call = eventStreamCall(request, this.#defaults);
    let lastEventId = call.headers.get("last-event-id")?.toString() ?? "";
    let retryMs = this.#retryMs;
    for (let tries = 0; ; tries += 1) {
      const gone = new AbortController();
      const whileOpen = AbortSignal.any([signal, gone.signal]);
      const started = performance.now();
      let opened: Connection | undefined;
      let failure: DataioError | undefined;
      try {
        opened = await this.#open(withLastEventId(call, lastEventId), whileOpen);
        yield opening(opened, lastEventId, Math.round(performance.now() - started));
        // The server's way to say that there is nothing to come back for.
        if (opened.response.statusCode === 204) return;
        const parser = new SseParser(this.#maxBytes);
        parser.lastEventId = lastEventId;
        const arriving: AsyncIterable<Buffer> = opened.response.body;
        for await (const chunk of arriving) {
          for (const event of parser.feed(chunk)) {
            tries = 0;
            yield message(event);
          }
          lastEventId = parser.lastEventId;
          retryMs = parser.retry ?? retryMs;
        }
      } catch (error) {
        failure = eventStreamFailure(error, opened?.call ?? call, signal, this.#idleTimeoutMs);
        if (!PASSING.has(failure.code)) throw failure;
      } finally {
        gone.abort();
      }
      if (tries >= this.#reconnects) {
        if (failure === undefined) return;
        throw failure;
      }
      if (!isFieldValue(lastEventId)) throw cannotContinue(opened?.call ?? call, failure);
      if (opened !== undefined) yield interruption(failure, retryMs);
      await pause(retryMs, signal);
    }
  }

  /** Closes all connections; streams under way fail with CLOSED. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  /** Connects, following redirects. @throws what undici throws, and what {@link stream} does */
  async #open(first: HttpCall, signal: AbortSignal): Promise<Connection> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), first.timeoutMs);
    const opening = AbortSignal.any([signal, deadline.signal]);
    let call = first;
    try {
      for (let redirects = 0; ; redirects += 1) {
        const { url, method, headers, body } = call;
        const response = await untilCancelled(
          this.#agent.request({
            origin: url.origin,
            path: url.pathname + url.search,
            method,
            headers,
            body,
            signal,
            bodyTimeout: this.#idleTimeoutMs,
          }),
          opening,
        );
        // Aborting a body that nobody reads any more is an error event, and nobody's concern.
        response.body.on("error", () => {});
        const { location } = response.headers;
        if (![301, 302, 303, 307, 308].includes(response.statusCode) || typeof location !== "string") {
          return checked({ call, response });
        }
        if (redirects === MAX_REDIRECTS) {
          throw new DataioError("REDIRECT_FAILED", `${url.host} redirects more than ${MAX_REDIRECTS} times`, {
            details: { url: url.href, location },
          });
        }
        call = redirectedCall(call, response.statusCode, location, this.#defaults);
        await response.body.dump({ limit: 65_536, signal: opening });
      }
    } catch (error) {
      throw httpFailure(error, { call, cancel: signal, deadline: deadline.signal });
    } finally {
      clearTimeout(timer);
    }
  }
}

function notNegative(name: string, value: number): number {
  if (value >= 0) return value;
  throw new DataioError("PARAMS_INVALID", `SSE: ${name} must not be negative`, { details: { param: name } });
}

function eventStreamCall(request: AdapterRequest, defaults: HttpDefaults): HttpCall {
  const call = httpCall(request, null, defaults);
  const headers = new Map(call.headers);
  if (headers.get("accept") === "*/*") headers.set("accept", "text/event-stream");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  const { params } = request;
  const lastEventId =
    typeof params === "object" && params !== null && "lastEventId" in params ? params.lastEventId : null;
  if (lastEventId === null) return { ...call, headers };
  if (typeof lastEventId !== "string") {
    throw new DataioError("PARAMS_INVALID", "SSE: lastEventId must be a text", { details: { param: "lastEventId" } });
  }
  headers.set("last-event-id", Buffer.from(lastEventId, "utf8").toString("latin1"));
  return { ...call, headers };
}

/** `lastEventId` in characters that stand for bytes, as undici takes them. */
function withLastEventId(call: HttpCall, lastEventId: string): HttpCall {
  const headers = new Map(call.headers);
  if (lastEventId === "") headers.delete("last-event-id");
  else headers.set("last-event-id", lastEventId);
  return { ...call, headers };
}

/** What a header field can carry; a server is free to give ids with control characters. */
function isFieldValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

function cannotContinue(call: HttpCall, failure: DataioError | undefined): DataioError {
  return new DataioError("ADAPTER_FAILED", `${call.url.host} gave an event id that cannot be sent back to it`, {
    details: { url: call.url.href },
    cause: failure,
  });
}

/** @throws ADAPTER_FAILED unless the answer is an event stream, or none is to come */
function checked(connection: Connection): Connection {
  const { call, response } = connection;
  const status = response.statusCode;
  const type = String(response.headers["content-type"] ?? "");
  const coding = String(response.headers["content-encoding"] ?? "identity");
  let problem: string | undefined;
  if (status !== 200) problem = status === 204 ? undefined : `answered with status ${status}`;
  else if (!/^text\/event-stream\s*(;|$)/i.test(type))
    problem = `answered with ${type || "no type"}, not text/event-stream`;
  else if (coding !== "identity") problem = `answered in the coding ${coding}, which was not asked for`;
  if (problem === undefined) return connection;
  throw new DataioError("ADAPTER_FAILED", `${call.url.host} ${problem}`, {
    details: { url: call.url.href, transport_status: status, content_type: type },
  });
}

function eventStreamFailure(error: unknown, call: HttpCall, cancel: AbortSignal, idleTimeoutMs: number): DataioError {
  if (systemCode(error) === "UND_ERR_BODY_TIMEOUT") {
    return new DataioError("TIMEOUT", `${call.url.host} was silent for ${idleTimeoutMs} ms`, {
      details: { url: call.url.href },
      cause: error,
    });
  }
  return httpFailure(error, { call, cancel, deadline: NEVER });
}

/** Opening has its own deadline. */
const NEVER = new AbortController().signal;

function opening({ call, response }: Connection, lastEventId: string, elapsedMs: number): AdapterResult {
  const type = response.headers["content-type"];
  return new AdapterResult({
    data: new Uint8Array(0),
    status: "stream_open",
    transportStatus: response.statusCode,
    url: call.url.href,
    contentType: typeof type === "string" ? type : undefined,
    elapsedMs,
    headers: headerMap(response.headers),
    adapterMeta:
      lastEventId === "" ? undefined : { last_event_id: Buffer.from(lastEventId, "latin1").toString("utf8") },
  });
}

function message({ data, event, id, retry }: SseEvent): AdapterResult {
  const facts = {
    ...(event === undefined ? {} : { event }),
    ...(id === undefined ? {} : { id }),
    ...(retry === undefined ? {} : { retry }),
  };
  const adapterMeta = Object.keys(facts).length === 0 ? undefined : facts;
  return new AdapterResult({ data, contentType: "text/plain", encoding: "utf-8", adapterMeta });
}

function interruption(failure: DataioError | undefined, retryMs: number): AdapterResult {
  const error: FailureRecord | undefined =
    failure === undefined ? undefined : { code: failure.code, message: failure.message, details: failure.details };
  return new AdapterResult({
    data: new Uint8Array(0),
    status: "stream_closed",
    adapterMeta: {
      reason: failure === undefined ? "ended" : "lost",
      ...(error === undefined ? {} : { error }),
      reconnect_in_ms: retryMs,
    },
  });
}
