/**
 * A session: one run against one source. It asks an adapter, archives what comes back, answers from the archive where
 * that is allowed, and records every ask. Its own start and end are always recorded.
 */
import { v7 as uuid } from "uuid";
import {
  type Adapter,
  type AdapterRequest,
  adapterRequest,
  capabilitiesOf,
  isFetcher,
  isSender,
  toAdapterResult,
} from "./adapters/adapter.ts";
import { canonicalJson, type JsonValue, parseJson } from "./canonical-json.ts";
import { DataioError, isDataioError } from "./errors.ts";
import { requestHash } from "./identity.ts";
import type {
  AdapterResult,
  FailureRecord,
  Request,
  RequestMethod,
  ResolutionKind,
  Response,
  Session,
  SessionMode,
} from "./model.ts";
import type { AdapterRegistry } from "./registry.ts";
import type { Store } from "./store.ts";

export interface SessionOptions {
  readonly store: Store;
  readonly source: string;
  /** Who answers. Give either the adapter itself or a registry that knows one for `source`. */
  readonly adapter?: Adapter;
  readonly registry?: AdapterRegistry;
  /** Default `sync`. */
  readonly mode?: SessionMode;
  /** The moment that the data is meant for, as timestamp text; default now. */
  readonly asOf?: string;
  /** Whether a fetch may be answered from the archive. Default true. */
  readonly useCache?: boolean;
  /** Ends every running ask of this session as cancelled. */
  readonly signal?: AbortSignal;
}

/** What to ask. Values or JSON text: text keeps every number exactly (`30.0`, 18 digits). */
export interface RequestInit {
  readonly kind: string;
  /** Default `GET`. */
  readonly method?: RequestMethod;
  /** Missing or null params become `{}`. */
  readonly params?: JsonValue;
  readonly paramsJson?: string;
  readonly body?: JsonValue;
  readonly bodyJson?: string;
}

export interface FetchOptions {
  /** Overrides the session's `useCache` for this ask. */
  readonly useCache?: boolean;
  readonly signal?: AbortSignal;
}

/** A response together with how it was come by. `id` is that of the archived row. */
export interface SessionResponse extends Response {
  readonly resolution: ResolutionKind;
  /** The session's record of this ask. */
  readonly resolutionId: string;
  /** Milliseconds from the ask until the answer was archived. */
  readonly elapsedMs: number;
}

/** Make it with {@link DataIoSession.open} and `await using`, or with {@link withSession}. */
export class DataIoSession implements AsyncDisposable {
  readonly session: Session;
  readonly store: Store;
  readonly #adapter: Adapter;
  readonly #useCache: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #running = new Set<Promise<unknown>>();
  #closed = false;

  private constructor(session: Session, adapter: Adapter, options: SessionOptions) {
    this.session = session;
    this.store = options.store;
    this.#adapter = adapter;
    this.#useCache = options.useCache ?? true;
    this.#signal = options.signal;
  }

  /**
   * Starts a session and writes its row.
   * @throws ADAPTER_UNKNOWN, PARAMS_INVALID (no source), DATABASE_LOCKED and other failures of the first write
   */
  static async open(options: SessionOptions): Promise<DataIoSession> {
    if (options.source.length === 0) throw new DataioError("PARAMS_INVALID", "A session needs a source.");
    const adapter = options.adapter ?? options.registry?.resolve(options.source);
    if (adapter === undefined) {
      throw new DataioError("ADAPTER_UNKNOWN", `No adapter was given for the source "${options.source}".`);
    }
    const startedAt = options.store.clock();
    const session: Session = {
      id: uuid(),
      source: options.source,
      mode: options.mode ?? "sync",
      asOf: options.asOf ?? startedAt,
      startedAt,
      endedAt: null,
    };
    await options.store.insertSession(session);
    return new DataIoSession(session, adapter, options);
  }

  /**
   * A request of this session, not yet asked and not yet written.
   * @throws JSON_INVALID when params or body have no JSON form
   */
  request(init: RequestInit): Request {
    const method = init.method ?? "GET";
    const params = jsonValueOf(init.params, init.paramsJson) ?? {};
    const body = jsonValueOf(init.body, init.bodyJson);
    return {
      id: uuid(),
      sessionId: this.session.id,
      kind: init.kind,
      method,
      paramsJson: canonicalJson(params),
      bodyJson: body === null ? null : canonicalJson(body),
      hash: requestHash({ kind: init.kind, method, params, body }),
      createdAt: this.store.clock(),
    };
  }

