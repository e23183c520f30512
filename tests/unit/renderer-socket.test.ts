import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket as ServerSocket, WebSocketServer } from "ws";
import { createSocketTransport } from "../../src/renderer/socket-transport.ts";
import { createClient } from "../../src/shared/client.ts";

const servers: WebSocketServer[] = [];

/** A host that answers every call with the method's name. */
async function startServer(port = 0): Promise<{ server: WebSocketServer; port: number; heard: string[] }> {
  const heard: string[] = [];
  const server = new WebSocketServer({ host: "127.0.0.1", port });
  servers.push(server);
  server.on("connection", (socket: ServerSocket) => {
    socket.on("message", (data) => {
      const message = JSON.parse(String(data));
      heard.push(message.method);
      socket.send(JSON.stringify({ type: "result", id: message.id, ok: true, value: [] }));
    });
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port, heard };
}

async function stop(server: WebSocketServer): Promise<void> {
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
}

afterEach(async () => {
  for (const server of servers.splice(0)) await stop(server);
});

describe("the socket transport", () => {
  it("holds calls until the first connection is there", async () => {
    const { port } = await startServer();
    const client = createClient(createSocketTransport(() => new WebSocket(`ws://127.0.0.1:${port}`)));
    await expect(client.call("jobs.list", {})).resolves.toEqual([]);
  });

  it("tells when the host goes and comes back, and sends nothing late", async () => {
    const first = await startServer();
    const client = createClient(createSocketTransport(() => new WebSocket(`ws://127.0.0.1:${first.port}`)));
    const states: string[] = [];
    const changed: (() => void)[] = [];
    client.onLink((state) => {
      states.push(state);
      for (const wake of changed.splice(0)) wake();
    });
    const nextState = () => new Promise<void>((resolve) => changed.push(resolve));
    await client.call("jobs.list", {});

    const down = nextState();
    await stop(first.server);
    await down;
    expect(states).toEqual(["down"]);
    await expect(client.call("archives.recent", {})).rejects.toMatchObject({ code: "DISCONNECTED" });

    const up = nextState();
    const second = await startServer(first.port);
    await up;
    expect(states).toEqual(["down", "up"]);
    await client.call("jobs.list", {});
    expect(second.heard).toEqual(["jobs.list"]);
  });
});
