import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { adapterRequest } from "../../src/adapters/adapter.ts";
import { WebSocketAdapter, type WebSocketAdapterOptions } from "../../src/adapters/websocket.ts";
import { type AdapterResult, DataIoSession, type JsonValue, type SessionResponse, Store } from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";
import { asks, rows } from "../servers.ts";
import { streamed, subscription } from "../streamers.ts";

/** A WebSocket server; `answer` is called with each connection. */
async function serve(
  answer: (socket: WebSocket, call: number) => void,
  options: ConstructorParameters<typeof WebSocketServer>[0] = {},
) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  const handshakes: { url: string | undefined; headers: Record<string, unknown> }[] = [];
  server.on("connection", (socket, request) => {
    handshakes.push({ url: request.url, headers: request.headers });
    socket.on("error", () => {});
    answer(socket, handshakes.length);
  });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return { url: `ws://127.0.0.1:${address.port}/`, handshakes, server };
}

/** Answers the handshake properly and then with whatever bytes `answer` writes. */
async function serveRaw(answer: (socket: Socket) => void): Promise<string> {
  const { createHash } = await import("node:crypto");
  const server = createTcpServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", (head: Buffer) => {
      const key = /sec-websocket-key: (\S+)/i.exec(head.toString())?.[1];
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      answer(socket);
    });
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP server");
  return `ws://127.0.0.1:${address.port}/`;
}

function adapter(options: WebSocketAdapterOptions = {}): WebSocketAdapter {
  const made = new WebSocketAdapter(options);
  onTestFinished(() => made.close());
  return made;
}

async function collect(stream: AsyncIterable<SessionResponse>, into: SessionResponse[] = []) {
  for await (const response of stream) into.push(response);
  return into;
}

async function archive(adapter: WebSocketAdapter, options: { durable?: boolean } = {}) {
  const store = Store.create(temporaryFolder(), options);
  onTestFinished(() => store.close());
  const session = await DataIoSession.open({ store, source: "ws", adapter, mode: "async" });
  onTestFinished(() => session.close());
  const stream = (params: JsonValue, more: Parameters<DataIoSession["stream"]>[1] = {}) =>
    session.stream(session.request({ kind: "k", method: "SUBSCRIBE", params }), more);
  return { store, session, stream };
}

