/**
 * A session that was: it is asked like any other, and answers from the archive alone, as of a moment. It has no adapter,
 * and leaves no trace.
 */

import { DataioError } from "./errors.ts";
import { newId } from "./ids.ts";
import type { Request, Response } from "./model.ts";
import type { PayloadStore } from "./payloads.ts";
import type { ArchiveView } from "./replay.ts";
import type { IssuedRequest, RequestDefaults, RequestInit } from "./session-options.ts";
import { issueRequest, reissueRequest } from "./session-request.ts";

/** How a replay session is opened; see `Replay.session`. */
export interface ReplaySessionOptions extends RequestDefaults {
  /** Only what this source was answered is an answer. */
  readonly source: string;
  /** The moment to answer as of, timestamp text. What came later is not there yet. */
  readonly asOf: string;
}

/** An archived response with its payload, verified. */
export interface ReplayedResponse extends Response {
  readonly checksum: string;
  /** The bytes whose SHA-256 the checksum is. */
  readonly payload: Buffer;
}

/** Make it with `Replay.session`. */
export class ReplaySession {
  /** Whose answers it gives. */
  readonly source: string;
  /** Timestamp text as we write it, UTC. */
  readonly asOf: string;
  readonly #view: ArchiveView;
  readonly #payloads: PayloadStore;
  readonly #defaults: RequestDefaults;
  /** Requests need one; it stands in no archive. */
  readonly #id = newId();

  /** @throws PARAMS_INVALID without a source */
  constructor(view: ArchiveView, payloads: PayloadStore, options: ReplaySessionOptions) {
    if (options.source === "") throw new DataioError("PARAMS_INVALID", "A session needs a source.");
    this.source = options.source;
    this.asOf = view.asOf;
    this.#view = view;
    this.#payloads = payloads;
    this.#defaults = options;
  }

  /** A request as `DataIoSession.request` makes it. @throws JSON_INVALID, PARAMS_INVALID */
  request(init: RequestInit): IssuedRequest {
    return issueRequest(init, this.#defaults, { sessionId: this.#id, createdAt: this.asOf });
  }

  /** An archived request once more, as `DataIoSession.requestAgain` makes it. @throws JSON_INVALID */
  requestAgain(archived: Request): IssuedRequest {
    return reissueRequest(archived, { sessionId: this.#id, createdAt: this.asOf });
  }

  /**
   * The response that this request would have been answered with from the cache, without looking at its payload;
   * undefined when there was none.
   */
  find(request: Request): Response | undefined {
    return request.hash === null ? undefined : this.#view.response(request.hash, this.source);
  }

  /**
   * The response that this request would have been answered with from the cache, and its payload, verified.
   * @throws CACHE_MISS when there was none; PAYLOAD_MISSING, PAYLOAD_CORRUPT, CHECKSUM_INVALID when its payload is no
   *   longer what it was; TOO_LARGE when that has 2 GiB or more: `Replay.payloads` reads it as a stream
   */
  async fetch(request: Request): Promise<ReplayedResponse> {
    const response = this.find(request);
    if (response === undefined) {
      const { hash, kind } = request;
      const message = `By ${this.asOf} the archive had no good answer of "${this.source}" to this "${kind}" request.`;
      throw new DataioError("CACHE_MISS", message, { details: { source: this.source, kind, hash, as_of: this.asOf } });
    }
    const { checksum } = response;
    if (checksum === null) {
      throw new DataioError("PAYLOAD_MISSING", `Response ${response.id} has no payload.`, {
        details: { response_id: response.id },
      });
    }
    return { ...response, checksum, payload: await this.#payloads.read(checksum) };
  }
}
