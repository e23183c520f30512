import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import {
  archiveLocation,
  DataioError,
  parseJson,
  type Request,
  requestHash,
  SCHEMA_VERSION,
  type Session,
  Store,
} from "../src/index.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";
import { isWindows } from "./platform.ts";

const session = (id: string, source = "demo", startedAt = "2026-01-01T00:00:00.000000+00:00"): Session => ({
  id,
  source,
  mode: "sync",
  asOf: startedAt,
  startedAt,
  endedAt: null,
});
const request = (id: string, sessionId: string, hash: string | null): Request => ({
  id,
  sessionId,
  kind: "k",
  method: "GET",
  paramsJson: "{}",
  bodyJson: null,
  hash,
  createdAt: "2026-01-01T00:00:01.000000+00:00",
});
const response = (id: string, requestId: string, createdAt: string, status = "ok", checksum = "a".repeat(64)) => ({
  id,
  requestId,
  status,
  sequence: null,
  checksum,
  path: null,
  createdAt,
  sizeBytes: 1,
});
const newArchive = () => {
  const root = join(temporaryFolder(), "archive");
  Store.create(root).close();
  return root;
};
const codeOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return error instanceof DataioError ? error.code : error;
  }
  return "no error";
};

describe("a new archive", () => {
  it("has exactly the tables that Python makes, plus ours, in WAL mode", () => {
    const root = temporaryFolder();
    using _store = Store.create(root);
    const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
    const reference = new Database(join(referenceArchive("small"), "dataio.sqlite"), { readonly: true });
    const shape = (of: Database.Database, table: string) => [
      of.pragma(`table_info(${table})`),
      of.pragma(`foreign_key_list(${table})`),
    ];
    for (const table of ["sessions", "requests", "responses"])
      expect(shape(db, table)).toEqual(shape(reference, table));
    const indexes = (of: Database.Database) =>
      of
        .prepare(
          "SELECT name, replace(sql, 'IF NOT EXISTS ', '') AS sql FROM sqlite_schema WHERE name LIKE 'idx_re_u%s%' ORDER BY name",
        )
        .all();
    expect(indexes(db)).toEqual(expect.arrayContaining(indexes(reference)));
    expect(db.pragma("journal_mode", { simple: true })).toBe("wal");
    expect(db.prepare("SELECT value FROM archive_meta WHERE key = 'schema_version'").pluck().get()).toBe(
      String(SCHEMA_VERSION),
    );
    db.close();
    reference.close();
  });

  it("is refused in a folder that holds something", () => {
    const root = temporaryFolder();
    writeFileSync(join(root, "notes.txt"), "mine");
    expect(codeOf(() => Store.create(root))).toBe("ALREADY_EXISTS");
    expect(readFileSync(join(root, "notes.txt"), "utf8")).toBe("mine");
    expect(existsSync(join(root, "dataio.sqlite"))).toBe(false);
  });
});

describe("opening", () => {
  it("gives the same instance for the same database until the last user closes it", async () => {
    const root = temporaryFolder();
    Store.create(root).close();
    const first = Store.open(root);
    const second = Store.open(join(root, ".", ""));
    expect(second).toBe(first);
    first.close();
    expect(await second.listSessions()).toEqual([]);
    second.close();
    await expect(second.listSessions()).rejects.toMatchObject({ code: "CLOSED" });
    const third = Store.open(root);
    expect(third).not.toBe(first);
    third.close();
  });

  it("for writing changes nothing until something is written, then adds our tables and keeps the journal mode", async () => {
    const root = referenceArchive("small");
    const before = folderFingerprint(root);
    const store = Store.open(root);
    expect(await store.listSessions()).toHaveLength(8);
    expect(folderFingerprint(root)).toEqual(before);
    await store.insertSession(session("s-new"));
    store.close();
    const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
    expect(db.pragma("journal_mode", { simple: true })).toBe("delete");
    expect(db.prepare("SELECT COUNT(*) FROM resolutions").pluck().get()).toBe(0);
    expect(db.prepare("SELECT COUNT(*) FROM sessions").pluck().get()).toBe(9);
    db.close();
  });

  it.each([
    ["a folder that does not exist", "NOT_AN_ARCHIVE", () => join(temporaryFolder(), "nowhere")],
    ["a folder without an archive", "NOT_AN_ARCHIVE", () => temporaryFolder()],
    [
      "a file that is no database",
      "NOT_A_DATABASE",
      () => folderWith("this is no database, but it is long enough".repeat(9)),
    ],
    ["an empty database file", "SCHEMA_UNKNOWN", () => folderWith("")],
    ["a database of something else", "SCHEMA_UNKNOWN", () => folderWithTable("CREATE TABLE songs (id)")],
    ["a newer archive", "SCHEMA_TOO_NEW", newerArchive],
  ])("refuses %s with %s", (_what, code, make) => {
    const root = make();
    expect(codeOf(() => Store.open(root))).toBe(code);
  });
});

