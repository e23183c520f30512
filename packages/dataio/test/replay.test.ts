import { rmSync, truncateSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { AdapterResult, type Fetcher, float, requestHash, Store, sha256Hex, withSession } from "../src/index.ts";
import { Replay } from "../src/replay.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";

const HASH = requestHash({ kind: "k", method: "GET", params: {}, body: null });
/** Answers each fetch with the next of these. */
function fetcher(...answers: (string | AdapterResult)[]): Fetcher {
  let calls = 0;
  return {
    async fetch() {
      const answer = answers[calls++] ?? "";
      return typeof answer === "string" ? Buffer.from(answer) : answer;
    },
  };
}
/** A store whose clock gives one minute after the other, from 12:00 on. */
function minuteStore(root: string): Store {
  let minute = 0;
  return Store.create(root, {
    clock: () =>
      `2026-01-01T${String(12 + Math.floor(minute / 60)).padStart(2, "0")}:${String(minute++ % 60).padStart(2, "0")}:00.000000+00:00`,
  });
}
/** An archive with one request of a source and responses at these times, as rows alone. */
function archiveOf(
  rows: readonly { id: string; time: string; status?: string; request?: string; checksum?: string }[],
) {
  const root = temporaryFolder();
  Store.create(root).close();
  const db = new Database(`${root}/dataio.sqlite`);
  db.pragma("foreign_keys = OFF");
  db.prepare("INSERT INTO sessions VALUES ('s', 'demo', 'sync', ?, ?, NULL)").run(
    "2025-01-01T00:00:00+00:00",
    "2025-01-01T00:00:00+00:00",
  );
  db.prepare("INSERT INTO requests VALUES ('q', 's', 'k', 'GET', '{}', NULL, ?, '2025-01-01T00:00:00+00:00')").run(
    HASH,
  );
  const insert = db.prepare("INSERT INTO responses VALUES (?, ?, ?, NULL, ?, NULL, ?, 1)");
  for (const { id, time, status = "ok", request = "q", checksum = sha256Hex(id) } of rows) {
    insert.run(id, request, status, checksum, time);
  }
  db.close();
  return root;
}

describe("asOf", () => {
  it("gives what a session would have been served then", async () => {
    const root = temporaryFolder();
    using store = minuteStore(root);
    const adapter = fetcher("one", new AdapterResult({ data: Buffer.from("503"), status: "error" }), "two");
    const times = await withSession({ store, source: "demo", adapter, useCache: false }, async (session) => {
      const found: string[] = [];
      for (let ask = 0; ask < 3; ask += 1) found.push((await session.fetch(session.request({ kind: "k" }))).createdAt);
      return found;
    });
    const [first = "", failed = "", second = ""] = times;
    using replay = new Replay(root);
    const at = (moment: string) => replay.asOf(moment).response(HASH, "demo")?.createdAt;
    expect(at("2026-01-01T00:00:00Z")).toBeUndefined();
    expect(at(first)).toBe(first);
    expect(at(failed)).toBe(first);
    expect(at(second)).toBe(second);
    expect(at("2027-01-01")).toBe(second);
    expect(at(first.replace("T12:", "T13:").replace("+00:00", "+01:00"))).toBe(first);
  });

  it("compares moments, whatever their shape, and passes over what is none", () => {
    const root = archiveOf([
      { id: "a", time: "2025-10-21T16:00:00.000000+00:00" },
      { id: "b", time: "2025-10-21T20:30:00+04:00" },
      { id: "c", time: "2025-10-21 17:00:00" },
      { id: "d", time: "20251021T173000Z" },
      { id: "e", time: "2025-10-21T18:00:00+00:00" },
      { id: "f", time: "2025-10-21T18:00:00.500+00:00" },
      { id: "g", time: "2025-10-21T18:00:00.700000+00:00" },
      { id: "x", time: "2025-10-21T17:60:00.000000+00:00" },
      { id: "y", time: "2025-00-21T16:00:00+00:00" },
      { id: "z", time: "yesterday" },
    ]);
    using replay = new Replay(root);
    const at = (moment: string) => replay.asOf(moment).response(HASH, "demo")?.id;
    expect(at("2025-10-21T15:59:59.999999+00:00")).toBeUndefined();
    expect(at("2025-10-21T16:00:00Z")).toBe("a");
    expect(at("2025-10-21T16:30:00Z")).toBe("b");
    expect(at("2025-10-21T16:59:59Z")).toBe("b");
    expect(at("2025-10-21T17:00:00Z")).toBe("c");
    expect(at("2025-10-21T17:59:59Z")).toBe("d");
    expect(at("2025-10-21T18:00:00Z")).toBe("e");
    expect(at("2025-10-21T18:00:00.5Z")).toBe("f");
    expect(at("2025-10-22")).toBe("g");
    expect([...replay.responses({ requestId: "q" })].map((row) => row.id).join("")).toBe("abcdefgyxz");
  });

  it("passes over a text that only looks like a moment, also when it sorts last", () => {
    using replay = new Replay(
      archiveOf([
        { id: "a", time: "2025-10-21T16:00:00+00:00" },
        { id: "x", time: "2025-10-21T17:60:00.000000+00:00" },
      ]),
    );
    expect(replay.asOf("2025-10-22").response(HASH, "demo")?.id).toBe("a");
  });

  it("chooses among equal moments as the store does", async () => {
    const times = { a: "Z", b: "+00:00", c: ".000000+00:00", d: ".000000+00:00", e: "+00:00" };
    for (const chosen of [Object.keys(times), ["b", "c", "d", "e"], ["b", "e"]]) {
      const root = archiveOf(
        Object.entries(times)
          .filter(([id]) => chosen.includes(id))
          .map(([id, rest]) => ({ id, time: `2025-10-21T16:00:00${rest}` })),
      );
      using replay = new Replay(root);
      using store = Store.open(root);
      const served = replay.asOf("2025-10-21T16:00:00Z").response(HASH, "demo");
      expect(served).toEqual(await store.getCachedResponseByRequestHash(HASH, "demo"));
      expect(served).toBeDefined();
    }
  });

  it("never serves one source with another's response", async () => {
    const root = temporaryFolder();
    using store = minuteStore(root);
    const ask = (source: string) =>
      withSession({ store, source, adapter: fetcher(source) }, (session) =>
        session.fetch(session.request({ kind: "k" })),
      );
    const mine = await ask("mine");
    using replay = new Replay(root);
    expect(replay.asOf("2027-01-01").response(HASH, "theirs")).toBeUndefined();
    const theirs = await ask("theirs");
    const view = replay.asOf("2027-01-01");
    expect(view.response(HASH, "mine")?.id).toBe(mine.id);
    expect(view.response(HASH, "theirs")?.id).toBe(theirs.id);
    expect(view.response(HASH, "others")).toBeUndefined();
    expect([...replay.responses({ hash: HASH, source: "theirs" })].map((row) => row.id)).toEqual([theirs.id]);
  });

  it("agrees with the store's cache on everything that Python archived", async () => {
    const root = referenceArchive("small");
    using replay = new Replay(root);
    using store = Store.open(root);
    const db = new Database(`${root}/dataio.sqlite`, { readonly: true });
    const asked = db
      .prepare<[], { hash: string; source: string }>(
        "SELECT q.hash, s.source FROM requests q CROSS JOIN (SELECT DISTINCT source FROM sessions) s",
      )
      .all();
    db.close();
    const view = replay.asOf("9999-12-31T23:59:59.999999Z");
    const found = asked.map(({ hash, source }) => view.response(hash, source)?.id);
    const served = await Promise.all(
      asked.map(({ hash, source }) => store.getCachedResponseByRequestHash(hash, source)),
    );
    expect(found).toEqual(served.map((response) => response?.id));
    expect(found.filter((id) => id !== undefined).length).toBeGreaterThan(40);
  });

  it("refuses a moment that it cannot read", () => {
    using replay = new Replay(referenceArchive("small"));
    expect(() => replay.asOf("soon")).toThrow(expect.objectContaining({ code: "TIMESTAMP_INVALID" }));
  });
});

describe("responses", () => {
  it("lists oldest first what a cache may answer with, or all of it", async () => {
    using replay = new Replay(
      archiveOf([
        { id: "2", time: "2025-10-21T16:00:02+00:00", status: "error" },
        { id: "3", time: "2025-10-21T16:00:03+00:00" },
        { id: "1", time: "2025-10-21T16:00:01+00:00" },
        { id: "4", time: "2025-10-21T16:00:04+00:00", status: "partial" },
      ]),
    );
    const ids = (filter?: Parameters<Replay["responses"]>[1]) =>
      [...replay.responses({ hash: HASH, source: "demo" }, filter)].map((row) => row.id);
    expect(ids()).toEqual(["1", "3"]);
    expect(ids({ statuses: ["error", "partial"] })).toEqual(["2", "4"]);
    expect(ids({ statuses: "all" })).toEqual(["1", "2", "3", "4"]);
    expect([...replay.responses({ hash: "0".repeat(64), source: "demo" })]).toEqual([]);
    expect([...replay.responses({ requestId: "none" })]).toEqual([]);
  });

  it("keeps a stream's order, and gets through many rows", () => {
    const root = archiveOf([]);
    const db = new Database(`${root}/dataio.sqlite`);
    const insert = db.prepare(
      "INSERT INTO responses VALUES (?, 'q', 'stream_message', ?, NULL, NULL, '2025-10-21T16:00:00+00:00', 1)",
    );
    db.transaction(() => {
      for (let n = 1200; n >= 0; n -= 1) insert.run(sha256Hex(String(n)), n);
    })();
    db.close();
    using replay = new Replay(root);
    const sequences = [...replay.responses({ requestId: "q" }, { statuses: "all" })].map((row) => row.sequence);
    expect(sequences).toEqual(Array.from({ length: 1201 }, (_, n) => n));
  });

  it("has those whose id is no text, or no UTF-8", () => {
    const time = "2025-10-21T16:00:00+00:00";
    const root = archiveOf([{ id: "text", time }]);
    const db = new Database(`${root}/dataio.sqlite`);
    for (const id of ["x'00ff'", "CAST(x'61ff' AS TEXT)"]) {
      db.exec(`INSERT INTO responses VALUES (${id}, 'q', 'ok', NULL, NULL, NULL, '${time}', 1)`);
    }
    db.close();
    using replay = new Replay(root);
    const ids = [...replay.responses({ requestId: "q" })].map((row) => row.id);
    expect(ids.sort()).toEqual(["X'00FF'", "a\uFFFD", "text"]);
  });

  it("adds, when asked, what is concluded from equal bytes, and says so; none of it is ever served", () => {
    const same = sha256Hex("same");
    using replay = new Replay(
      archiveOf([
        { id: "a", time: "2025-10-21T16:00:00+00:00", checksum: same },
        { id: "b", time: "2025-10-22T16:00:00+00:00", checksum: same, request: "never-stored" },
        { id: "c", time: "2025-10-23T16:00:00+00:00", checksum: sha256Hex("other"), request: "never-stored-2" },
        { id: "d", time: "2024-10-23T16:00:00+00:00", checksum: same, request: "never-stored-3", status: "error" },
      ]),
    );
    const list = (filter: Parameters<Replay["responses"]>[1]) =>
      [...replay.responses({ requestId: "q" }, filter)].map((row) => [row.id, row.inferred]);
    expect(list({})).toEqual([["a", false]]);
    expect(list({ inferred: true })).toEqual([
      ["a", false],
      ["b", true],
    ]);
    expect(list({ inferred: true, statuses: ["error"] })).toEqual([["d", true]]);
    expect(replay.asOf("2026-01-01").response(HASH, "demo")?.id).toBe("a");
  });
});

it("concludes an orphan's request once, where several got the same bytes", () => {
  const same = sha256Hex("same");
  const root = archiveOf([
    { id: "a", time: "2025-10-21T16:00:00+00:00", checksum: same },
    { id: "b", time: "2025-10-22T16:00:00+00:00", checksum: same, request: "q2" },
    { id: "c", time: "2025-10-23T16:00:00+00:00", checksum: same, request: "never-stored" },
  ]);
  const db = new Database(`${root}/dataio.sqlite`);
  db.exec("INSERT INTO requests VALUES ('q2', 's', 'k2', 'GET', '{}', NULL, 'h2', '2025-01-01T00:00:00+00:00')");
  db.close();
  using replay = new Replay(root);
  const ids = (requestId: string) => [...replay.responses({ requestId }, { inferred: true })].map((row) => row.id);
  expect([ids("q"), ids("q2")]).toEqual([["a"], ["b", "c"]]);
});

describe("a replay session", () => {
  it("answers with verified bytes, by the same identities as a session", async () => {
    const root = temporaryFolder();
    using store = minuteStore(root);
    const init = { kind: "k", params: { price: float(30), id: 12345678901234567890n }, body: ["x"] };
    const adapter = fetcher("by day", "plain");
    await withSession({ store, source: "demo", adapter, useCache: false }, async (session) => {
      await session.fetch(session.request({ ...init, asOfBucket: "2026-01-01" }));
      await session.fetch(session.request(init));
    });
    using replay = new Replay(root);
    const session = replay.session({ source: "demo", asOf: "2026-01-02", asOfBucket: "2026-01-01" });
    const answered = await session.fetch(session.request(init));
    expect(answered.payload.toString()).toBe("by day");
    expect(answered).toMatchObject({ status: "ok", checksum: sha256Hex("by day") });
    const plain = await session.fetch(session.request({ ...init, asOfBucket: null }));
    expect(plain.payload.toString()).toBe("plain");
    const [row] = replay.responses({ requestId: answered.requestId });
    expect(row?.id).toBe(answered.id);
  });

  it("takes an archived request with the hash that it has", async () => {
    const root = referenceArchive("small");
    using replay = new Replay(root);
    const db = new Database(`${root}/dataio.sqlite`, { readonly: true });
    const archived = db
      .prepare<[], { id: string; source: string; responseId: string }>(
        `SELECT q.id, s.source, r.id AS responseId FROM responses r JOIN requests q ON q.id = r.request_id
         JOIN sessions s ON s.id = q.session_id WHERE r.status = 'ok' ORDER BY r.created_at LIMIT 1`,
      )
      .get();
    const request = db
      .prepare<[string], Parameters<ReturnType<Replay["session"]>["requestAgain"]>[0]>(
        `SELECT id, session_id AS sessionId, kind, method, params_json AS paramsJson, body_json AS bodyJson, hash,
         created_at AS createdAt FROM requests WHERE id = ?`,
      )
      .get(archived?.id ?? "");
    db.close();
    if (archived === undefined || request === undefined) throw new Error("the archive has no response");
    const session = replay.session({ source: archived.source, asOf: "2030-01-01" });
    expect(await session.fetch(session.requestAgain(request))).toMatchObject({ id: archived.responseId });
  });

  it("says what is missing", async () => {
    const root = temporaryFolder();
    using store = minuteStore(root);
    const response = await withSession({ store, source: "demo", adapter: fetcher("payload") }, (session) =>
      session.fetch(session.request({ kind: "k" })),
    );
    using replay = new Replay(root);
    const early = replay.session({ source: "demo", asOf: "2026-01-01T12:00:00+00:00" });
    expect(early.find(early.request({ kind: "k" }))).toBeUndefined();
    await expect(early.fetch(early.request({ kind: "k" }))).rejects.toMatchObject({
      code: "CACHE_MISS",
      details: { source: "demo", kind: "k", hash: HASH, as_of: "2026-01-01T12:00:00.000000+00:00" },
    });
    const session = replay.session({ source: "demo", asOf: response.createdAt });
    expect((await session.fetch(session.request({ kind: "k" }))).payload.toString()).toBe("payload");
    truncateSync(store.payloads.pathOf(response.checksum ?? ""), 3);
    await expect(session.fetch(session.request({ kind: "k" }))).rejects.toMatchObject({ code: "PAYLOAD_CORRUPT" });
    rmSync(store.payloads.pathOf(response.checksum ?? ""));
    await expect(session.fetch(session.request({ kind: "k" }))).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
    expect(() => replay.session({ source: "", asOf: "2026-01-01" })).toThrow(
      expect.objectContaining({ code: "PARAMS_INVALID" }),
    );
  });

  it.each(["small", "edge"] as const)("leaves no trace in the archive %s", async (name) => {
    const root = referenceArchive(name);
    const before = folderFingerprint(root);
    const replay = new Replay(root);
    const session = replay.session({ source: "demo", asOf: "2030-01-01" });
    await session.fetch(session.request({ kind: "k" })).catch(() => {});
    const db = new Database(`${root}/dataio.sqlite`, { readonly: true });
    const ids = db.prepare<[], string>("SELECT id FROM requests").pluck().all();
    db.close();
    let rows = 0;
    for (const requestId of ids) {
      rows += [...replay.responses({ requestId }, { statuses: "all", inferred: true })].length;
    }
    expect(rows).toBeGreaterThan(30);
    replay.close();
    expect(folderFingerprint(root)).toEqual(before);
  });

  it("leaves no trace in an archive in WAL mode", async () => {
    const root = temporaryFolder();
    const store = minuteStore(root);
    const response = await withSession({ store, source: "demo", adapter: fetcher("payload") }, (session) =>
      session.fetch(session.request({ kind: "k" })),
    );
    store.close();
    const before = folderFingerprint(root);
    const replay = new Replay(root);
    const session = replay.session({ source: "demo", asOf: "2027-01-01" });
    expect(await session.fetch(session.request({ kind: "k" }))).toMatchObject({ id: response.id });
    replay.close();
    expect(folderFingerprint(root)).toEqual(before);
  });
});
