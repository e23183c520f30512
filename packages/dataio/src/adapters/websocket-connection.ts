/**
 * One WebSocket connection, read at the reader's pace: what has come and was not taken yet is bounded by pausing the
 * socket, so that the server feels a slow reader. Text and binary frames are kept as the exact bytes that they were.
 */

import { WebSocket } from "ws";
import { cancelledError } from "../cancellation.ts";
import { DataioError, systemCode } from "../errors.ts";
import { AdapterResult, type HeaderMap } from "../model.ts";
import { StreamInbox } from "../stream-inbox.ts";
import { headerMap } from "./http.ts";
import { httpFailure } from "./http-failure.ts";
import type { WebSocketCall } from "./websocket-call.ts";

/** What a connection has to keep to. */
export interface WebSocketLimits {
  /** Largest message. */
  readonly maxBytes: number;
  /** How long nothing at all may come, in milliseconds. */
  readonly idleTimeoutMs: number | undefined;
  /** How often the server is pinged, and how long its answer may take. */
  readonly pingIntervalMs: number | undefined;
}

/** Messages that wait for the reader before the socket is paused; half of them, and it goes on. */
const MAX_WAITING = 64;
const MAX_WAITING_BYTES = 1024 * 1024;
/** How long the server has to answer our close. */
const CLOSE_GRACE_MS = 1_000;
/** Close codes that say that all is well: normal, going away, and none given (RFC 6455 section 7.4.1). */
const CLEAN_CLOSE_CODES: ReadonlySet<number> = new Set([1000, 1001, 1005]);
/** The connection broke without a close frame. */
const ABNORMAL_CLOSE = 1006;

export class WebSocketConnection {
  readonly #call: WebSocketCall;
  readonly #limits: WebSocketLimits;
  readonly #signal: AbortSignal;
  readonly #socket: WebSocket;
  readonly #inbox: StreamInbox<AdapterResult>;
  readonly #started = performance.now();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #onAbort = () => this.end(cancelledError(this.#signal));
  #waitingBytes = 0;
  #headers: HeaderMap | undefined;
  #isOpen = false;
  #pongMissing = false;
  #heardAt = performance.now();

