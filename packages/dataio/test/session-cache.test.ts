import { rmSync, truncateSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  ArchiveReader,
  createClock,
  DataIoSession,
  type Fetcher,
  float,
  parseTimestamp,
  requestHash,
  Store,
  withSession,
} from "../src/index.ts";
import { referenceArchive, temporaryFolder } from "./archives.ts";
import { asks, httpAdapter, rows, serve, type TestServer, write } from "./servers.ts";

const START = Date.parse("2025-10-22T12:00:00Z");

/** A store whose clock the test sets, and a server that counts its answers. */
async function setUp() {
  let now = START;
  const store = Store.create(temporaryFolder(), { clock: createClock(() => now) });
  const server = await serve((_request, response, call) => response.end(`answer ${call}`));
  const open = (options: Partial<Parameters<typeof DataIoSession.open>[0]> = {}) =>
    DataIoSession.open({ store, source: "demo", adapter: httpAdapter(), ...options });
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  return { store, server, open, pass };
}
const get = (session: DataIoSession, server: TestServer) => session.request({ kind: "k", params: { url: server.url } });
const textOf = async (store: Store, response: { readonly checksum: string | null }) =>
  (await store.readPayload(response.checksum ?? "")).toString();

describe("default", () => {
  it("asks again only when the archived response is older than the ttl", async () => {
    const { store, server, open, pass } = await setUp();
    using _store = store;
    await using session = await open({ ttlMs: 60_000 });
    const first = await session.fetch(get(session, server));
    pass(59_000);
    expect((await session.fetch(get(session, server))).id).toBe(first.id);
    pass(2000);
    const later = await session.fetch(get(session, server));
    expect([later.resolution, await textOf(store, later)]).toEqual(["acquired", "answer 2"]);
    expect((await session.fetch(get(session, server))).id).toBe(later.id);
    // A policy of one's own is complete: no ttl, no age.
    pass(1e9);
    expect((await session.fetch(get(session, server), { cache: { mode: "default" } })).id).toBe(later.id);
    expect(server.requests).toHaveLength(2);
    expect(rows(store, "SELECT DISTINCT policy_json AS p FROM resolutions ORDER BY p").map((row) => row.p)).toEqual([
      '{"cache":"default","ttl_ms":60000}',
      '{"cache":"default"}',
    ]);
  });

  it.each([
    ["2025-10-22 11:59:30", "reused"],
    ["2025-10-22T13:59:30+02:00", "reused"],
    ["20251022T115930Z", "reused"],
    ["2025-10-22T11:00:00+00:00", "acquired"],
    ["some time ago", "acquired"],
  ])("takes Python's response of %j by its age", async (createdAt, resolution) => {
    const { store, server, open } = await setUp();
    using _store = store;
    await using session = await open();
    const request = get(session, server);
    const stored = await store.writePayload(Buffer.from("of Python"));
    write(store, "INSERT INTO sessions VALUES ('s', 'demo', 'sync', ?, ?, NULL)", createdAt, createdAt);
    write(
      store,
      "INSERT INTO requests VALUES ('q', 's', 'k', 'GET', ?, NULL, ?, ?)",
      request.paramsJson,
      request.hash,
      createdAt,
    );
    write(store, "INSERT INTO responses VALUES ('r', 'q', 'ok', NULL, ?, '/x', ?, 9)", stored.checksum, createdAt);
    const response = await session.fetch(request, { cache: { mode: "default", ttlMs: 60_000 } });
    expect(response.resolution).toBe(resolution);
    expect(await textOf(store, response)).toBe(resolution === "reused" ? "of Python" : "answer 1");
  });
});

