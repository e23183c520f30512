/**
 * The renderer's transport over a WebSocket that comes and goes.
 *
 * A lost socket is opened again, at first soon and then ever more slowly. What is sent while it is away is answered with
 * `DISCONNECTED` and never sent later: a call that a person gave up on must not run behind their back. Only what is sent
 * before the very first connection waits for it.
 */
import type { ClientMessage, ClientTransport, HostMessage } from "../shared/wire.ts";

const FIRST_RETRY_MS = 250;
const SLOWEST_RETRY_MS = 5000;

/** What is used of a WebSocket. */
export interface Socket {
  readonly readyState: number;
  send(text: string): void;
  addEventListener(type: "open" | "close", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

/** `WebSocket.OPEN` */
const OPEN = 1;

/** A transport over sockets that `open` makes; the first one is opened at once. */
export function createSocketTransport(open: () => Socket): ClientTransport {
  const listeners = new Set<(message: HostMessage) => void>();
  const waiting: ClientMessage[] = [];
  let socket: Socket | null = null;
  /** `first` until a connection was there: calls wait for it instead of failing. */
  let link: "first" | "up" | "down" = "first";
  let retryMs = FIRST_RETRY_MS;

  const tell = (message: HostMessage) => {
    for (const listener of listeners) listener(message);
  };

  const connect = () => {
    const current = open();
    socket = current;
    current.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      const wasDown = link === "down";
      link = "up";
      for (const message of waiting.splice(0)) current.send(JSON.stringify(message));
      if (wasDown) tell({ type: "link", state: "up" });
    });
    current.addEventListener("message", (event) => {
      // The host and this page are built together: its envelopes are trusted as they are.
      const message: HostMessage = JSON.parse(String(event.data));
      tell(message);
    });
    // A failed attempt ends with `close` as well.
    current.addEventListener("close", () => {
      socket = null;
      const wasDown = link === "down";
      link = "down";
      if (!wasDown) {
        tell({ type: "link", state: "down" });
        waiting.length = 0;
      }
      setTimeout(connect, retryMs);
      retryMs = Math.min(retryMs * 2, SLOWEST_RETRY_MS);
    });
  };
  connect();

  return {
    send(message) {
      if (link === "first") waiting.push(message);
      else if (link === "up" && socket?.readyState === OPEN) socket.send(JSON.stringify(message));
      else if (message.type === "call") {
        const error = { code: "DISCONNECTED", message: "The host cannot be reached right now.", details: {} };
        queueMicrotask(() => tell({ type: "result", id: message.id, ok: false, error }));
      }
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
