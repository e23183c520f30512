import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import {
  AdapterResult,
  ArchiveReader,
  exportArchive,
  type Fetcher,
  type ImportSource,
  importArchive,
  RESPONSE_STATUSES,
  requestHash,
  Store,
  sha256Hex,
  verify,
  withSession,
} from "../../src/index.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { runHere } from "../cli/in-process.ts";

const counts = (root: string) => {
  using reader = new ArchiveReader(root);
  return reader.counts();
};

function newArchive(): string {
  const root = join(temporaryFolder(), "target");
  Store.create(root, { durable: false }).close();
  return root;
}

/** Two good web answers and a refusal. */
async function webArchive(source = "web"): Promise<string> {
  const root = join(temporaryFolder(), "source");
  using store = Store.create(root, { durable: false });
  const adapter: Fetcher = {
    fetch: async ({ paramsJson }) => {
      const { url } = JSON.parse(paramsJson ?? "");
      const refused = url.endsWith("c");
      return new AdapterResult({
        data: Buffer.from(`{"asked":"${url}"}`),
        contentType: "application/json",
        transportStatus: refused ? 503 : 200,
        url,
        headers: { "content-type": "application/json" },
        status: refused ? "error" : undefined,
      });
    },
  };
  await withSession({ store, source, adapter }, async (session) => {
    for (const name of ["a", "b", "c"]) {
      await session
        .fetch(session.request({ kind: "http", params: { url: `https://example.com/${name}` } }))
        .catch(() => {});
    }
  });
  return root;
}

/** Answers of every status, of two sessions, one packed, one asked for with a body. */
async function statusArchive(): Promise<string> {
  const root = join(temporaryFolder(), "source");
  using store = Store.create(root, { durable: false });
  const adapter: Fetcher = {
    fetch: async ({ kind, paramsJson }) => {
      const { url } = JSON.parse(paramsJson ?? "");
      const status = RESPONSE_STATUSES.find((known) => known === kind);
      const isPacked = kind === "packed";
      return new AdapterResult({
        data: isPacked ? gzipSync("plain") : Buffer.from(`{"kind":"${kind}"}`),
        transportStatus: 200,
        url,
        elapsedMs: 7,
        headers: isPacked ? { "content-encoding": "gzip" } : { "x-kind": kind },
        adapterMeta: { more: [1.5, "x"] },
        ...(status === undefined ? {} : { status }),
      });
    },
  };
  for (const kinds of [
    ["quote", ...RESPONSE_STATUSES],
    ["packed", "quote"],
  ]) {
    await withSession({ store, source: "web", adapter }, async (session) => {
      for (const kind of kinds) {
        const params = { url: `https://example.com/${kind}`, n: 1.5 };
        const posted = kind === "ack" ? ({ method: "POST", body: { order: 1 } } as const) : {};
        await session.fetch(session.request({ kind, params, ...posted })).catch(() => {});
      }
    });
  }
  return root;
}

/** Every response with what it belongs to; ids included. */
function wholeRows(root: string) {
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  const sql = `SELECT r.id, r.status, r.sequence, r.checksum, r.created_at AS time, r.size_bytes AS size, q.id AS request, q.kind,
      q.method, q.params_json AS params, q.body_json AS body, q.hash, q.created_at AS asked, s.id AS session, s.source,
      s.mode, s.as_of AS asOf, s.started_at AS startedAt, s.ended_at AS endedAt, m.meta_json AS metadata
    FROM responses r JOIN requests q ON q.id = r.request_id JOIN sessions s ON s.id = q.session_id
      LEFT JOIN response_meta m ON m.response_id = r.id
    ORDER BY r.created_at, r.id`;
  type Row = Readonly<
    Record<"status" | "kind" | "method" | "source" | "checksum" | "metadata" | "hash", string | null>
  >;
  const rows = db.prepare<[], Row>(sql).all();
  db.close();
  return rows;
}