describe("only-if-cached", () => {
  it("answers from the archive alone, and says what it misses", async () => {
    const { store, server, open, pass } = await setUp();
    using _store = store;
    await using session = await open({ cache: "only-if-cached" });
    const missing = session.fetch(get(session, server));
    await expect(missing).rejects.toMatchObject({ code: "CACHE_MISS", details: { reason: "absent" } });
    expect(asks(store)).toMatchObject([
      { kind: "failed", responseId: null, policy: { cache: "only-if-cached" }, error: { code: "CACHE_MISS" } },
    ]);
    await expect(missing).rejects.toMatchObject({ details: { resolution_id: asks(store)[0]?.id } });

    const archived = await session.fetch(get(session, server), { cache: "default" });
    expect((await session.fetch(get(session, server))).id).toBe(archived.id);
    pass(5000);
    const stale = session.fetch(get(session, server), { cache: { mode: "only-if-cached", ttlMs: 1000 } });
    await expect(stale).rejects.toMatchObject({
      code: "CACHE_MISS",
      details: { reason: "stale", response_id: archived.id, ttl_ms: 1000 },
    });
    expect(asks(store).at(-1)?.error.details.age_ms).toBe(5000);
    expect(server.requests).toHaveLength(1);
  });

  it("fails with what is wrong with the payload, and does not heal it", async () => {
    const { store, server, open } = await setUp();
    using _store = store;
    await using session = await open();
    const { checksum } = await session.fetch(get(session, server));
    const path = store.payloads.pathOf(checksum ?? "");
    truncateSync(path, 2);
    const ask = () => session.fetch(get(session, server), { cache: "only-if-cached" });
    await expect(ask()).rejects.toMatchObject({ code: "PAYLOAD_CORRUPT", details: { checksum } });
    rmSync(path);
    await expect(ask()).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
    expect(asks(store).map((ask) => ask.error?.code)).toEqual([undefined, "PAYLOAD_CORRUPT", "PAYLOAD_MISSING"]);
    expect(server.requests).toHaveLength(1);
  });

  it("finds no other source's response and no answer that was an error", async () => {
    const { store, open } = await setUp();
    using _store = store;
    const server = await serve((_request, response, call) => {
      response.statusCode = call === 1 ? 503 : 200;
      response.end("x");
    });
    await using mine = await open();
    expect((await mine.fetch(get(mine, server))).status).toBe("error");
    await using theirs = await open({ source: "another" });
    await theirs.fetch(get(theirs, server));
    const ask = mine.fetch(get(mine, server), { cache: "only-if-cached" });
    await expect(ask).rejects.toMatchObject({ code: "CACHE_MISS", details: { reason: "absent" } });
  });

  it("answers from an archive that only Python wrote", async () => {
    using store = Store.open(referenceArchive("small"));
    const [archived] = rows(
      store,
      `SELECT q.id, q.session_id AS sessionId, q.kind, q.method, q.params_json AS paramsJson, q.body_json AS bodyJson,
              q.hash, q.created_at AS createdAt, s.source, r.id AS response
       FROM requests q JOIN sessions s ON s.id = q.session_id JOIN responses r ON r.request_id = q.id
       WHERE r.status = 'ok' ORDER BY r.created_at DESC LIMIT 1`,
    );
    const text = (key: string) => String(archived?.[key]);
    const source = text("source");
    await withSession({ store, source, adapter: httpAdapter(), cache: "only-if-cached" }, async (session) => {
      const request = session.requestAgain({
        id: text("id"),
        sessionId: text("sessionId"),
        kind: text("kind"),
        method: text("method"),
        paramsJson: text("paramsJson"),
        bodyJson: null,
        hash: text("hash"),
        createdAt: text("createdAt"),
      });
      const response = await session.fetch(request);
      expect([response.id, response.resolution]).toEqual([text("response"), "reused"]);
      const stale = session.fetch(request, { cache: { mode: "only-if-cached", ttlMs: 1 } });
      await expect(stale).rejects.toMatchObject({ code: "CACHE_MISS", details: { reason: "stale" } });
    });
  });
});

it("bypass asks each time, and its answers are found later, by Python too", async () => {
  const { store, server, open } = await setUp();
  using _store = store;
  await using session = await open({ cache: "bypass" });
  await session.fetch(get(session, server));
  const second = await session.fetch(get(session, server));
  expect(await textOf(store, second)).toBe("answer 2");
  expect((await session.fetch(get(session, server), { useCache: true })).id).toBe(second.id);
  const python = rows(
    store,
    `SELECT r.id FROM responses r JOIN requests q ON r.request_id = q.id WHERE q.hash = ?
     ORDER BY r.created_at DESC LIMIT 1`,
    get(session, server).hash,
  );
  expect(python).toEqual([{ id: second.id }]);
});

