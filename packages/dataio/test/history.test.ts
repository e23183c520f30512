/** The history of a request and the responses with equal bytes, on archives of both implementations. */
import { rmSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import {
  AdapterResult,
  ArchiveReader,
  type Fetcher,
  type HistoryItem,
  type HistoryPage,
  Replay,
  type RowRef,
  requestHash,
  Store,
  sha256Hex,
  withSession,
} from "../src/index.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";

const response = (id: string): RowRef => ({ type: "response", id });

/** A whole history, part by part. */
async function wholeHistory(reader: ArchiveReader, ref: RowRef, limit = 3): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  let page: HistoryPage;
  do {
    page = await reader.history({ ref, start: items.length, limit });
    if (items.length > 0) expect(page.points).toEqual([]);
    items.push(...page.items);
    expect(page.listed).toBe(page.total);
  } while (page.items.length > 0);
  expect(items).toHaveLength(page.total);
  return items;
}

interface Row {
  readonly id: string;
  readonly minute: number;
  readonly bytes: string | null;
  readonly status?: string;
  readonly request?: string;
}

/** An archive of rows alone: one request `q` of `demo`, and further ones without a hash that ask the same. */
function archiveOf(rows: readonly Row[]): string {
  const root = temporaryFolder();
  Store.create(root).close();
  const db = new Database(`${root}/dataio.sqlite`);
  db.pragma("foreign_keys = OFF");
  const start = "2025-01-01T00:00:00+00:00";
  for (const source of ["demo", "other"]) {
    db.prepare("INSERT INTO sessions VALUES (?, ?, 'sync', ?, ?, NULL)").run(source, source, start, start);
  }
  const insertRequest = db.prepare("INSERT INTO requests VALUES (?, ?, 'k', 'GET', ?, NULL, ?, ?)");
  const hash = requestHash({ kind: "k", method: "GET", params: {}, body: null });
  insertRequest.run("q", "demo", "{}", hash, start);
  insertRequest.run("failed", "demo", "{}", null, start);
  insertRequest.run("other", "other", "{}", null, start);
  insertRequest.run("else", "demo", '{"a":1}', null, start);
  const insert = db.prepare("INSERT INTO responses VALUES (?, ?, ?, NULL, ?, NULL, ?, ?)");
  db.transaction(() => {
    for (const { id, minute, bytes, status = "ok", request = "q" } of rows) {
      const time = new Date(Date.UTC(2025, 9, 1) + minute * 60_000).toISOString().replace("Z", "000+00:00");
      insert.run(id, request, status, bytes === null ? null : sha256Hex(bytes), time, bytes?.length ?? null);
    }
  })();
  db.close();
  return root;
}

const told = ({ row, change, previousId, sameSince }: HistoryItem) =>
  [row.responseId, change, previousId, sameSince.slice(14, 16)].join(" ");

