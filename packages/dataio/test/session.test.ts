import { truncateSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  AdapterRegistry,
  AdapterResult,
  ArchiveReader,
  DataIoSession,
  type Fetcher,
  float,
  requestHash,
  type Sender,
  Store,
  withSession,
} from "../src/index.ts";
import { referenceArchive, temporaryFolder } from "./archives.ts";

/** Answers each fetch with the next of these; an Error is thrown. */
function fetcher(...answers: (string | AdapterResult | Error)[]): Fetcher & { calls: number } {
  return {
    calls: 0,
    async fetch() {
      const answer = answers[Math.min(this.calls, answers.length - 1)];
      this.calls += 1;
      if (answer instanceof Error) throw answer;
      return typeof answer === "string" ? Buffer.from(answer) : (answer ?? Buffer.alloc(0));
    },
  };
}
const all = (store: Store, sql: string) => {
  const db = new Database(store.location.databasePath, { readonly: true });
  const rows = db.prepare<[], Record<string, unknown>>(sql).all();
  db.close();
  return rows;
};

describe("fetch", () => {
  it("archives what came back and answers a second identical request with the first response", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = fetcher("one", "two");
    await withSession({ store, source: "demo", adapter }, async (session) => {
      const first = await session.fetch(session.request({ kind: "k", params: { a: 1 } }));
      const second = await session.fetch(session.request({ kind: "k", params: { a: 1 } }));
      expect(second.id).toBe(first.id);
      expect([first.resolution, second.resolution]).toEqual(["acquired", "reused"]);
      expect(adapter.calls).toBe(1);
      expect((await store.readPayload(first.checksum ?? "")).toString()).toBe("one");
    });
    expect(all(store, "SELECT kind FROM resolutions ORDER BY started_at").map((row) => row.kind)).toEqual([
      "acquired",
      "reused",
    ]);
    expect(all(store, "SELECT COUNT(*) AS n FROM sessions WHERE ended_at IS NOT NULL")).toEqual([{ n: 1 }]);
  });

  it("reuses across sessions of a source, never across sources", async () => {
    using store = Store.create(temporaryFolder());
    const ask = (source: string, adapter: Fetcher) =>
      withSession({ store, source, adapter }, (session) => session.fetch(session.request({ kind: "k", params: {} })));
    const mine = await ask("mine", fetcher("from mine"));
    const theirs = await ask("theirs", fetcher("from theirs"));
    expect(theirs.id).not.toBe(mine.id);
    expect((await store.readPayload(theirs.checksum ?? "")).toString()).toBe("from theirs");
    expect((await ask("mine", fetcher("never asked"))).id).toBe(mine.id);
    expect((await ask("theirs", fetcher("never asked"))).id).toBe(theirs.id);
    // What Python would find by the hash is still the response of the source that came first.
    const found = all(
      store,
      "SELECT r.id FROM responses r JOIN requests q ON q.id = r.request_id WHERE q.hash IS NOT NULL",
    );
    expect(found).toEqual([{ id: mine.id }]);
  });

  it("asks again when told to, and the new response joins the same request row", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = fetcher("one", "two");
    await withSession({ store, source: "demo", adapter, useCache: false }, async (session) => {
      const first = await session.fetch(session.request({ kind: "k" }));
      const second = await session.fetch(session.request({ kind: "k" }));
      expect(second.requestId).toBe(first.requestId);
      expect((await store.getCachedResponseByRequestHash(session.request({ kind: "k" }).hash ?? "", "demo"))?.id).toBe(
        second.id,
      );
    });
    expect(all(store, "SELECT COUNT(*) AS n FROM requests")).toEqual([{ n: 1 }]);
  });

  it("fetches again, and heals the file, when the archived payload is damaged or gone", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = fetcher("the payload");
    await withSession({ store, source: "demo", adapter }, async (session) => {
      const first = await session.fetch(session.request({ kind: "k" }));
      truncateSync(store.payloads.pathOf(first.checksum ?? ""), 3);
      const second = await session.fetch(session.request({ kind: "k" }));
      expect(second.id).not.toBe(first.id);
      expect((await store.readPayload(first.checksum ?? "")).toString()).toBe("the payload");
    });
    expect(adapter.calls).toBe(2);
  });

  it("keeps metadata for each response, and the sidecar of the first with the same bytes", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = fetcher(
      new AdapterResult({ data: Buffer.from("same"), url: "https://a.example/1", elapsedMs: 0 }),
      new AdapterResult({ data: Buffer.from("same"), url: "https://a.example/2" }),
    );
    await withSession({ store, source: "demo", adapter, useCache: false }, async (session) => {
      const first = await session.fetch(session.request({ kind: "k" }));
      const second = await session.fetch(session.request({ kind: "k" }));
      expect(await store.getResponseMetadata(first.id)).toBe('{"elapsed_ms":0,"url":"https://a.example/1"}');
      expect(await store.getResponseMetadata(second.id)).toBe('{"url":"https://a.example/2"}');
      expect(await store.readMetadata(first.checksum ?? "")).toMatchObject({ url: "https://a.example/1" });
    });
  });

  it("records a failure with its reason, throws it, and leaves no identity behind that would hide later answers", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = fetcher(new Error("socket hang up"), "late but good");
    await withSession({ store, source: "demo", adapter }, async (session) => {
      const failing = session.fetch(session.request({ kind: "k" }));
      await expect(failing).rejects.toMatchObject({
        code: "ADAPTER_FAILED",
        message: "The adapter failed: socket hang up",
      });
      const good = await session.fetch(session.request({ kind: "k" }));
      expect(good.resolution).toBe("acquired");
    });
    const [failed] = all(store, "SELECT error_json, response_id FROM resolutions WHERE kind = 'failed'");
    expect(JSON.parse(String(failed?.error_json))).toMatchObject({ code: "ADAPTER_FAILED" });
    expect(failed?.response_id).toBeNull();
    // The row with the hash is the good one's; the failed ask has a row of its own.
    expect(all(store, "SELECT (hash IS NULL) AS own FROM requests ORDER BY created_at")).toEqual([
      { own: 1 },
      { own: 0 },
    ]);
  });

  it("archives an answer that is an error, and never serves it", async () => {
    using store = Store.create(temporaryFolder());
    const notFound = new AdapterResult({ data: Buffer.from("nope"), transportStatus: 404, status: "error" });
    const adapter = fetcher(notFound, "found");
    await withSession({ store, source: "demo", adapter }, async (session) => {
      const first = await session.fetch(session.request({ kind: "k" }));
      expect([first.status, first.resolution]).toEqual(["error", "failed"]);
      expect((await store.readPayload(first.checksum ?? "")).toString()).toBe("nope");
      const second = await session.fetch(session.request({ kind: "k" }));
      expect((await store.readPayload(second.checksum ?? "")).toString()).toBe("found");
      // What Python's lookup by hash, which does not look at the status, would find.
      const python = all(
        store,
        "SELECT r.id FROM responses r JOIN requests q ON q.id = r.request_id WHERE q.hash IS NOT NULL",
      );
      expect(python).toEqual([{ id: second.id }]);
    });
  });

  it("ends though its adapter hears of no cancellation, five seconds later", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const controller = new AbortController();
    const called = Promise.withResolvers<void>();
    const adapter: Fetcher = {
      fetch: () => {
        called.resolve();
        return new Promise(() => {});
      },
    };
    using store = Store.create(temporaryFolder(), { durable: false });
    await withSession({ store, source: "hung", adapter }, async (session) => {
      const fetching = session.fetch(session.request({ kind: "k" }), { signal: controller.signal });
      const ended = expect(fetching).rejects.toMatchObject({ code: "CANCELLED" });
      await called.promise;
      controller.abort();
      await vi.advanceTimersByTimeAsync(5_000);
      await ended;
    });
  });

  it("is cancelled by its signal and says so in the archive", async () => {
    using store = Store.create(temporaryFolder());
    const controller = new AbortController();
    const adapter: Fetcher = {
      fetch: async (_request, { signal }) => {
        await sleep(60_000, undefined, { signal });
        return Buffer.alloc(0);
      },
    };
    await withSession({ store, source: "demo", adapter }, async (session) => {
      const fetching = session.fetch(session.request({ kind: "slow" }), { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      await expect(fetching).rejects.toMatchObject({ code: "CANCELLED" });
    });
    expect(all(store, "SELECT json_extract(error_json, '$.code') AS code FROM resolutions")).toEqual([
      { code: "CANCELLED" },
    ]);
  });

  it("is refused by an adapter that cannot", async () => {
    using store = Store.create(temporaryFolder());
    const adapter: Sender = { send: async () => Buffer.alloc(0) };
    await withSession({ store, source: "demo", adapter }, async (session) => {
      await expect(session.fetch(session.request({ kind: "k" }))).rejects.toMatchObject({ code: "CAPABILITY_MISSING" });
    });
  });
});

