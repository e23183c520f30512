/**
 * A session: one run against one source. It asks an adapter, archives what comes back, answers from the archive where
 * that is allowed, and records every ask. Its own start and end are always recorded.
 */

import { type Adapter, capabilitiesOf, isFetcher, isSender, isStreamer } from "./adapters/adapter.ts";
import { Ask, type AskInit } from "./ask.ts";
import { cachePolicy, policyRecord } from "./cache-policy.ts";
import { DataioError } from "./errors.ts";
import { type FetchAllOptions, type FetchOutcome, fetchAll } from "./fetch-all.ts";
import { type Access, answerFetch, callAdapter } from "./fetching.ts";
import { newId } from "./ids.ts";
import { inFlightOf } from "./in-flight.ts";
import type { Request, Session } from "./model.ts";
import { rateLimiterOf } from "./rate-limit.ts";
import { Redactor, redacting } from "./redaction.ts";
import { retryPolicy } from "./retry.ts";
import type { FetchOptions, IssuedRequest, RequestInit, SessionOptions, SessionResponse } from "./session-options.ts";
import { issueRequest, reissueRequest } from "./session-request.ts";
import type { Store } from "./store.ts";
import { type StreamEnd, type StreamOptions, type StreamOutlet, StreamReader } from "./stream-reader.ts";
import { Subscription } from "./stream-subscription.ts";

/** Make it with {@link DataIoSession.open} and `await using`, or with {@link withSession}. */
export class DataIoSession implements AsyncDisposable {
  readonly session: Session;
  readonly store: Store;
  readonly #adapter: Adapter;
  readonly #options: SessionOptions;
  readonly #access: Access;
  /** That of the caller, or one that never aborts. */
  readonly #signal: AbortSignal;
  readonly #asked = new WeakSet<Request>();
  readonly #running = new Set<Promise<unknown>>();
  /** Ends the subscriptions, which would run for ever. */
  readonly #closing = new AbortController();
  #closed = false;
  /** The end of this session; who closes it once more waits for the same. */
  #ending: Promise<void> | undefined;

  private constructor(session: Session, adapter: Adapter, access: Access, options: SessionOptions) {
    this.session = session;
    this.store = options.store;
    this.#adapter = adapter;
    this.#options = options;
    this.#access = access;
    this.#signal = options.signal ?? new AbortController().signal;
  }

  /**
   * Starts a session and writes its row.
   * @throws ADAPTER_UNKNOWN, PARAMS_INVALID (no source, options that cannot be), DATABASE_LOCKED and other failures of
   *   the first write
   */
  static async open(options: SessionOptions): Promise<DataIoSession> {
    const { store, source, rateLimit } = options;
    if (source.length === 0) throw new DataioError("PARAMS_INVALID", "A session needs a source.");
    const adapter = options.adapter ?? options.registry?.resolve(source);
    if (adapter === undefined) {
      throw new DataioError("ADAPTER_UNKNOWN", `No adapter was given for the source "${source}".`);
    }
    cachePolicy(options);
    const access: Access = {
      inFlight: inFlightOf(store),
      limiter: rateLimit === undefined ? undefined : rateLimiterOf(store, source, rateLimit),
      retry: retryPolicy(options.retry),
    };
    const startedAt = store.clock();
    const session: Session = {
      id: newId(),
      source,
      mode: options.mode ?? "sync",
      asOf: options.asOf ?? startedAt,
      startedAt,
      endedAt: null,
    };
    await store.insertSession(session);
    const redact = options.redact === undefined ? new Redactor() : options.redact;
    return new DataIoSession(session, redact === null ? adapter : redacting(adapter, redact), access, options);
  }

  /**
   * A request of this session, not yet asked and not yet written.
   * @throws JSON_INVALID when params or body have no JSON form, PARAMS_INVALID when one is given both as value and text,
   *   or holds a secret
   */
  request(init: RequestInit): IssuedRequest {
    const issue = { sessionId: this.session.id, createdAt: this.store.clock() };
    return this.#withoutSecrets(issueRequest(init, this.#options, issue));
  }

  /**
   * The request of an archived row once more, letter for letter: same params text, same hash (whichever form, bucket and
   * tag it has), so that a new response joins the same row. A row without a hash gets the one of its content.
   * @throws JSON_INVALID when the row's params are no JSON; PARAMS_INVALID when they hold a secret
   */
  requestAgain(archived: IssuedRequest): IssuedRequest {
    const issue = { sessionId: this.session.id, createdAt: this.store.clock() };
    return this.#withoutSecrets(reissueRequest(archived, issue));
  }

  /**
   * Answers a request as the cache policy says: from the archive, where only an intact response of this source counts,
   * or from the adapter. An answer that the adapter marks as an error is archived and returned with status `error`.
   *
   * An identical fetch that is under way, in whatever session of this source on this store, is waited for, and its answer
   * is recorded as reused; not under `bypass` and `never`, for it began before. Failures are shared in the same way, but
   * for being cancelled: then one of those that wait makes the fetch itself.
   * @throws CAPABILITY_MISSING, PARAMS_INVALID (not recorded); CACHE_MISS, PAYLOAD_MISSING, PAYLOAD_CORRUPT (where only
   *   the archive may answer), CANCELLED, TIMEOUT, NETWORK_FAILED, ADAPTER_FAILED … (recorded before they are thrown;
   *   `details.resolution_id` names the record)
   */
  fetch(request: IssuedRequest, options: FetchOptions = {}): Promise<SessionResponse> {
    return this.#track(() => this.#fetch(request, options));
  }

