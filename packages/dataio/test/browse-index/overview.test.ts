/** An overview by the index is what a look at every row of the three tables gives. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import {
  type Activity,
  type ArchiveReader,
  addSizes,
  type BrowseRow,
  FAILURE_STATUSES,
  INTEGRITIES,
  type IndexedReader,
  type PayloadSizes,
  Store,
} from "../../src/index.ts";
import { formatTimestamp, parseTimestamp } from "../../src/timestamps.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { readBothWays } from "./index-helpers.ts";

/** All rows of the archive and of its sessions, by the three tables. */
async function everyRow(reader: ArchiveReader): Promise<BrowseRow[]> {
  const sessions = reader.sessions({ cursor: null, limit: 500 }).items.map(({ id }) => id);
  const rows = new Map<string, BrowseRow>();
  for (const sessionId of [null, ...sessions]) {
    let cursor: string | null = null;
    do {
      const sort = { column: "time", direction: "desc" } as const;
      const page: Awaited<ReturnType<ArchiveReader["rows"]>> = await reader.rows({
        sessionId,
        sort,
        cursor,
        limit: 500,
      });
      for (const row of page.items) rows.set(`${row.ref.type} ${row.ref.id}`, row);
      cursor = page.nextCursor;
    } while (cursor !== null);
  }
  return [...rows.values()];
}

const momentOf = (row: BrowseRow) => parseTimestamp(row.time)?.epochMicros ?? null;
const isResponse = (row: BrowseRow) => row.ref.type === "response";
const isFailure = (row: BrowseRow) => FAILURE_STATUSES.some((status) => status === row.status);
const hasPayload = (row: BrowseRow) => /^[0-9a-f]{64}$/.test(row.checksum ?? "");

/** Against the good response before it to the same request, by looking at all of them. */
function changeOf(row: BrowseRow, rows: readonly BrowseRow[], placeOf: (row: BrowseRow) => number) {
  const isContent = (each: BrowseRow) =>
    isResponse(each) && each.requestId !== null && hasPayload(each) && !/^(error|stream_.*)$/.test(each.status);
  if (!isContent(row)) return null;
  const before = (each: BrowseRow) => {
    const [a, b] = [momentOf(each) ?? -(10n ** 18n), momentOf(row) ?? -(10n ** 18n)];
    return a < b || (a === b && placeOf(each) < placeOf(row));
  };
  const earlier = rows.filter((each) => isContent(each) && each.requestId === row.requestId && before(each));
  if (earlier.length === 0) return "first";
  const last = earlier.reduce((a, b) => {
    const [x, y] = [momentOf(a) ?? -(10n ** 18n), momentOf(b) ?? -(10n ** 18n)];
    return x < y || (x === y && placeOf(a) < placeOf(b)) ? b : a;
  });
  return last.checksum === row.checksum ? "unchanged" : "changed";
}

function expectedFigures(rows: readonly BrowseRow[], placeOf: (row: BrowseRow) => number) {
  const responses = rows.filter(isResponse);
  const changes = new Map(responses.map((row) => [row, changeOf(row, responses, placeOf)]));
  const countChanges = (own: readonly BrowseRow[]) => {
    const of = (change: string) => own.filter((row) => changes.get(row) === change).length;
    return { first: of("first"), changed: of("changed"), unchanged: of("unchanged") };
  };
  const span = (own: readonly BrowseRow[]) => {
    const moments = own.flatMap((row) => momentOf(row) ?? []).sort((a, b) => (a < b ? -1 : 1));
    const text = (moment: bigint | undefined) => (moment === undefined ? null : formatTimestamp(moment));
    return { first: text(moments[0]), last: text(moments.at(-1)) };
  };
  const failed = rows.filter(isFailure);
  return {
    responses: responses.length,
    ...span(responses),
    undated: responses.filter((row) => momentOf(row) === null).length,
    changes: countChanges(responses),
    failures: FAILURE_STATUSES.map((value) => ({
      value,
      count: failed.filter((row) => row.status === value).length,
    })).filter(({ count }) => count > 0),
    orphans: responses.filter((row) => row.orphan).length,
    integrity: Object.fromEntries(
      INTEGRITIES.map((state) => [state, responses.filter((row) => row.payload === state).length]),
    ),
    sources: [...new Set(rows.filter((row) => isResponse(row) || isFailure(row)).map((row) => row.source))]
      .map((source) => {
        const own = responses.filter((row) => row.source === source);
        return {
          source,
          responses: own.length,
          ...span(own),
          changes: countChanges(own),
          failures: failed.filter((row) => row.source === source).length,
          orphans: own.filter((row) => row.orphan).length,
        };
      })
      .sort((a, b) => b.responses - a.responses || ((a.source ?? "") < (b.source ?? "") ? -1 : 1)),
  };
}