/** Previews, imports and imports again: the first says what the second does, and the third does nothing. */
async function importThrice(root: string, from: ImportSource) {
  const before = folderFingerprint(root);
  const dry = await importArchive(root, { from, dryRun: true });
  expect(folderFingerprint(root)).toEqual(before);
  const first = await importArchive(root, { from });
  expect(dry).toMatchObject({ added: first.added, present: first.present, bytes: first.bytes });
  const after = counts(root);
  const again = await importArchive(root, { from });
  expect(again.added).toEqual({ sessions: 0, requests: 0, responses: 0, resolutions: 0 });
  expect(again.present).toBe(first.added.responses + first.present);
  expect(counts(root)).toEqual(after);
  return first;
}

describe("importing an archive", () => {
  it("merges one that Python wrote, orphans and all, changes nothing in it, and stays intact", async () => {
    const from = referenceArchive("small");
    const untouched = folderFingerprint(from);
    const root = newArchive();
    const report = await importThrice(root, { type: "archive", path: from });
    expect(folderFingerprint(from)).toEqual(untouched);
    expect(report.problems).toEqual([]);
    expect(counts(root)).toEqual(counts(from));
    expect((await verify(root)).counts.payloads).toEqual((await verify(from)).counts.payloads);
    using reader = new ArchiveReader(root);
    const { items } = await reader.rows({
      sessionId: null,
      cursor: null,
      limit: 1,
      sort: { column: "time", direction: "asc" },
    });
    const id = items[0]?.ref.id ?? "";
    const detail = await reader.row({ type: "response", id });
    expect(detail.importedFrom).toMatchObject({ kind: "archive", name: "small", originalId: id });
    if (spawnSync("python3", ["--version"]).status !== 0) return;
    const program =
      "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('pragma integrity_check').fetchone()[0])";
    expect(String(execFileSync("python3", ["-c", program, join(root, "dataio.sqlite")])).trim()).toBe("ok");
  });

  it("merges by identity where both asked the same, and keeps ids apart that stand for different rows", async () => {
    const root = await webArchive();
    const same = await webArchive();
    const report = await importThrice(root, { type: "archive", path: same });
    // The two good requests are those of the archive; the refused one has a row of its own.
    expect(report.added).toMatchObject({ sessions: 1, requests: 1, responses: 3, resolutions: 3 });
    const other = await webArchive("another");
    expect((await importThrice(root, { type: "archive", path: other })).added).toMatchObject({ requests: 3 });
    const clash = await webArchive();
    const db = new Database(join(clash, "dataio.sqlite"));
    db.pragma("foreign_keys = OFF");
    const mine = new Database(join(root, "dataio.sqlite"));
    const taken = mine.prepare("SELECT id FROM responses LIMIT 1").pluck().get();
    mine.close();
    db.prepare("DELETE FROM resolutions").run();
    db.prepare("DELETE FROM response_meta").run();
    db.prepare("UPDATE responses SET id = ? WHERE rowid = 1").run(taken);
    db.close();
    expect((await importThrice(root, { type: "archive", path: clash })).added.responses).toBe(3);
    expect(await verify(root)).toMatchObject({ intact: true });
  });

  it("lists what is damaged, and goes on", async () => {
    const root = newArchive();
    const report = await importThrice(root, { type: "archive", path: referenceArchive("edge") });
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(
      new Set(["PAYLOAD_CORRUPT", "PAYLOAD_MISSING", "CHECKSUM_INVALID"]),
    );
    expect(report.added.responses).toBeGreaterThan(5);
  });

  it("leaves whole rows when it is cancelled, and the next import goes on", async () => {
    const root = newArchive();
    const from = { type: "archive", path: referenceArchive("small") } as const;
    const signal = AbortSignal.abort();
    await expect(importArchive(root, { from, signal })).rejects.toMatchObject({ code: "CANCELLED" });
    expect((await importArchive(root, { from })).added.responses).toBe(counts(from.path).responses);
  });
});

