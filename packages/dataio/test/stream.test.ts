import { rmSync, writeFileSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import {
  type AdapterContext,
  AdapterResult,
  ArchiveReader,
  DataIoSession,
  type SessionOptions,
  type SessionResponse,
  Store,
  type Streamer,
  withSession,
} from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { asks, rows } from "./servers.ts";

const never = new Promise<never>(() => {});
const text = (value: unknown) => Buffer.from(String(value));

/** A streamer of these values; `seen` tells how far it was read and whether it was left properly. */
function streamer(values: (context: AdapterContext) => AsyncGenerator<Uint8Array | AdapterResult>) {
  const seen = { given: 0, left: false, calls: 0 };
  const adapter: Streamer = {
    async *stream(_request, context) {
      seen.calls += 1;
      try {
        for await (const value of values(context)) {
          seen.given += 1;
          yield value;
        }
      } finally {
        seen.left = true;
      }
    },
  };
  return { adapter, seen };
}

async function* counting(length: number): AsyncGenerator<Uint8Array> {
  for (let number = 0; number < length; number += 1) yield text(number);
}

/** Counts, and then neither ends nor hears the signal. */
async function* hanging(length: number): AsyncGenerator<Uint8Array> {
  yield* counting(length);
  await never;
}

async function* failing(length: number): AsyncGenerator<Uint8Array> {
  yield* counting(length);
  throw new Error("source broke");
}

const open = (store: Store, adapter: Streamer, more: Partial<SessionOptions> = {}) =>
  DataIoSession.open({ store, source: "demo", adapter, mode: "async", ...more });

const subscription = (session: DataIoSession) =>
  session.request({ kind: "trades", method: "SUBSCRIBE", params: { a: 1 } });

/** Reads to the end; `error` is what was thrown then. */
async function read(stream: AsyncIterable<SessionResponse>) {
  const responses: SessionResponse[] = [];
  let error: unknown;
  try {
    for await (const response of stream) responses.push(response);
  } catch (thrown) {
    error = thrown;
  }
  return { responses, statuses: responses.map(({ status }) => status), error };
}

/** What is in the archive, in the order in which it came. */
const archived = (store: Store) =>
  rows(
    store,
    "SELECT r.*, m.meta_json FROM responses r LEFT JOIN response_meta m ON m.response_id = r.id ORDER BY r.created_at, r.id",
  ).map((row) => ({
    id: String(row.id),
    status: String(row.status),
    sequence: row.sequence,
    checksum: String(row.checksum),
    meta: JSON.parse(String(row.meta_json ?? "{}")),
  }));

const sequences = (store: Store) => archived(store).flatMap(({ sequence }) => (sequence === null ? [] : [sequence]));

/** Every row's payload is there and whole. */
async function expectIntact(store: Store): Promise<void> {
  for (const { checksum } of archived(store)) {
    expect((await store.payloads.verify(checksum)).state).toBe("ok");
  }
}

describe("a stream that ends", () => {
  it("is archived as opening, numbered messages and closing, each before it is yielded", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter } = streamer(() => counting(3));
    await using session = await open(store, adapter);
    const request = subscription(session);
    const seen: [string, number | null, string][] = [];
    for await (const response of session.stream(request)) {
      expect(rows(store, "SELECT id FROM responses WHERE id = ?", response.id)).toHaveLength(1);
      expect(response.resolution).toBe("acquired");
      expect(response.requestId).toBe(request.id);
      const payload = await store.readPayload(response.checksum ?? "");
      seen.push([response.status, response.sequence, payload.toString()]);
    }
    expect(seen).toEqual([
      ["stream_open", null, ""],
      ["stream_message", 0, "0"],
      ["stream_message", 1, "1"],
      ["stream_message", 2, "2"],
      ["stream_closed", null, ""],
    ]);
    expect(archived(store).map(({ status }) => status)).toEqual(seen.map(([status]) => status));
    expect(archived(store).at(-1)?.meta).toEqual({ adapter_meta: { reason: "ended" } });
    const [ask, ...others] = asks(store);
    expect(others).toEqual([]);
    expect(ask).toMatchObject({
      kind: "acquired",
      responseId: archived(store).at(-1)?.id,
      requestId: request.id,
      error: null,
    });
  });

  it("hangs on a SUBSCRIBE request that no cache lookup finds, ours or Python's", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter } = streamer(() => counting(1));
    await withSession({ store, source: "demo", adapter }, async (session) => {
      const request = session.request({ kind: "trades", params: { a: 1 } });
      await read(session.stream(request));
      expect(await store.getCachedResponseByRequestHash(request.hash ?? "", "demo")).toBeUndefined();
    });
    expect(rows(store, "SELECT method, hash, params_json FROM requests")).toEqual([
      { method: "SUBSCRIBE", hash: null, params_json: '{"a":1}' },
    ]);
  });

  it("keeps exact bytes and the metadata of each result, and no sidecar beside the empty payload", async () => {
    using store = Store.create(temporaryFolder());
    const bytes = Buffer.from([0, 255, 10, 13]);
    const { adapter } = streamer(async function* () {
      yield new AdapterResult({ data: bytes, contentType: "application/x-tick", adapterMeta: { n: 1 } });
      yield new AdapterResult({ data: bytes, adapterMeta: { n: 2 } });
      yield new AdapterResult({ data: new Uint8Array(0), adapterMeta: { n: 3 } });
      yield new AdapterResult({ data: text("x"), status: "error" });
    });
    await using session = await open(store, adapter);
    await read(session.stream(subscription(session)));
    const [, first, second, third, fourth, closed] = archived(store);
    expect(first?.meta).toEqual({ content_type: "application/x-tick", adapter_meta: { n: 1 } });
    expect(second?.meta).toEqual({ adapter_meta: { n: 2 } });
    expect(third?.meta).toEqual({ adapter_meta: { n: 3 } });
    expect(fourth).toMatchObject({ status: "error", sequence: 3 });
    expect(await store.readPayload(first?.checksum ?? "")).toEqual(bytes);
    expect(await store.readMetadata(first?.checksum ?? "")).toMatchObject({ content_type: "application/x-tick" });
    expect(third?.checksum).toBe(closed?.checksum);
    expect(await store.readMetadata(third?.checksum ?? "")).toBeUndefined();
  });

  it("keeps the order of messages whose files take unlike long", async () => {
    using store = Store.create(temporaryFolder());
    const sizes = [3_000_000, 1, 500_000, 2, 1_000_000, ...Array.from({ length: 50 }, (_, index) => index + 3)];
    const { adapter } = streamer(async function* () {
      for (const size of sizes) yield Buffer.alloc(size, size % 251);
    });
    await using session = await open(store, adapter);
    const { responses } = await read(session.stream(subscription(session)));
    expect(responses.slice(1, -1).map(({ sequence }) => sequence)).toEqual(sizes.map((_, index) => index));
    expect(responses.slice(1, -1).map(({ sizeBytes }) => sizeBytes)).toEqual(sizes);
    await expectIntact(store);
  });

  it("is read back by a reader in the order in which it came", async () => {
    const root = temporaryFolder();
    using store = Store.create(root);
    const { adapter } = streamer(() => counting(20));
    const sessionId = await withSession({ store, source: "demo", adapter }, async (session) => {
      await read(session.stream(subscription(session)));
      return session.session.id;
    });
    using reader = new ArchiveReader(root);
    const page = await reader.rows({
      sessionId,
      sort: { column: "time", direction: "asc" },
      cursor: null,
      limit: 100,
    });
    expect(page.items.map(({ status }) => status)).toEqual([
      "stream_open",
      ...Array.from({ length: 20 }, () => "stream_message"),
      "stream_closed",
    ]);
    expect(page.items.slice(1, -1).map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 20 }, (_, index) => index),
    );
  });

  it("opens and closes also where nothing came", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => counting(0)).adapter);
    expect((await read(session.stream(subscription(session)))).statuses).toEqual(["stream_open", "stream_closed"]);
  });

  it("lets the adapter say itself how it opened, lost and found its connection, and closed", async () => {
    using store = Store.create(temporaryFolder());
    const row = (status: "stream_open" | "stream_closed", adapterMeta: Record<string, unknown>) =>
      new AdapterResult({ data: new Uint8Array(0), status, adapterMeta });
    const { adapter } = streamer(async function* () {
      yield row("stream_open", { server: "a" });
      yield text("one");
      yield row("stream_closed", { reason: "lost" });
      yield row("stream_open", { server: "b" });
      yield text("two");
      yield row("stream_closed", { code: 1000 });
    });
    await using session = await open(store, adapter);
    const { responses, error } = await read(session.stream(subscription(session)));
    expect(error).toBeUndefined();
    expect(responses.map(({ status, sequence }) => [status, sequence])).toEqual([
      ["stream_open", null],
      ["stream_message", 0],
      ["stream_closed", null],
      ["stream_open", null],
      ["stream_message", 1],
      ["stream_closed", null],
    ]);
    expect(archived(store).map(({ meta }) => meta.adapter_meta)).toEqual([
      { server: "a" },
      undefined,
      { reason: "lost" },
      { server: "b" },
      undefined,
      { reason: "ended", code: 1000 },
    ]);
    expect(asks(store)).toMatchObject([{ kind: "acquired", responseId: responses.at(-1)?.id }]);
  });

  it("has an opening before any message, also where the adapter closed in between", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter } = streamer(async function* () {
      yield text("one");
      yield new AdapterResult({ data: text("bye"), status: "stream_closed" });
      yield text("two");
    });
    await using session = await open(store, adapter);
    const { statuses } = await read(session.stream(subscription(session)));
    const once = ["stream_open", "stream_message", "stream_closed"];
    expect(statuses).toEqual([...once, ...once]);
    expect((await store.readPayload(archived(store)[2]?.checksum ?? "")).toString()).toBe("bye");
  });

  it("may be asked for again: each subscription has a request row of its own", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => counting(2)).adapter);
    const request = subscription(session);
    const first = await read(session.stream(request));
    const second = await read(session.stream(request));
    expect(second.error).toBeUndefined();
    expect(second.responses[1]?.requestId).not.toBe(first.responses[1]?.requestId);
    expect(second.responses[1]?.sequence).toBe(0);
    expect(rows(store, "SELECT DISTINCT request_id FROM responses")).toHaveLength(2);
  });

  it("takes its turn where the session has a rate limit", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => counting(1)).adapter, {
      rateLimit: { limit: 1, intervalMs: 150 },
    });
    await Promise.all([read(session.stream(subscription(session))), read(session.stream(subscription(session)))]);
    const starts = asks(store).map(({ startedAt }) => Date.parse(startedAt));
    expect(Math.max(...starts) - Math.min(...starts)).toBeGreaterThanOrEqual(145);
  });
});

