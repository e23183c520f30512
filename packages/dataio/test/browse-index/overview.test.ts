/** An overview by the index is what a look at every row of the three tables gives. */
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Activity,
  addSizes,
  type IndexedReader,
  type PayloadSizes,
  parseTimestamp,
  type RowFilter,
  SESSION_SORT_COLUMNS,
  type SessionRow,
  type SessionSort,
  Store,
} from "../../src/index.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import {
  countedBuckets,
  countedFigures,
  countedOutstanding,
  countedSizes,
  everyRow,
  type LookedAt,
  rowsAsOf,
} from "./every-row.ts";
import { type ReadBothWays, readBothWays } from "./index-helpers.ts";
import { apply, emptyArchive, shapes, write } from "./random-archives.ts";

const HAS_FAILED: RowFilter = [{ key: "is", value: "failed", not: false }];

function sizesOf(indexed: IndexedReader, parts: number, asOf: string | null = null): PayloadSizes {
  return Array.from({ length: parts }, (_, part) => indexed.sizes(part, parts, asOf)).reduce(addSizes);
}

/** All sessions, page by page; as of a moment what they came to is summed before, bit by bit. */
function sessionsBy(indexed: IndexedReader, sort: SessionSort, asOf: string | null, limit: number): SessionRow[] {
  const rows: SessionRow[] = [];
  for (let cursor: string | null = null; ; ) {
    const query = { sort, cursor, limit, asOf };
    for (let steps = 0; !indexed.sumSessions(query, 0); steps += 1) expect(steps).toBeLessThan(100);
    const page = indexed.sessions(query);
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return rows;
  }
}

const byId = (a: SessionRow, b: SessionRow) => (a.id < b.id ? -1 : 1);

function sortedBy(session: SessionRow, column: SessionSort["column"]): string | number {
  const [started, ended] = [session.startedAt, session.endedAt ?? ""].map((text) => parseTimestamp(text)?.epochMicros);
  switch (column) {
    case "started":
      return started === undefined ? Number.NEGATIVE_INFINITY : Number(started);
    case "duration":
      return started === undefined || ended === undefined ? -1 : Number(ended - started);
    case "source":
      return session.source;
    case "responses":
      return session.responseCount + session.inferredResponseCount;
    case "failures":
      return session.failedCount;
    case "bytes":
      return session.bytes;
  }
}

