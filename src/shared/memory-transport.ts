/**
 * A transport within one process. It keeps the promises of the real ones: messages arrive later, in order, as JSON
 * copies, and not at all once the connection is cut.
 */
import type { ClientMessage, ClientTransport, HostMessage, HostTransport } from "./wire.ts";

export interface MemoryPair {
  readonly client: ClientTransport;
  readonly host: HostTransport;
  /** Sends the host anything at all, as a broken renderer would. */
  sendRaw(message: unknown): void;
  /** Cuts the connection; the client hears that the link is down. */
  disconnect(): void;
}

/** Makes two connected ends. */
export function createMemoryPair(): MemoryPair {
  const toClient = new Set<(message: HostMessage) => void>();
  const toHost = new Set<(message: unknown) => void>();
  let connected = true;

  function carry<T>(message: T, listeners: ReadonlySet<(message: T) => void>): void {
    if (!connected) return;
    const copy: T = JSON.parse(JSON.stringify(message));
    queueMicrotask(() => {
      if (connected) for (const listener of listeners) listener(copy);
    });
  }

  return {
    client: {
      send: (message: ClientMessage) => carry(message, toHost),
      onMessage(listener) {
        toClient.add(listener);
        return () => void toClient.delete(listener);
      },
    },
    host: {
      send: (message: HostMessage) => carry(message, toClient),
      onMessage(listener) {
        toHost.add(listener);
        return () => void toHost.delete(listener);
      },
    },
    sendRaw: (message) => carry(message, toHost),
    disconnect() {
      if (!connected) return;
      connected = false;
      for (const listener of toClient) listener({ type: "link", state: "down" });
    },
  };
}