it("never is not answered from the archive and leaves nothing that answers later", async () => {
  const { store, server, open } = await setUp();
  using _store = store;
  await using session = await open({ cache: "never" });
  const first = await session.fetch(get(session, server));
  const second = await session.fetch(get(session, server));
  expect([first.resolution, second.resolution]).toEqual(["acquired", "acquired"]);
  expect(await textOf(store, second)).toBe("answer 2");
  expect(rows(store, "SELECT COUNT(*) AS n FROM requests WHERE hash IS NOT NULL")).toEqual([{ n: 0 }]);
  const later = session.fetch(get(session, server), { cache: "only-if-cached" });
  await expect(later).rejects.toMatchObject({ code: "CACHE_MISS" });
  // Nor does it use what others left.
  const archived = await session.fetch(get(session, server), { cache: "default" });
  expect((await session.fetch(get(session, server))).id).not.toBe(archived.id);
  expect((await session.fetch(get(session, server), { cache: "default" })).id).toBe(archived.id);
});

describe("one request object", () => {
  it("may be asked again after failing, and by another session, whose own it then is", async () => {
    const { store, open } = await setUp();
    using _store = store;
    const server = await serve((_request, response, call) => {
      if (call <= 2) response.socket?.destroy();
      else response.end(`answer ${call}`);
    });
    await using mine = await open();
    await using theirs = await open({ source: "another" });
    const request = get(mine, server);
    for (let time = 0; time < 2; time += 1) {
      await expect(mine.fetch(request)).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    }
    const asked = await mine.fetch(request, { useCache: false });
    const answer = await theirs.fetch(request);
    expect(await textOf(store, answer)).toBe("answer 4");
    expect((await mine.fetch(request)).id).toBe(asked.id);
    const owners = rows(
      store,
      "SELECT q.id, s.source FROM requests q JOIN sessions s ON s.id = q.session_id ORDER BY q.rowid",
    );
    expect(owners.map(({ source }) => source)).toEqual(["demo", "demo", "demo", "another"]);
    expect(owners[3]?.id).toBe(answer.requestId);
  });
});

describe("buckets and tags", () => {
  it("are part of the identity, in the form of mxm-dataio 0.3, and are on record", async () => {
    const { store, server, open } = await setUp();
    using _store = store;
    await using session = await open({ asOfBucket: "2025-10-22", cacheTag: "en" });
    const params = { url: server.url };
    const identity = { kind: "k", method: "GET", params, body: null };
    const marked = session.request({ kind: "k", params });
    expect(marked.hash).toBe(requestHash({ ...identity, asOfBucket: "2025-10-22", cacheTag: "en" }));
    const other = session.request({ kind: "k", params, asOfBucket: "2025-10-23", cacheTag: null });
    expect(other.hash).toBe(requestHash({ ...identity, asOfBucket: "2025-10-23" }));
    const plain = session.request({ kind: "k", params, asOfBucket: null, cacheTag: null });
    expect(plain.hash).toBe(requestHash(identity));

    const answers = [];
    for (const request of [marked, other, plain]) answers.push(await session.fetch(request));
    expect(answers.map((answer) => answer.resolution)).toEqual(["acquired", "acquired", "acquired"]);
    expect(asks(store).map((ask) => ask.policy)).toEqual([
      { as_of_bucket: "2025-10-22", cache: "default", cache_tag: "en" },
      { as_of_bucket: "2025-10-23", cache: "default" },
      { cache: "default" },
    ]);
    expect((await session.fetch(session.request({ kind: "k", params }))).id).toBe(answers[0]?.id);
  });

  it("are taken into account where the row's hash is checked", async () => {
    const { store, server, open } = await setUp();
    using _store = store;
    await using session = await open();
    const check = async (init: { asOfBucket?: string; cacheTag?: string }) => {
      const request = session.request({ kind: "k", params: { url: server.url }, ...init });
      const { requestId } = await session.fetch(request);
      using reader = new ArchiveReader(store.location);
      return (await reader.row({ type: "request", id: requestId })).hashCheck;
    };
    expect(await check({})).toEqual({ state: "match", form: "0.2", bucket: null });
    expect(await check({ cacheTag: "en" })).toEqual({ state: "match", form: "0.3", bucket: null, tag: "en" });
    // No day of the row's dates, so no guess would find it.
    expect(await check({ asOfBucket: "1999-01-01" })).toEqual({
      state: "match",
      form: "0.3-bucket",
      bucket: "1999-01-01",
    });
    expect(await check({ asOfBucket: "Q3", cacheTag: "de" })).toEqual({
      state: "match",
      form: "0.3-bucket",
      bucket: "Q3",
      tag: "de",
    });
    write(store, "UPDATE resolutions SET policy_json = 'no JSON' WHERE policy_json LIKE '%Q3%'");
    const [tampered] = rows(store, "SELECT request_id AS id FROM resolutions WHERE policy_json = 'no JSON'");
    using reader = new ArchiveReader(store.location);
    const detail = await reader.row({ type: "request", id: String(tampered?.id) });
    expect(detail.hashCheck?.state).toBe("mismatch");
  });
});