describe("send", () => {
  it("is never answered from the archive, keeps the bytes it sent, and takes bytes, an object or a result", async () => {
    using store = Store.create(temporaryFolder());
    const sent: string[] = [];
    const answers = [
      Buffer.from("raw"),
      { accepted: true },
      new AdapterResult({ data: Buffer.from("{}"), transportStatus: 202 }),
    ];
    const adapter: Sender = {
      send: async (_request, payload) => {
        sent.push(Buffer.from(payload).toString());
        return answers[sent.length - 1] ?? Buffer.alloc(0);
      },
    };
    await withSession({ store, source: "broker", adapter }, async (session) => {
      const order = () => session.request({ kind: "place_order", method: "POST", body: { qty: 1 } });
      const acks = [];
      for (let time = 0; time < 3; time += 1) acks.push(await session.send(order(), Buffer.from("order")));
      expect(sent).toEqual(["order", "order", "order"]);
      expect(new Set(acks.map((ack) => ack.id)).size).toBe(3);
      expect(acks.map((ack) => ack.status)).toEqual(["ack", "ack", "ack"]);
      expect((await store.readPayload(acks[1]?.checksum ?? "")).toString()).toBe('{"accepted":true}');
    });
    const kept = all(store, "SELECT DISTINCT sent_checksum FROM resolutions");
    expect((await store.readPayload(String(kept[0]?.sent_checksum))).toString()).toBe("order");
    // Python's send would answer from its cache; without a hash it cannot find these.
    expect(all(store, "SELECT COUNT(*) AS n FROM requests WHERE hash IS NOT NULL")).toEqual([{ n: 0 }]);
  });

  it("keeps what was sent also when sending fails", async () => {
    using store = Store.create(temporaryFolder());
    const adapter: Sender = { send: () => Promise.reject(new Error("connection reset")) };
    await withSession({ store, source: "broker", adapter }, async (session) => {
      const sending = session.send(session.request({ kind: "place_order" }), Buffer.from("order"));
      await expect(sending).rejects.toMatchObject({ code: "ADAPTER_FAILED" });
    });
    const [row] = all(store, "SELECT sent_checksum FROM resolutions WHERE kind = 'failed'");
    expect((await store.readPayload(String(row?.sent_checksum))).toString()).toBe("order");
  });
});

