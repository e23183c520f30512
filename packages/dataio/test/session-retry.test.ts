import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { DataIoSession, type Fetcher, RateLimiter, type Sender, Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { asks, httpAdapter, rows, serve } from "./servers.ts";

const QUICK = { attempts: 3, minDelayMs: 1, maxDelayMs: 2 };

type Options = Partial<Parameters<typeof DataIoSession.open>[0]>;

/** A session with a server that answers its first calls as told, and then well. */
async function setUp(
  failures: readonly ((request: IncomingMessage, response: ServerResponse) => unknown)[],
  options: Options = {},
) {
  const store = Store.create(temporaryFolder());
  const server = await serve((request, response, call) => {
    const fail = failures[call - 1];
    if (fail === undefined) response.end(`answer ${call}`);
    else fail(request, response);
  });
  const open = (more: Options = {}) =>
    DataIoSession.open({ store, source: "demo", adapter: httpAdapter(), ...options, ...more });
  const session = await open();
  return {
    store,
    server,
    session,
    open,
    request: (path = "", more: { readonly timeout?: number } = {}) =>
      session.request({ kind: "k", params: { url: `${server.url}${path}`, ...more } }),
    [Symbol.asyncDispose]: async () => {
      await session.close();
      store.close();
    },
  };
}
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (_request: IncomingMessage, response: ServerResponse) =>
    response.writeHead(code, headers).end(`status ${code}`);
const hangUp = (_request: IncomingMessage, response: ServerResponse) => response.socket?.destroy();
const silence = () => {};

describe("a fetch that failed for a passing reason", () => {
  it("is repeated until it succeeds, and every attempt is on record", async () => {
    await using test = await setUp([hangUp, status(503)], { retry: QUICK });
    const response = await test.session.fetch(test.request());
    expect(response.resolution).toBe("acquired");
    expect((await test.store.readPayload(response.checksum ?? "")).toString()).toBe("answer 3");
    const recorded = asks(test.store);
    expect(recorded).toMatchObject([
      { kind: "failed", responseId: null, error: { code: "NETWORK_FAILED" }, policy: { cache: "default" } },
      { kind: "failed", error: { details: { transport_status: 503 } }, policy: { attempt: 2 } },
      { kind: "acquired", id: response.resolutionId, responseId: response.id, policy: { attempt: 3 } },
    ]);
    expect(rows(test.store, "SELECT status FROM responses ORDER BY created_at")).toEqual([
      { status: "error" },
      { status: "ok" },
    ]);
    // Only the good answer is found by the hash.
    const found = rows(
      test.store,
      "SELECT r.id FROM responses r JOIN requests q ON q.id = r.request_id WHERE q.hash IS NOT NULL",
    );
    expect(found).toEqual([{ id: response.id }]);
    expect((await test.session.fetch(test.request())).id).toBe(response.id);
  });

  it("gives the last answer, or throws the last error, when the attempts are used up", async () => {
    await using test = await setUp([status(500), status(502), status(504), hangUp, hangUp, hangUp], { retry: QUICK });
    const answered = await test.session.fetch(test.request());
    expect([answered.status, answered.resolution]).toEqual(["error", "failed"]);
    expect((await test.store.readPayload(answered.checksum ?? "")).toString()).toBe("status 504");
    const failing = test.session.fetch(test.request());
    await expect(failing).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    const recorded = asks(test.store);
    expect(recorded).toHaveLength(6);
    await expect(failing).rejects.toMatchObject({ details: { resolution_id: recorded[5]?.id } });
    expect(test.server.requests).toHaveLength(6);
  });

  it("is repeated after a timeout", async () => {
    await using test = await setUp([silence], { retry: { ...QUICK, attempts: 2 } });
    expect((await test.session.fetch(test.request("", { timeout: 0.2 }))).resolution).toBe("acquired");
    expect(asks(test.store)[0]?.error.code).toBe("TIMEOUT");
  });

  it("is not repeated without being told to, nor for what will not pass, nor if it is cancelled", async () => {
    await using plain = await setUp([hangUp]);
    await expect(plain.session.fetch(plain.request())).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    expect(plain.server.requests).toHaveLength(1);

    await using test = await setUp([status(404), silence], { retry: QUICK });
    expect((await test.session.fetch(test.request())).status).toBe("error");
    const nonsense = test.session.request({ kind: "k", params: { url: "no URL" } });
    await expect(test.session.fetch(nonsense)).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    const controller = new AbortController();
    const cancelled = test.session.fetch(test.request(), { signal: controller.signal });
    await expect.poll(() => test.server.requests.length).toBe(2);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
    expect(asks(test.store)).toHaveLength(3);
    expect(test.server.requests).toHaveLength(2);
  });

  it("waits as long as Retry-After says, in seconds or until a date", async () => {
    const date = new Date("2025-10-22T12:00:00Z").toUTCString();
    const second = new Date("2025-10-22T12:00:01Z").toUTCString();
    await using test = await setUp(
      [status(429, { "retry-after": "1" }), status(503, { date, "retry-after": second })],
      {
        retry: QUICK,
      },
    );
    await test.session.fetch(test.request());
    const times = asks(test.store).map((ask) => [Date.parse(ask.startedAt), Date.parse(ask.endedAt)] as const);
    const waits = [1, 2].map((index) => (times[index]?.[0] ?? 0) - (times[index - 1]?.[1] ?? 0));
    // Timers and the wall clock round differently.
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(990);
  });

  it("gives up at once where Retry-After is too far off", async () => {
    await using test = await setUp([status(429, { "retry-after": "3600" })], { retry: QUICK });
    const answered = await test.session.fetch(test.request());
    expect(answered.status).toBe("error");
    expect(test.server.requests).toHaveLength(1);
  });

  it("is cancelled while it waits for the next attempt, which is on record as cancelled", async () => {
    const retry = { attempts: 2, minDelayMs: 1e6, maxDelayMs: 1e6, maxRetryAfterMs: 1e6 };
    await using test = await setUp([status(503, { "retry-after": "999" })], { retry });
    const controller = new AbortController();
    const running = test.session.fetch(test.request(), { signal: controller.signal });
    await expect.poll(() => asks(test.store).length).toBe(1);
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
    expect(asks(test.store)).toMatchObject([
      { error: { details: { transport_status: 503 } } },
      { error: { code: "CANCELLED" }, policy: { attempt: 2 } },
    ]);
    expect(test.server.requests).toHaveLength(1);
  });

  it("shares all its attempts with an identical one", async () => {
    await using test = await setUp([hangUp, hangUp], { retry: QUICK });
    const responses = await Promise.all([test.session.fetch(test.request()), test.session.fetch(test.request())]);
    expect(responses.map((response) => response.resolution)).toEqual(["acquired", "reused"]);
    expect(test.server.requests).toHaveLength(3);
  });
});

it("a send is never repeated", async () => {
  await using test = await setUp([status(503, { "retry-after": "0" }), hangUp], { retry: QUICK });
  const answered = await test.session.send(test.request(), Buffer.from("order"));
  expect(answered.status).toBe("error");
  const failing = test.session.send(test.request(), Buffer.from("order"));
  await expect(failing).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  expect(test.server.requests).toHaveLength(2);
});

describe("a rate limit", () => {
  it("holds for all sessions of a source on a store, for repeated attempts and for sends", async () => {
    const begun: number[] = [];
    const http = httpAdapter();
    const adapter: Fetcher & Sender = {
      fetch(request, context) {
        begun.push(performance.now());
        return http.fetch(request, context);
      },
      send(request, payload, context) {
        begun.push(performance.now());
        return http.send(request, payload, context);
      },
    };
    await using test = await setUp([status(503)], { adapter, rateLimit: { limit: 2, intervalMs: 150 }, retry: QUICK });
    await using second = await test.open();
    await test.session.fetch(test.request("a"));
    const asked = [
      second.fetch(test.request("b")),
      second.send(test.request("c"), Buffer.from("c")),
      test.session.fetch(test.request("d")),
    ];
    await Promise.all(asked);
    expect(begun).toHaveLength(5);
    for (const [index, start] of begun.entries()) {
      const before = begun[index - 2];
      // A call begins a little after its turn came.
      if (before !== undefined) expect(start - before).toBeGreaterThan(120);
    }
  });

  it("lets a cancelled ask go, on record, and its turn to the next", async () => {
    await using test = await setUp([], { rateLimit: { limit: 1, intervalMs: 150 } });
    await test.session.fetch(test.request("a"));
    const controller = new AbortController();
    const waiting = test.session.fetch(test.request("b"), { signal: controller.signal });
    const behind = test.session.fetch(test.request("c"));
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
    expect((await behind).resolution).toBe("acquired");
    expect(test.server.requests.map((request) => request.url)).toEqual(["/a", "/c"]);
    expect(asks(test.store)[1]?.error.code).toBe("CANCELLED");
  });

  it("does not count what the archive answers, nor hold for another source", async () => {
    await using test = await setUp([], { rateLimit: { limit: 1, intervalMs: 100_000 } });
    await test.session.fetch(test.request());
    expect((await test.session.fetch(test.request())).resolution).toBe("reused");
    await using elsewhere = await test.open({ source: "another" });
    expect((await elsewhere.fetch(test.request())).resolution).toBe("acquired");
    const waiting = test.session.fetch(test.request("b"), { signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("may be a limiter, which holds for whoever has it", async () => {
    await using test = await setUp([], { rateLimit: new RateLimiter({ limit: 1, intervalMs: 100_000 }) });
    await test.session.fetch(test.request());
    await using elsewhere = await test.open({ source: "another" });
    const waiting = elsewhere.fetch(test.request(), { signal: AbortSignal.timeout(20) });
    await expect(waiting).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("a rate limiter", () => {
  it("lets through in order, and takes a new rate at once", async () => {
    const limiter = new RateLimiter({ limit: 1, intervalMs: 60_000 });
    await limiter.take();
    const controller = new AbortController();
    const gone = limiter.take(controller.signal);
    controller.abort();
    await expect(gone).rejects.toMatchObject({ code: "CANCELLED" });
    limiter.setRate({ limit: 3, intervalMs: 60_000 });
    const order: number[] = [];
    await Promise.all([1, 2].map((place) => limiter.take().then(() => order.push(place))));
    expect(order).toEqual([1, 2]);
    await expect(limiter.take(AbortSignal.timeout(10))).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("does not let the next pass those in front when one leaves the line", async () => {
    const limiter = new RateLimiter({ limit: 1, intervalMs: 60_000 });
    await limiter.take();
    const leaving = new AbortController();
    const ending = new AbortController();
    const front = limiter.take(ending.signal);
    const gone = limiter.take(leaving.signal);
    let passed = false;
    const behind = limiter.take(ending.signal).then(() => {
      passed = true;
    });
    // By now the one in front waits for its time.
    await sleep(20);
    leaving.abort();
    // Whoever comes to the front now would pass at once.
    limiter.setRate({ limit: 100, intervalMs: 60_000 });
    await expect(gone).rejects.toMatchObject({ code: "CANCELLED" });
    await sleep(20);
    expect(passed).toBe(false);
    ending.abort();
    for (const one of [front, behind]) await expect(one).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("refuses a rate that makes no sense", () => {
    for (const rate of [
      { limit: 0, intervalMs: 1 },
      { limit: 1.5, intervalMs: 1 },
      { limit: 1, intervalMs: 0 },
      { limit: 1, intervalMs: Number.POSITIVE_INFINITY },
    ]) {
      expect(() => new RateLimiter(rate)).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
    }
  });
});
