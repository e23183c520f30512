/**
 * The events in the bytes of an event stream (text/event-stream, HTML standard section 9.2). Data are the exact bytes
 * that were sent, its lines joined by a line feed; an event that the end of the stream cut short is no event.
 */

import { createParser, type EventSourceMessage } from "eventsource-parser";
import { DataioError } from "../errors.ts";

/** One event. */
export interface SseEvent {
  readonly data: Buffer;
  /** Its type; undefined means `message`. */
  readonly event: string | undefined;
  /** The id that it came with. */
  readonly id: string | undefined;
  /** The reconnection time that the server set since the event before, in milliseconds. */
  readonly retry: number | undefined;
}

export class SseParser {
  readonly #maxBytes: number;
  readonly #parser: ReturnType<typeof createParser>;
  #events: SseEvent[] = [];
  #newRetry: number | undefined;
  #tooLarge = false;
  /** The id to reconnect with, "" when there is none. Its characters stand for bytes, as in a header field. */
  lastEventId = "";
  /** The reconnection time that the server asked for last, in milliseconds. */
  retry: number | undefined;

  /** `maxBytes`: the largest event. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#parser = createParser({
      maxBufferSize: maxBytes,
      onEvent: (event) => this.#onEvent(event),
      onId: (id) => {
        this.lastEventId = id;
      },
      onRetry: (milliseconds) => {
        // A number that is none any more could not be archived either.
        if (!Number.isSafeInteger(milliseconds)) return;
        this.retry = milliseconds;
        this.#newRetry = milliseconds;
      },
      onError: ({ type }) => {
        // Anything else is a field that the standard says to ignore.
        if (type === "max-buffer-size-exceeded") this.#tooLarge = true;
      },
    });
  }

  /** The events that the next bytes complete. @throws TOO_LARGE */
  *feed(bytes: Uint8Array): Generator<SseEvent, void, undefined> {
    // Latin-1 maps each byte to one character and back. All that the parser looks for is ASCII.
    this.#parser.feed(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1"));
    yield* this.#events.splice(0);
    if (!this.#tooLarge) return;
    throw new DataioError("TOO_LARGE", `An event is larger than ${this.#maxBytes} bytes`, {
      details: { limitBytes: this.#maxBytes },
    });
  }

  #onEvent({ data, event, id }: EventSourceMessage): void {
    if (this.#tooLarge || data.length > this.#maxBytes) {
      this.#tooLarge = true;
      return;
    }
    this.#events.push({ data: Buffer.from(data, "latin1"), event: utf8(event), id: utf8(id), retry: this.#newRetry });
    this.#newRetry = undefined;
  }
}

function utf8(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes, "latin1").toString("utf8");
}
