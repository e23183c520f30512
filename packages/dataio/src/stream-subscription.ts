/**
 * One subscription of a session, from its ask to its record. Whatever comes is archived before the reader hears of it:
 * `stream_open`, then messages whose sequence counts from 0, then `stream_closed` with the reason. However it ends, there
 * is one `stream_closed` at the end and one resolution; only a subscription that never opened has no `stream_open`.
 *
 * A streamer may give the rows of opening and closing itself, as results with these statuses, also in the middle (a
 * connection that was lost and made again). Where it does not, they are written here, with an empty payload.
 */

import { adapterRequest, type Streamer, toAdapterResult } from "./adapters/adapter.ts";
import { type Asker, asFailure, failureRecord, requestRowFor } from "./ask.ts";
import { untilCancelled, valuesUntilCancelled } from "./cancellation.ts";
import { canonicalJson, type JsonObject } from "./canonical-json.ts";
import { DataioError, isDataioError } from "./errors.ts";
import { newId } from "./ids.ts";
import { AdapterResult, type Request, type Response } from "./model.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { SessionResponse } from "./session-options.ts";
import type { StreamEnd, StreamOutlet } from "./stream-reader.ts";
import { type DurableRow, durableRow, type StreamRows, StreamWriter } from "./stream-writer.ts";

/** What a subscription is about. */
export interface SubscriptionInit {
  /** Recorded as SUBSCRIBE, whatever its method. */
  readonly request: Request;
  /** For `resolutions.policy_json`. */
  readonly policy: JsonObject;
  /** Ends the subscription as cancelled. */
  readonly signal: AbortSignal;
  readonly limiter: RateLimiter | undefined;
}

const NOTHING = new Uint8Array(0);

export class Subscription {
  readonly #init: SubscriptionInit;
  readonly #rows: StreamRows;
  readonly #outlet: StreamOutlet;
  readonly #writer: StreamWriter;
  readonly #resolutionId = newId();
  #startedAt: string;
  readonly #started = performance.now();
  /** Aborts when nothing more can be made of what comes. */
  readonly #broken = new AbortController();
  #archiveFailure: DataioError | undefined;
  #open = false;
  #opened = false;
  #messages = 0;
  #lastCommitted: Response | undefined;