function sizesOf(indexed: IndexedReader, parts: number): PayloadSizes {
  return Array.from({ length: parts }, (_, part) => indexed.sizes(part, parts)).reduce(addSizes);
}

it.each(["small", "edge"] as const)(
  "gives the figures of the %s archive, and the rows that stand out",
  async (name) => {
    const { index, reader, indexed } = await readBothWays(referenceArchive(name));
    const rows = await everyRow(reader);
    const responses = rows.filter(isResponse);
    const places = index.archive
      .prepare<[], { id: string; place: number }>("SELECT id, rowid AS place FROM responses")
      .all();
    const placeById = new Map(places.map(({ id, place }) => [id, place]));
    const { slowest, largest, latestFailures, ...figures } = await indexed.overview();
    expect(figures).toEqual(expectedFigures(rows, (row) => placeById.get(row.ref.id) ?? 0));

    const durations = responses
      .filter((row) => row.durationMs !== null && !row.sharedMetadata)
      .map((row) => row.durationMs);
    expect(slowest?.map((row) => row.durationMs)).toEqual(durations.sort((a, b) => Number(b) - Number(a)).slice(0, 10));
    const bySum = Map.groupBy(responses, (row) => row.checksum);
    const sizes = [...bySum.values()].flatMap(([row]) => row?.sizeBytes ?? []).sort((a, b) => b - a);
    expect(largest.map((row) => row.sizeBytes)).toEqual(sizes.slice(0, 10));
    expect(new Set(largest.map((row) => row.checksum)).size).toBe(largest.length);
    const failures = rows.filter(isFailure).map((row) => momentOf(row) ?? -1n);
    expect(latestFailures.map((row) => momentOf(row) ?? -1n)).toEqual(
      failures.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0)).slice(0, 10),
    );

    const stored = [...Map.groupBy(responses.filter(hasPayload), (row) => row.checksum).values()];
    for (const parts of [1, 3]) {
      const weights = sizesOf(indexed, parts);
      expect(weights.payloads).toBe(stored.length);
      expect(weights.storedBytes).toBe(
        stored.reduce((sum, [row]) => sum + (row?.payload === "missing" ? 0 : (row?.sizeBytes ?? 0)), 0),
      );
      for (const { source, bytes } of weights.bySource) {
        const own = responses.filter((row) => row.source === source);
        expect(bytes, String(source)).toBe(own.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0));
      }
    }
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
  expect(sizesOf(indexed, indexed.sizeParts())).toEqual({ payloads: 0, storedBytes: 0, bySource: [] });
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
  const { reader, indexed } = await readBothWays(archiveOf(sources));
  const rows = (await everyRow(reader)).filter(isResponse);
  const hour = 3_600_000;
  const start = Date.UTC(2025, 0, 1);
  // Not all buckets are of one length; the first begins in the middle of an hour with rows before it.
  const edges = [start + hour / 2, start + 3 * hour, start + 24 * hour, start + 25 * hour, start + 200 * hour];
  const countsOf = (own: readonly BrowseRow[]) =>
    edges.slice(1).map((to, at) => {
      const from = edges[at] ?? to;
      return own.filter((row) => {
        const moment = momentOf(row);
        return moment !== null && Number(moment) / 1000 >= from && Number(moment) / 1000 < to;
      }).length;
    });
  const bySource = [...Map.groupBy(rows, (row) => row.source)].sort(([, a], [, b]) => b.length - a.length);
  const own = bySource.slice(0, sources <= 9 ? 9 : 8);
  const others = bySource.slice(own.length).flatMap(([, rest]) => rest);
  const expected: Activity["series"] = own.map(([source, its]) => ({ source, others: false, counts: countsOf(its) }));
  const { series } = indexed.activity(edges);
  expect(series.slice(0, own.length)).toEqual(expected);
  expect(series.slice(own.length)).toEqual(
    others.length === 0 ? [] : [{ source: null, others: true, counts: countsOf(others) }],
  );
  const undated = rows.filter((row) => momentOf(row) === null).length;
  expect((await indexed.overview()).undated).toBe(undated);
});
