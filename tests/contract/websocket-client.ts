/** The browser's end of the bridge, in Node: what a page does that was opened with the printed link. */
import { once } from "node:events";
import { WebSocket } from "ws";
import type { ClientTransport, HostMessage } from "../../src/shared/wire.ts";
import type { WebServer } from "../../src/web/server.ts";

/** Follows the printed link and gives the cookie that it sets, as a `Cookie` header. */
export async function signIn(server: Pick<WebServer, "url">): Promise<string> {
  const response = await fetch(server.url, { redirect: "manual" });
  return response.headers.get("set-cookie")?.split(";", 1)[0] ?? "";
}

/** An open socket to the bridge. Rejects when the server refuses it. */
export async function openSocket(server: Pick<WebServer, "url" | "port">): Promise<WebSocket> {
  const origin = `http://127.0.0.1:${server.port}`;
  const headers = { cookie: await signIn(server), origin };
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, { headers, perMessageDeflate: false });
  await once(socket, "open");
  return socket;
}

/** A client transport over an open socket. It tells when the link goes down, and does not open it again. */
export function clientTransport(socket: WebSocket): ClientTransport {
  const listeners = new Set<(message: HostMessage) => void>();
  const tell = (message: HostMessage) => {
    for (const listener of listeners) listener(message);
  };
  socket.on("message", (data) => tell(JSON.parse(data.toString())));
  socket.once("close", () => tell({ type: "link", state: "down" }));
  return {
    send: (message) => socket.send(JSON.stringify(message)),
    onMessage(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