describe("a stream that fails", () => {
  it("yields everything that came, says why in its closing row, and then throws", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => failing(3)).adapter);
    const { responses, statuses, error } = await read(session.stream(subscription(session)));
    expect(statuses).toEqual(["stream_open", "stream_message", "stream_message", "stream_message", "stream_closed"]);
    expect(responses.at(-1)?.resolution).toBe("failed");
    const [ask] = asks(store);
    expect(error).toMatchObject({ code: "ADAPTER_FAILED", details: { resolution_id: ask?.id } });
    expect(archived(store).at(-1)?.meta).toEqual({
      adapter_meta: {
        reason: "failed",
        error: { code: "ADAPTER_FAILED", message: "The adapter failed: source broke", details: {} },
      },
    });
    expect(ask).toMatchObject({ kind: "failed", responseId: responses.at(-1)?.id, error: { code: "ADAPTER_FAILED" } });
    expect(asks(store)).toHaveLength(1);
  });

  it("has no opening when it never opened", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => failing(0)).adapter);
    const { statuses, error } = await read(session.stream(subscription(session)));
    expect(statuses).toEqual(["stream_closed"]);
    expect(error).toMatchObject({ code: "ADAPTER_FAILED" });
    expect(asks(store)).toMatchObject([{ kind: "failed" }]);
  });

  it("throws once, and is then over", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => failing(0)).adapter);
    const iterator = session.stream(subscription(session));
    await iterator.next();
    await expect(iterator.next()).rejects.toMatchObject({ code: "ADAPTER_FAILED" });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  it("refuses what is no result, and does not wait for a source that hangs when it is left", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = {
      async *stream() {
        try {
          yield text("good");
          yield 42;
        } finally {
          await never;
        }
      },
    };
    await using session = await open(store, adapter as unknown as Streamer);
    const { statuses, error } = await read(session.stream(subscription(session)));
    expect(statuses).toEqual(["stream_open", "stream_message", "stream_closed"]);
    expect(error).toMatchObject({ code: "ADAPTER_FAILED", message: expect.stringContaining("neither bytes") });
  });

  it("refuses metadata without a JSON form, also beside an empty payload, and keeps what came before", async () => {
    for (const data of [text("x"), new Uint8Array(0)]) {
      using store = Store.create(temporaryFolder());
      const { adapter } = streamer(async function* () {
        yield* counting(5);
        yield new AdapterResult({ data, adapterMeta: { size: () => 1 } });
        yield* hanging(5);
      });
      await using session = await open(store, adapter);
      const { statuses, error } = await read(session.stream(subscription(session)));
      expect(error).toMatchObject({ code: "JSON_INVALID" });
      expect(sequences(store)).toEqual([0, 1, 2, 3, 4]);
      expect(statuses.at(-1)).toBe("stream_closed");
      expect(asks(store)).toMatchObject([{ kind: "failed", error: { code: "JSON_INVALID" } }]);
    }
  });

  it("stops at once when payloads can no longer be written, without a hole in what is archived", async () => {
    using store = Store.create(temporaryFolder());
    const gone = Promise.withResolvers<void>();
    const { adapter } = streamer(async function* () {
      yield* counting(5);
      await gone.promise;
      yield* hanging(50);
    });
    await using session = await open(store, adapter);
    const statuses: string[] = [];
    const reading = (async () => {
      for await (const response of session.stream(subscription(session))) {
        statuses.push(response.status);
        if (response.sequence !== 4) continue;
        rmSync(store.location.responsesDirectory, { recursive: true });
        writeFileSync(store.location.responsesDirectory, "in the way");
        gone.resolve();
      }
    })();
    await expect(reading).rejects.toMatchObject({
      name: "DataioError",
      details: { resolution_id: expect.any(String) },
    });
    expect(statuses).toEqual(["stream_open", ...Array.from({ length: 5 }, () => "stream_message")]);
    expect(sequences(store)).toEqual([0, 1, 2, 3, 4]);
    expect(asks(store)).toMatchObject([{ kind: "failed", responseId: null }]);
  });
});

