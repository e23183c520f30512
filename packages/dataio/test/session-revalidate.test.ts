import { createHash } from "node:crypto";
import { rmSync, truncateSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import {
  type AdapterContext,
  AdapterResult,
  createClock,
  DataIoSession,
  type Fetcher,
  type JsonValue,
  Store,
} from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { asks, httpAdapter, rows, serve, write } from "./servers.ts";

const LONG_AGO = "Wed, 01 Oct 2025 08:00:00 GMT";

/** A resource that answers conditional requests as a server does. */
function resource(validators: { readonly etag?: boolean; readonly lastModified?: string } = { etag: true }) {
  const state = { content: "one", lastModified: validators.lastModified };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const etag = `"${createHash("md5").update(state.content).digest("hex")}"`;
    if (validators.etag === true) response.setHeader("ETag", etag);
    if (state.lastModified !== undefined) response.setHeader("Last-Modified", state.lastModified);
    const { "if-none-match": ifNoneMatch, "if-modified-since": ifModifiedSince } = request.headers;
    const unchanged = ifNoneMatch === undefined ? ifModifiedSince === state.lastModified : ifNoneMatch === etag;
    if (unchanged && (ifNoneMatch ?? ifModifiedSince) !== undefined) {
      response.statusCode = 304;
      response.end();
    } else response.end(state.content);
  };
  return { state, answer };
}

async function setUp(
  answer: Parameters<typeof serve>[0],
  options: Partial<Parameters<typeof DataIoSession.open>[0]> = {},
) {
  let now = Date.parse("2025-10-22T12:00:00Z");
  const store = Store.create(temporaryFolder(), { clock: createClock(() => now) });
  const server = await serve(answer);
  const session = await DataIoSession.open({
    store,
    source: "demo",
    adapter: httpAdapter(),
    cache: "revalidate",
    ...options,
  });
  return {
    store,
    server,
    session,
    ask: (params: { readonly [key: string]: JsonValue } = {}) =>
      session.fetch(session.request({ kind: "k", params: { url: server.url, ...params } })),
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    [Symbol.asyncDispose]: async () => {
      await session.close();
      store.close();
    },
  };
}
const conditions = (request: IncomingMessage | undefined) => [
  request?.headers["if-none-match"],
  request?.headers["if-modified-since"],
];

