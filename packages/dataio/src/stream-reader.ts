/**
 * The caller's side of a subscription: an iterator over what has been archived. The subscription begins with the first
 * `next()`, and leaving the loop ends it; by then everything that came is archived and the end is recorded.
 */
import { DataioError } from "./errors.ts";
import type { SessionResponse } from "./session-options.ts";
import { StreamInbox } from "./stream-inbox.ts";

/** How a subscription is made. */
export interface StreamOptions {
  /** Ends the subscription as cancelled. */
  readonly signal?: AbortSignal;
  /**
   * How many responses the archive may be ahead of the reader before the source is paused; default 256. Only rows are
   * held, never payloads, so `Infinity` is a choice for a source that must never wait: some 500 bytes for each.
   */
  readonly maxAhead?: number;
}

/** How a subscription came to its end; as `adapter_meta.reason` of `stream_closed`. */
export type StreamEndReason =
  /** The source said that nothing more will come. */
  | "ended"
  /** The reader left the loop. */
  | "left"
  /** Through a signal, or because the session was closed. */
  | "cancelled"
  | "failed";

/** The end of a subscription, once it is recorded. */
export interface StreamEnd {
  readonly reason: StreamEndReason;
  /** What the reader gets thrown; undefined for `ended` and `left`. */
  readonly failure: DataioError | undefined;
}

/** Where a running subscription delivers. */
export interface StreamOutlet {
  /** Aborts when the reader has left. */
  readonly left: AbortSignal;
  /** Announces a response that is being archived. */
  expect(): void;
  /** Resolves once there is room for another one. */
  room(): Promise<void>;
  /** Delivers an archived response. */
  deliver(response: SessionResponse): void;
  /** Takes back what was delivered and not read yet. */
  takeBack(): void;
}

const DEFAULT_MAX_AHEAD = 256;

export class StreamReader implements AsyncIterableIterator<SessionResponse, undefined>, StreamOutlet {
  readonly #run: (outlet: StreamOutlet) => Promise<StreamEnd>;
  readonly #maxAhead: number;
  readonly #leave = new AbortController();
  readonly #inbox = new StreamInbox<SessionResponse>(() => this.#onTaken());
  /** Announced and not taken yet. */
  #unread = 0;
  #roomMade = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;

  /**
   * @param run the subscription; it rejects only when it could not be archived
   * @throws PARAMS_INVALID
   */
  constructor(run: (outlet: StreamOutlet) => Promise<StreamEnd>, options: StreamOptions) {
    this.#run = run;
    this.#maxAhead = options.maxAhead ?? DEFAULT_MAX_AHEAD;
    if (!(this.#maxAhead >= 1)) throw new DataioError("PARAMS_INVALID", "maxAhead must be a number from 1 on.");
  }

  get left(): AbortSignal {
    return this.#leave.signal;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<SessionResponse, undefined>> {
    if (!this.left.aborted) this.#running ??= this.#start();
    return this.#inbox.next();
  }

  /** Leaves. @throws what kept responses, or the end, from being archived */
  async return(): Promise<IteratorResult<SessionResponse, undefined>> {
    this.#leave.abort();
    this.#inbox.clear();
    this.#inbox.end();
    await this.#running;
    return { done: true, value: undefined };
  }

  expect(): void {
    this.#unread += 1;
  }

  async room(): Promise<void> {
    while (this.#unread >= this.#maxAhead) await this.#roomMade.promise;
  }

  deliver(response: SessionResponse): void {
    this.#inbox.push(response);
  }

  takeBack(): void {
    this.#inbox.clear();
  }

  #start(): Promise<void> {
    const running = this.#run(this).then(
      ({ failure }) => {
        if (failure === undefined) this.#inbox.end();
        else this.#inbox.fail(failure);
      },
      (error: unknown) => {
        this.#inbox.fail(error);
        throw error;
      },
    );
    // Thrown by next(); by return() as well, when the reader had left before.
    running.catch(() => {});
    return running;
  }

  #onTaken(): void {
    this.#unread -= 1;
    this.#roomMade.resolve();
    this.#roomMade = Promise.withResolvers<void>();
  }
}
