/**
 * One ask of a session, from its start to its record. However an ask ends, and however often it was attempted, it leaves
 * a resolution before its caller hears of it. The rows that it may leave follow the rules in store.ts.
 */

import { canonicalJson, type JsonObject } from "./canonical-json.ts";
import { DataioError, isDataioError } from "./errors.ts";
import { isRejection } from "./failures.ts";
import { newId } from "./ids.ts";
import type {
  AdapterResult,
  FailureRecord,
  Request,
  ResolutionKind,
  Response,
  Session,
  TransportMetadata,
} from "./model.ts";
import type { StoredPayload } from "./payloads.ts";
import type { SessionResponse } from "./session-options.ts";
import { metadataText } from "./sidecars.ts";
import type { RecordedAsk, Store } from "./store.ts";

/** Who asks: what the asks of one session have in common. */
export interface Asker {
  readonly store: Store;
  readonly session: Session;
  /** The requests that were asked by this session. Each later ask of one gets a row of its own, should it need one. */
  readonly asked: WeakSet<Request>;
}

/** What an ask is about. */
export interface AskInit {
  readonly request: Request;
  /** For `resolutions.policy_json`. */
  readonly policy: JsonObject;
  /** Ends the ask as cancelled. */
  readonly signal: AbortSignal;
  /** `ok` for what asks for data, `ack` for what sends them: the status of an answer that names none. */
  readonly goodStatus: "ok" | "ack";
  /** Whether a good answer may be found by the request's hash. */
  readonly findable: boolean;
  readonly sentChecksum: string | null;
}

/** One ask while it runs. */
export class Ask {
  readonly store: Store;
  readonly source: string;
  readonly signal: AbortSignal;
  /** When the ask began, in milliseconds of the monotonic clock. */
  readonly started = performance.now();
  readonly #session: Session;
  readonly #init: AskInit;
  #request: Request;
  #resolutionId = newId();
  #startedAt: string;
  #attempt = 1;

  constructor(asker: Asker, init: AskInit) {
    this.store = asker.store;
    this.source = asker.session.source;
    this.signal = init.signal;
    this.#session = asker.session;
    this.#init = init;
    this.#startedAt = this.store.clock();
    this.#request = requestRowFor(asker, init.request);
  }

  /** The request under the id that it is recorded with, unless its identity has a row already. */
  get request(): Request {
    return this.#request;
  }

  /** Which attempt this is, from 1. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Begins another attempt, with a record and, should it need one, a request row of its own. */
  nextAttempt(): void {
    this.#attempt += 1;
    this.#resolutionId = newId();
    this.#startedAt = this.store.clock();
    this.#request = { ...this.#request, id: newId(), createdAt: this.#startedAt };
  }

  /** The attempt begins only now, after having waited for its turn. */
  begins(): void {
    this.#startedAt = this.store.clock();
  }