describe("an archive that mxm-dataio 0.3 writes", () => {
  it.each([
    ["hash_030_nobucket", "https://x/1", { hashForm: "0.3" }],
    ["hash_030_bucket", "https://x/2", { asOfBucket: "2025-10-22" }],
  ] as const)("answers ours and is answered by ours: %s", async (kind, url, marks) => {
    using store = Store.open(referenceArchive("edge"));
    const adapter: Fetcher = { fetch: async () => Buffer.from("ours") };
    await using session = await DataIoSession.open({ store, source: "edge_params", adapter, ...marks });
    const request = () => session.request({ kind, params: { url, timeout: float(30) } });
    const found = await session.fetch(request());
    expect([found.resolution, found.createdAt.slice(0, 10)]).toEqual(["reused", "2025-10-22"]);
    const newer = await session.fetch(request(), { cache: "bypass" });
    const python = rows(
      store,
      `SELECT r.id FROM responses r JOIN requests q ON r.request_id = q.id WHERE q.hash = ?
       ORDER BY r.created_at DESC LIMIT 1`,
      request().hash,
    );
    expect(python).toEqual([{ id: newer.id }]);
    expect(newer.requestId).toBe(found.requestId);
  });
});

it("keeps a request's hash, bucket and tag when it is issued again", async () => {
  const { store, server, open } = await setUp();
  using _store = store;
  await using session = await open();
  const first = session.request({ kind: "k", params: { url: server.url }, cacheTag: "en" });
  const again = session.requestAgain(first);
  expect([again.hash, again.cacheTag, again.id === first.id]).toEqual([first.hash, "en", false]);
  expect(session.requestAgain({ ...first, hash: null }).hash).toBe(first.hash);
  await session.fetch(again);
  expect(asks(store)[0]?.policy).toEqual({ cache: "default", cache_tag: "en" });
});

it("refuses options that make no sense before anything is written", async () => {
  const { store, server, open } = await setUp();
  using _store = store;
  const refused = { code: "PARAMS_INVALID" };
  await expect(open({ cache: "default", useCache: true })).rejects.toMatchObject(refused);
  await expect(open({ retry: { attempts: 0 } })).rejects.toMatchObject(refused);
  await expect(open({ rateLimit: { limit: 0, intervalMs: 1 } })).rejects.toMatchObject(refused);
  expect(rows(store, "SELECT * FROM sessions")).toEqual([]);
  await using session = await open();
  const wrong = session.fetch(get(session, server), { cache: { mode: "default", ttlMs: -5 } });
  await expect(wrong).rejects.toMatchObject(refused);
  expect(parseTimestamp(session.session.startedAt)).not.toBeNull();
});