  /**
   * The request of an archived row once more, letter for letter: same params text, same hash (whichever form it has),
   * so that a new response joins the same row. A row without a hash gets the one of its content.
   * @throws JSON_INVALID when the row's params are no JSON
   */
  requestAgain(archived: Request): Request {
    const params = archived.paramsJson === null ? null : parseJson(archived.paramsJson);
    const body = archived.bodyJson === null ? null : parseJson(archived.bodyJson);
    return {
      ...archived,
      id: uuid(),
      sessionId: this.session.id,
      hash: archived.hash ?? requestHash({ kind: archived.kind, method: archived.method, params, body }),
      createdAt: this.store.clock(),
    };
  }

  /**
   * Answers a request: from the archive when allowed and an intact response of this source is there, else from the
   * adapter. An answer that the adapter marks as an error is archived and returned with status `error`.
   * @throws CAPABILITY_MISSING; CANCELLED, TIMEOUT, NETWORK_FAILED, ADAPTER_FAILED … (recorded before they are thrown;
   *   `details.resolution_id` names the record)
   */
  fetch(request: Request, options: FetchOptions = {}): Promise<SessionResponse> {
    return this.#track(async () => {
      const adapter = this.#adapter;
      if (!isFetcher(adapter)) throw this.#lacks("fetch");
      const ask = this.#begin(request, options, { cache: (options.useCache ?? this.#useCache) ? "default" : "bypass" });
      if (options.useCache ?? this.#useCache) {
        const reused = await this.#reuse(ask);
        if (reused !== undefined) return reused;
      }
      return this.#acquire(ask, "ok", null, (call, signal) => adapter.fetch(call, { signal }));
    });
  }

  /**
   * Sends bytes. Never answered from the archive and never repeated by itself; the bytes that were sent are kept, also
   * when sending fails.
   * @throws as {@link fetch}
   */
  send(
    request: Request,
    payload: Uint8Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SessionResponse> {
    return this.#track(async () => {
      const adapter = this.#adapter;
      if (!isSender(adapter)) throw this.#lacks("send");
      const sent = await this.store.writePayload(payload);
      const ask = this.#begin(request, options, { cache: "never" });
      return this.#acquire(ask, "ack", sent.checksum, (call, signal) => adapter.send(call, payload, { signal }));
    });
  }

  /** Waits for running asks and records the end. Closing twice is no error. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#running);
    await this.store.markSessionEnded(this.session.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(request: Request, options: { readonly signal?: AbortSignal }, policy: JsonValue): Ask {
    const signals = [this.#signal, options.signal].filter((signal) => signal !== undefined);
    return {
      request,
      resolutionId: uuid(),
      startedAt: this.store.clock(),
      started: performance.now(),
      policyJson: canonicalJson(policy),
      signal: AbortSignal.any(signals),
    };
  }

  /** The newest response to the same identity, if its payload is intact; the use is recorded. */
  async #reuse(ask: Ask): Promise<SessionResponse | undefined> {
    const { hash } = ask.request;
    const cached = hash === null ? undefined : this.store.getCachedResponseByRequestHash(hash, this.session.source);
    if (cached === undefined || cached.checksum === null) return undefined;
    if (!(await this.#isIntact(cached.checksum, ask.signal))) return undefined;
    await this.#record(ask, { kind: "reused", response: null, responseId: cached.id, requestRow: "identity" });
    return { ...cached, resolution: "reused", resolutionId: ask.resolutionId, elapsedMs: elapsed(ask) };
  }

  /** A payload that cannot be shown to be intact, for whatever reason, is fetched again (and healed by that). */
  async #isIntact(checksum: string, signal: AbortSignal): Promise<boolean> {
    try {
      return (await this.store.payloads.verify(checksum, { signal })).state === "ok";
    } catch {
      return false;
    }
  }

  async #acquire(
    ask: Ask,
    goodStatus: "ok" | "ack",
    sentChecksum: string | null,
    call: (request: AdapterRequest, signal: AbortSignal) => Promise<Parameters<typeof toAdapterResult>[0]>,
  ): Promise<SessionResponse> {
    let result: AdapterResult;
    let stored: Awaited<ReturnType<Store["writePayload"]>>;
    try {
      ask.signal.throwIfAborted();
      result = toAdapterResult(await call(adapterRequest(ask.request), ask.signal));
      stored = await this.store.writePayload(result.data);
      await this.store.writeMetadata(stored.checksum, result.metaDict());
    } catch (error) {
      const failure = asFailure(error, ask.signal);
      await this.#record(ask, {
        kind: "failed",
        response: null,
        responseId: null,
        requestRow: "own",
        failure,
        sentChecksum,
      });
      throw new DataioError(failure.code, failure.message, {
        details: { ...failure.details, resolution_id: ask.resolutionId },
        cause: failure.cause,
      });
    }
    const status = result.status ?? goodStatus;
    const rejected = status === "error" || status === "nack";
    const response = {
      id: uuid(),
      status,
      sequence: null,
      checksum: stored.checksum,
      path: stored.path,
      createdAt: this.store.clock(),
      sizeBytes: stored.sizeBytes,
    };
    const written = await this.#record(ask, {
      kind: rejected ? "failed" : "acquired",
      response,
      responseId: response.id,
      metadata: result,
      // Only a good answer to a fetch may ever be found by its hash; see the rules in store.ts.
      requestRow: goodStatus === "ok" && status === "ok" ? "identity" : "own",
      failure: rejected ? rejection(result) : undefined,
      sentChecksum,
    });
    return {
      ...response,
      requestId: written.id,
      resolution: rejected ? "failed" : "acquired",
      resolutionId: ask.resolutionId,
      elapsedMs: elapsed(ask),
    };
  }

  async #record(
    ask: Ask,
    end: {
      readonly kind: ResolutionKind;
      readonly response: Omit<Response, "requestId"> | null;
      readonly responseId: string | null;
      readonly requestRow: "identity" | "own";
      readonly metadata?: AdapterResult;
      readonly failure?: DataioError | undefined;
      readonly sentChecksum?: string | null;
    },
  ): Promise<Request> {
    const { request } = await this.store.record({
      session: this.session,
      request: ask.request,
      response: end.response,
      metadata: end.metadata?.metaDict() ?? null,
      requestRow: end.requestRow,
      resolution: {
        id: ask.resolutionId,
        responseId: end.responseId,
        kind: end.kind,
        errorJson: end.failure === undefined ? null : JSON.stringify(failureRecord(end.failure)),
        sentChecksum: end.sentChecksum ?? null,
        policyJson: ask.policyJson,
        startedAt: ask.startedAt,
        endedAt: this.store.clock(),
      },
    });
    return request;
  }

  #lacks(capability: string): DataioError {
    const able = capabilitiesOf(this.#adapter).join(", ") || "nothing";
    return new DataioError(
      "CAPABILITY_MISSING",
      `The adapter of "${this.session.source}" cannot ${capability}; it can ${able}.`,
    );
  }

  async #track<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new DataioError("CLOSED", "The session has ended.");
    const running = work();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

