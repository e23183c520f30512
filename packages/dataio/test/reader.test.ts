import { spawn, spawnSync } from "node:child_process";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import {
  AdapterResult,
  ArchiveReader,
  type BrowseRow,
  type Fetcher,
  ROW_SORT_COLUMNS,
  type RowSort,
  Store,
  withSession,
} from "../src/index.ts";
import { rowPage } from "../src/query.ts";
import { fixtureJson, folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";
import { modesHold } from "./platform.ts";

interface Expected {
  readonly sessions: number;
  readonly requests: number;
  readonly responses: number;
  readonly orphan_responses: number;
  readonly sessions_not_ended: number;
  readonly missing_responses: number;
  readonly corrupt_responses: number;
  readonly ok_responses: number;
  readonly unusable_checksum_responses: number;
  readonly responses_null_checksum: number;
  readonly responses_per_status: Record<string, number>;
  readonly responses_per_source: Record<string, number>;
  readonly requests_per_method: Record<string, number>;
  readonly session_rows: readonly {
    id: string;
    source: string;
    requests: number;
    responses: number;
    ended_at: string | null;
  }[];
}
/** Tests beside Python itself run where there is one. */
const python = spawnSync("python3", ["-c", "import sqlite3"]).status === 0 ? "python3" : null;
const EXPECTED = fixtureJson<Record<"small" | "edge", Expected>>("EXPECTED.json");
const NEWEST: RowSort = { column: "time", direction: "desc" };

/** All rows of a list, page by page. */
async function allRows(
  reader: ArchiveReader,
  sessionId: string | null,
  sort = NEWEST,
  limit = 7,
): Promise<BrowseRow[]> {
  const rows: BrowseRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<ArchiveReader["rows"]>> = await reader.rows({ sessionId, sort, cursor, limit });
    rows.push(...page.items);
    cursor = page.nextCursor;
    expect(page.total).toBeGreaterThanOrEqual(rows.length);
    if (cursor === null) expect(rows).toHaveLength(page.total);
  } while (cursor !== null);
  return rows;
}
const count = <T>(items: readonly T[], test: (item: T) => boolean) => items.filter(test).length;
function tally(values: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value ?? "(none)"] = (counts[value ?? "(none)"] ?? 0) + 1;
  return counts;
}