describe("WebSocketAdapter", () => {
  it("gives the handshake, every frame as the bytes it was, and the close", async () => {
    const { url, handshakes } = await serve((socket) => {
      socket.send("Grüße");
      socket.send(Buffer.from([0, 255, 128]));
      socket.send("");
      socket.close(1000, "that was all");
    });
    const { given, error } = await streamed(adapter(), {
      url: `${url}ticks?a=1`,
      headers: { "x-one": "1" },
      query: { b: 2 },
    });
    expect(error).toBeUndefined();
    const [opened, text, binary, empty, closed, ...others] = given;
    expect(others).toEqual([]);
    expect(opened).toMatchObject({ status: "stream_open", transportStatus: 101, url: `${url}ticks?a=1&b=2` });
    expect(opened?.headers).toMatchObject({ upgrade: "websocket" });
    expect(text).toMatchObject({ contentType: "text/plain", encoding: "utf-8", adapterMeta: { frame: "text" } });
    expect(Buffer.from(text?.data ?? []).toString()).toBe("Grüße");
    expect(binary).toMatchObject({ contentType: "application/octet-stream", adapterMeta: { frame: "binary" } });
    expect([...(binary?.data ?? [])]).toEqual([0, 255, 128]);
    expect(empty?.data.byteLength).toBe(0);
    expect(closed).toMatchObject({
      status: "stream_closed",
      adapterMeta: { close_code: 1000, close_reason: "that was all" },
    });
    expect(handshakes).toMatchObject([
      { url: "/ticks?a=1&b=2", headers: { "x-one": "1", "user-agent": "mxm-dataio" } },
    ]);
  });

  it("sends what it is to subscribe with, exactly, and offers protocols", async () => {
    const heard: string[] = [];
    const { url, handshakes } = await serve(
      (socket) => {
        socket.on("message", (data) => {
          heard.push(String(data));
          if (heard.length === 3) socket.close(1000);
        });
      },
      { handleProtocols: () => "v2" },
    );
    const paramsJson = `{"url": ${JSON.stringify(url)}, "protocols": ["v1", "v2"], "subscribe": ["hello", {"px": 30.0, "id": 12345678901234567890}, [1]]}`;
    const call = adapterRequest({ kind: "k", method: "SUBSCRIBE", paramsJson, bodyJson: null });
    const given: AdapterResult[] = [];
    for await (const result of adapter().stream(call, { signal: new AbortController().signal })) given.push(result);
    expect(heard).toEqual(["hello", '{"id":12345678901234567890,"px":30.0}', "[1]"]);
    expect(handshakes[0]?.headers["sec-websocket-protocol"]).toBe("v1,v2");
    expect(given[0]?.adapterMeta).toEqual({ protocol: "v2" });
  });

  it("takes its options for the base URL only, and credentials out of a URL", async () => {
    const first = await serve((socket) => socket.close(1000));
    const second = await serve((socket) => socket.close(1000));
    const websocket = adapter({ baseUrl: `${first.url}api`, headers: { "x-key": "secret" } });
    await streamed(websocket, { url: "ticks" });
    const { given } = await streamed(websocket, { url: second.url.replace("ws://", "http://me:pw@") });
    expect(first.handshakes).toMatchObject([{ url: "/api/ticks", headers: { "x-key": "secret" } }]);
    expect(second.handshakes[0]?.headers).not.toHaveProperty("x-key");
    expect(second.handshakes[0]?.headers.authorization).toBe(`Basic ${btoa("me:pw")}`);
    expect(given[0]?.url).toBe(second.url);
    expect(websocket.describe()).toBe(`WebSocket, ${new URL(first.url).host}/api/`);
  });

  it.each([
    [{}, "url"],
    [{ url: "ftp://a.example" }, "url"],
    [{ url: "ws://a.example", protocols: ["not a token"] }, "protocols"],
    [{ url: "ws://a.example", protocols: 3 }, "protocols"],
    [{ url: "ws://a.example", timeout: -1 }, "timeout"],
    ["ws://a.example", "params"],
  ])("refuses params that mean nothing: %j", async (params, param) => {
    const { given, error } = await streamed(adapter(), params);
    expect(given).toEqual([]);
    expect(error).toMatchObject({ code: "PARAMS_INVALID", details: { param } });
  });

  it("refuses a body, which it could not send, protocols that repeat, and options that cannot be", async () => {
    const signal = new AbortController().signal;
    const withBody = adapter().stream(subscription({ url: "ws://a.example" }, { x: 1 }), { signal });
    await expect(withBody.next()).rejects.toMatchObject({ code: "PARAMS_INVALID", details: { param: "body" } });
    const { error } = await streamed(adapter(), { url: "ws://127.0.0.1:1", protocols: ["a", "a"] });
    expect(error).toMatchObject({ code: "PARAMS_INVALID" });
    for (const options of [{ maxBytes: 0 }, { timeoutMs: 0 }, { idleTimeoutMs: -1 }, { pingIntervalMs: Number.NaN }]) {
      expect(() => new WebSocketAdapter(options)).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
    }
  });

  it("says with which status it was refused", async () => {
    const server = createServer((_, response) => response.end());
    server.on("upgrade", (_request, socket) => socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const { store, stream } = await archive(adapter());
    await expect(collect(stream({ url: `ws://127.0.0.1:${port}/` }))).rejects.toMatchObject({
      code: "ADAPTER_FAILED",
      message: expect.stringContaining("refused the WebSocket with status 401"),
      details: { transport_status: 401 },
    });
    expect(rows(store, "SELECT status FROM responses")).toEqual([{ status: "stream_closed" }]);
    expect(asks(store)).toMatchObject([{ kind: "failed", error: { details: { transport_status: 401 } } }]);
  });

  it("fails clearly where nobody listens, nobody answers, and where it is given up", async () => {
    const silent = createTcpServer(() => {});
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const address = silent.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const late = await streamed(adapter({ timeoutMs: 50 }), { url: `ws://127.0.0.1:${port}/` });
    expect(late.error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("within 50 ms") });
    const controller = new AbortController();
    const connecting = streamed(adapter(), { url: `ws://127.0.0.1:${port}/` }, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect((await connecting).error).toMatchObject({ code: "CANCELLED" });
    silent.close();
    const nobody = await streamed(adapter(), { url: `ws://127.0.0.1:${port}/` });
    expect(nobody.error).toMatchObject({
      code: "NETWORK_FAILED",
      message: expect.stringContaining("connection refused"),
    });
    expect(
      (await streamed(adapter(), { url: "ws://127.0.0.1:1/" }, { signal: AbortSignal.abort() })).error,
    ).toMatchObject({
      code: "CANCELLED",
    });
  });

  it.each([
    [1001, undefined],
    [1005, undefined],
    [1011, { code: "NETWORK_FAILED", details: { close_code: 1011, close_reason: "why" } }],
    [4001, { code: "NETWORK_FAILED", details: { close_code: 4001, close_reason: "why" } }],
  ])("takes the close code %i for what it says", async (code, expected) => {
    const { url } = await serve((socket) => {
      socket.send("one");
      if (code === 1005) socket.close();
      else socket.close(code, "why");
    });
    const { messages, given, error } = await streamed(adapter(), { url });
    expect(messages).toEqual(["one"]);
    if (expected === undefined) {
      expect(error).toBeUndefined();
      expect(given.at(-1)?.adapterMeta).toMatchObject({ close_code: code });
    } else {
      expect(error).toMatchObject(expected);
    }
  });

  it("gives what came before the server died, and then fails", async () => {
    const { url } = await serve((socket) => {
      socket.send("one");
      socket.send("two", () => socket.terminate());
    });
    const { messages, error } = await streamed(adapter(), { url });
    expect(messages).toEqual(["one", "two"]);
    expect(error).toMatchObject({ code: "NETWORK_FAILED" });
  });

  it.each([
    ["a reserved bit", Buffer.from([0xf1, 0x01, 0x41]), "NETWORK_FAILED"],
    ["text that is no UTF-8", Buffer.from([0x81, 0x02, 0xc3, 0x28]), "NETWORK_FAILED"],
    ["a masked frame", Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x41]), "NETWORK_FAILED"],
    ["a message that is too large", Buffer.from([0x82, 0x7e, 0x20, 0x00]), "TOO_LARGE"],
  ])("fails on %s, behind what came before it", async (_, frame, code) => {
    const url = await serveRaw((socket) => socket.write(Buffer.concat([Buffer.from([0x81, 0x01, 0x41]), frame])));
    const { messages, error } = await streamed(adapter({ maxBytes: 1000 }), { url });
    expect(messages).toEqual(["A"]);
    expect(error).toMatchObject({ code });
  });

  it("puts fragments together", async () => {
    const url = await serveRaw((socket) => socket.end(Buffer.from([0x01, 0x01, 0x41, 0x80, 0x01, 0x42, 0x88, 0x00])));
    expect((await streamed(adapter(), { url })).messages).toEqual(["AB"]);
  });

  it("fails when nothing at all comes for too long, and when a ping is not answered", async () => {
    const url = await serveRaw(() => {});
    const idle = await streamed(adapter({ idleTimeoutMs: 60 }), { url });
    expect(idle.error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("silent for 60 ms") });
    const deaf = await streamed(adapter({ pingIntervalMs: 30 }), { url });
    expect(deaf.error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("ping within 30 ms") });
  });

  it("stays with a server that is silent and answers pings", async () => {
    let pings = 0;
    const { url } = await serve((socket) => {
      socket.on("ping", () => {
        pings += 1;
        if (pings === 4) socket.close(1000);
      });
    });
    const { error } = await streamed(adapter({ pingIntervalMs: 40, idleTimeoutMs: 2_000 }), { url });
    expect(error).toBeUndefined();
    expect(pings).toBe(4);
  });

  it("closes the connection when the stream is left, cancelled or the adapter closed", async () => {
    const codes: number[] = [];
    const { url, handshakes } = await serve((socket) => {
      socket.on("close", (code) => codes.push(code));
      socket.send("one");
    });
    const websocket = adapter();
    const controller = new AbortController();
    for await (const { status } of websocket.stream(subscription({ url }), { signal: controller.signal })) {
      if (status === undefined) break;
    }
    await expect.poll(() => codes).toEqual([1000]);
    const cancelled = streamed(websocket, { url }, { signal: controller.signal });
    await expect.poll(() => handshakes.length).toBe(2);
    controller.abort();
    expect((await cancelled).error).toMatchObject({ code: "CANCELLED" });
    const closed = streamed(websocket, { url });
    await expect.poll(() => handshakes.length).toBe(3);
    websocket.close();
    expect((await closed).error).toMatchObject({ code: "CLOSED" });
    expect((await streamed(websocket, { url })).error).toMatchObject({ code: "CLOSED" });
  });
});