/** Compares all that an overview shows with what a look at every row gives, now (null) or as of a moment. */
async function expectCounted(
  { reader, indexed }: ReadBothWays,
  rows: readonly LookedAt[],
  asOf: string | null,
): Promise<void> {
  const then = asOf === null ? rows : rowsAsOf(rows, asOf);
  const sessions = reader.sessions({ cursor: null, limit: 500 }).items;
  const moment = asOf === null ? null : parseTimestamp(asOf)?.epochMicros;
  const begun = sessions.filter(({ startedAt }) => {
    const started = parseTimestamp(startedAt)?.epochMicros;
    return moment == null || (started !== undefined && started <= moment);
  });
  const { slowest, largest, latestFailures, ...figures } = await indexed.overview(asOf);
  expect(figures).toEqual(countedFigures(then, rows, begun.length, asOf === null));
  const outstanding = countedOutstanding(then);
  expect(slowest?.map((row) => row.durationMs)).toEqual(outstanding.durations);
  expect(largest.map((row) => row.sizeBytes)).toEqual(outstanding.sizes);
  expect(new Set(largest.map((row) => row.checksum)).size).toBe(largest.length);
  expect(latestFailures.map((row) => Number(parseTimestamp(row.time)?.epochMicros ?? -1))).toEqual(
    outstanding.failures,
  );

  const bySource = ({ source: a }: { source: string | null }, { source: b }: { source: string | null }) =>
    (a ?? "") < (b ?? "") ? -1 : 1;
  for (const parts of [1, 3]) {
    const weights = sizesOf(indexed, parts, asOf);
    const counted = countedSizes(then, asOf === null);
    expect({ ...weights, bySource: weights.bySource.toSorted(bySource) }).toEqual({
      ...counted,
      bySource: counted.bySource.toSorted(bySource),
    });
  }

  const [first, last] = [figures.first, figures.last].map(
    (text) => Number(parseTimestamp(text ?? "")?.epochMicros) / 1000,
  );
  if (first !== undefined && last !== undefined && Number.isFinite(first)) {
    const from = Math.floor(first) - 5;
    const edges = [from, from + 7, from + 60_000, Math.floor((first + last) / 2) + 60_001, Math.ceil(last) + 60_002];
    const { series } = indexed.activity(edges, asOf);
    for (const { source, counts } of series) {
      expect(counts, String(source)).toEqual(
        countedBuckets(
          then.filter((row) => row.source === source),
          edges,
        ),
      );
    }
    expect(series).toHaveLength(figures.sources.filter(({ responses }) => responses > 0).length);
  }

  // What the facets and the list of the same moment count is the same.
  const { facets } = indexed.facets({ sessionId: null, filter: [], asOf });
  const counts = (own: readonly { value: string | null; count: number }[]) =>
    new Map(own.map((each) => [each.value, each.count]));
  expect(counts(facets.source)).toEqual(
    new Map(
      figures.sources.filter(({ responses }) => responses > 0).map(({ source, responses }) => [source, responses]),
    ),
  );
  const sort = { column: "time", direction: "desc" } as const;
  expect((await indexed.rows({ sessionId: null, asOf, sort, cursor: null, limit: 1 })).total).toBe(figures.responses);
  const failures = figures.failures.reduce((sum, { count }) => sum + count, 0);
  expect((await indexed.rows({ sessionId: null, filter: HAS_FAILED, asOf, sort, cursor: null, limit: 1 })).total).toBe(
    failures,
  );
  expect(counts(facets.is).get("failed") ?? 0).toBe(failures);

  const table = indexed.sessions({ sort: { column: "started", direction: "desc" }, cursor: null, limit: 500, asOf });
  expect(table.items.map(({ id }) => id).toSorted()).toEqual(begun.map(({ id }) => id).toSorted());
  for (const session of table.items) {
    const own = then.filter(
      ({ sessionId, sessionInferred, ref }) =>
        sessionId === session.id && !(sessionInferred && ref.type !== "response"),
    );
    const responses = own.filter(({ ref }) => ref.type === "response");
    expect(session.responseCount + session.inferredResponseCount, session.id).toBe(responses.length);
    expect(session.inferredResponseCount).toBe(responses.filter((row) => row.sessionInferred).length);
    expect(session.reusedCount).toBe(
      own.filter(({ status, ref }) => ref.type === "resolution" && status === "reused").length,
    );
    expect(session.bytes).toBe(responses.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0));
    const failures = own.filter(({ failed }) => failed).length;
    expect(session.failedCount, session.id).toBe(failures);
    const query = { sessionId: session.id, filter: HAS_FAILED, asOf, sort, cursor: null, limit: 1 };
    expect((await indexed.rows(query)).total).toBe(failures);
    expect(indexed.facets({ sessionId: session.id, filter: [], asOf }).facets.is).toEqual(
      failures === 0
        ? expect.not.arrayContaining([expect.objectContaining({ value: "failed" })])
        : expect.arrayContaining([{ value: "failed", count: failures }]),
    );
    if (asOf !== null) {
      expect(session.requestCount).toBe(new Set(own.flatMap(({ identity }) => identity ?? [])).size);
      const ended = session.endedAt === null ? null : parseTimestamp(session.endedAt)?.epochMicros;
      expect(ended == null || moment == null || ended <= moment).toBe(true);
    }
  }
  for (const column of SESSION_SORT_COLUMNS) {
    const up = sessionsBy(indexed, { column, direction: "asc" }, asOf, 2);
    const down = sessionsBy(indexed, { column, direction: "desc" }, asOf, 3);
    expect(down.map(({ id }) => id).reverse(), column).toEqual(up.map(({ id }) => id));
    expect(up.toSorted(byId), column).toEqual(table.items.toSorted(byId));
    const values = up.map((session) => sortedBy(session, column));
    expect(values, column).toEqual(values.toSorted((x, y) => (x < y ? -1 : x > y ? 1 : 0)));
  }
  if (asOf === null) {
    const page = indexed.newestSessions({ cursor: null, limit: 500 });
    expect(page).toEqual(reader.sessions({ cursor: null, limit: 500 }));
  }
}

it.each(["small", "edge"] as const)("counts the %s archive, now and as of moments", async (name) => {
  const both = await readBothWays(referenceArchive(name));
  const rows = await everyRow(both.reader, both.index.archive);
  await expectCounted(both, rows, null);
  const times = rows.flatMap((row) => (row.micros === null ? [] : [row.time])).toSorted();
  for (const at of [0, 0.3, 0.6, 1]) await expectCounted(both, rows, times[Math.floor((times.length - 1) * at)] ?? "");
  await expectCounted(both, rows, "2001-01-01T00:00:00+00:00");
  await expect(both.indexed.overview("at noon")).rejects.toMatchObject({ code: "TIMESTAMP_INVALID" });
});

