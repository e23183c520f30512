import { execFile } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { SseAdapter, type SseAdapterOptions } from "../../src/adapters/sse.ts";
import { SseParser } from "../../src/adapters/sse-events.ts";
import { type AdapterResult, DataIoSession, type SessionResponse, Store } from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";
import { asks, rows, serve } from "../servers.ts";
import { streamed, subscription } from "../streamers.ts";

function adapter(options: SseAdapterOptions = {}): SseAdapter {
  const made = new SseAdapter(options);
  onTestFinished(() => made.close());
  return made;
}

/** A server of these bytes as an event stream; each call ends with the answer unless `stay` is asked for. */
const events = (bytes: string | Buffer, stay = false) =>
  serve((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
    if (stay) response.write(bytes);
    else response.end(bytes);
  });

describe("SseParser", () => {
  const parsed = (bytes: Buffer, cuts: number) => {
    const parser = new SseParser(1000);
    const found = [];
    for (let start = 0; start < bytes.length; start += cuts) {
      found.push(...parser.feed(bytes.subarray(start, start + cuts)));
    }
    return { parser, found };
  };

  it.each([1, 2, 3, 7, 1000])("finds the same events in pieces of %i bytes", (cuts) => {
    const bytes = Buffer.from(
      "\uFEFF: comment\nid: 1\ndata: Grüße\n\nretry: 5000\r\nevent: tick\r\ndata:a\r\ndata: b\r\n\r\ndata\r\rid: ü\ndata:  x\nunknown: y\n\ndata: cut off\n",
    );
    const { parser, found } = parsed(bytes, cuts);
    expect(found.map((event) => ({ ...event, data: event.data.toString() }))).toEqual([
      { data: "Grüße", id: "1", event: undefined, retry: undefined },
      { data: "a\nb", id: undefined, event: "tick", retry: 5000 },
      { data: "", id: undefined, event: undefined, retry: undefined },
      { data: " x", id: "ü", event: undefined, retry: undefined },
    ]);
    expect(parser.lastEventId).toBe(Buffer.from("ü").toString("latin1"));
    expect(parser.retry).toBe(5000);
  });

  it("keeps bytes that are no UTF-8", () => {
    const bytes = Buffer.concat([Buffer.from("data: "), Buffer.from([0xff, 0x00, 0xc3]), Buffer.from("\n\n")]);
    expect([...(parsed(bytes, 4).found[0]?.data ?? [])]).toEqual([0xff, 0x00, 0xc3]);
  });

  it.each(["data: 0123456789\n\n", "data: 01234\ndata: 56789\n\n", "data: 0123456789"])(
    "refuses %j where 8 bytes are the most, behind what came before",
    (text) => {
      const parser = new SseParser(8);
      const iterator = parser.feed(Buffer.from(`data: good\n\n${text}`));
      expect(iterator.next().value?.data.toString()).toBe("good");
      expect(() => iterator.next()).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
    },
  );
});