describe("a WebSocket in a session", () => {
  it("archives 10,000 messages in order, whole and without a hole", async () => {
    const count = 10_000;
    // Some payloads come again, as heartbeats and prices do.
    const tick = (number: number) => `{"tick":${number % 2_500}}`;
    const { url } = await serve((socket) => {
      for (let number = 0; number < count; number += 1) socket.send(tick(number));
      socket.close(1000);
    });
    // Without syncing, for the sake of time; the order of writing is the same.
    const { store, stream } = await archive(adapter(), { durable: false });
    let next = 0;
    for await (const { status, sequence } of stream({ url }))
      if (status === "stream_message") expect(sequence).toBe(next++);
    expect(next).toBe(count);
    const found = rows(store, "SELECT sequence, checksum, status FROM responses ORDER BY created_at, id");
    expect(found).toHaveLength(count + 2);
    expect(found.slice(1, -1).map((row) => row.sequence)).toEqual(Array.from({ length: count }, (_, index) => index));
    const checksums = found.slice(1, -1).map(({ checksum }) => String(checksum));
    const texts = new Map<string, string>();
    for (const checksum of new Set(checksums)) texts.set(checksum, String(await store.readPayload(checksum)));
    expect(checksums.map((checksum) => texts.get(checksum))).toEqual(
      Array.from({ length: count }, (_, index) => tick(index)),
    );
    expect(asks(store)).toMatchObject([{ kind: "acquired" }]);
  });

  it("makes a server wait for a reader that is slow, and has everything in the end", async () => {
    const size = 64 * 1024;
    const total = 500;
    let sent = 0;
    const { url } = await serve((socket) => {
      const push = () => {
        if (sent === total) return socket.close(1000);
        sent += 1;
        // Called back when the bytes are handed to the system, so that a full connection holds it up.
        socket.send(Buffer.alloc(size, sent % 251), push);
      };
      push();
    });
    const { store, stream } = await archive(adapter(), { durable: false });
    const reading = stream({ url }, { maxAhead: 8 });
    await reading.next();
    let before = -1;
    await expect
      .poll(
        () => {
          const still = before === sent;
          before = sent;
          return still && sent > 8;
        },
        { interval: 200 },
      )
      .toBe(true);
    // 31 MiB wait at the server. What is under way: the archive's lead, the adapter's queue, both sockets' buffers.
    expect(sent).toBeLessThan(300);
    expect(Number(rows(store, "SELECT COUNT(*) AS n FROM responses WHERE sequence >= 0")[0]?.n)).toBe(8);
    let responses = 0;
    for await (const { status } of reading) if (status === "stream_message") responses += 1;
    expect(responses).toBe(total);
  });

  it("says in the archive how the connection ended", async () => {
    const { url } = await serve((socket) => {
      socket.send("one");
      socket.close(1011, "out of order");
    });
    const { store, stream } = await archive(adapter());
    const seen: SessionResponse[] = [];
    const reading = collect(stream({ url }), seen);
    await expect(reading).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    expect(seen.map(({ status }) => status)).toEqual(["stream_open", "stream_message", "stream_closed"]);
    expect(JSON.parse((await store.getResponseMetadata(seen[2]?.id ?? "")) ?? "{}")).toMatchObject({
      adapter_meta: { reason: "failed", error: { details: { close_code: 1011, close_reason: "out of order" } } },
    });
  });
});

it("runs the example", async () => {
  const { url } = await serve((socket) => {
    socket.on("message", (data) => {
      socket.send(`{"heard":${data}}`);
      for (let price = 1; price <= 5; price += 1) socket.send(`{"price":${price}}`);
    });
  });
  const root = join(temporaryFolder(), "archive");
  const example = join(import.meta.dirname, "..", "examples", "websocket.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [example, root, url]);
  expect(stdout.split("\n")).toEqual(['0 {"heard":{"channel":"trades"}}', '1 {"price":1}', '2 {"price":2}', ""]);
  using store = Store.open(root);
  expect(
    rows(store, "SELECT status FROM responses ORDER BY created_at, id")
      .map(({ status }) => status)
      .slice(0, 4),
  ).toEqual(["stream_open", "stream_message", "stream_message", "stream_message"]);
  expect(asks(store)).toMatchObject([{ kind: "acquired" }]);
});
