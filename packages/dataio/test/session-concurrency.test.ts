import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { ArchiveReader, DataIoSession, type FetchAllProgress, type Fetcher, Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { asks, httpAdapter, rows, serve } from "./servers.ts";

/** A server whose answers wait until the test lets them go, and a store to fetch into. */
async function setUp() {
  const store = Store.create(temporaryFolder());
  const held = new Map<string, (() => void)[]>();
  const server = await serve(async (request, response, call) => {
    const path = request.url ?? "";
    if (path.startsWith("/held")) {
      const gate = Promise.withResolvers<void>();
      held.set(path, [...(held.get(path) ?? []), gate.resolve]);
      await gate.promise;
    }
    if (path.includes("broken")) response.socket?.destroy();
    else if (path.includes("busy")) response.writeHead(503).end("busy");
    else response.end(`${path} ${call}`);
  });
  // Calls are counted where they begin, for the network is not in step.
  const http = httpAdapter();
  const seen = { most: 0 };
  let active = 0;
  const adapter: Fetcher = {
    async fetch(request, context) {
      active += 1;
      seen.most = Math.max(seen.most, active);
      try {
        return await http.fetch(request, context);
      } finally {
        active -= 1;
      }
    },
  };
  const open = (options: Partial<Parameters<typeof DataIoSession.open>[0]> = {}) =>
    DataIoSession.open({ store, source: "demo", adapter, ...options });
  return {
    store,
    server,
    seen,
    open,
    request: (session: DataIoSession, path: string) =>
      session.request({ kind: "k", params: { url: `${server.url}${path}` } }),
    /** Waits until `calls` requests for the path have arrived in all. */
    arrived: (path: string, calls = 1) => expect.poll(() => held.get(`/${path}`)?.length ?? 0).toBe(calls),
    release: (path: string) => {
      for (const go of held.get(`/${path}`) ?? []) go();
    },
    [Symbol.dispose]: () => store.close(),
  };
}
const aborted = () => {
  const controller = new AbortController();
  controller.abort();
  return controller.signal;
};

describe("fetchAll", () => {
  it("answers in the order of the requests, no more at a time than allowed, and lets none stop the others", async () => {
    using test = await setUp();
    await using session = await test.open();
    const paths = ["a", "broken", "b", "busy", "c", "d", "e", "f"];
    const progress: FetchAllProgress[] = [];
    const outcomes = await session.fetchAll(
      paths.map((path) => test.request(session, path)),
      { concurrency: 3, onProgress: (step) => progress.push(step) },
    );
    expect(outcomes.map((one) => (one.state === "fulfilled" ? one.response.status : one.error.code))).toEqual([
      "ok",
      "NETWORK_FAILED",
      "ok",
      "error",
      "ok",
      "ok",
      "ok",
      "ok",
    ]);
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome.state === "rejected" || outcome.response.status === "error") continue;
      const { checksum } = outcome.response;
      expect((await test.store.readPayload(checksum ?? "")).toString()).toMatch(`/${paths[index]} `);
    }
    expect(test.seen.most).toBe(3);
    expect(progress.map(({ done }) => done)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(progress.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const { index, total, outcome } of progress) expect([total, outcome]).toEqual([8, outcomes[index]]);
  });

  it("runs four at a time by default, takes any iterable and the options of a fetch, and none at all", async () => {
    using test = await setUp();
    await using session = await test.open();
    function* requests() {
      for (let index = 0; index < 12; index += 1) yield test.request(session, `n${index}`);
    }
    await session.fetchAll(requests());
    expect(test.seen.most).toBe(4);
    const again = await session.fetchAll(requests(), { cache: "only-if-cached" });
    expect(again.every((one) => one.state === "fulfilled" && one.response.resolution === "reused")).toBe(true);
    expect(await session.fetchAll([])).toEqual([]);
    for (const concurrency of [0, -1, Number.NaN]) {
      await expect(session.fetchAll(requests(), { concurrency })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    }
  });

  it("when cancelled ends what runs, begins nothing more, and has an outcome for each", async () => {
    using test = await setUp();
    await using session = await test.open();
    const controller = new AbortController();
    const paths = ["a", "held1", "held2", "b", "c"];
    const running = session.fetchAll(
      paths.map((path) => test.request(session, path)),
      { concurrency: 2, signal: controller.signal },
    );
    await test.arrived("held1");
    await test.arrived("held2");
    controller.abort();
    const outcomes = await running;
    expect(outcomes.map((one) => (one.state === "fulfilled" ? "ok" : one.error.code))).toEqual([
      "ok",
      "CANCELLED",
      "CANCELLED",
      "CANCELLED",
      "CANCELLED",
    ]);
    expect(test.server.requests).toHaveLength(3);
    // Those that had begun are on record, the others were never asked.
    const recorded = outcomes.map((one) => one.state === "rejected" && "resolution_id" in one.error.details);
    expect(recorded).toEqual([false, true, true, false, false]);
    expect(asks(test.store).map((ask) => ask.error?.code)).toEqual([undefined, "CANCELLED", "CANCELLED"]);
  });

  it("heeds the session's signal as well", async () => {
    using test = await setUp();
    await using session = await test.open({ signal: aborted() });
    const outcomes = await session.fetchAll([test.request(session, "a"), test.request(session, "b")]);
    expect(outcomes).toMatchObject([{ error: { code: "CANCELLED" } }, { error: { code: "CANCELLED" } }]);
    expect(asks(test.store)).toEqual([]);
  });

  it("is ended by an onProgress that throws, once what runs has ended", async () => {
    using test = await setUp();
    await using session = await test.open();
    const paths = ["a", "held", "b", "c"];
    let calls = 0;
    const running = session.fetchAll(
      paths.map((path) => test.request(session, path)),
      {
        concurrency: 2,
        onProgress: () => {
          calls += 1;
          if (calls === 1) throw new Error("the caller's own");
        },
      },
    );
    await expect(running).rejects.toThrow("the caller's own");
    expect(calls).toBeLessThanOrEqual(2);
    expect(asks(test.store).length).toBeLessThanOrEqual(2);
    expect(test.server.requests.length).toBeLessThanOrEqual(2);
  });

  it("is waited for by close", async () => {
    using test = await setUp();
    const session = await test.open();
    const requests = ["a", "b", "c"].map((path) => test.request(session, path));
    const running = session.fetchAll(requests, { concurrency: 1 });
    await session.close();
    expect((await running).map((one) => one.state)).toEqual(["fulfilled", "fulfilled", "fulfilled"]);
  });
});

describe("identical fetches in flight", () => {
  it("are made once, within a session and across the sessions of a source", async () => {
    using test = await setUp();
    await using mine = await test.open();
    await using theirs = await test.open();
    const all = mine.fetchAll(
      [1, 2, 3].map(() => test.request(mine, "held")),
      { concurrency: 3 },
    );
    const other = theirs.fetch(test.request(theirs, "held"));
    const revalidating = theirs.fetch(test.request(theirs, "held"), { cache: "revalidate" });
    await test.arrived("held");
    test.release("held");
    const responses = (await all).map((one) => (one.state === "fulfilled" ? one.response : null));
    const ids = new Set([...responses, await other, await revalidating].map((response) => response?.id));
    expect([...ids]).toEqual([responses[0]?.id]);
    expect(responses.map((response) => response?.resolution)).toEqual(["acquired", "reused", "reused"]);
    expect(test.server.requests).toHaveLength(1);
    const recorded = rows(
      test.store,
      "SELECT kind, session_id = ? AS mine, response_id AS id FROM resolutions ORDER BY kind, mine",
      mine.session.id,
    );
    const id = responses[0]?.id;
    expect(recorded).toEqual([
      { kind: "acquired", mine: 1, id },
      { kind: "reused", mine: 0, id },
      { kind: "reused", mine: 0, id },
      { kind: "reused", mine: 1, id },
      { kind: "reused", mine: 1, id },
    ]);
    expect(rows(test.store, "SELECT COUNT(*) AS n FROM responses")).toEqual([{ n: 1 }]);
  });

  it("are not those of another source, nor those that are not to be shared", async () => {
    using test = await setUp();
    await using mine = await test.open();
    await using theirs = await test.open({ source: "another" });
    const first = mine.fetch(test.request(mine, "held"));
    await test.arrived("held");
    const fetches = [
      first,
      theirs.fetch(test.request(theirs, "held")),
      mine.fetch(test.request(mine, "held"), { cache: "bypass" }),
      mine.fetch(test.request(mine, "held"), { cache: "bypass" }),
      mine.fetch(test.request(mine, "held"), { cache: "never" }),
    ];
    await test.arrived("held", 5);
    test.release("held");
    const responses = await Promise.all(fetches);
    expect(responses.map((response) => response.resolution)).toEqual(new Array(5).fill("acquired"));
    expect(new Set(responses.map((response) => response.id)).size).toBe(5);
  });

  it("are shared with a bypass that began before, and never with a never", async () => {
    using test = await setUp();
    await using session = await test.open();
    const fresh = session.fetch(test.request(session, "held1"), { cache: "bypass" });
    const shared = session.fetch(test.request(session, "held1"));
    const hidden = session.fetch(test.request(session, "held2"), { cache: "never" });
    const own = session.fetch(test.request(session, "held2"));
    await test.arrived("held1");
    await test.arrived("held2", 2);
    test.release("held1");
    test.release("held2");
    expect((await shared).id).toBe((await fresh).id);
    expect((await own).id).not.toBe((await hidden).id);
  });

  it("go on when the one that makes the call is cancelled: another takes over", async () => {
    using test = await setUp();
    await using session = await test.open();
    const controller = new AbortController();
    const first = session.fetch(test.request(session, "held"), { signal: controller.signal });
    const others = [1, 2, 3].map(() => session.fetch(test.request(session, "held")));
    await test.arrived("held");
    controller.abort();
    await expect(first).rejects.toMatchObject({ code: "CANCELLED" });
    await test.arrived("held", 2);
    test.release("held");
    const responses = await Promise.all(others);
    expect(responses.map((response) => response.resolution)).toEqual(["acquired", "reused", "reused"]);
    expect(new Set(responses.map((response) => response.id)).size).toBe(1);
    expect(test.server.requests).toHaveLength(2);
  });

  it("are left by one that waits without harm to the others", async () => {
    using test = await setUp();
    await using session = await test.open();
    const controller = new AbortController();
    const first = session.fetch(test.request(session, "held"));
    const impatient = session.fetch(test.request(session, "held"), { signal: controller.signal });
    const patient = session.fetch(test.request(session, "held"));
    await test.arrived("held");
    controller.abort();
    await expect(impatient).rejects.toMatchObject({ code: "CANCELLED" });
    test.release("held");
    expect((await patient).id).toBe((await first).id);
    expect(asks(test.store).map((ask) => ask.kind)).toEqual(["failed", "acquired", "reused"]);
  });

  it("share a failure, each with a record of its own that names whose it was", async () => {
    using test = await setUp();
    await using session = await test.open();
    const fetches = [1, 2].map(() => session.fetch(test.request(session, "held-broken")));
    const ended = Promise.allSettled(fetches);
    await test.arrived("held-broken");
    test.release("held-broken");
    for (const one of await ended) expect(one).toMatchObject({ reason: { code: "NETWORK_FAILED" } });
    const [first, second] = asks(test.store);
    expect(first?.error.details).not.toHaveProperty("resolution_id");
    expect(second).toMatchObject({ kind: "failed", error: { code: "NETWORK_FAILED" } });
    expect(second?.error.details).toMatchObject({ shared_with: first?.id });
    expect(second?.error.details).not.toHaveProperty("resolution_id");
    expect(test.server.requests).toHaveLength(1);
  });

  it("share an answer that is an error, which stays one row, and is found by no cache", async () => {
    using test = await setUp();
    await using session = await test.open();
    const fetches = [1, 2].map(() => session.fetch(test.request(session, "held-busy")));
    await test.arrived("held-busy");
    test.release("held-busy");
    const [first, second] = await Promise.all(fetches);
    expect(second).toMatchObject({ id: first?.id, status: "error", resolution: "failed" });
    expect(asks(test.store)).toMatchObject([
      { kind: "failed", responseId: first?.id },
      {
        kind: "failed",
        responseId: null,
        error: { details: { response_id: first?.id, shared_with: first?.resolutionId } },
      },
    ]);
    const cached = session.fetch(test.request(session, "held-busy"), { cache: "only-if-cached" });
    await expect(cached).rejects.toMatchObject({ code: "CACHE_MISS" });
    using reader = new ArchiveReader(test.store.location);
    const listed = await reader.rows({
      sessionId: null,
      sort: { column: "time", direction: "desc" },
      cursor: null,
      limit: 10,
    });
    expect(listed.items.map((row) => row.responseId)).toEqual([first?.id]);
  });

  it("are forgotten once they have ended", async () => {
    using test = await setUp();
    await using session = await test.open({ cache: { mode: "default", ttlMs: 0 } });
    const first = await session.fetch(test.request(session, "a"));
    await sleep(2);
    const second = await session.fetch(test.request(session, "a"));
    expect([second.resolution, second.id === first.id]).toEqual(["acquired", false]);
  });
});