describe("SseAdapter", () => {
  it("gives the answer, and every event as the bytes it was with what it said besides", async () => {
    const server = await events('event: tick\nid: 7\nretry: 10\ndata: {"px": 1}\n\ndata: plain\n\n');
    const { given, error } = await streamed(adapter(), { url: server.url, query: { a: 1 }, headers: { "x-one": "1" } });
    expect(error).toBeUndefined();
    const [opened, first, second, ...others] = given;
    expect(others).toEqual([]);
    expect(opened).toMatchObject({
      status: "stream_open",
      transportStatus: 200,
      url: `${server.url}?a=1`,
      contentType: "text/event-stream; charset=utf-8",
    });
    expect(first).toMatchObject({
      contentType: "text/plain",
      encoding: "utf-8",
      adapterMeta: { event: "tick", id: "7", retry: 10 },
    });
    expect(Buffer.from(first?.data ?? []).toString()).toBe('{"px": 1}');
    expect(second?.adapterMeta).toBeUndefined();
    expect(server.requests[0]?.headers).toMatchObject({
      accept: "text/event-stream",
      "cache-control": "no-store",
      "x-one": "1",
    });
    expect(server.requests[0]?.headers).not.toHaveProperty("last-event-id");
  });

  it("subscribes by POST where the params say so", async () => {
    const bodies: string[] = [];
    const server = await serve(async (incoming: IncomingMessage, response: ServerResponse) => {
      let body = "";
      for await (const chunk of incoming) body += String(chunk);
      bodies.push(`${incoming.method} ${body}`);
      response.writeHead(200, { "content-type": "text/event-stream" }).end("data: x\n\n");
    });
    const { messages } = await streamed(adapter(), { url: server.url, method: "POST" }, { body: { ask: 1 } });
    expect(messages).toEqual(["x"]);
    expect(bodies).toEqual(['POST {"ask":1}']);
  });

  it("continues where it is told to, in any script", async () => {
    const server = await events("data: x\n\n");
    const { given } = await streamed(adapter(), { url: server.url, lastEventId: "ümlaut-7" });
    expect(Buffer.from(String(server.requests[0]?.headers["last-event-id"]), "latin1").toString()).toBe("ümlaut-7");
    expect(given[0]?.adapterMeta).toEqual({ last_event_id: "ümlaut-7" });
  });

  it.each([
    [401, "text/event-stream", "answered with status 401"],
    [200, "text/html", "answered with text/html, not text/event-stream"],
    [200, "text/event-streaming", "not text/event-stream"],
  ])("refuses status %i with %s", async (status, type, problem) => {
    const server = await serve((_, response) =>
      response.writeHead(status, { "content-type": type }).end("data: x\n\n"),
    );
    const { given, error } = await streamed(adapter({ reconnects: 3 }), { url: server.url });
    expect(given).toEqual([]);
    expect(error).toMatchObject({
      code: "ADAPTER_FAILED",
      message: expect.stringContaining(problem),
      details: { transport_status: status, content_type: type },
    });
    expect(server.requests).toHaveLength(1);
  });

  it("refuses a coding that it did not ask for, params and options that cannot be", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" }).end();
    });
    expect((await streamed(adapter(), { url: server.url })).error).toMatchObject({ code: "ADAPTER_FAILED" });
    expect((await streamed(adapter(), { url: server.url, lastEventId: 7 })).error).toMatchObject({
      code: "PARAMS_INVALID",
      details: { param: "lastEventId" },
    });
    expect((await streamed(adapter(), {})).error).toMatchObject({ code: "PARAMS_INVALID" });
    for (const options of [{ reconnects: -1 }, { retryMs: -1 }, { maxBytes: Number.NaN }, { idleTimeoutMs: 0 }]) {
      expect(() => new SseAdapter(options)).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
    }
  });

  it("follows redirects, and not for ever", async () => {
    const server = await serve((incoming, response) => {
      if (incoming.url === "/round") response.writeHead(302, { location: "/round" }).end();
      else if (incoming.url === "/") response.writeHead(307, { location: "/there" }).end();
      else response.writeHead(200, { "content-type": "text/event-stream" }).end("data: x\n\n");
    });
    const { given, messages } = await streamed(adapter(), { url: server.url });
    expect(messages).toEqual(["x"]);
    expect(given[0]?.url).toBe(`${server.url}there`);
    const round = await streamed(adapter(), { url: `${server.url}round` });
    expect(round.error).toMatchObject({ code: "REDIRECT_FAILED" });
  });

  it("fails when the connection breaks off, behind what came before", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: one\n\ndata: tw", () => response.destroy());
    });
    const { messages, error } = await streamed(adapter(), { url: server.url });
    expect(messages).toEqual(["one"]);
    expect(error).toMatchObject({ code: "NETWORK_FAILED" });
  });

  it("fails when the server is silent for too long, before and after it answered", async () => {
    const mute = await serve(() => {});
    expect((await streamed(adapter({ timeoutMs: 50 }), { url: mute.url })).error).toMatchObject({ code: "TIMEOUT" });
    const idle = await events("data: one\n\n", true);
    // undici looks at its timers twice a second.
    const { messages, error } = await streamed(adapter({ idleTimeoutMs: 50 }), { url: idle.url });
    expect(messages).toEqual(["one"]);
    expect(error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("silent for 50 ms") });
  });

  it("does not wait for ever for the end of a redirect's body", async () => {
    const server = await serve((_, response) => {
      response.writeHead(302, { location: "/there" });
      const drip = setInterval(() => response.write("x"), 10);
      response.once("close", () => clearInterval(drip));
    });
    expect((await streamed(adapter({ timeoutMs: 50 }), { url: server.url })).error).toMatchObject({ code: "TIMEOUT" });
  });

  it("refuses an event that is too large, and bytes that are no event but grow", async () => {
    const server = await events(`data: ok\n\ndata: ${"x".repeat(2000)}`, true);
    const { messages, error } = await streamed(adapter({ maxBytes: 1000 }), { url: server.url });
    expect(messages).toEqual(["ok"]);
    expect(error).toMatchObject({ code: "TOO_LARGE" });
  });

  it("lets go of the connection when it is left, cancelled or closed", async () => {
    let gone = 0;
    const server = await serve((incoming, response) => {
      incoming.socket.once("close", () => {
        gone += 1;
      });
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
    });
    const sse = adapter();
    const controller = new AbortController();
    for await (const _ of sse.stream(subscription({ url: server.url }), { signal: controller.signal })) break;
    await expect.poll(() => gone).toBe(1);
    const cancelled = streamed(sse, { url: server.url }, { signal: controller.signal });
    await expect.poll(() => server.requests.length).toBe(2);
    controller.abort();
    expect((await cancelled).error).toMatchObject({ code: "CANCELLED" });
    await expect.poll(() => gone).toBe(2);
    const closed = streamed(sse, { url: server.url });
    await expect.poll(() => server.requests.length).toBe(3);
    await sse.close();
    expect((await closed).error).toMatchObject({ code: "CLOSED" });
    expect((await streamed(sse, { url: server.url })).error).toMatchObject({ code: "CLOSED" });
  });
});

