/**
 * The bridge over one WebSocket: JSON text frames, one message each. A peer that is gone is noticed within two keepalive
 * intervals, and one that reads too slowly cannot make this process hold an unbounded backlog: of states that supersede
 * each other only the newest waits, and past a limit the connection is cut (the renderer connects again and asks anew).
 */
import type { RawData, WebSocket } from "ws";
import { type Log, logToStderr } from "../backend/failure.ts";
import type { HostMessage, HostTransport } from "../shared/wire.ts";

export interface SocketOptions {
  readonly log?: Log;
  readonly keepaliveMs?: number;
  /** Unsent bytes from which on superseded events are held back. */
  readonly congestedBytes?: number;
  /** Unsent bytes at which the connection is cut. */
  readonly limitBytes?: number;
}

/** Makes a host transport of an open socket; it ends with the socket. */
export function socketTransport(socket: WebSocket, options: SocketOptions = {}): HostTransport {
  const { log = logToStderr, keepaliveMs = 30_000 } = options;
  const { congestedBytes = 1024 * 1024, limitBytes = 64 * 1024 * 1024 } = options;
  const listeners = new Set<(message: unknown) => void>();
  /** The newest event of each subject, waiting for the socket to drain. */
  const held = new Map<string, HostMessage>();
  let heardFrom = true;

  function write(message: HostMessage): void {
    socket.send(JSON.stringify(message), onWritten);
    if (socket.bufferedAmount > limitBytes) {
      log(`A browser reads too slowly: its connection is cut with ${socket.bufferedAmount} bytes unsent`);
      socket.terminate();
    }
  }

  function onWritten(error?: Error | null): void {
    if (error) return;
    heardFrom = true;
    for (const [subject, message] of held) {
      if (socket.bufferedAmount > congestedBytes) return;
      held.delete(subject);
      write(message);
    }
  }

  function onFrame(data: RawData, isBinary: boolean): void {
    heardFrom = true;
    let message: unknown;
    try {
      if (isBinary) throw new SyntaxError("a binary frame");
      message = JSON.parse(data.toString());
    } catch (error) {
      log(`A browser sent no JSON text (${error instanceof Error ? error.message : error}): its connection is closed`);
      socket.close(1007, "JSON text expected");
      return;
    }
    for (const listener of listeners) listener(message);
  }

  const keepalive = setInterval(() => {
    if (!heardFrom) {
      socket.terminate();
      return;
    }
    heardFrom = false;
    socket.ping();
  }, keepaliveMs);
  keepalive.unref();

  socket.on("message", onFrame);
  socket.on("pong", () => {
    heardFrom = true;
  });
  // Oversized frames and broken handshakes arrive here; the socket closes by itself.
  socket.on("error", (error) => log("A browser's connection failed", error));
  socket.once("close", () => {
    clearInterval(keepalive);
    held.clear();
    listeners.clear();
  });

  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return;
      const subject = supersededSubject(message);
      if (subject !== null && socket.bufferedAmount > congestedBytes) held.set(subject, message);
      else write(message);
    },
    onMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** What an event tells the whole state of, so that a newer one makes it needless; null for every other message. */
function supersededSubject(message: HostMessage): string | null {
  if (message.type !== "event") return null;
  switch (message.name) {
    case "settings.changed":
      return message.name;
    case "job.changed":
      return `${message.name} ${idOf(message.payload)}`;
    case "archive.changed":
      return `${message.name} ${idOf(fieldOf(message.payload, "archive"))}`;
    default:
      return null;
  }
}

function idOf(value: unknown): string {
  return String(fieldOf(value, "id"));
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
