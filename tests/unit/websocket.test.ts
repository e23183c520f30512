import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { HostMessage, HostTransport } from "../../src/shared/wire.ts";
import { type SocketOptions, socketTransport } from "../../src/web/websocket.ts";

let http: Server;
let sockets: WebSocketServer;
let logged: string[];

beforeEach(async () => {
  http = createServer();
  sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  logged = [];
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
});
afterEach(() => {
  for (const socket of sockets.clients) socket.terminate();
  http.close();
});

/** A transport and the browser's end of it. */
async function open(
  options: SocketOptions = {},
): Promise<{ host: WebSocket; transport: HostTransport; page: WebSocket }> {
  const address = http.address();
  if (typeof address !== "object" || address === null) throw new Error("not listening");
  const connected = new Promise<WebSocket>((resolve) => sockets.once("connection", resolve));
  const page = new WebSocket(`ws://127.0.0.1:${address.port}/`);
  const host = await connected;
  const transport = socketTransport(host, { log: (message) => void logged.push(message), ...options });
  if (page.readyState !== WebSocket.OPEN) await once(page, "open");
  return { host, transport, page };
}

function progress(id: string, done: number): HostMessage {
  return { type: "event", name: "job.changed", payload: { id, done, filling: "x".repeat(100_000) } };
}

describe("a page that reads slowly", () => {
  it("gets the newest state of each job, and not every one in between", async () => {
    const { host, transport, page } = await open();
    page.pause();
    for (let done = 1; done <= 1000; done += 1) {
      transport.send(progress("a", done));
      transport.send(progress("b", done));
    }
    expect(host.bufferedAmount).toBeLessThan(20_000_000);
    const heard: { id: string; done: number }[] = [];
    page.on("message", (data) => void heard.push(JSON.parse(data.toString()).payload));
    page.resume();
    await expect.poll(() => heard.filter(({ done }) => done === 1000).map(({ id }) => id)).toEqual(["a", "b"]);
    expect(heard.length).toBeLessThan(500);
    const ofA = heard.filter(({ id }) => id === "a").map(({ done }) => done);
    expect(ofA).toEqual(ofA.toSorted((one, other) => one - other));
    expect(logged).toEqual([]);
  });

  it("still gets every answer", async () => {
    const { transport, page } = await open();
    page.pause();
    for (let id = 0; id < 100; id += 1) {
      transport.send({ type: "result", id, ok: true, value: "x".repeat(100_000) });
    }
    const ids: number[] = [];
    page.on("message", (data) => void ids.push(JSON.parse(data.toString()).id));
    page.resume();
    await expect.poll(() => ids.length).toBe(100);
    expect(ids).toEqual(ids.toSorted((one, other) => one - other));
  });

  it("is cut off before it fills the memory", async () => {
    const { host, transport, page } = await open({ limitBytes: 5_000_000 });
    page.pause();
    for (let id = 0; id < 200; id += 1) {
      transport.send({ type: "result", id, ok: true, value: "x".repeat(100_000) });
    }
    expect(host.bufferedAmount).toBeLessThan(10_000_000);
    expect(logged).toHaveLength(1);
    page.resume();
    await once(page, "close");
  });
});

describe("a page that is gone without a word", () => {
  it("is noticed by the keepalive", async () => {
    const { host, page } = await open({ keepaliveMs: 30 });
    page.pause();
    await once(host, "close");
    page.terminate();
  });

  it("is not confused with one that is merely silent", async () => {
    const { host } = await open({ keepaliveMs: 30 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(host.readyState).toBe(WebSocket.OPEN);
  });
});

describe("frames", () => {
  it.each([
    ["no JSON", "{nope", false],
    ["binary", Buffer.from("{}"), true],
  ])("that are %s close the connection and reach nobody", async (_what, data, binary) => {
    const { transport, page } = await open();
    const heard: unknown[] = [];
    transport.onMessage((message) => void heard.push(message));
    page.send(data, { binary });
    const [code] = await once(page, "close");
    expect(code).toBe(1007);
    expect(heard).toEqual([]);
    expect(logged).toHaveLength(1);
  });

  it("are not sent to a socket that has closed", async () => {
    const { host, transport, page } = await open();
    page.terminate();
    await once(host, "close");
    transport.send({ type: "result", id: 1, ok: true, value: null });
    expect(logged).toEqual([]);
  });
});