it.each([true, false])(
  "counts whatever was written (with our tables: %s), now and as of any moment",
  { timeout: 240_000 },
  async (extended) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(write, { maxLength: 40 }),
        shapes,
        fc.array(fc.integer({ min: -1, max: 61 }), { minLength: 1, maxLength: 3 }),
        async (writes, shape, minutes) => {
          const { root, db } = emptyArchive(extended);
          let n = 0;
          apply(db, writes, extended, shape, () => n++);
          // As all writers have it: an answer came in to one ask.
          if (extended) {
            db.exec(`DELETE FROM resolutions WHERE kind <> 'reused' AND response_id IS NOT NULL AND (
            response_id NOT IN (SELECT id FROM responses) OR EXISTS (SELECT 1 FROM resolutions a
              WHERE a.response_id = resolutions.response_id AND a.kind <> 'reused' AND a.rowid < resolutions.rowid))`);
          }
          db.close();
          const both = await readBothWays(root);
          try {
            const rows = await everyRow(both.reader, both.index.archive);
            await expectCounted(both, rows, null);
            for (const minute of minutes) {
              const at = new Date(Date.UTC(2025, 9, 21, 10, minute)).toISOString();
              await expectCounted(both, rows, at);
            }
          } finally {
            both.indexed.close();
            both.reader.close();
          }
        },
      ),
      { numRuns: 40 },
    );
  },
);

it("gives nothing but zeros for an archive without rows", async () => {
  const root = join(temporaryFolder(), "empty");
  Store.create(root).close();
  const { indexed } = await readBothWays(root);
  expect(await indexed.overview()).toMatchObject({
    responses: 0,
    first: null,
    last: null,
    failures: [],
    sources: [],
    slowest: [],
    largest: [],
    latestFailures: [],
  });
  expect(indexed.activity([0, 1e15])).toEqual({ series: [] });
  expect(sizesOf(indexed, indexed.sizeParts())).toEqual({ payloads: 0, storedBytes: 0, requests: null, bySource: [] });
});

/** Responses of as many sources, the n-th of which has n; one an hour, some without a time. */
function archiveOf(sources: number): string {
  const root = join(temporaryFolder(), "many");
  Store.create(root).close();
  const db = new Database(join(root, "dataio.sqlite"));
  const insert = (table: string, columns: number) =>
    db.prepare(`INSERT INTO ${table} VALUES (${Array(columns).fill("?").join(",")})`);
  const [session, request, response] = [insert("sessions", 6), insert("requests", 8), insert("responses", 8)];
  let hour = 0;
  for (let source = 1; source <= sources; source += 1) {
    const time = "2025-01-01T00:00:00+00:00";
    session.run(`s${source}`, `source ${source}`, "sync", time, time, null);
    request.run(`q${source}`, `s${source}`, "kind", "GET", null, null, `h${source}`, time);
    // A request without a response: no row of an activity.
    request.run(`n${source}`, `s${source}`, "kind", "GET", null, null, `n${source}`, time);
    for (let n = 0; n < source; n += 1) {
      hour += 7;
      const at = hour % 13 === 0 ? "at noon" : new Date(Date.UTC(2025, 0, 1, hour % 97)).toISOString();
      response.run(`r${source}-${n}`, `q${source}`, "ok", null, null, null, at, null);
    }
  }
  db.close();
  return root;
}