  /**
   * Ends as answered by a response that is archived already.
   * @param revalidated the transport facts of the source's word that the response still holds
   */
  async reuse(response: Response, revalidated?: TransportMetadata): Promise<SessionResponse> {
    await this.#record({
      kind: "reused",
      responseId: response.id,
      requestRow: response.status === "ok" ? "identity" : "own",
      ...(revalidated === undefined ? {} : { revalidated }),
    });
    return { ...response, ...this.#ending("reused") };
  }

  /** Ends with what the adapter gave back, which is archived first. An answer that says no counts as failed. */
  async answer(result: AdapterResult): Promise<SessionResponse> {
    const { goodStatus, findable } = this.#init;
    const { stored, metadataJson } = await this.#stored(result);
    const status = result.status ?? goodStatus;
    const rejected = isRejection(status);
    const response = {
      id: newId(),
      status,
      sequence: null,
      checksum: stored.checksum,
      path: stored.path,
      createdAt: this.store.clock(),
      sizeBytes: stored.sizeBytes,
    };
    const kind = rejected ? "failed" : "acquired";
    const written = await this.#record({
      kind,
      response,
      metadataJson,
      responseId: response.id,
      // Only a good answer to a fetch may ever be found by its hash; see the rules in store.ts.
      requestRow: findable && status === "ok" ? "identity" : "own",
      ...(rejected ? { failure: rejection(result.transportStatus ?? null) } : {}),
    });
    return { ...response, requestId: written.id, ...this.#ending(kind) };
  }

  /** Ends with the answer that another ask got to the identical call. */
  async share(response: SessionResponse): Promise<SessionResponse> {
    const { resolution, resolutionId, elapsedMs, ...row } = response;
    if (resolution !== "failed") return await this.reuse(row);
    await this.#record({ kind: "failed", requestRow: "own", failure: sharedRejection(response) });
    return { ...row, ...this.#ending("failed") };
  }

  /** Ends without an answer. @returns the error to throw, once it is recorded */
  async fail(error: unknown): Promise<DataioError> {
    const failure = asFailure(error, this.signal);
    await this.#record({ kind: "failed", requestRow: "own", failure });
    return new DataioError(failure.code, failure.message, {
      details: { ...failure.details, resolution_id: this.#resolutionId },
      cause: failure.cause,
    });
  }

  async #stored(result: AdapterResult): Promise<{ stored: StoredPayload; metadataJson: string }> {
    try {
      const metadataJson = metadataText(result.metaDict());
      return { stored: await this.store.writeAnswer(result.data, metadataJson), metadataJson };
    } catch (error) {
      throw await this.fail(error);
    }
  }

  #ending(resolution: ResolutionKind): Pick<SessionResponse, "resolution" | "resolutionId" | "elapsedMs"> {
    const elapsedMs = Math.round(performance.now() - this.started);
    return { resolution, resolutionId: this.#resolutionId, elapsedMs };
  }

  async #record(end: {
    readonly kind: ResolutionKind;
    readonly requestRow: RecordedAsk["requestRow"];
    readonly response?: RecordedAsk["response"];
    readonly metadataJson?: string;
    readonly responseId?: string;
    readonly failure?: DataioError;
    readonly revalidated?: TransportMetadata;
  }): Promise<Request> {
    const { policy, sentChecksum } = this.#init;
    const { request } = await this.store.record({
      session: this.#session,
      request: this.#request,
      response: end.response ?? null,
      metadataJson: end.metadataJson ?? null,
      requestRow: end.requestRow,
      resolution: {
        id: this.#resolutionId,
        responseId: end.responseId ?? null,
        kind: end.kind,
        errorJson: end.failure === undefined ? null : JSON.stringify(failureRecord(end.failure)),
        sentChecksum,
        policyJson: canonicalJson({
          ...policy,
          ...(this.#attempt === 1 ? {} : { attempt: this.#attempt }),
          // Made by an adapter: what has no JSON form is refused here.
          ...(end.revalidated === undefined ? {} : { revalidated: end.revalidated as JsonObject }),
        }),
        startedAt: this.#startedAt,
        endedAt: this.store.clock(),
      },
    });
    return request;
  }
}

/** The row of a request that is being asked, under an id that no earlier ask of it has used. */
export function requestRowFor({ session, asked }: Asker, request: Request): Request {
  const row = rowOf(request);
  // A row is written under one id only once, and belongs to the session that asked.
  const taken = row.sessionId !== session.id || asked.has(request);
  asked.add(request);
  return taken ? { ...row, id: newId(), sessionId: session.id } : row;
}

/** Nothing but the columns. */
function rowOf(request: Request): Request {
  const { id, sessionId, kind, method, paramsJson, bodyJson, hash, createdAt } = request;
  return { id, sessionId, kind, method, paramsJson, bodyJson, hash, createdAt };
}

/** Whatever was thrown, as an error with a code; an abort through our signal counts as cancelled. */
export function asFailure(error: unknown, signal: AbortSignal): DataioError {
  if (isDataioError(error)) return error;
  if (signal.aborted) return new DataioError("CANCELLED", "The request was cancelled.", { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new DataioError("ADAPTER_FAILED", `The adapter failed: ${reason}`, { cause: error });
}

/** An answer arrived, and it says no. */
export function rejection(transportStatus: number | null): DataioError {
  return new DataioError(
    "ADAPTER_FAILED",
    transportStatus === null
      ? "The source answered with an error."
      : `The source answered with status ${transportStatus}.`,
    { details: { transport_status: transportStatus } },
  );
}

/** The response stays that of the ask which got it: it is named, and not counted twice. */
function sharedRejection(response: SessionResponse): DataioError {
  return new DataioError("ADAPTER_FAILED", "The source answered an identical call with an error.", {
    details: { response_id: response.id, shared_with: response.resolutionId },
  });
}

/** What is kept of an error. */
export function failureRecord(error: DataioError): FailureRecord {
  return { code: error.code, message: error.message, details: error.details };
}