describe("an import that is cancelled", () => {
  it("hears of it also while it merges rows that have no payload", async () => {
    const requests = 30_000;
    const path = newArchive();
    const db = new Database(join(path, "dataio.sqlite"));
    const time = "2026-03-01T06:00:00.000000+00:00";
    db.prepare("INSERT INTO sessions VALUES ('s', 'desk', 'sync', ?, ?, NULL)").run(time, time);
    const request = db.prepare("INSERT INTO requests VALUES (?, 's', 'k', 'GET', '{}', NULL, NULL, ?)");
    db.transaction(() => {
      for (let number = 0; number < requests; number += 1) request.run(`r${number}`, time);
    })();
    db.close();
    const root = newArchive();
    for (const dryRun of [true, false]) {
      const controller = new AbortController();
      const from = { type: "archive", path } as const;
      const running = importArchive(root, {
        from,
        dryRun,
        signal: controller.signal,
        onProgress: () => setTimeout(() => controller.abort(), 20),
      });
      await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
    }
    expect(counts(root).requests).toBeGreaterThan(0);
    expect(counts(root).requests).toBeLessThan(requests);
  });

  it("leaves no payload without its row", async () => {
    const root = newArchive();
    const controller = new AbortController();
    const from = { type: "archive", path: referenceArchive("small") } as const;
    const running = importArchive(root, { from, signal: controller.signal });
    const payloads = () => readdirSync(join(root, "responses")).filter((name) => name.endsWith(".bin")).length;
    const ended = running.catch((error: unknown) => error);
    await expect.poll(payloads, { interval: 0 }).toBeGreaterThan(5);
    controller.abort();
    expect(await ended).toMatchObject({ code: "CANCELLED" });
    expect(counts(root).responses).toBeGreaterThan(5);
    expect((await verify(root)).findings.filter(({ code }) => code.startsWith("stray"))).toEqual([]);
  });
});