describe.each(["small", "edge"] as const)("the %s archive that Python wrote", (name) => {
  const expected = EXPECTED[name];

  it("has the counts that are known of it", async () => {
    using reader = new ArchiveReader(referenceArchive(name));
    const { sessions, requests, responses } = expected;
    expect(reader.counts()).toEqual({ sessions, requests, responses });
    const rows = await allRows(reader, null);
    expect(new Set(rows.map((row) => row.ref.id)).size).toBe(responses);
    expect(count(rows, (row) => row.orphan)).toBe(expected.orphan_responses);
    expect(count(rows, (row) => row.payload === "missing")).toBe(expected.missing_responses);
    expect(count(rows, (row) => row.payload === "corrupt")).toBe(expected.corrupt_responses);
    // A list does not hash what is over 1 MiB: the edge archive has one such payload.
    expect(count(rows, (row) => row.payload === "ok" || row.payload === "unchecked")).toBe(expected.ok_responses);
    expect(count(rows, (row) => row.payload === "unaddressable")).toBe(
      expected.unusable_checksum_responses + expected.responses_null_checksum,
    );
    expect(tally(rows.map((row) => row.status))).toEqual(expected.responses_per_status);
    const recorded = rows.map((row) => (row.sessionInferred || row.source === null ? "(orphan)" : row.source));
    expect(tally(recorded)).toEqual(expected.responses_per_source);
  });

  it("lists its sessions with their counts, newest first", () => {
    using reader = new ArchiveReader(referenceArchive(name));
    const sessions = [];
    let cursor: string | null = null;
    do {
      const page: ReturnType<ArchiveReader["sessions"]> = reader.sessions({ cursor, limit: 3 });
      sessions.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    const told = sessions.map(({ id, source, requestCount, responseCount, endedAt }) => ({
      id,
      source,
      requests: requestCount,
      responses: responseCount,
      ended_at: endedAt,
    }));
    const known = expected.session_rows.map(({ id, source, requests, responses, ended_at }) => ({
      id,
      source,
      requests,
      responses,
      ended_at,
    }));
    expect(told).toEqual(known.toReversed());
    expect(count(sessions, (session) => session.endedAt === null)).toBe(expected.sessions_not_ended);
    const inferred = sessions.reduce((sum, session) => sum + session.inferredResponseCount, 0);
    // The edge archive has one whose request is there, and its session is not.
    expect(inferred).toBe(expected.orphan_responses + (name === "edge" ? 1 : 0));
  });

  it("ends a page of sessions where more rows would have to be counted than one allows", () => {
    using reader = new ArchiveReader(referenceArchive(name));
    const all = reader.sessions({ cursor: null, limit: 500 }).items;
    const pages = (mostRows: number) => {
      const items: ReturnType<ArchiveReader["sessions"]>["items"][number][] = [];
      for (let cursor: string | null = null; ; ) {
        const page: ReturnType<ArchiveReader["sessions"]> = reader.sessions({ cursor, limit: 500, mostRows });
        items.push(...page.items);
        cursor = page.nextCursor;
        if (cursor === null) return items;
      }
    };
    expect(pages(1_000_000)).toEqual(all);
    const few = pages(5);
    expect(few.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
    expect(few.some(({ partial }) => partial)).toBe(true);
    for (const [at, session] of few.entries()) if (!session.partial) expect(session).toEqual(all[at]);
  });

  it("lists the rows of each session: its responses, orphans of its time, and requests without response", async () => {
    using reader = new ArchiveReader(referenceArchive(name));
    for (const session of reader.sessions({ cursor: null, limit: 50 }).items) {
      const rows = await allRows(reader, session.id);
      expect(count(rows, (row) => row.ref.type === "response" && !row.sessionInferred)).toBe(session.responseCount);
      expect(count(rows, (row) => row.sessionInferred)).toBe(session.inferredResponseCount);
      for (const row of rows) expect(row.sessionId).toBe(session.id);
    }
  });

  it("pages through every order without losing or repeating a row", async () => {
    using reader = new ArchiveReader(referenceArchive(name));
    for (const column of ROW_SORT_COLUMNS) {
      const ascending = await allRows(reader, null, { column, direction: "asc" });
      const descending = await allRows(reader, null, { column, direction: "desc" }, 11);
      const ids = ascending.map((row) => row.ref.id);
      expect(new Set(ids).size, column).toBe(expected.responses);
      expect(descending.map((row) => row.ref.id).reverse(), column).toEqual(ids);
    }
  });

  it("is not changed by a single byte, nor by a left-over file", async () => {
    const root = referenceArchive(name);
    const before = folderFingerprint(root);
    {
      using reader = new ArchiveReader(root);
      const rows = await allRows(reader, null, { column: "type", direction: "asc" });
      for (const row of rows) await reader.row(row.ref);
      for (const session of reader.sessions({ cursor: null, limit: 50 }).items) await allRows(reader, session.id);
      reader.sources();
      expect(folderFingerprint(root)).toEqual(before);
    }
    expect(folderFingerprint(root)).toEqual(before);
  });
});

describe("orders", () => {
  it("sort by what the column shows", async () => {
    using reader = new ArchiveReader(referenceArchive("small"));
    const sizes = (await allRows(reader, null, { column: "size", direction: "desc" })).map(
      (row) => row.sizeBytes ?? -1,
    );
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
    const types = (await allRows(reader, null, { column: "type", direction: "asc" })).map((row) => row.mediaType ?? "");
    expect(types).toEqual(types.toSorted());
    const durations = (await allRows(reader, null, { column: "duration", direction: "asc" })).map(
      (row) => row.durationMs ?? -1,
    );
    expect(durations).toEqual(durations.toSorted((a, b) => a - b));
  });

  it("keep the frames of a stream in sequence although they share a time", async () => {
    using reader = new ArchiveReader(referenceArchive("edge"));
    const rows = await allRows(reader, "a5595cba-2de8-4d97-89d0-8a569214eaed", { column: "time", direction: "asc" }, 2);
    expect(rows.filter((row) => !row.sessionInferred).map((row) => row.sequence)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it("read a newest-first page from the index on time, at any depth", () => {
    const root = referenceArchive("small");
    Store.open(root).close();
    const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
    for (const cursor of [null, JSON.stringify(["x", "2025-10-22T21:30:00", -1, "id"])]) {
      const { sql, params } = rowPage({ sessionId: null, sort: NEWEST, cursor, limit: 100 }, false, []);
      const plan = db.prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all(params);
      const details = plan.map((step) => step.detail);
      expect(details.join("\n")).toContain("USING INDEX idx_responses_created");
      // The ties of a moment are ordered in memory; the whole list is not.
      expect(details.filter((detail) => detail.includes("TEMP B-TREE"))).not.toContain("USE TEMP B-TREE FOR ORDER BY");
    }
    db.close();
  });

  it("refuse a cursor that they did not make", async () => {
    using reader = new ArchiveReader(referenceArchive("small"));
    for (const cursor of ["", "[]", "nonsense", '["a","b","c","d"]', "{}"]) {
      const listing = reader.rows({ sessionId: null, sort: NEWEST, cursor, limit: 5 });
      await expect(listing).rejects.toMatchObject({ code: "PARAMS_INVALID" });
      expect(() => reader.sessions({ cursor: cursor === "[]" ? "[1]" : cursor, limit: 5 })).toThrow("cursor");
    }
  });
});

describe("orphans", () => {
  it("say what is inferred: the session by time, the request by equal bytes, or that nothing is known", async () => {
    using reader = new ArchiveReader(referenceArchive("small"));
    const orphans = (await allRows(reader, null)).filter((row) => row.orphan);
    for (const orphan of orphans) {
      expect(orphan.sessionInferred).toBe(true);
      const detail = await reader.row(orphan.ref);
      expect(detail.response?.requestId).not.toBe(detail.request?.id);
      if (!orphan.requestInferred) expect([orphan.kind, detail.request]).toEqual([null, null]);
      else expect(detail.request?.kind).toBe(orphan.kind);
    }
    expect(tally(orphans.map((row) => row.source))).toEqual({ databento: 5, justetf: 2 });
    expect(count(orphans, (row) => row.requestInferred)).toBeGreaterThan(0);
    // Their bytes changed between two runs, so no equal checksum names their request.
    expect(count(orphans, (row) => !row.requestInferred)).toBeGreaterThan(0);
  });
});

/** Runs a writing process, looks at the archive again and again until it has ended well, and gives what it printed. */
async function whileWriterRuns(
  command: string,
  args: readonly string[],
  look: () => Promise<unknown>,
): Promise<string> {
  const writer = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  writer.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  let running = true;
  const ended = new Promise((resolve) => writer.once("close", resolve)).finally(() => {
    running = false;
  });
  while (running) await look();
  expect(await ended).toBe(0);
  return output;
}

describe("beside another process", () => {
  it("sees its rows, disturbs none of its writes, and changes nothing itself", async () => {
    const root = referenceArchive("small");
    using reader = new ArchiveReader(root);
    expect(reader.changed()).toBe(false);
    let seen = 0;
    const output = await whileWriterRuns(
      process.execPath,
      [join(import.meta.dirname, "pipeline-writer.ts"), root, "150"],
      async () => {
        if (reader.changed()) seen += 1;
        await reader.rows({ sessionId: null, sort: NEWEST, cursor: null, limit: 10 });
      },
    );
    expect(JSON.parse(output)).toEqual({ written: 150, locked: 0 });
    // A quick writer may have ended before it was looked at again.
    if (reader.changed()) seen += 1;
    expect(seen).toBeGreaterThan(0);
    expect(reader.counts().responses).toBe(65 + 150);
    // The writer's own files apart, nothing is new: no journal, no WAL, no table of ours.
    expect(readdirSync(root).sort()).toEqual(["dataio.sqlite", "responses"]);
    expect(reader.describe()).toEqual({ extended: false, journalMode: "delete" });
  });

  it.skipIf(python === null)("finds the orphans that a Python pipeline leaves, while it writes them", async () => {
    const root = referenceArchive("small");
    using reader = new ArchiveReader(root);
    const args = [
      join(import.meta.dirname, "fixtures", "pipeline_writer.py"),
      root,
      "--sessions",
      "4",
      "--requests",
      "10",
      "--refetch",
    ];
    const output = await whileWriterRuns(python ?? "", args, () =>
      reader.rows({ sessionId: null, sort: NEWEST, cursor: null, limit: 10 }),
    );
    expect(JSON.parse(output)).toMatchObject({ locked: 0 });
    expect(reader.changed()).toBe(true);
    const sessions = reader.sessions({ cursor: null, limit: 4 }).items.toReversed();
    expect(sessions.map((session) => [session.responseCount, session.inferredResponseCount])).toEqual([
      [10, 0],
      [0, 10],
      [0, 10],
      [0, 10],
    ]);
    expect(readdirSync(root).sort()).toEqual(["dataio.sqlite", "responses"]);
  });

  it("says who is in the way when the database stays locked", () => {
    const root = referenceArchive("small");
    const other = new Database(join(root, "dataio.sqlite"));
    other.exec("BEGIN EXCLUSIVE");
    expect(() => new ArchiveReader(root, { busyMs: 50 })).toThrow(expect.objectContaining({ code: "DATABASE_LOCKED" }));
    other.exec("ROLLBACK");
    other.close();
    new ArchiveReader(root).close();
  });
});

describe("our own archives", () => {
  it("attribute a response to the session that fetched it, and list reused and failed asks", async () => {
    const root = temporaryFolder();
    using store = Store.create(root);
    const answers = ["one", "one", "two"].map((text) => new AdapterResult({ data: Buffer.from(text), elapsedMs: 5 }));
    const adapter: Fetcher = { fetch: async () => answers.shift() ?? Promise.reject(new Error("exhausted")) };
    const run = (useCache: boolean) =>
      withSession({ store, source: "demo", adapter, useCache }, async (session) => {
        await session.fetch(session.request({ kind: "k" })).catch(() => {});
        return session.session.id;
      });
    const sessions = [await run(true), await run(false), await run(true), await run(false), await run(false)];
    using reader = new ArchiveReader(root);
    const seen = [];
    for (const id of sessions) {
      const rows = await allRows(reader, id);
      seen.push(rows.map((row) => [row.ref.type, row.status, row.payload]));
    }
    expect(seen).toEqual([
      [["response", "ok", "ok"]],
      [["response", "ok", "ok"]],
      [["resolution", "reused", "ok"]],
      [["response", "ok", "ok"]],
      [["resolution", "failed", "none"]],
    ]);
    const [failed] = await allRows(reader, sessions[4] ?? null);
    expect(failed?.failure).toMatchObject({ code: "ADAPTER_FAILED", message: "The adapter failed: exhausted" });
    const counts = reader
      .sessions({ cursor: null, limit: 10 })
      .items.map((s) => [s.requestCount, s.responseCount, s.reusedCount, s.failedCount]);
    expect(counts).toEqual([
      [1, 0, 0, 1],
      [1, 1, 0, 0],
      [1, 0, 1, 0],
      [1, 1, 0, 0],
      [1, 1, 0, 0],
    ]);
  });

  it("in WAL mode leave no file behind after reading, and none is made where one may not write", async () => {
    const root = temporaryFolder();
    Store.create(root).close();
    const before = folderFingerprint(root);
    {
      using reader = new ArchiveReader(root);
      await allRows(reader, null, { column: "type", direction: "asc" });
      expect(reader.describe()).toEqual({ extended: true, journalMode: "wal" });
    }
    expect(folderFingerprint(root)).toEqual(before);
  });
});

it.runIf(modesHold)("reads an archive that it may not write", async () => {
  const root = referenceArchive("small");
  chmodSync(join(root, "dataio.sqlite"), 0o444);
  chmodSync(root, 0o555);
  try {
    using reader = new ArchiveReader(root);
    expect(await allRows(reader, null)).toHaveLength(65);
  } finally {
    chmodSync(root, 0o755);
  }
});

it("keeps the fixtures as the Python package wrote them", () => {
  const root = referenceArchive("small");
  const bytes = readFileSync(join(root, "dataio.sqlite"));
  expect(bytes.length).toBe(118_784);
});