  constructor(asker: Asker, init: SubscriptionInit, outlet: StreamOutlet) {
    const { store, session } = asker;
    this.#init = init;
    this.#outlet = outlet;
    this.#startedAt = store.clock();
    this.#rows = {
      store,
      session,
      request: { ...requestRowFor(asker, init.request), method: "SUBSCRIBE", hash: null },
    };
    this.#writer = new StreamWriter(this.#rows, {
      onCommitted: (responses) => {
        for (const response of responses) this.#deliver(response, "acquired");
      },
      onFailed: (error) => {
        this.#archiveFailure = asFailure(error, init.signal);
        this.#broken.abort(error);
      },
    });
  }

  /**
   * Runs until the source has ended, the reader has left, or something failed; then the end is recorded.
   * @throws what kept responses, or the end, from being archived
   */
  async run(adapter: Streamer): Promise<StreamEnd> {
    const received = await this.#receive(adapter);
    await this.#writer.drain();
    const failure = this.#archiveFailure ?? received.failure;
    const end = await this.#recordEnd(failure === received.failure ? received : { reason: "failed", failure });
    if (this.#archiveFailure !== undefined) throw end.failure;
    return end;
  }

  async #receive(adapter: Streamer): Promise<StreamEnd> {
    const { signal, limiter } = this.#init;
    const { left } = this.#outlet;
    const stopped = AbortSignal.any([signal, left, this.#broken.signal]);
    try {
      await limiter?.take(stopped);
      this.#startedAt = this.#rows.store.clock();
      const source = adapter.stream(adapterRequest(this.#rows.request), { signal: stopped });
      for await (const value of valuesUntilCancelled(source, stopped)) {
        await this.#take(value);
        await untilCancelled(this.#outlet.room(), stopped);
      }
      if (!this.#opened) await this.#addOpening();
      return { reason: "ended", failure: undefined };
    } catch (error) {
      const stop = isDataioError(error, "CANCELLED") && stopped.aborted;
      if (stop && left.aborted) return { reason: "left", failure: undefined };
      if (stop && signal.aborted) {
        // Before the end is on record: whoever cancelled wants no more of it.
        this.#outlet.takeBack();
        return { reason: "cancelled", failure: error };
      }
      return { reason: "failed", failure: asFailure(error, signal) };
    }
  }

  /** What the adapter gave; a value that is no result ends the subscription, without waiting for the adapter. */
  async #take(value: Uint8Array | AdapterResult): Promise<void> {
    let result: AdapterResult;
    try {
      result = toAdapterResult(value);
    } catch (error) {
      this.#broken.abort(error);
      throw error;
    }
    switch (result.status) {
      case "stream_open":
        return await this.#addOpening(result);
      case "stream_closed":
        this.#open = false;
        return await this.#add(closing(result, "ended"), "stream_closed", null);
      default:
        if (!this.#open) await this.#addOpening();
        this.#messages += 1;
        return await this.#add(result, result.status ?? "stream_message", this.#messages - 1);
    }
  }

  #addOpening(result = new AdapterResult({ data: NOTHING })): Promise<void> {
    this.#open = true;
    this.#opened = true;
    return this.#add(result, "stream_open", null);
  }

  #add(result: AdapterResult, status: string, sequence: number | null): Promise<void> {
    this.#outlet.expect();
    return this.#writer.add(result, status, sequence);
  }

  /** The last `stream_closed`, unless the adapter gave it, and the resolution. */
  async #recordEnd(received: StreamEnd): Promise<StreamEnd> {
    const { store, session, request } = this.#rows;
    let { failure } = received;
    let row: DurableRow | undefined;
    const closed = this.#lastCommitted?.status === "stream_closed" ? this.#lastCommitted : undefined;
    if (closed === undefined) {
      try {
        row = await this.#closingRow(received);
      } catch (error) {
        // Not even an empty payload can be written: that is why it failed, unless something else had failed before.
        this.#archiveFailure ??= asFailure(error, this.#init.signal);
        failure ??= this.#archiveFailure;
      }
    }
    const kind = failure === undefined ? "acquired" : "failed";
    try {
      await store.recordStream({
        session,
        request,
        responses: row === undefined ? [] : [row],
        resolution: {
          id: this.#resolutionId,
          responseId: (row?.response ?? closed)?.id ?? null,
          kind,
          errorJson: failure === undefined ? null : JSON.stringify(failureRecord(failure)),
          sentChecksum: null,
          policyJson: canonicalJson(this.#init.policy),
          startedAt: this.#startedAt,
          endedAt: store.clock(),
        },
      });
    } catch (error) {
      this.#archiveFailure ??= asFailure(error, this.#init.signal);
      return { reason: "failed", failure: failure ?? this.#archiveFailure };
    }
    if (row !== undefined) {
      this.#outlet.expect();
      this.#deliver(row.response, kind);
    }
    return { reason: received.reason, failure: failure === undefined ? undefined : this.#named(failure) };
  }

  async #closingRow({ reason, failure }: StreamEnd): Promise<DurableRow> {
    const result = closing(new AdapterResult({ data: NOTHING }), reason, failure);
    const arrival = { id: newId(), createdAt: this.#rows.store.clock(), status: "stream_closed", sequence: null };
    return await durableRow(this.#rows, result, arrival);
  }

  /** The error with the record of this subscription named in it. */
  #named(error: DataioError): DataioError {
    return new DataioError(error.code, error.message, {
      details: { ...error.details, resolution_id: this.#resolutionId },
      cause: error.cause,
    });
  }

  #deliver(response: Response, resolution: SessionResponse["resolution"]): void {
    this.#lastCommitted = response;
    // Nor of what is archived only now.
    if (this.#init.signal.aborted) return;
    const elapsedMs = Math.round(performance.now() - this.#started);
    this.#outlet.deliver({ ...response, resolution, resolutionId: this.#resolutionId, elapsedMs });
  }
}

/** A `stream_closed` with the reason in `adapter_meta`; what the adapter says itself stays. */
function closing(result: AdapterResult, reason: StreamEnd["reason"], failure?: DataioError): AdapterResult {
  const error = failure === undefined ? {} : { error: failureRecord(failure) };
  return new AdapterResult({ ...result, adapterMeta: { reason, ...error, ...result.adapterMeta } });
}
