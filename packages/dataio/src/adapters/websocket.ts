/**
 * WebSocket (RFC 6455) for an archive: each message is kept as the exact bytes that came, a close that says that all is
 * well ends the stream, and any other end is a failure.
 */

import { DataioError } from "../errors.ts";
import type { AdapterResult } from "../model.ts";
import type { AdapterContext, AdapterRequest, Streamer } from "./adapter.ts";
import { folderUrl } from "./http.ts";
import { type HttpDefaults, httpHeaders, httpTimeout } from "./http-call.ts";
import { httpForm, webSocketCall } from "./websocket-call.ts";
import { WebSocketConnection, type WebSocketLimits } from "./websocket-connection.ts";

/** How a {@link WebSocketAdapter} connects. */
export interface WebSocketAdapterOptions {
  /** What relative URLs are relative to (ws, wss, http or https); its path counts as a folder. */
  readonly baseUrl?: string | undefined;
  /** Sent with every handshake, and with a `baseUrl` to its origin only. Params override them. They are not archived. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  /** For opening, in milliseconds. Default 30,000; params override it. */
  readonly timeoutMs?: number | undefined;
  /** Largest message. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** How long the server may be silent, pongs counted, before the stream fails. In milliseconds; default for ever. */
  readonly idleTimeoutMs?: number | undefined;
  /** How often to ping the server, in milliseconds; one that has not answered by the next time failed. Default never. */
  readonly pingIntervalMs?: number | undefined;
  readonly userAgent?: string | undefined;
}

/**
 * Subscribes to what a WebSocket server sends. Params: `url`, and optionally `protocols`, `headers`, `query`, `timeout` and
 * `subscribe`: what to send once the connection is open (a text as it is, anything else as its JSON text, a list as
 * several messages).
 *
 * The metadata of a message say what its frame was (`adapter_meta.frame`: text or binary), those of `stream_open` hold the
 * handshake, those of `stream_closed` its `adapter_meta.close_code` and `close_reason`. A reader that is slow pauses
 * the socket.
 */
export class WebSocketAdapter implements Streamer {
  readonly name = "websocket";
  readonly #defaults: HttpDefaults;
  readonly #limits: WebSocketLimits;
  readonly #connections = new Set<WebSocketConnection>();
  #closed = false;

  /** @throws PARAMS_INVALID for options that cannot be used */
  constructor(options: WebSocketAdapterOptions = {}) {
    const { baseUrl, idleTimeoutMs, pingIntervalMs, maxBytes = 64 * 1024 * 1024 } = options;
    if (!(Number.isSafeInteger(maxBytes) && maxBytes > 0)) {
      throw new DataioError("PARAMS_INVALID", "WebSocket: maxBytes must be a whole number above 0");
    }
    this.#defaults = {
      baseUrl: baseUrl === undefined ? undefined : folderUrl(httpForm(baseUrl)),
      headers: httpHeaders(options.headers ?? {}),
      userAgent: options.userAgent ?? "mxm-dataio",
      timeoutMs: httpTimeout("timeoutMs", options.timeoutMs ?? 30_000),
    };
    this.#limits = {
      maxBytes,
      idleTimeoutMs: idleTimeoutMs === undefined ? undefined : httpTimeout("idleTimeoutMs", idleTimeoutMs),
      pingIntervalMs: pingIntervalMs === undefined ? undefined : httpTimeout("pingIntervalMs", pingIntervalMs),
    };
  }

  /** One line for people, without secrets. */
  describe(): string {
    const { baseUrl } = this.#defaults;
    return baseUrl === undefined ? "WebSocket" : `WebSocket, ${baseUrl.host}${baseUrl.pathname}`;
  }

  /**
   * Connects and gives what comes, until the server closes.
   * @throws PARAMS_INVALID, NETWORK_FAILED (also for a close code that is an error, in `details.close_code`), TIMEOUT,
   *   TOO_LARGE, ADAPTER_FAILED (the handshake was refused; `details.transport_status`), CANCELLED, CLOSED
   */
  async *stream(request: AdapterRequest, context: AdapterContext): AsyncGenerator<AdapterResult, void, undefined> {
    const call = webSocketCall(request, this.#defaults);
    if (this.#closed) throw closedError();
    const connection = new WebSocketConnection(call, this.#limits, context.signal);
    this.#connections.add(connection);
    try {
      for (;;) {
        const result = await connection.next();
        if (result === undefined) return;
        yield result;
      }
    } finally {
      connection.end();
      this.#connections.delete(connection);
    }
  }

  /** Ends all connections; streams under way fail with CLOSED. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#connections) connection.end(closedError());
  }
}

function closedError(): DataioError {
  return new DataioError("CLOSED", "The WebSocket adapter was closed");
}