describe("a stream that is ended from outside", () => {
  it("is cancelled by its signal, even while the source hangs and does not hear it", async () => {
    using store = Store.create(temporaryFolder());
    const controller = new AbortController();
    await using session = await open(store, streamer(() => hanging(3)).adapter);
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { status, sequence } of session.stream(subscription(session), { signal: controller.signal })) {
        seen.push(status);
        if (sequence === 2) setImmediate(() => controller.abort());
      }
    })();
    const error = await reading.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "CANCELLED", details: { resolution_id: asks(store)[0]?.id } });
    expect(seen).toEqual(["stream_open", "stream_message", "stream_message", "stream_message"]);
    const closed = archived(store).at(-1);
    expect(closed).toMatchObject({ status: "stream_closed", meta: { adapter_meta: { reason: "cancelled" } } });
    expect(asks(store)).toMatchObject([{ kind: "failed", responseId: closed?.id, error: { code: "CANCELLED" } }]);
  });

  it("keeps what came before it was cancelled, though its reader gets no more of it", async () => {
    using store = Store.create(temporaryFolder());
    const controller = new AbortController();
    await using session = await open(store, streamer(() => hanging(30)).adapter);
    const stream = session.stream(subscription(session), { signal: controller.signal });
    await stream.next();
    await expect.poll(() => sequences(store).length).toBe(30);
    controller.abort();
    await expect.poll(() => asks(store).length).toBe(1);
    await expect(stream.next()).rejects.toMatchObject({ code: "CANCELLED" });
    expect(archived(store).at(-1)?.status).toBe("stream_closed");
  });

  it("is cancelled by the session's signal, and before it began", async () => {
    using store = Store.create(temporaryFolder());
    const controller = new AbortController();
    const { adapter, seen } = streamer(() => counting(3));
    await using session = await open(store, adapter, { signal: controller.signal });
    controller.abort();
    const { responses, error } = await read(session.stream(subscription(session)));
    expect(responses).toEqual([]);
    expect(error).toMatchObject({ code: "CANCELLED" });
    expect(seen.given).toBe(0);
    expect(asks(store)).toMatchObject([{ kind: "failed", error: { code: "CANCELLED" } }]);
  });

  it("is cancelled when its session is closed, read or not, from within or without", async () => {
    using store = Store.create(temporaryFolder());
    const session = await open(store, streamer(() => hanging(3)).adapter);
    const abandoned = session.stream(subscription(session));
    await abandoned.next();
    const reading = (async () => {
      for await (const { sequence } of session.stream(subscription(session))) if (sequence === 2) await session.close();
    })();
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(abandoned.next()).rejects.toMatchObject({ code: "CANCELLED" });
    expect(archived(store).filter(({ status }) => status === "stream_closed")).toHaveLength(2);
    expect(asks(store).map(({ kind }) => kind)).toEqual(["failed", "failed"]);
    expect(rows(store, "SELECT 1 FROM sessions WHERE ended_at IS NULL")).toEqual([]);
  });

  it("ends when its reader leaves the loop; by then everything is recorded", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter, seen } = streamer((context) => {
      context.signal.addEventListener("abort", () => {
        seen.calls += 100;
      });
      return hanging(10);
    });
    await using session = await open(store, adapter);
    for await (const { sequence } of session.stream(subscription(session))) if (sequence === 4) break;
    expect(seen.calls).toBe(101);
    const closed = archived(store).at(-1);
    expect(closed).toMatchObject({ status: "stream_closed", meta: { adapter_meta: { reason: "left" } } });
    expect(asks(store)).toMatchObject([{ kind: "acquired", responseId: closed?.id, error: null }]);
    expect(sequences(store).length).toBeGreaterThanOrEqual(5);
    expect(sequences(store)).toEqual(sequences(store).map((_, index) => index));
  });

  it("tells a source that waits for its reader that the reader has left", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter, seen } = streamer(() => counting(1000));
    await using session = await open(store, adapter);
    for await (const _ of session.stream(subscription(session), { maxAhead: 3 })) break;
    await expect.poll(() => seen.left).toBe(true);
    expect(seen.given).toBeLessThan(10);
  });

  it("hides no failure of a source behind leaving, and throws none there", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => failing(3)).adapter);
    for await (const { sequence } of session.stream(subscription(session))) {
      if (sequence === 0) await expect.poll(() => asks(store).length).toBe(1);
      if (sequence === 0) break;
    }
    expect(asks(store)).toMatchObject([{ kind: "failed", error: { code: "ADAPTER_FAILED" } }]);
  });

  it("never begins when it is left before its first response is asked for", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter, seen } = streamer(() => counting(3));
    await using session = await open(store, adapter);
    const iterator = session.stream(subscription(session));
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(seen.calls).toBe(0);
    expect(rows(store, "SELECT 1 FROM requests")).toEqual([]);
  });
});