describe("revalidating over HTTP", () => {
  it("asks with the ETag whether the answer holds; 304 is a recorded reuse, 200 is archived", async () => {
    const { state, answer } = resource();
    await using test = await setUp(answer);
    const { store, server, ask } = test;
    const first = await ask();
    const held = await ask();
    expect([held.id, held.resolution]).toEqual([first.id, "reused"]);
    expect(conditions(server.requests[0])).toEqual([undefined, undefined]);
    const etag = `"${createHash("md5").update("one").digest("hex")}"`;
    expect(conditions(server.requests[1])).toEqual([etag, undefined]);
    expect(asks(store)[1]).toMatchObject({
      kind: "reused",
      responseId: first.id,
      policy: {
        cache: "revalidate",
        revalidated: { transport_status: 304, url: server.url, headers: { etag } },
      },
    });
    expect(rows(store, "SELECT COUNT(*) AS n FROM responses")).toEqual([{ n: 1 }]);

    state.content = "two";
    const changed = await ask();
    expect([changed.resolution, changed.requestId]).toEqual(["acquired", first.requestId]);
    expect((await store.readPayload(changed.checksum ?? "")).toString()).toBe("two");
    expect((await ask()).id).toBe(changed.id);
    // The identity has nothing of the conditions in it.
    expect(rows(store, "SELECT COUNT(*) AS n FROM requests")).toEqual([{ n: 1 }]);
  });

  it("asks with Last-Modified, unless the answer was made within the very second of it", async () => {
    const { answer } = resource({ lastModified: LONG_AGO });
    await using test = await setUp(answer);
    const first = await test.ask();
    expect((await test.ask()).id).toBe(first.id);
    expect(conditions(test.server.requests[1])).toEqual([undefined, LONG_AGO]);

    const fresh = await setUp((_request, response) => {
      response.setHeader("Date", LONG_AGO);
      response.setHeader("Last-Modified", LONG_AGO);
      response.end("perhaps not the last word of this second");
    });
    await using _fresh = fresh;
    await fresh.ask();
    expect((await fresh.ask()).resolution).toBe("acquired");
    expect(conditions(fresh.server.requests[1])).toEqual([undefined, undefined]);
  });

  it("fetches plainly without validators, and what it cannot use as one", async () => {
    await using test = await setUp((_request, response, call) => {
      response.setHeader("ETag", "not in quotes");
      response.end(`answer ${call}`);
    });
    const first = await test.ask();
    const second = await test.ask();
    expect([second.resolution, second.id === first.id]).toEqual(["acquired", false]);
    expect(conditions(test.server.requests[1])).toEqual([undefined, undefined]);
  });

  it("uses the sidecar of a response that has no metadata of its own", async () => {
    const { answer } = resource();
    await using test = await setUp(answer);
    const first = await test.ask();
    write(test.store, "DELETE FROM response_meta");
    expect((await test.ask()).id).toBe(first.id);
    expect(conditions(test.server.requests[1])[0]).toBeDefined();
    // As Python spells the names.
    rmSync(test.store.sidecars.pathOf(first.checksum ?? ""));
    await test.store.writeMetadata(first.checksum ?? "", { url: test.server.url, headers: { ETag: '"x"' } });
    expect((await test.ask()).resolution).toBe("acquired");
    expect(conditions(test.server.requests[2])[0]).toBe('"x"');
  });

  it("never lets another URL's validators confirm an answer", async () => {
    // Both resources count versions from 1, and begin with the same bytes.
    const versions: Record<string, string> = { "/a": "same", "/b": "same" };
    let etag = '"1"';
    await using test = await setUp((request, response) => {
      response.setHeader("ETag", etag);
      if (request.headers["if-none-match"] === etag) response.writeHead(304).end();
      else response.end(versions[request.url ?? ""]);
    });
    await test.ask({ url: `${test.server.url}a` });
    etag = '"0"';
    const ofB = () => test.ask({ url: `${test.server.url}b` });
    const old = await ofB();
    // B's own metadata are gone; the sidecar, which A wrote, has the ETag that B reaches only now, with other bytes.
    write(test.store, "DELETE FROM response_meta");
    etag = '"1"';
    versions["/b"] = "changed";
    const answer = await ofB();
    expect(answer.id).not.toBe(old.id);
    expect((await test.store.readPayload(answer.checksum ?? "")).toString()).toBe("changed");
  });

  it("puts the question where the redirects end, and only there", async () => {
    const { answer } = resource();
    await using test = await setUp((request, response) => {
      if (request.url === "/moved") response.writeHead(302, { location: "/" }).end();
      else answer(request, response);
    });
    const url = `${test.server.url}moved`;
    const first = await test.ask({ url });
    expect((await test.ask({ url })).id).toBe(first.id);
    expect(
      test.server.requests.map((request) => [request.url, request.headers["if-none-match"] !== undefined]),
    ).toEqual([
      ["/moved", false],
      ["/", false],
      ["/moved", false],
      ["/", true],
    ]);
  });

  it("leaves a caller's own conditions alone, and their 304 what it is: an answer", async () => {
    const { answer } = resource();
    await using test = await setUp(answer);
    const etag = `"${createHash("md5").update("one").digest("hex")}"`;
    const headers = { "If-None-Match": etag };
    const first = await test.ask({ headers });
    const second = await test.ask({ headers });
    expect([first.resolution, second.resolution]).toEqual(["acquired", "acquired"]);
    expect([first.sizeBytes, second.id === first.id]).toEqual([0, false]);
    expect(test.server.requests.map((request) => request.headers["if-none-match"])).toEqual([etag, etag]);
  });

  it("never takes a 304 that was not asked for as data", async () => {
    await using test = await setUp((_, response) => response.writeHead(304).end(), { cache: "default" });
    expect(await test.ask()).toMatchObject({ status: "error", resolution: "failed" });
    // Nothing was archived that a cache would find.
    expect(await test.ask()).toMatchObject({ status: "error", resolution: "failed" });
    expect(test.server.requests).toHaveLength(2);
  });

  it("does not ask a POST so", async () => {
    const { answer } = resource();
    await using test = await setUp(answer);
    await test.ask({ method: "POST" });
    expect((await test.ask({ method: "POST" })).resolution).toBe("acquired");
    expect(test.server.requests.flatMap(conditions)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("fetches and heals a payload that is damaged, without asking whether it holds", async () => {
    const { answer } = resource();
    await using test = await setUp(answer);
    const first = await test.ask();
    truncateSync(test.store.payloads.pathOf(first.checksum ?? ""), 1);
    const second = await test.ask();
    expect(second.resolution).toBe("acquired");
    expect(conditions(test.server.requests[1])).toEqual([undefined, undefined]);
    expect((await test.store.readPayload(first.checksum ?? "")).toString()).toBe("one");
  });

  it("keeps an answer that is an error as one, and asks again later for the good one", async () => {
    const { answer } = resource();
    await using test = await setUp((request, response, call) => {
      if (call === 2) response.writeHead(503).end("busy");
      else answer(request, response);
    });
    const first = await test.ask();
    const failed = await test.ask();
    expect([failed.resolution, failed.status]).toEqual(["failed", "error"]);
    expect((await test.ask()).id).toBe(first.id);
  });

  it("with a ttl asks nobody while an answer is fresh, and a confirmation makes it fresh again", async () => {
    const { answer } = resource();
    await using test = await setUp(answer, { ttlMs: 60_000 });
    const first = await test.ask();
    test.pass(50_000);
    expect((await test.ask()).id).toBe(first.id);
    expect(test.server.requests).toHaveLength(1);
    test.pass(20_000);
    expect((await test.ask()).id).toBe(first.id);
    expect(test.server.requests).toHaveLength(2);
    test.pass(50_000);
    expect((await test.ask()).id).toBe(first.id);
    expect(test.server.requests).toHaveLength(2);
    test.pass(20_000);
    await test.ask();
    expect(test.server.requests).toHaveLength(3);
    expect(asks(test.store).map((ask) => [ask.kind, ask.policy.revalidated?.transport_status])).toEqual([
      ["acquired", undefined],
      ["reused", undefined],
      ["reused", 304],
      ["reused", undefined],
      ["reused", 304],
    ]);
  });
});

describe("revalidating through any adapter", () => {
  function versioned(): Fetcher & { version: string; readonly seen: AdapterContext["archived"][] } {
    return {
      version: "1",
      seen: [],
      async fetch(_request, { archived }) {
        this.seen.push(archived);
        const known = archived?.metadata.adapter_meta as { version?: string } | undefined;
        const adapterMeta = { version: this.version };
        if (known?.version === this.version) {
          return new AdapterResult({ data: Buffer.alloc(0), notModified: true, adapterMeta });
        }
        return new AdapterResult({ data: Buffer.from(`version ${this.version}`), adapterMeta });
      },
    };
  }

  it("tells it what is archived, only under this policy, and takes its word", async () => {
    using store = Store.create(temporaryFolder());
    const adapter = versioned();
    await using session = await DataIoSession.open({ store, source: "demo", adapter, useCache: false });
    const ask = (cache: "revalidate" | "bypass" | "never") => session.fetch(session.request({ kind: "k" }), { cache });
    const first = await ask("bypass");
    expect((await ask("revalidate")).id).toBe(first.id);
    adapter.version = "2";
    const second = await ask("revalidate");
    expect((await store.readPayload(second.checksum ?? "")).toString()).toBe("version 2");
    await ask("never");
    await ask("bypass");
    expect(adapter.seen).toMatchObject([
      undefined,
      { createdAt: first.createdAt, checksum: first.checksum, metadata: { adapter_meta: { version: "1" } } },
      { checksum: first.checksum },
      undefined,
      undefined,
    ]);
    expect(asks(store)[1]?.policy).toEqual({
      cache: "revalidate",
      revalidated: { adapter_meta: { version: "1" } },
    });
  });

  it("does not take it where nothing was offered, nor with facts that cannot be recorded", async () => {
    using store = Store.create(temporaryFolder());
    let adapterMeta: Record<string, unknown> | undefined;
    let notModified = true;
    const adapter: Fetcher = {
      fetch: async () => new AdapterResult({ data: Buffer.from("x"), notModified, adapterMeta }),
    };
    await using session = await DataIoSession.open({ store, source: "demo", adapter, cache: "revalidate" });
    const ask = () => session.fetch(session.request({ kind: "k" }));
    await expect(ask()).rejects.toMatchObject({ code: "ADAPTER_FAILED" });
    notModified = false;
    await ask();
    notModified = true;
    adapterMeta = { callback: () => 1 };
    await expect(ask()).rejects.toMatchObject({ code: "JSON_INVALID" });
    expect(asks(store).map((one) => one.error?.code)).toEqual(["ADAPTER_FAILED", undefined, "JSON_INVALID"]);
  });
});