describe("a session", () => {
  it("resolves its adapter by source, and says which are known", async () => {
    using store = Store.create(temporaryFolder());
    const registry = new AdapterRegistry();
    registry.register("demo", fetcher("x"));
    await using session = await DataIoSession.open({ store, registry, source: "demo" });
    expect((await session.fetch(session.request({ kind: "k" }))).sizeBytes).toBe(1);
    await expect(DataIoSession.open({ store, registry, source: "other" })).rejects.toMatchObject({
      code: "ADAPTER_UNKNOWN",
    });
  });

  it("records its end whatever happens, after what still runs", async () => {
    using store = Store.create(temporaryFolder());
    const adapter: Fetcher = {
      fetch: async () => {
        await sleep(50);
        return Buffer.from("slow");
      },
    };
    let running: Promise<unknown> = Promise.resolve();
    const failing = withSession({ store, source: "demo", adapter }, async (session) => {
      running = session.fetch(session.request({ kind: "k" }));
      throw new Error("the caller's own");
    });
    await expect(failing).rejects.toThrow("the caller's own");
    await running;
    const [row] = all(
      store,
      "SELECT s.ended_at AS ended, a.ended_at AS answered FROM sessions s JOIN resolutions a ON a.session_id = s.id",
    );
    expect(String(row?.ended) > String(row?.answered)).toBe(true);
  });

  it("refuses to be used after its end", async () => {
    using store = Store.create(temporaryFolder());
    const session = await DataIoSession.open({ store, source: "demo", adapter: fetcher("x") });
    await session.close();
    await session.close();
    await expect(session.fetch(session.request({ kind: "k" }))).rejects.toMatchObject({ code: "CLOSED" });
  });

  it("has ended for everyone who closes it only once its end is recorded", async () => {
    using store = Store.create(temporaryFolder());
    const answer = Promise.withResolvers<Uint8Array>();
    const slow: Fetcher = { fetch: () => answer.promise };
    const session = await DataIoSession.open({ store, source: "demo", adapter: slow });
    const running = session.fetch(session.request({ kind: "k" }));
    const first = session.close();
    const second = session.close();
    answer.resolve(Buffer.from("x"));
    await second;
    expect(all(store, "SELECT ended_at FROM sessions")[0]?.ended_at).not.toBeNull();
    await first;
    expect((await running).resolution).toBe("acquired");
  });

  it("computes a request's identity as Python does, from values or from text", async () => {
    using store = Store.create(temporaryFolder());
    await using session = await DataIoSession.open({ store, source: "demo", adapter: fetcher("x") });
    const byValue = session.request({ kind: "k", params: { timeout: float(30), id: 12345678901234567890n } });
    const byText = session.request({ kind: "k", paramsJson: '{ "id": 12345678901234567890, "timeout": 30.0 }' });
    expect(byValue.paramsJson).toBe('{"id":12345678901234567890,"timeout":30.0}');
    expect(byText.hash).toBe(byValue.hash);
    const missing = session.request({ kind: "k" });
    expect([missing.paramsJson, missing.bodyJson]).toEqual(["{}", null]);
    expect(missing.hash).toBe(requestHash({ kind: "k", method: "GET", params: {}, body: null }));
    expect(() => session.request({ kind: "k", params: {}, paramsJson: "{}" })).toThrow("not both");
  });

  it("asks again for an archived request letter for letter, and its response joins Python's row", async () => {
    const root = referenceArchive("edge");
    using store = Store.open(root);
    using reader = new ArchiveReader(root);
    for (const id of [
      "9be977df-d8cd-465b-8900-ce36be1ec63a",
      "f29c0cd9-a1e8-412a-9564-f8c30ffd6219",
      "dd4c0945-e99b-424e-81fe-142f9015faa6",
    ]) {
      const { request, row } = await reader.row({ type: "request", id });
      if (request === null) throw new Error("the fixture has this request");
      await withSession(
        { store, source: row.source ?? "", adapter: fetcher("again"), useCache: false },
        async (session) => {
          const response = await session.fetch(session.requestAgain(request));
          expect(response.requestId).toBe(id);
        },
      );
      expect((await reader.row({ type: "request", id })).request).toEqual(request);
    }
  });

  it("leaves what Python stored as it is when it writes into Python's archive", async () => {
    const root = referenceArchive("small");
    const rows = (store: Store) =>
      ["sessions", "requests", "responses"].map((table) => all(store, `SELECT * FROM ${table} ORDER BY rowid`));
    using store = Store.open(root);
    const before = rows(store);
    await withSession({ store, source: "justetf", adapter: fetcher("fresh") }, (session) =>
      session.fetch(session.request({ kind: "new_kind" })),
    );
    const after = rows(store);
    for (const [table, kept] of before.entries()) expect(after[table]?.slice(0, kept.length)).toEqual(kept);
  });
});

it("does not overwrite a sidecar that another writer left", async () => {
  using store = Store.create(temporaryFolder());
  const stored = await store.writePayload(Buffer.from("bytes"));
  writeFileSync(store.sidecars.pathOf(stored.checksum), '{"url":"https://first.example"}');
  const adapter = fetcher(new AdapterResult({ data: Buffer.from("bytes"), url: "https://second.example" }));
  await withSession({ store, source: "demo", adapter }, (session) => session.fetch(session.request({ kind: "k" })));
  expect(await store.readMetadata(stored.checksum)).toMatchObject({ url: "https://first.example" });
});