/** Runs `body` in a session whose end is recorded whatever happens. */
export async function withSession<T>(
  options: SessionOptions,
  body: (session: DataIoSession) => Promise<T>,
): Promise<T> {
  await using session = await DataIoSession.open(options);
  return await body(session);
}

/** One ask while it runs. */
interface Ask {
  readonly request: Request;
  readonly resolutionId: string;
  readonly startedAt: string;
  readonly started: number;
  readonly policyJson: string;
  readonly signal: AbortSignal;
}

function elapsed(ask: Ask): number {
  return Math.round(performance.now() - ask.started);
}

function jsonValueOf(value: JsonValue | undefined, text: string | undefined): JsonValue {
  if (value !== undefined && text !== undefined) {
    throw new DataioError("PARAMS_INVALID", "Give a value or its JSON text, not both.");
  }
  return text === undefined ? (value ?? null) : parseJson(text);
}

/** Whatever was thrown, as an error with a code; an abort through our signal counts as cancelled. */
function asFailure(error: unknown, signal: AbortSignal): DataioError {
  if (isDataioError(error)) return error;
  if (signal.aborted) return new DataioError("CANCELLED", "The request was cancelled.", { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new DataioError("ADAPTER_FAILED", `The adapter failed: ${reason}`, { cause: error });
}

/** An answer arrived, and it says no. */
function rejection(result: AdapterResult): DataioError {
  const transportStatus = result.transportStatus ?? null;
  return new DataioError(
    "ADAPTER_FAILED",
    transportStatus === null
      ? "The source answered with an error."
      : `The source answered with status ${transportStatus}.`,
    { details: { transport_status: transportStatus } },
  );
}

function failureRecord(error: DataioError): FailureRecord {
  return { code: error.code, message: error.message, details: error.details };
}