describe("pace", () => {
  it("pauses the source when the archive is maxAhead responses ahead of the reader, and goes on with it", async () => {
    using store = Store.create(temporaryFolder());
    const { adapter, seen } = streamer(() => counting(100));
    await using session = await open(store, adapter);
    const stream = session.stream(subscription(session), { maxAhead: 10 });
    await stream.next();
    // Archived although nobody has read it, and then no more.
    await expect.poll(() => sequences(store).length).toBe(10);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(seen.given).toBe(10);
    await stream.next();
    await expect.poll(() => seen.given).toBe(11);
    expect((await read(stream)).statuses).toHaveLength(100);
    expect(sequences(store)).toHaveLength(100);
  });

  it("commits what came without waiting for more", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await open(store, streamer(() => hanging(7)).adapter);
    const stream = session.stream(subscription(session));
    await stream.next();
    await expect.poll(() => sequences(store).length).toBe(7);
    expect(asks(store)).toEqual([]);
  });

  it("groups commits: far fewer transactions than messages", async () => {
    using store = Store.create(temporaryFolder(), { durable: false });
    const transactions: number[] = [];
    const record = store.recordStream.bind(store);
    store.recordStream = (stream) => {
      transactions.push(stream.responses.length);
      return record(stream);
    };
    await using session = await open(store, streamer(() => counting(1000)).adapter);
    await read(session.stream(subscription(session)));
    expect(transactions.reduce((sum, count) => sum + count)).toBe(1002);
    expect(transactions.length).toBeLessThan(250);
    expect(sequences(store)).toEqual(Array.from({ length: 1000 }, (_, index) => index));
  });

  it("bounds the bytes under way, whatever the size of a message", async () => {
    using store = Store.create(temporaryFolder());
    let underWay = 0;
    let most = 0;
    const put = store.writeAnswer.bind(store);
    store.writeAnswer = async (data, metadata) => {
      underWay += data.byteLength;
      most = Math.max(most, underWay);
      try {
        return await put(data, metadata);
      } finally {
        underWay -= data.byteLength;
      }
    };
    const { adapter } = streamer(async function* () {
      for (let number = 0; number < 12; number += 1) yield Buffer.alloc(6 * 1024 * 1024, number);
    });
    await using session = await open(store, adapter);
    await read(session.stream(subscription(session)));
    expect(sequences(store)).toHaveLength(12);
    expect(most).toBeLessThanOrEqual(18 * 1024 * 1024);
    expect(most).toBeGreaterThan(6 * 1024 * 1024);
  });

  it("waits for another process that holds the database, and loses nothing", async () => {
    using store = Store.create(temporaryFolder());
    const more = Promise.withResolvers<void>();
    const { adapter } = streamer(async function* () {
      yield* counting(1);
      await more.promise;
      yield* counting(20);
    });
    await using session = await open(store, adapter);
    const stream = session.stream(subscription(session));
    await stream.next();
    await stream.next();
    const other = new Database(store.location.databasePath);
    other.exec("BEGIN IMMEDIATE");
    more.resolve();
    setTimeout(() => {
      other.exec("COMMIT");
      other.close();
    }, 200);
    const { error } = await read(stream);
    expect(error).toBeUndefined();
    expect(sequences(store)).toHaveLength(21);
  });
});

it("refuses what cannot be streamed", async () => {
  using store = Store.create(temporaryFolder());
  const session = await DataIoSession.open({
    store,
    source: "demo",
    adapter: { fetch: async () => text("") } as never,
  });
  const request = subscription(session);
  expect(() => session.stream(request, { maxAhead: 0 })).toThrow(expect.objectContaining({ code: "PARAMS_INVALID" }));
  await expect(session.stream(request).next()).rejects.toMatchObject({ code: "CAPABILITY_MISSING" });
  await session.close();
  await expect(session.stream(request).next()).rejects.toMatchObject({ code: "CLOSED" });
});