  /** Begins to connect. @throws PARAMS_INVALID */
  constructor(call: WebSocketCall, limits: WebSocketLimits, signal: AbortSignal) {
    this.#call = call;
    this.#limits = limits;
    this.#signal = signal;
    this.#inbox = new StreamInbox(() => this.#resumeWhenRead());
    const { url, headers, timeoutMs } = call.handshake;
    try {
      this.#socket = new WebSocket(url, [...call.protocols], {
        headers: Object.fromEntries([...headers].map(([name, value]) => [name, String(value)])),
        maxPayload: limits.maxBytes,
        perMessageDeflate: false,
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DataioError("PARAMS_INVALID", `WebSocket: ${reason}`, { details: { url: url.href }, cause: error });
    }
    this.#listen();
    this.#timers.push(setTimeout(() => this.#timedOut(`did not accept within ${timeoutMs} ms`), timeoutMs));
    signal.addEventListener("abort", this.#onAbort, { once: true });
    if (signal.aborted) this.#onAbort();
  }

  /**
   * What comes next: the facts of the connection once it is open, each message, the facts of a clean close; then nothing.
   * @throws CANCELLED, TIMEOUT, NETWORK_FAILED, TOO_LARGE, ADAPTER_FAILED (refused, with the HTTP status), CLOSED
   */
  async next(): Promise<AdapterResult | undefined> {
    const { value } = await this.#inbox.next();
    this.#waitingBytes -= value?.data.byteLength ?? 0;
    return value;
  }

  /** Ends the connection, if it has not ended; a reader that still waits gets `error`. */
  end(error?: DataioError): void {
    if (error === undefined) this.#inbox.end();
    else this.#inbox.fail(error);
    this.#signal.removeEventListener("abort", this.#onAbort);
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const socket = this.#socket;
    if (!this.#isOpen || socket.readyState === WebSocket.CLOSED) {
      socket.terminate();
      return;
    }
    this.#isOpen = false;
    const grace = setTimeout(() => socket.terminate(), CLOSE_GRACE_MS);
    socket.once("close", () => clearTimeout(grace));
    socket.close(1000);
    // The server's answer is read behind whatever is still on its way.
    socket.resume();
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on("upgrade", (response) => {
      this.#headers = headerMap(response.headers);
    });
    socket.on("open", () => this.#opened());
    socket.on("unexpected-response", (request, response) => {
      request.destroy();
      this.end(this.#refused(response.statusCode ?? 0));
    });
    socket.on("message", (data, isBinary) => this.#received(bytesOf(data), isBinary));
    socket.on("ping", () => this.#heard());
    socket.on("pong", () => this.#heard());
    socket.on("error", (error) => this.end(this.#failed(error)));
    socket.on("close", (code, reason) => this.#closed(code, reason.toString("utf8")));
  }

  #opened(): void {
    const { handshake, messages } = this.#call;
    this.#isOpen = true;
    for (const timer of this.#timers.splice(0)) clearTimeout(timer);
    const { protocol } = this.#socket;
    this.#inbox.push(
      new AdapterResult({
        data: new Uint8Array(0),
        status: "stream_open",
        transportStatus: 101,
        url: handshake.url.href,
        elapsedMs: Math.round(performance.now() - this.#started),
        headers: this.#headers,
        adapterMeta: protocol === "" ? undefined : { protocol },
      }),
    );
    for (const message of messages) this.#socket.send(message);
    this.#watch();
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (!this.#isOpen) return;
    this.#heard();
    this.#waitingBytes += data.byteLength;
    const type = isBinary
      ? { contentType: "application/octet-stream", adapterMeta: { frame: "binary" } }
      : { contentType: "text/plain", encoding: "utf-8", adapterMeta: { frame: "text" } };
    this.#inbox.push(new AdapterResult({ data, ...type }));
    if (this.#inbox.size >= MAX_WAITING || this.#waitingBytes >= MAX_WAITING_BYTES) this.#socket.pause();
  }

  #resumeWhenRead(): void {
    if (this.#socket.isPaused && this.#inbox.size <= MAX_WAITING / 2) {
      this.#heard();
      this.#socket.resume();
    }
  }

  /** While the socket is paused nothing can be heard, which is no fault of the server. */
  #watch(): void {
    const { idleTimeoutMs, pingIntervalMs } = this.#limits;
    this.#heard();
    if (idleTimeoutMs !== undefined) {
      const check = () => {
        const silentMs = this.#socket.isPaused ? 0 : performance.now() - this.#heardAt;
        if (silentMs >= idleTimeoutMs) this.#timedOut(`was silent for ${idleTimeoutMs} ms`);
        else this.#timers[0] = setTimeout(check, idleTimeoutMs - silentMs);
      };
      this.#timers[0] = setTimeout(check, idleTimeoutMs);
    }
    if (pingIntervalMs !== undefined) {
      const ping = () => {
        if (this.#socket.isPaused) return;
        if (this.#pongMissing) return this.#timedOut(`did not answer a ping within ${pingIntervalMs} ms`);
        this.#pongMissing = true;
        this.#socket.ping();
      };
      this.#timers.push(setInterval(ping, pingIntervalMs));
    }
  }

  #heard(): void {
    this.#heardAt = performance.now();
    this.#pongMissing = false;
  }

  #closed(code: number, closeReason: string): void {
    const facts = { close_code: code, close_reason: closeReason };
    const { host, href } = this.#call.handshake.url;
    if (CLEAN_CLOSE_CODES.has(code)) {
      this.#inbox.push(new AdapterResult({ data: new Uint8Array(0), status: "stream_closed", adapterMeta: facts }));
      this.#inbox.end();
      this.end();
      return;
    }
    const said = closeReason === "" ? "" : ` (${closeReason})`;
    const problem =
      code === ABNORMAL_CLOSE ? "broke the connection off" : `closed the connection with code ${code}${said}`;
    this.end(new DataioError("NETWORK_FAILED", `${host} ${problem}`, { details: { url: href, ...facts } }));
  }

  #timedOut(problem: string): void {
    const { host, href } = this.#call.handshake.url;
    this.end(new DataioError("TIMEOUT", `${host} ${problem}`, { details: { url: href } }));
    this.#socket.terminate();
  }

  #refused(status: number): DataioError {
    const { host, href } = this.#call.handshake.url;
    return new DataioError("ADAPTER_FAILED", `${host} refused the WebSocket with status ${status}`, {
      details: { url: href, transport_status: status },
    });
  }

  #failed(error: Error): DataioError {
    const { handshake } = this.#call;
    const code = systemCode(error) ?? "";
    const { host, href } = handshake.url;
    if (code === "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH") {
      const { maxBytes } = this.#limits;
      return new DataioError("TOO_LARGE", `${host} sent a message of more than ${maxBytes} bytes`, {
        details: { url: href, limitBytes: maxBytes },
        cause: error,
      });
    }
    if (code.startsWith("WS_ERR_")) {
      return new DataioError("NETWORK_FAILED", `${host} broke the WebSocket protocol: ${error.message}`, {
        details: { url: href, code },
        cause: error,
      });
    }
    return httpFailure(error, { call: handshake, cancel: this.#signal, deadline: NEVER });
  }
}

/** Opening has its own timer. */
const NEVER = new AbortController().signal;

function bytesOf(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
