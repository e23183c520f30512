import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { isTemporaryName } from "../../src/atomic-file.ts";
import {
  AdapterResult,
  ArchiveReader,
  closedSessionKey,
  DataIoSession,
  type Fetcher,
  formatTimestamp,
  type RepairOptions,
  repair,
  Store,
  sha256Hex,
  verify,
} from "../../src/index.ts";
import { fixtureJson, folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { modesHold } from "../platform.ts";

const HOUR_MS = 3_600_000;
const adapter: Fetcher = {
  fetch: async (request) => new AdapterResult({ data: Buffer.from(`payload of ${request.kind}`) }),
};
/** An archive of three payloads, whose session never ended. */
async function archive(): Promise<{ root: string; sessionId: string; path(kind: string): string }> {
  const root = temporaryFolder();
  using store = Store.create(root);
  const session = await DataIoSession.open({ store, source: "own", adapter });
  for (const kind of ["one", "two", "three"]) await session.fetch(session.request({ kind }));
  const path = (kind: string) => join(root, "responses", `${sha256Hex(`payload of ${kind}`)}.bin`);
  return { root, sessionId: session.session.id, path };
}
function sql<R>(root: string, text: string, ...values: unknown[]): R[] {
  const db = new Database(join(root, "dataio.sqlite"));
  try {
    const statement = db.prepare<unknown[], R>(text);
    if (statement.reader) return statement.all(...values);
    statement.run(...values);
    return [];
  } finally {
    db.close();
  }
}

describe("payloads", () => {
  it("come back from given bytes, a folder and another archive, and others stay as they are", async () => {
    const { root, path } = await archive();
    const other = join(temporaryFolder(), "copy");
    cpSync(root, other, { recursive: true });
    const folder = temporaryFolder();
    mkdirSync(join(folder, "deep", "er"), { recursive: true });
    writeFileSync(join(folder, "deep", "er", "any name"), "payload of two");
    writeFileSync(join(folder, "useless"), "payload of nobody");
    rmSync(path("one"));
    writeFileSync(path("two"), "payload of tw0");
    writeFileSync(path("three"), "");
    const sources: RepairOptions["payloads"] = [
      { bytes: Buffer.from("payload of one") },
      { folder },
      { archive: other },
    ];
    const before = folderFingerprint(root);
    const plan = await repair(root, { payloads: sources, dryRun: true });
    expect(folderFingerprint(root)).toEqual(before);
    expect(plan).toMatchObject({ dryRun: true, complete: true, sessions: [], temporaryFiles: [] });
    const report = await repair(root, { payloads: sources });
    expect(report.payloads).toEqual(plan.payloads.map((payload) => ({ ...payload, outcome: "done" })));
    const byChecksum = new Map(report.payloads.map((payload) => [payload.checksum, payload]));
    const of = (kind: string) => byChecksum.get(sha256Hex(`payload of ${kind}`));
    expect(of("one")).toMatchObject({ damage: "missing", source: "bytes", sizeBytes: 14 });
    expect(of("two")).toMatchObject({ damage: "corrupt", source: join(folder, "deep", "er", "any name") });
    expect(of("three")?.source?.startsWith(other)).toBe(true);
    for (const kind of ["one", "two", "three"]) expect(readFileSync(path(kind), "utf8")).toBe(`payload of ${kind}`);
    expect((await verify(root)).intact).toBe(true);
    expect(readdirSync(join(root, "responses")).filter(isTemporaryName)).toEqual([]);
    expect((await repair(root, { payloads: sources })).payloads).toEqual([]);
  });

  it("that nobody has are left, and so are the damaged bytes", async () => {
    const { root, path } = await archive();
    writeFileSync(path("one"), "damaged");
    const report = await repair(root, { payloads: [{ bytes: Buffer.from("payload of nobody") }] });
    expect(report.complete).toBe(false);
    expect(report.payloads).toMatchObject([{ damage: "corrupt", outcome: "left", source: null }]);
    expect(readFileSync(path("one"), "utf8")).toBe("damaged");
  });

  it("are left where a folder has their name, and the rest is restored", async () => {
    const { root, path } = await archive();
    rmSync(path("one"));
    mkdirSync(path("one"));
    rmSync(path("two"));
    const bytes = ["one", "two"].map((kind) => ({ bytes: Buffer.from(`payload of ${kind}`) }));
    const report = await repair(root, { payloads: bytes });
    const outcomes = new Map(report.payloads.map(({ checksum, outcome, reason }) => [checksum, { outcome, reason }]));
    expect(outcomes.get(sha256Hex("payload of one"))).toEqual({ outcome: "left", reason: expect.any(String) });
    expect(outcomes.get(sha256Hex("payload of two"))).toEqual({ outcome: "done", reason: null });
    expect(readdirSync(join(root, "responses")).filter(isTemporaryName)).toEqual([]);
  });

  it("are left alone when they cannot be read, for they may be whole", async () => {
    const { root, path } = await archive();
    chmodSync(path("one"), 0);
    const report = await repair(root, { payloads: [{ bytes: Buffer.from("payload of one") }] });
    const outcomes = !modesHold ? [] : [{ damage: "unreadable", outcome: "left" }];
    expect(report.payloads).toMatchObject(outcomes);
  });

  it("of the edge archive are found or not", async () => {
    const root = referenceArchive("edge");
    const { edge } = fixtureJson<{ edge: { missing_list: string[]; corrupt_list: string[] } }>("EXPECTED.json");
    const report = await repair(root, { payloads: [{ folder: join(root, "responses") }], dryRun: true });
    const damaged = report.payloads.map(({ checksum, damage, outcome }) => `${damage} ${checksum} ${outcome}`);
    expect(damaged.sort()).toEqual(
      [
        ...edge.missing_list.map((checksum) => `missing ${checksum} left`),
        ...edge.corrupt_list.map((checksum) => `corrupt ${checksum} left`),
      ].sort(),
    );
  });

  it("need a folder that is there, and can be cancelled", async () => {
    const { root, path } = await archive();
    rmSync(path("one"));
    const folder = join(temporaryFolder(), "nowhere");
    await expect(repair(root, { payloads: [{ folder }] })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const cancelled = repair(root, { payloads: [{ bytes: Buffer.from("") }], signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("sessions that never ended", () => {
  it("get the time of the last thing that they did, when they are named", async () => {
    const { root, sessionId } = await archive();
    const [last] = sql<{ time: string }>(root, "SELECT MAX(ended_at) AS time FROM resolutions");
    const before = folderFingerprint(root);
    const plan = await repair(root, { closeSessions: { sessionIds: [sessionId, "nobody"] }, dryRun: true });
    expect(folderFingerprint(root)).toEqual(before);
    expect(plan.sessions).toMatchObject([
      { sessionId, outcome: "planned", endedAt: last?.time },
      { sessionId: "nobody", outcome: "left", endedAt: null },
    ]);
    const report = await repair(root, { closeSessions: { sessionIds: [sessionId, "nobody"] } });
    expect(report.sessions[0]).toMatchObject({ outcome: "done", endedAt: last?.time });
    expect(report.complete).toBe(false);
    expect(sql(root, "SELECT ended_at AS time FROM sessions")).toEqual([{ time: last?.time }]);
    const [record] = sql<{ value: string }>(
      root,
      "SELECT value FROM archive_meta WHERE key = ?",
      closedSessionKey(sessionId),
    );
    expect(JSON.parse(record?.value ?? "")).toEqual({ ended_at: last?.time, closed_at: expect.any(String) });
    const again = await repair(root, { closeSessions: { sessionIds: [sessionId] } });
    expect(again.sessions).toMatchObject([{ outcome: "left", reason: "It has ended." }]);
    using reader = new ArchiveReader(root);
    expect(reader.describe().extended).toBe(true);
  });

  it("are closed when they were idle for long, not when they are young", async () => {
    const { root } = await archive();
    const young = await repair(root, { closeSessions: { idleMs: HOUR_MS } });
    expect(young.sessions).toMatchObject([{ outcome: "left" }]);
    expect(sql(root, "SELECT ended_at FROM sessions")).toEqual([{ ended_at: null }]);
    const root2 = referenceArchive("small");
    const report = await repair(root2, { closeSessions: { idleMs: HOUR_MS } });
    // Its last response, whose time the fixture has.
    const [last] = sql<{ time: string; id: string }>(
      root2,
      `SELECT MAX(r.created_at) AS time, s.id FROM sessions s JOIN requests q ON q.session_id = s.id
       JOIN responses r ON r.request_id = q.id WHERE s.id = 'd5292293-8adb-4b4d-8a50-92f6a51ada79'`,
    );
    expect(report.sessions).toEqual([{ sessionId: last?.id, outcome: "done", endedAt: last?.time, reason: null }]);
    expect((await verify(root2)).codes.session_not_ended).toBeUndefined();
  });

  it("keep the orphan responses that are concluded to be theirs", async () => {
    const root = temporaryFolder();
    Store.create(root).close();
    const time = (hour: number) => formatTimestamp(BigInt(Date.UTC(2025, 1, 1, hour)) * 1000n);
    sql(root, "INSERT INTO sessions VALUES ('s', 'x', 'sync', ?, ?, NULL)", time(1), time(1));
    const db = new Database(join(root, "dataio.sqlite"));
    db.pragma("foreign_keys = OFF");
    db.prepare("INSERT INTO responses VALUES ('r', 'nowhere', 'ok', NULL, NULL, NULL, ?, NULL)").run(time(2));
    db.close();
    const report = await repair(root, { closeSessions: { idleMs: HOUR_MS } });
    expect(report.sessions).toMatchObject([{ outcome: "done", endedAt: time(2) }]);
    using reader = new ArchiveReader(root);
    expect(reader.sessions({ cursor: null, limit: 1 }).items[0]?.inferredResponseCount).toBe(1);
  });

  it("are not made longer by what others fetched for the same request", async () => {
    const { root, sessionId } = await archive();
    const [last] = sql<{ time: string }>(root, "SELECT MAX(ended_at) AS time FROM resolutions");
    {
      using store = Store.open(root);
      const session = await DataIoSession.open({ store, source: "own", adapter });
      await session.fetch(session.request({ kind: "one" }), { useCache: false });
      await session.close();
    }
    const report = await repair(root, { closeSessions: { sessionIds: [sessionId] } });
    expect(report.sessions[0]?.endedAt).toBe(last?.time);
  });

  it("are left when none of their times can be read", async () => {
    const root = temporaryFolder();
    Store.create(root).close();
    sql(root, "INSERT INTO sessions VALUES ('s', 'x', 'sync', 'x', 'yesterday', NULL)");
    const report = await repair(root, { closeSessions: { idleMs: 0 } });
    expect(report.sessions).toMatchObject([{ sessionId: "s", outcome: "left" }]);
  });
});

it("removes unfinished files that are old enough, and nothing else", async () => {
  const { root } = await archive();
  const responses = join(root, "responses");
  const file = (name: string, ageMs: number) => {
    const path = join(responses, name);
    writeFileSync(path, "half");
    const then = new Date(Date.now() - ageMs);
    utimesSync(path, then, then);
    return path;
  };
  const old = file(".incoming.01890000-0000-7000-8000-000000000000.tmp", 2 * HOUR_MS);
  const young = file(".incoming.01890000-0000-7000-8000-000000000001.tmp", 0);
  const foreign = file("notes.tmp", 2 * HOUR_MS);
  const stray = file(`${"a".repeat(64)}.bin`, 2 * HOUR_MS);
  const asked = { removeTemporaryFiles: { olderThanMs: HOUR_MS } };
  const plan = await repair(root, { ...asked, dryRun: true });
  expect(plan.temporaryFiles.map((one) => [one.file, one.outcome]).sort()).toEqual([
    [old, "planned"],
    [young, "left"],
  ]);
  expect(existsSync(old)).toBe(true);
  expect((await repair(root, {})).temporaryFiles).toEqual([]);
  await repair(root, asked);
  expect([old, young, foreign, stray].map((path) => existsSync(path))).toEqual([false, true, true, true]);
});

it("refuses an age that is none, before anything is done", async () => {
  const { root, path } = await archive();
  rmSync(path("one"));
  const payloads = [{ bytes: Buffer.from("payload of one") }];
  const invalid = { code: "PARAMS_INVALID" };
  await expect(repair(root, { payloads, closeSessions: { idleMs: -1 } })).rejects.toMatchObject(invalid);
  const olderThanMs = Number.NaN;
  await expect(repair(root, { payloads, removeTemporaryFiles: { olderThanMs } })).rejects.toMatchObject(invalid);
  expect(existsSync(path("one"))).toBe(false);
});