  /**
   * Fetches many requests, a few at a time; see `fetch`. One that fails does not stop the others. Cancelling ends
   * those that run, and the others do not begin.
   * @returns one outcome for each request, in their order
   * @throws PARAMS_INVALID for the concurrency, CLOSED, and what `onProgress` throws; never because of a fetch
   */
  fetchAll(requests: Iterable<IssuedRequest>, options: FetchAllOptions = {}): Promise<readonly FetchOutcome[]> {
    const signal = this.#signalWith(options.signal);
    return this.#track(() =>
      // One signal for all of them, into which the session's has gone already: to make one takes as long as a small file.
      fetchAll(requests, { ...options, signal }, (request, how) => this.#fetch(request, how, how.signal)),
    );
  }

  /**
   * Sends bytes. Never answered from the archive and never repeated by itself; the bytes that were sent are kept, also
   * when sending fails.
   * @throws as `fetch`
   */
  send(
    request: IssuedRequest,
    payload: Uint8Array,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<SessionResponse> {
    return this.#track(async () => {
      const adapter = this.#adapter;
      if (!isSender(adapter)) throw this.#lacks("send");
      this.#refuseSecretIn(Buffer.from(payload).toString("utf8"), "The bytes to send");
      const sent = await this.store.writePayload(payload);
      const signal = this.#signalWith(options.signal);
      const ask = this.#ask({
        request,
        policy: policyRecord({ mode: "never" }, request),
        signal,
        goodStatus: "ack",
        findable: false,
        sentChecksum: sent.checksum,
      });
      const { limiter } = this.#access;
      return await ask.answer(await callAdapter(ask, (call) => adapter.send(call, payload, { signal }), { limiter }));
    });
  }

  /**
   * Subscribes, with the first `next()`, to what the adapter streams. Each response is archived before it is yielded:
   * `stream_open`, messages whose `sequence` counts from 0, `stream_closed` with the reason in its metadata
   * (`adapter_meta.reason`: ended, left, cancelled, failed; then also `adapter_meta.error`). They are rows of a SUBSCRIBE
   * request that has no hash, so no cache lookup ever finds them, and the subscription has one resolution, written at
   * its end.
   *
   * Messages are committed at the latest 100 ms after they came, several at a time, whether or not they are read; only when
   * the archive is `maxAhead` responses ahead of the reader is the source paused. Leaving the loop ends the subscription.
   * When it fails, the reader still gets everything that was archived, and then the error; when it is cancelled, only the
   * error.
   * @throws PARAMS_INVALID at once. While iterating: CAPABILITY_MISSING, CLOSED (not recorded); CANCELLED, NETWORK_FAILED,
   *   ADAPTER_FAILED … (recorded before they are thrown; `details.resolution_id` names the record)
   */
  stream(request: Request, options: StreamOptions = {}): AsyncIterableIterator<SessionResponse, undefined> {
    return new StreamReader((outlet) => this.#track(() => this.#subscribe(request, options, outlet)), options);
  }

  /**
   * Waits for running asks, ends subscriptions as cancelled, and records the end. Closing twice is no error; where the end
   * could not be recorded, closing again tries once more.
   * @throws DATABASE_LOCKED and other failures of recording the end
   */
  close(): Promise<void> {
    this.#ending ??= this.#end().catch((error: unknown) => {
      this.#ending = undefined;
      throw error;
    });
    return this.#ending;
  }

  async #end(): Promise<void> {
    this.#closed = true;
    this.#closing.abort(new DataioError("CLOSED", "The session was closed."));
    await Promise.allSettled(this.#running);
    await this.store.markSessionEnded(this.session.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** @param signal ends the fetch: that of its options together with the session's */
  async #fetch(
    request: IssuedRequest,
    options: FetchOptions,
    signal = this.#signalWith(options.signal),
  ): Promise<SessionResponse> {
    const adapter = this.#adapter;
    if (!isFetcher(adapter)) throw this.#lacks("fetch");
    const policy = cachePolicy(this.#options, options);
    const ask = this.#ask({
      request,
      policy: policyRecord(policy, request),
      signal,
      goodStatus: "ok",
      findable: policy.mode !== "never",
      sentChecksum: null,
    });
    return await answerFetch(ask, adapter, policy, { ...this.#access, onRetry: options.onRetry });
  }

  async #subscribe(request: Request, options: StreamOptions, outlet: StreamOutlet): Promise<StreamEnd> {
    const adapter = this.#adapter;
    if (!isStreamer(adapter)) throw this.#lacks("stream");
    const init = {
      request,
      policy: policyRecord({ mode: "never" }, {}),
      signal: AbortSignal.any([this.#signalWith(options.signal), this.#closing.signal]),
      limiter: this.#access.limiter,
    };
    const asker = { store: this.store, session: this.session, asked: this.#asked };
    return await new Subscription(asker, init, outlet).run(adapter);
  }

  #withoutSecrets(request: IssuedRequest): IssuedRequest {
    const { kind, paramsJson, bodyJson, asOfBucket, cacheTag } = request;
    this.#refuseSecretIn([kind, paramsJson, bodyJson, asOfBucket, cacheTag].join("\n"), "The request");
    return request;
  }

  /** What is asked and sent is archived as it is. */
  #refuseSecretIn(text: string, what: string): void {
    const name = this.#options.redact?.secretIn(text);
    if (name === undefined) return;
    throw new DataioError(
      "PARAMS_INVALID",
      `${what} would write the secret ${name} into the archive; refer to it in the settings of the source instead.`,
      { details: { secret: name } },
    );
  }

  #ask(init: AskInit): Ask {
    return new Ask({ store: this.store, session: this.session, asked: this.#asked }, init);
  }

  /** Aborts with the session's signal, and with that of one ask. */
  #signalWith(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#signal : AbortSignal.any([this.#signal, signal]);
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