describe("importing what others recorded", () => {
  it.each(["har", "warc"] as const)(
    "takes the answers of a %s as a fetch of the same address would find them",
    async (type) => {
      const web = await webArchive();
      const path = join(temporaryFolder(), `web.${type}`);
      await exportArchive(web, { scope: { type: "archive" }, target: { type, path } });
      const root = newArchive();
      const report = await importThrice(root, { type, path, source: "web" });
      expect(report).toMatchObject({ added: { sessions: 1, requests: 3, responses: 3 }, problemCount: 0 });
      using store = Store.open(root);
      const hashOf = (url: string) => requestHash({ kind: "http", method: "GET", params: { url }, body: null });
      const found = await store.getCachedResponseByRequestHash(hashOf("https://example.com/a"), "web");
      expect(String(await store.readPayload(found?.checksum ?? ""))).toBe('{"asked":"https://example.com/a"}');
      expect(await store.getCachedResponseByRequestHash(hashOf("https://example.com/c"), "web")).toBeUndefined();
      expect(await verify(root)).toMatchObject({ intact: true });
    },
  );

  it.each(["har", "warc"] as const)("takes an archive's own rows of a %s as what they were", async (type) => {
    const web = await statusArchive();
    const path = join(temporaryFolder(), `own.${type}`);
    await exportArchive(web, { scope: { type: "archive" }, target: { type, path } });
    const before = wholeRows(web);
    const root = newArchive();
    expect(await importThrice(root, { type, path })).toMatchObject({ problemCount: 0 });
    // A HAR has no packed bodies.
    const unpacked = type === "har" ? 1 : 0;
    const stored = ({ kind }: { kind: string | null }) => unpacked === 0 || kind !== "packed";
    expect(wholeRows(root).filter(stored)).toEqual(before.filter(stored));
    expect(await verify(root)).toMatchObject({ intact: true });
    // Where they came from they are there already.
    expect((await importArchive(web, { from: { type, path } })).added).toMatchObject({
      sessions: 0,
      requests: 0,
      responses: unpacked,
    });

    // Under another source they are others.
    const other = newArchive();
    await importThrice(other, { type, path, source: "elsewhere" });
    expect(wholeRows(other).map(({ source, status, kind, method }) => [source, status, kind, method])).toEqual(
      before.map(({ status, kind, method }) => ["elsewhere", status, kind, method]),
    );
  });

  it.each(["har", "warc"] as const)(
    "finds an answer of a %s under its cache tag and its bucket again",
    async (type) => {
      const web = join(temporaryFolder(), "source");
      const marked = [
        { cacheTag: "spring" },
        { asOfBucket: "2020-02-29" },
        { cacheTag: "spring", asOfBucket: "2020-02-29" },
        { hashForm: "0.3" },
      ] as const;
      const init = { kind: "quote", params: { url: "https://example.com/a" } } as const;
      const bodies: string[] = [];
      const adapter: Fetcher = {
        fetch: async () => {
          const body = `answer ${bodies.length}`;
          bodies.push(body);
          const headers = { "content-encoding": "gzip" };
          return new AdapterResult({ data: gzipSync(body), transportStatus: 200, url: init.params.url, headers });
        },
      };
      /** The checksum for each of the marks and for none; the code where nothing is found. */
      const found = async (root: string, cache: "default" | "only-if-cached") => {
        using store = Store.open(root);
        return await withSession({ store, source: "web", adapter, cache }, async (session) => {
          const requests = [...marked.map((marks) => session.request({ ...init, ...marks })), session.request(init)];
          const checksums: unknown[] = [];
          for (const request of requests) {
            const answer = session.fetch(request).then(({ checksum }) => checksum);
            checksums.push(await answer.catch(({ code }) => code));
          }
          return checksums;
        });
      };
      Store.create(web, { durable: false }).close();
      const before = await found(web, "default");
      expect(new Set(before).size).toBe(5);
      const path = join(temporaryFolder(), `tagged.${type}`);
      await exportArchive(web, { scope: { type: "archive" }, target: { type, path } });
      const root = newArchive();
      const report = await importThrice(root, { type, path });
      expect(report).toMatchObject({ added: { requests: 5, responses: 5, resolutions: 5 }, problemCount: 0 });
      // A HAR has no packed bodies, so its answers are others.
      const unpacked = bodies.map((body) => sha256Hex(Buffer.from(body)));
      expect(await found(root, "only-if-cached")).toEqual(type === "warc" ? before : unpacked);
      expect(await verify(root)).toMatchObject({ intact: true, counts: { hashes: { hashMismatches: 0 } } });

      // Of a tag that is none of the request's own, nothing is found.
      if (type !== "har") return;
      const har = JSON.parse(readFileSync(path, "utf8"));
      for (const { _dataio } of har.log.entries) _dataio.ask.policyJson = '{"cache":"default","cache_tag":"winter"}';
      writeFileSync(path, JSON.stringify(har));
      const other = newArchive();
      await importThrice(other, { type, path });
      expect(await found(other, "only-if-cached")).toEqual([...Array(3).fill("CACHE_MISS"), unpacked[3], unpacked[4]]);
    },
  );

  it("believes no record of a row that is not as we write it, and gives a decoded body no metadata of the packed one", async () => {
    const web = await statusArchive();
    const path = join(temporaryFolder(), "own.har");
    await exportArchive(web, { scope: { type: "archive" }, target: { type: "har", path } });
    const har = JSON.parse(readFileSync(path, "utf8"));
    const imported = async (entries: unknown[]) => {
      writeFileSync(path, JSON.stringify({ log: { ...har.log, entries } }));
      const root = newArchive();
      await importThrice(root, { type: "har", path });
      return wholeRows(root);
    };
    for (const change of [{ row: "resolution" }, { status: 7 }, { session: {} }, { response: "" }, { sequence: 0.5 }]) {
      const [entry] = har.log.entries;
      const rows = await imported([{ ...entry, _dataio: { ...entry._dataio, ...change } }]);
      expect(rows).toMatchObject([{ kind: "http", source: "own.har", status: "ok" }]);
    }
    const packed = har.log.entries.filter(
      ({ _dataio }: { _dataio: { request: { kind: string } } }) => _dataio.request.kind === "packed",
    );
    const [row] = await imported(packed);
    expect(row).toMatchObject({ kind: "packed", source: "web", checksum: sha256Hex(Buffer.from("plain")) });
    expect(row?.metadata).not.toContain("content-encoding");
    // A hash that is none, and one of another request, for which its answer would be found.
    const [entry] = packed;
    for (const hash of ["x", "0".repeat(64)]) {
      const forged = { ...entry, _dataio: { ...entry._dataio, request: { ...entry._dataio.request, hash } } };
      expect(await imported([forged])).toMatchObject([{ hash: null, kind: "packed" }]);
    }
  });

  it("takes the files of a folder, not what symlinks lead to, and refuses what is none of these", async () => {
    const folder = join(temporaryFolder(), "files");
    mkdirSync(join(folder, "sub"), { recursive: true });
    writeFileSync(join(folder, "sub", "a.csv"), "a,b\n");
    writeFileSync(join(folder, "empty"), "");
    writeFileSync(join(folder, "..", "secret"), "x");
    symlinkSync(join(folder, "..", "secret"), join(folder, "link"));
    const root = newArchive();
    const report = await importThrice(root, { type: "folder", path: folder });
    expect(report.items.map(({ kind, source, label }) => [kind, source, label])).toEqual([
      ["file", "files", "empty"],
      ["file", "files", "sub/a.csv"],
    ]);
    const har = join(folder, "x.har");
    writeFileSync(har, "{}");
    await expect(importArchive(root, { from: { type: "har", path: har } })).rejects.toMatchObject({
      code: "JSON_INVALID",
    });
    rmSync(har);
    for (const type of ["har", "warc", "folder"] as const) {
      const from = { type, path: join(folder, "nowhere") };
      await expect(importArchive(root, { from })).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it.each(["har", "warc"] as const)(
    "leaves rows of a %s to the source that they say, or puts them under the one that is named",
    async (type) => {
      const path = join(temporaryFolder(), `own.${type}`);
      await exportArchive(await webArchive("market"), { scope: { type: "archive" }, target: { type, path } });
      const sources = async (...options: string[]) => {
        const root = newArchive();
        expect(await runHere(["import", path, "-a", root, ...options])).toMatchObject({ code: 0 });
        return wholeRows(root).map(({ source }) => source);
      };
      expect(await sources()).toEqual(["market", "market", "market"]);
      expect(await sources("--source", "mine")).toEqual(["mine", "mine", "mine"]);
    },
  );

  it("refuses to name another source for the rows of an archive, rather than not to do it", async () => {
    const root = newArchive();
    const run = await runHere(["import", await webArchive(), "-a", root, "--source", "mine"]);
    expect(run).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--source is for a HAR, a WARC or a folder"),
    });
    expect(counts(root).responses).toBe(0);
  });

  it("is a command", async () => {
    const root = newArchive();
    const other = await webArchive();
    const dry = await runHere(["import", other, "-a", root, "--dry-run"]);
    expect(dry).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Would add 1 sessions, 3 requests, 3 responses"),
    });
    expect(counts(root).responses).toBe(0);
    const real = await runHere(["import", other, "-a", root, "--json"]);
    expect(JSON.parse(real.stdout)).toMatchObject({ added: { responses: 3 }, problemCount: 0 });
    expect(readFileSync(join(root, "dataio.sqlite")).length).toBeGreaterThan(0);
  });
});