it.each([3, 9, 12, 60])("counts by bucket and source, %i of them", async (sources) => {
  const { reader, indexed, index } = await readBothWays(archiveOf(sources));
  const rows = (await everyRow(reader, index.archive)).filter(({ ref }) => ref.type === "response");
  const hour = 3_600_000;
  const start = Date.UTC(2025, 0, 1);
  // Not all buckets are of one length; the first begins in the middle of an hour with rows before it.
  const edges = [start + hour / 2, start + 3 * hour, start + 24 * hour, start + 25 * hour, start + 200 * hour];
  const countsOf = (own: readonly LookedAt[]) => countedBuckets(own, edges);
  const bySource = [...Map.groupBy(rows, (row) => row.source)].sort(([, a], [, b]) => b.length - a.length);
  const own = bySource.slice(0, sources <= 9 ? 9 : 8);
  const others = bySource.slice(own.length).flatMap(([, rest]) => rest);
  // The n-th source was the n-th that was seen.
  const firstSeen = own.map(([source]) => Number(source?.slice("source ".length))).toSorted((a, b) => a - b);
  const rankOf = (source: string | null) => firstSeen.indexOf(Number(source?.slice("source ".length)));
  const expected: Activity["series"] = own.map(([source, its]) => ({
    source,
    others: false,
    rank: rankOf(source),
    counts: countsOf(its),
  }));
  const { series } = indexed.activity(edges);
  expect(series.slice(0, own.length)).toEqual(expected);
  expect(series.slice(own.length)).toEqual(
    others.length === 0 ? [] : [{ source: null, others: true, rank: null, counts: countsOf(others) }],
  );
  // As of a moment each that had come keeps its series and its rank, however many it had by then.
  const asOf = new Date(start + 20 * hour).toISOString();
  const had = rowsAsOf(await everyRow(reader, index.archive), asOf).filter(({ ref }) => ref.type === "response");
  const then = indexed.activity(edges, asOf).series;
  expect(then.filter((each) => !each.others)).toEqual(
    own.flatMap(([source]) => {
      const its = had.filter((row) => row.source === source);
      return its.length === 0 ? [] : [{ source, others: false, rank: rankOf(source), counts: countsOf(its) }];
    }),
  );
  const hadOthers = had.filter((row) => !own.some(([source]) => source === row.source));
  expect(then.find((each) => each.others)?.counts ?? []).toEqual(hadOthers.length === 0 ? [] : countsOf(hadOthers));
  const undated = rows.filter(({ micros }) => micros === null).length;
  expect((await indexed.overview()).undated).toBe(undated);
});

it("counts an ask as failed that ended without a usable answer, wherever failures are counted", async () => {
  const { root, db } = emptyArchive(true);
  const at = (minute: number) => `2025-10-21T10:${String(minute).padStart(2, "0")}:00.000000+00:00`;
  const session = db.prepare("INSERT INTO sessions VALUES (?, 'alpha', 'sync', ?, ?, ?)");
  session.run("ended", at(0), at(0), at(30));
  session.run("open", at(31), at(31), null);
  let minute = 0;
  const ask = (id: string, own: string, status: string | null, kind: string | null, code: string | null = null) => {
    minute += 1;
    const error = code === null ? null : JSON.stringify({ code, message: "", details: {} });
    db.prepare("INSERT INTO requests VALUES (?, ?, 'prices', 'GET', ?, NULL, NULL, ?)").run(
      ...[id, own, JSON.stringify({ id }), at(minute)],
    );
    if (status !== null) {
      db.prepare("INSERT INTO responses VALUES (?, ?, ?, NULL, NULL, NULL, ?, NULL)").run(
        ...[`r-${id}`, id, status, at(minute)],
      );
    }
    if (kind === null) return;
    db.prepare("INSERT INTO resolutions VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)").run(
      ...[`a-${id}`, own, id, status === null ? null : `r-${id}`, kind, error, at(minute), at(minute)],
    );
  };
  ask("good", "ended", "ok", "acquired");
  ask("refused", "ended", "error", "failed", "ADAPTER_FAILED");
  ask("refused by Python", "ended", "nack", null);
  ask("broken off", "ended", "stream_closed", "failed", "NETWORK_FAILED");
  ask("left", "ended", "stream_closed", "failed", "CANCELLED");
  ask("without answer", "ended", null, "failed", "TIMEOUT");
  ask("cancelled", "ended", null, "failed", "CANCELLED");
  ask("lost", "ended", null, null);
  ask("running", "open", null, null);
  const statusesAre = async (both: ReadBothWays, ended: number, open: number, expected: string[]) => {
    const rows = await everyRow(both.reader, both.index.archive);
    await expectCounted(both, rows, null);
    for (const moment of [at(4), at(20), at(40)]) await expectCounted(both, rows, moment);
    const listed = both.reader.sessions({ cursor: null, limit: 10 }).items;
    expect(listed.map(({ id, failedCount }) => [id, failedCount])).toEqual([
      ["open", open],
      ["ended", ended],
    ]);
    const { failures } = await both.indexed.overview();
    expect(failures.map(({ value }) => value)).toEqual(expected);
  };
  const statuses = ["error", "failed", "nack", "no response", "stream_closed"];
  await statusesAre(await readBothWays(root), 5, 0, statuses);
  db.prepare("UPDATE sessions SET ended_at = ? WHERE id = 'open'").run(at(50));
  const found = ["no response", "error", "failed", "nack", "stream_closed"];
  await statusesAre(await readBothWays(root), 5, 1, found);
  db.close();
});