describe("reconnecting", () => {
  it("is off unless asked for", async () => {
    const server = await events("retry: 1\nid: 1\ndata: one\n\n");
    expect((await streamed(adapter(), { url: server.url })).messages).toEqual(["one"]);
    expect(server.requests).toHaveLength(1);
  });

  it("continues behind the last event, at the server's pace, and records it", async () => {
    const server = await serve((_, response, call) => {
      if (call === 4) return response.writeHead(204).end();
      response.writeHead(200, { "content-type": "text/event-stream" });
      // An event without an id leaves the last one in force.
      const event = call === 2 ? "data: 2\n\n" : `retry: 1\nid: e${call}\ndata: ${call}\n\n`;
      if (call === 2) return response.write(event, () => response.destroy());
      return response.end(event);
    });
    const { given, error } = await streamed(adapter({ reconnects: 1, retryMs: 60_000 }), { url: server.url });
    expect(error).toBeUndefined();
    expect(given.map(({ status, data, adapterMeta }) => [status ?? String(Buffer.from(data)), adapterMeta])).toEqual([
      ["stream_open", undefined],
      ["1", { id: "e1", retry: 1 }],
      ["stream_closed", { reason: "ended", reconnect_in_ms: 1 }],
      ["stream_open", { last_event_id: "e1" }],
      ["2", undefined],
      [
        "stream_closed",
        { reason: "lost", error: expect.objectContaining({ code: "NETWORK_FAILED" }), reconnect_in_ms: 1 },
      ],
      ["stream_open", { last_event_id: "e1" }],
      ["3", { id: "e3", retry: 1 }],
      ["stream_closed", { reason: "ended", reconnect_in_ms: 1 }],
      ["stream_open", { last_event_id: "e3" }],
    ]);
    expect(server.requests.map(({ headers }) => headers["last-event-id"])).toEqual([undefined, "e1", "e1", "e3"]);
  });

  it("gives up after so many tries in a row without an event", async () => {
    const server = await serve((_, response, call) => {
      if (call > 1) return response.destroy();
      return response.writeHead(200, { "content-type": "text/event-stream" }).end("data: one\n\n");
    });
    const { messages, error } = await streamed(adapter({ reconnects: 2, retryMs: 1 }), { url: server.url });
    expect(messages).toEqual(["one"]);
    expect(error).toMatchObject({ code: "NETWORK_FAILED" });
    expect(server.requests).toHaveLength(3);
  });

  it("does not pretend to continue behind an id that no header can carry", async () => {
    const server = await events("id: a\u0001b\ndata: one\n\n");
    const { messages, error } = await streamed(adapter({ reconnects: 5, retryMs: 1 }), { url: server.url });
    expect(messages).toEqual(["one"]);
    expect(error).toMatchObject({ code: "ADAPTER_FAILED", message: expect.stringContaining("cannot be sent back") });
    expect(server.requests).toHaveLength(1);
  });

  it("can be cancelled while it waits", async () => {
    const server = await events("data: one\n\n");
    const controller = new AbortController();
    const sse = adapter({ reconnects: 1, retryMs: 60_000 });
    const given: AdapterResult[] = [];
    const reading = (async () => {
      for await (const result of sse.stream(subscription({ url: server.url }), { signal: controller.signal })) {
        given.push(result);
        if (result.status === "stream_closed") setImmediate(() => controller.abort());
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    expect(given.at(-1)?.status).toBe("stream_closed");
  });
});

describe("server-sent events in a session", () => {
  it("are archived in order with their reconnections, under one resolution", async () => {
    const server = await serve((_, response, call) => {
      if (call === 3) return response.writeHead(204).end();
      response.writeHead(200, { "content-type": "text/event-stream" });
      return response.end(Array.from({ length: 300 }, (_, index) => `data: ${call}-${index}\n\n`).join(""));
    });
    using store = Store.create(temporaryFolder(), { durable: false });
    const sse = adapter({ reconnects: 1, retryMs: 1 });
    await using session = await DataIoSession.open({ store, source: "sse", adapter: sse, mode: "async" });
    const seen: SessionResponse[] = [];
    for await (const response of session.stream(session.request({ kind: "k", params: { url: server.url } }))) {
      seen.push(response);
    }
    expect(seen.map(({ status }) => status).filter((status) => status !== "stream_message")).toEqual([
      ...["stream_open", "stream_closed"],
      ...["stream_open", "stream_closed"],
      ...["stream_open", "stream_closed"],
    ]);
    const messages = seen.filter(({ status }) => status === "stream_message");
    expect(messages.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 600 }, (_, index) => index));
    const texts = await Promise.all(messages.map(({ checksum }) => store.readPayload(checksum ?? "")));
    expect(texts.map(String)).toEqual(
      Array.from({ length: 600 }, (_, index) => `${Math.floor(index / 300) + 1}-${index % 300}`),
    );
    expect(asks(store)).toMatchObject([{ kind: "acquired" }]);
  });

  it("make a server wait for a reader that is slow", async () => {
    let sent = 0;
    const event = `data: ${"x".repeat(64 * 1024)}\n\n`;
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const push = () => {
        if (sent === 500) return void response.end();
        sent += 1;
        response.write(`id: ${sent}\n${event}`, (error) => error == null && push());
      };
      push();
    });
    using store = Store.create(temporaryFolder(), { durable: false });
    await using session = await DataIoSession.open({ store, source: "sse", adapter: adapter(), mode: "async" });
    const stream = session.stream(session.request({ kind: "k", params: { url: server.url } }), { maxAhead: 8 });
    await stream.next();
    let before = -1;
    const stands = () => {
      const still = before === sent;
      before = sent;
      return still && sent > 8;
    };
    await expect.poll(stands, { interval: 200 }).toBe(true);
    expect(sent).toBeLessThan(300);
    const archived = () => rows(store, "SELECT COUNT(*) AS n FROM responses WHERE sequence >= 0");
    await expect.poll(archived).toEqual([{ n: 8 }]);
    let messages = 0;
    for await (const { status } of stream) if (status === "stream_message") messages += 1;
    expect(messages).toBe(500);
  });
});

it("runs the example", async () => {
  const server = await serve((incoming, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const from = Number(incoming.headers["last-event-id"] ?? 0);
    for (const id of [1, 2, 3].filter((one) => one > from))
      response.write(`event: news\nid: ${id}\ndata: story ${id}\n\n`);
    response.end();
  });
  const root = join(temporaryFolder(), "archive");
  const example = join(import.meta.dirname, "..", "examples", "sse.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [example, root, server.url]);
  expect(stdout.split("\n")).toEqual(["news 1 story 1", "news 2 story 2", "news 3 story 3", "stream_closed ended", ""]);
  using store = Store.open(root);
  expect(asks(store)).toMatchObject([{ kind: "acquired" }]);
});