describe("history", () => {
  it("says of each response whether it changed against the one before of its status", async () => {
    using reader = new ArchiveReader(
      archiveOf([
        { id: "a", minute: 1, bytes: "one" },
        { id: "b", minute: 2, bytes: "one" },
        { id: "e", minute: 3, bytes: "503", status: "error", request: "failed" },
        { id: "c", minute: 4, bytes: "one" },
        { id: "d", minute: 5, bytes: "two!" },
        { id: "n", minute: 6, bytes: null },
        { id: "f", minute: 7, bytes: "two!" },
        { id: "x", minute: 8, bytes: "two!", request: "other" },
        { id: "y", minute: 9, bytes: "two!", request: "else" },
      ]),
    );
    const whole = [
      "f unchanged d 05",
      "n unknown d 06",
      "d changed c 05",
      "c unchanged b 01",
      "e first  03",
      "b unchanged a 01",
      "a first  01",
    ];
    expect((await wholeHistory(reader, response("f"))).map(told)).toEqual(whole);
    // The same seen from the error's row, which has no hash, and from the request.
    expect((await wholeHistory(reader, response("e"))).map(told)).toEqual(whole);
    expect((await wholeHistory(reader, { type: "request", id: "q" })).map(told)).toEqual(whole);
    const { own, versions, points } = await reader.history({ ref: response("c"), start: 0, limit: 1 });
    expect(own).toEqual({
      change: "unchanged",
      previousId: "b",
      differsFromId: null,
      sameSince: expect.stringContaining("00:01"),
      place: 3,
    });
    const f = await reader.history({ ref: response("f"), start: 0, limit: 1 });
    expect(f.own).toMatchObject({ previousId: "d", differsFromId: "c" });
    expect(versions).toBe(3);
    expect(points.map((point) => `${point.responseId}${point.sizeBytes}`).join(" ")).toBe("a3 b3 e3 c3 d4 nnull f4");
    // Another source's answers to the same hash, and another request's, are none of it.
    expect((await wholeHistory(reader, response("x"))).map(told)).toEqual(["x first  08"]);
    expect((await wholeHistory(reader, response("y"))).map(told)).toEqual(["y first  09"]);
  });

  it("takes orphans in that are concluded to belong to it, as replay does", async () => {
    const root = referenceArchive("small");
    const before = folderFingerprint(root);
    const reader = new ArchiveReader(root);
    using replay = new Replay(root);
    const db = new Database(`${root}/dataio.sqlite`, { readonly: true });
    const requests = db.prepare<[], { id: string }>("SELECT id FROM requests WHERE hash IS NOT NULL").all();
    db.close();
    let inferred = 0;
    for (const { id } of requests) {
      const items = await wholeHistory(reader, { type: "request", id }, 50);
      const expected = [...replay.responses({ requestId: id }, { statuses: "all", inferred: true })].reverse();
      expect(items.map((item) => item.row.responseId)).toEqual(expected.map((row) => row.id));
      expect(items.map((item) => item.row.requestInferred)).toEqual(expected.map((row) => row.inferred));
      inferred += expected.filter((row) => row.inferred).length;
    }
    expect(inferred).toBeGreaterThan(0);
    reader.close();
    expect(folderFingerprint(root)).toEqual(before);
  });

  it("is the response alone where nobody knows what was asked, and empty where nothing came", async () => {
    using reader = new ArchiveReader(
      archiveOf([{ id: "lost", minute: 1, bytes: "nobody's", request: "never stored" }]),
    );
    const lost = await reader.history({ ref: response("lost"), start: 0, limit: 9 });
    expect(lost).toMatchObject({ requestKnown: false, total: 1, own: { place: 0 }, points: [] });
    expect(lost.items.map(told)).toEqual(["lost unknown  01"]);
    const empty = await reader.history({ ref: { type: "request", id: "q" }, start: 0, limit: 9 });
    expect(empty).toMatchObject({ requestKnown: true, total: 0, items: [], own: null, points: [] });
    await expect(reader.history({ ref: response("none"), start: 0, limit: 9 })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("lists rows whose values are none, as they are", async () => {
    const root = archiveOf([{ id: "a", minute: 1, bytes: "one" }]);
    const db = new Database(`${root}/dataio.sqlite`);
    db.exec("INSERT INTO responses VALUES (x'00ff', 'q', 7, 'x', x'01', NULL, 'soon', 'large')");
    db.close();
    using reader = new ArchiveReader(root);
    const items = await wholeHistory(reader, response("a"));
    expect(items.map((item) => `${told(item)} ${item.row.status}`)).toEqual(["a first  01 ok", "X'00FF' unknown   7"]);
  });

  it("gets through ten thousand responses with a chart of few points, and sees what is written later", async () => {
    const rows = Array.from({ length: 10_000 }, (_none, n) => ({
      id: `r${n}`,
      minute: n,
      bytes: `v${n % 7 === 0 ? n : 0}`,
    }));
    const root = archiveOf(rows);
    using reader = new ArchiveReader(root);
    const first = await reader.history({ ref: response("r0"), start: 0, limit: 100 });
    expect(first).toMatchObject({ total: 10_000, listed: 10_000, own: { place: 9_999 } });
    expect(first.points.length).toBeLessThanOrEqual(400);
    expect(first.points.reduce((sum, point) => sum + point.count, 0)).toBe(10_000);
    const db = new Database(`${root}/dataio.sqlite`);
    db.prepare("INSERT INTO responses VALUES ('new', 'q', 'ok', NULL, ?, NULL, '2026-01-01T00:00:00+00:00', 1)").run(
      sha256Hex("new"),
    );
    db.close();
    expect(reader.changed()).toBe(true);
    const next = await reader.history({ ref: response("r0"), start: 101, limit: 100 });
    expect(next.total).toBe(10_001);
    expect(next.items[0]?.row.responseId).toBe("r9899");
  });

  it("says what the files of old answers are like", async () => {
    const root = temporaryFolder();
    using store = Store.create(root);
    const bodies = ["one", "two"];
    const adapter: Fetcher = {
      async fetch() {
        const body = bodies.shift();
        return body === undefined
          ? new AdapterResult({ data: Buffer.from("503"), status: "error" })
          : Buffer.from(body);
      },
    };
    const ids = await withSession({ store, source: "demo", adapter, useCache: false }, async (session) => {
      const found: string[] = [];
      for (let ask = 0; ask < 3; ask += 1) found.push((await session.fetch(session.request({ kind: "k" }))).id);
      return found;
    });

    rmSync(store.payloads.pathOf(sha256Hex("one")));
    using reader = new ArchiveReader(root);
    const items = await wholeHistory(reader, response(ids[0] ?? ""));
    expect(items.map(({ row }) => `${row.status} ${row.payload}`)).toEqual(["error ok", "ok ok", "ok missing"]);
  });
});

describe("same bytes", () => {
  it("lists all responses with a checksum, page by page, newest first", async () => {
    const rows = Array.from({ length: 25 }, (_none, n) => ({
      id: `r${n}`,
      minute: n,
      bytes: "same",
      request: n % 2 ? "q" : "gone",
    }));
    using reader = new ArchiveReader(archiveOf([...rows, { id: "z", minute: 99, bytes: "else" }]));
    const found: (string | null)[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<ArchiveReader["sameBytes"]>> = await reader.sameBytes({
        checksum: sha256Hex("same"),
        cursor,
        limit: 10,
      });
      expect(page.total).toBe(25);
      found.push(...page.items.map((row) => row.responseId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(found).toEqual(rows.map((row) => row.id).reverse());
    expect(await reader.sameBytes({ checksum: sha256Hex("none"), cursor: null, limit: 1 })).toEqual({
      items: [],
      nextCursor: null,
      total: 0,
    });
  });

  it("finds the duplicates of the edge archive", async () => {
    using reader = new ArchiveReader(referenceArchive("edge"));
    const { items } = await reader.rows({
      sessionId: null,
      sort: { column: "time", direction: "desc" },
      cursor: null,
      limit: 500,
    });
    for (const checksum of new Set(items.flatMap((row) => row.checksum ?? []))) {
      const same = await reader.sameBytes({ checksum, cursor: null, limit: 500 });
      const expected = items.filter((row) => row.checksum === checksum);
      expect(same.total).toBe(expected.length);
      expect(same.items.map((row) => row.ref)).toEqual(expected.map((row) => row.ref));
    }
  });
});