function folderWith(content: string): string {
  const root = temporaryFolder();
  writeFileSync(join(root, "dataio.sqlite"), content);
  return root;
}
function folderWithTable(sql: string): string {
  const root = temporaryFolder();
  const db = new Database(join(root, "dataio.sqlite"));
  db.exec(sql);
  db.close();
  return root;
}
function newerArchive(): string {
  const root = temporaryFolder();
  Store.create(root).close();
  const db = new Database(join(root, "dataio.sqlite"));
  db.exec("UPDATE archive_meta SET value = '999' WHERE key = 'schema_version'");
  db.close();
  return root;
}

describe("rows", () => {
  it("are inserted as Python does: an id or a hash that is there already leaves the row out", async () => {
    using store = Store.create(temporaryFolder());
    const hash = requestHash({ kind: "k", method: "GET", params: {}, body: null });
    expect(await store.insertSession(session("s1"))).toBe(true);
    expect(await store.insertSession(session("s1"))).toBe(false);
    expect(await store.insertRequest(request("q1", "s1", hash))).toBe(true);
    expect(await store.insertRequest(request("q2", "s1", hash))).toBe(false);
    expect(await store.insertResponse(response("r1", "q1", "2026-01-01T00:00:02+00:00"))).toBe(true);
    expect(await store.insertResponse(response("r1", "q1", "2026-01-01T00:00:02+00:00"))).toBe(false);
  });

  it("say which session is the latest, also of one source, and when it ended", async () => {
    using store = Store.create(temporaryFolder());
    expect(await store.getLatestSessionId()).toBeUndefined();
    await store.insertSession(session("old", "a", "2026-01-01T00:00:00.000000+00:00"));
    await store.insertSession(session("new", "b", "2026-01-02T00:00:00.000000+00:00"));
    expect(await store.getLatestSessionId()).toBe("new");
    expect(await store.getLatestSessionId("a")).toBe("old");
    await store.markSessionEnded("new", "2026-01-02T00:00:09.000000+00:00");
    expect((await store.listSessions({ source: "b" }))[0]?.endedAt).toBe("2026-01-02T00:00:09.000000+00:00");
    await expect(store.markSessionEnded("nobody")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("answer a hash with the newest good response, of this source only", async () => {
    using store = Store.create(temporaryFolder());
    const hash = "b".repeat(64);
    await store.insertSession(session("s1", "mine"));
    await store.insertRequest(request("q1", "s1", hash));
    await store.insertResponse(response("r1", "q1", "2026-01-01T00:00:02.000000+00:00"));
    await store.insertResponse(response("r2", "q1", "2026-01-01T00:00:03.000000+00:00"));
    await store.insertResponse(response("r3", "q1", "2026-01-01T00:00:04.000000+00:00", "error"));
    expect((await store.getCachedResponseByRequestHash(hash, "mine"))?.id).toBe("r2");
    expect(await store.getCachedResponseByRequestHash(hash, "theirs")).toBeUndefined();
    expect(await store.getCachedResponseByRequestHash("c".repeat(64), "mine")).toBeUndefined();
  });

  it("finds what Python archived", async () => {
    const store = Store.open(referenceArchive("small"));
    const db = new Database(store.location.databasePath, { readonly: true });
    const rows = db
      .prepare<[], { hash: string; source: string; id: string }>(
        `SELECT q.hash, s.source, (SELECT r.id FROM responses r WHERE r.request_id = q.id AND r.status = 'ok' ORDER BY r.created_at DESC LIMIT 1) AS id
         FROM requests q JOIN sessions s ON s.id = q.session_id`,
      )
      .all();
    expect(rows).toHaveLength(59);
    for (const row of rows) {
      expect((await store.getCachedResponseByRequestHash(row.hash, row.source))?.id ?? null).toBe(row.id);
    }
    db.close();
    store.close();
  });
});

describe("payloads and sidecars", () => {
  it("are not written at all where the metadata have no JSON form", async () => {
    const root = temporaryFolder();
    using store = Store.create(root);
    const writing = store.writePayloadWithMetadata(Buffer.from("hello"), { adapter_meta: { no: undefined } });
    await expect(writing).rejects.toMatchObject({ code: "JSON_INVALID" });
    expect(readdirSync(join(root, "responses"))).toEqual([]);
  });

  it("come back as they were written", async () => {
    using store = Store.create(temporaryFolder());
    const stored = await store.writePayload(Buffer.from("hello"));
    await store.writeMetadata(stored.checksum, { url: "https://a.example/ü", transport_status: 200 });
    expect((await store.readPayload(stored.checksum)).toString()).toBe("hello");
    expect(await store.readMetadata(stored.checksum)).toEqual(
      parseJson('{"url": "https://a.example/ü", "transport_status": 200}'),
    );
    expect(await store.readMetadata("d".repeat(64))).toBeUndefined();
  });
});

it("waits for another connection instead of failing, and gives the thread away meanwhile", async () => {
  using store = Store.create(temporaryFolder());
  const other = new Database(archiveLocation(store.location.root).databasePath);
  other.exec("BEGIN IMMEDIATE");
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 10);
  const writing = store.insertSession(session("patient"));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await store.listSessions()).toEqual([]);
  other.exec("COMMIT");
  expect(await writing).toBe(true);
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(5);
  other.close();
});

it("finds its parts where configuration places them", async () => {
  const root = temporaryFolder();
  mkdirSync(join(root, "elsewhere"));
  const location = archiveLocation(join(root, "archive"), {
    databasePath: join(root, "elsewhere", "other.sqlite"),
    responsesDirectory: join(root, "elsewhere", "bytes"),
  });
  using store = Store.create(location);
  const stored = await store.writePayload(Buffer.from("x"));
  expect(stored.path.startsWith(join(root, "elsewhere", "bytes"))).toBe(true);
});

it("opens as soon as another process lets go of the lock, and leaves the thread free meanwhile", async () => {
  const root = referenceArchive("small");
  const other = new Database(archiveLocation(root).databasePath);
  other.exec("BEGIN EXCLUSIVE");
  let ticks = 0;
  const ticking = setInterval(() => {
    ticks += 1;
  }, 10);
  const opening = Store.openWhenFree(root);
  const controller = new AbortController();
  const given = Store.openWhenFree(root, { signal: controller.signal });
  await new Promise((resolve) => setTimeout(resolve, 300));
  controller.abort();
  await expect(given).rejects.toMatchObject({ code: "CANCELLED" });
  other.exec("COMMIT");
  other.close();
  using store = await opening;
  expect(await store.listSessions()).toHaveLength(8);
  clearInterval(ticking);
  expect(ticks).toBeGreaterThan(5);
});

it.skipIf(isWindows).each([
  ["Python made", () => referenceArchive("small")],
  ["we made", () => newArchive()],
])(
  "refuses a write while the place of an archive that %s cannot even be looked at, and goes on after that",
  async (_who, make) => {
    const root = make();
    using store = Store.open(root);
    // As a share whose connection is lost: looking at it is an error, not the news that nothing is there.
    renameSync(root, `${root}-away`);
    symlinkSync(root, root);
    await expect(store.insertSession(session("lost"))).rejects.toBeInstanceOf(DataioError);
    unlinkSync(root);
    renameSync(`${root}-away`, root);
    expect(await store.insertSession(session("kept"))).toBe(true);
  },
);

it("looks only into Python's tables after the write that was to add ours was undone", async () => {
  const root = newArchive();
  const db = new Database(archiveLocation(root).databasePath);
  const names =
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('sessions', 'requests', 'responses')";
  db.pragma("foreign_keys = OFF");
  for (const name of db.prepare<[], string>(names).pluck().all()) db.exec(`DROP TABLE "${name}"`);
  db.exec(`INSERT INTO sessions VALUES ('s', 'other', 'sync', 't', 't', NULL);
    INSERT INTO requests VALUES ('q', 's', 'k', 'GET', '{}', NULL, 'h', 't')`);
  db.close();
  using store = Store.open(root);
  const times = { startedAt: "t", endedAt: "t" };
  const nothing = { responseId: null, errorJson: null, sentChecksum: null, policyJson: null };
  const undone = store.record({
    session: session("nowhere"),
    request: request("own", "s", "h"),
    response: null,
    metadataJson: null,
    resolution: { id: "a", kind: "acquired", ...nothing, ...times },
    requestRow: "identity",
  });
  await expect(undone).rejects.toThrow("FOREIGN KEY");
  expect(await store.getCachedResponseByRequestHash("h", "demo")).toBeUndefined();
});

it("passes over a record of an ask whose policy is no JSON", async () => {
  const root = newArchive();
  using store = Store.open(root);
  await store.insertSession(session("s"));
  await store.insertRequest(request("q", "s", "h"));
  await store.insertResponse(response("r", "q", "2026-01-01T00:00:02.000000+00:00"));
  const db = new Database(archiveLocation(root).databasePath);
  const insert = db.prepare("INSERT INTO resolutions VALUES (?, 's', 'q', 'r', 'reused', NULL, NULL, ?, 't', ?)");
  insert.run("a", '{"revalidated":{}}', "2026-01-02");
  insert.run("b", '{"revalidated":', "2026-01-03");
  db.close();
  expect(await store.lastConfirmationOf("r")).toBe("2026-01-02");
});
