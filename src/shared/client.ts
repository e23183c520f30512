/**
 * The renderer's side of the contract: typed calls and events over any transport.
 */
import type { CallParams, ErrorShape, EventName, Events, MethodName, Result } from "./contract.ts";
import type { ClientTransport } from "./wire.ts";

/** A call that the host refused or could not carry out. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: string;
  readonly details: ErrorShape["details"];

  constructor(shape: ErrorShape) {
    super(shape.message);
    this.code = shape.code;
    this.details = shape.details;
  }
}

export interface CallOptions {
  /** Cancels the call on the host too; the promise rejects with code `CANCELLED`. */
  readonly signal?: AbortSignal | undefined;
}

export interface Client {
  /** Asks the host. Rejects with {@link CallError}. */
  call<M extends MethodName>(method: M, params: CallParams<M>, options?: CallOptions): Promise<Result<M>>;
  /** Hears an event; returns a function that stops it. */
  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void;
  /** Hears whether the host can be reached; returns a function that stops it. */
  onLink(listener: (state: "up" | "down") => void): () => void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: CallError): void;
}

/** Makes a client over a transport. The host's values are trusted: host and renderer are built together. */
export function createClient(transport: ClientTransport): Client {
  const pending = new Map<number, Pending>();
  const eventListeners = new Map<string, Set<(payload: unknown) => void>>();
  const linkListeners = new Set<(state: "up" | "down") => void>();
  let lastId = 0;

  transport.onMessage((message) => {
    switch (message.type) {
      case "result": {
        const waiting = pending.get(message.id);
        pending.delete(message.id);
        if (message.ok) waiting?.resolve(message.value);
        else waiting?.reject(new CallError(message.error));
        return;
      }
      case "event":
        for (const listener of eventListeners.get(message.name) ?? []) listener(message.payload);
        return;
      case "link":
        if (message.state === "down") {
          for (const [id, waiting] of pending) {
            pending.delete(id);
            waiting.reject(new CallError({ code: "DISCONNECTED", message: "The connection was lost.", details: {} }));
          }
        }
        for (const listener of linkListeners) listener(message.state);
        return;
    }
  });

  return {
    call<M extends MethodName>(method: M, params: CallParams<M>, options: CallOptions = {}): Promise<Result<M>> {
      const { signal } = options;
      const cancelled = () => new CallError({ code: "CANCELLED", message: "The call was cancelled.", details: {} });
      if (signal?.aborted) return Promise.reject(cancelled());
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          if (!pending.delete(id)) return;
          transport.send({ type: "cancel", id });
          reject(cancelled());
        };
        pending.set(id, {
          resolve: (value) => {
            signal?.removeEventListener("abort", onAbort);
            // The envelope is untyped on the wire; the contract says what this method answers with.
            resolve(value as Result<M>);
          },
          reject: (error) => {
            signal?.removeEventListener("abort", onAbort);
            reject(error);
          },
        });
        signal?.addEventListener("abort", onAbort, { once: true });
        transport.send({ type: "call", id, method, params });
      });
    },

    on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
      const listeners = eventListeners.get(event) ?? new Set();
      eventListeners.set(event, listeners);
      const untyped = (payload: unknown) => listener(payload as Events[E]);
      listeners.add(untyped);
      return () => void listeners.delete(untyped);
    },

    onLink(listener) {
      linkListeners.add(listener);
      return () => void linkListeners.delete(listener);
    },
  };
}
