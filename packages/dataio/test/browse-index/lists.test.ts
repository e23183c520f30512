/** Lists by the index are the lists that the three tables give. */
import { describe, expect, it } from "vitest";
import type { RowFilter } from "../../src/browse-index/filter.ts";
import type { IndexedReader } from "../../src/browse-index/indexed-reader.ts";
import {
  CHANGE_CODES,
  INTEGRITY_CODES,
  type IndexRow,
  NONE,
  refTypeOf,
  rowidOf,
} from "../../src/browse-index/schema.ts";
import { Words } from "../../src/browse-index/words.ts";
import { type BrowseRow, ROW_SORT_COLUMNS, type RowSort } from "../../src/index.ts";
import { parseTimestamp } from "../../src/timestamps.ts";
import { referenceArchive } from "../archives.ts";
import { identitiesOf, readBothWays } from "./index-helpers.ts";

const BOTH_WAYS = ["asc", "desc"] as const;
const NEWEST: RowSort = { column: "time", direction: "desc" };

const both = (name: "small" | "edge") => readBothWays(referenceArchive(name));

async function allRows(
  list: Pick<IndexedReader, "rows">,
  query: { sessionId?: string | null; filter?: RowFilter | undefined; sort?: RowSort; limit?: number } = {},
): Promise<BrowseRow[]> {
  const rows: BrowseRow[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<IndexedReader["rows"]>> = await list.rows({
      sessionId: query.sessionId ?? null,
      sort: query.sort ?? NEWEST,
      filter: query.filter,
      cursor,
      limit: query.limit ?? 7,
    });
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) expect(page).toMatchObject({ total: rows.length });
  } while (cursor !== null);
  return rows;
}
const byId = (rows: readonly BrowseRow[]) => rows.toSorted((a, b) => (a.ref.id < b.ref.id ? -1 : 1));
const ids = (rows: readonly BrowseRow[]) => rows.map((row) => row.ref.id);

describe.each(["small", "edge"] as const)("the %s archive", (name) => {
  it("has the same rows by its index as by its tables, all together and in each session", async () => {
    const { reader, indexed } = await both(name);
    expect(byId(await allRows(indexed))).toEqual(byId(await allRows(reader)));
    for (const { id } of reader.sessions({ cursor: null, limit: 100 }).items) {
      expect(byId(await allRows(indexed, { sessionId: id }))).toEqual(byId(await allRows(reader, { sessionId: id })));
    }
  });

  it("has columns that say what the rows show", async () => {
    const { reader, index } = await both(name);
    const words = new Words(index.db);
    const rows = index.db.prepare<[], IndexRow>("SELECT * FROM rows").all();
    const id = (table: string, rowid: number) =>
      index.archive.prepare(`SELECT id FROM ${table} WHERE rowid = ?`).pluck().get(rowid) ?? null;
    const expected = identitiesOf(index.archive);
    const identityOf = (requestId: string | null) => (requestId === null ? 0 : expected.get(requestId));
    for (const row of rows) {
      const [shown] = await reader.rowsAt([{ type: refTypeOf(row.id), rowid: rowidOf(row.id) }]);
      expect({
        source: words.textOf(row.source),
        kind: words.textOf(row.kind),
        method: words.textOf(row.method),
        status: words.textOf(row.status),
        mediaType: words.textOf(row.type),
        payload: INTEGRITY_CODES[row.integrity],
        sizeBytes: row.size === NONE ? null : row.size,
        durationMs: row.duration === NONE ? null : row.duration / 1000,
        sessionId: id("sessions", row.session),
        asks: row.identity,
        orphan: (row.flags & 1) !== 0,
        sessionInferred: (row.flags & 2) !== 0,
        requestInferred: (row.flags & 4) !== 0,
      }).toEqual({
        source: shown?.source,
        kind: shown?.kind,
        method: shown?.method,
        status: shown?.status,
        mediaType: shown?.mediaType,
        payload: shown?.payload,
        sizeBytes: shown?.sizeBytes,
        durationMs: shown?.durationMs,
        sessionId: shown?.sessionId,
        asks: identityOf(shown?.requestId ?? null),
        orphan: shown?.orphan,
        sessionInferred: shown?.sessionInferred,
        requestInferred: shown?.requestInferred,
      });
    }
  });

  it("pages through every order without losing or repeating a row, both ways round", async () => {
    const { indexed } = await both(name);
    const expected = (await allRows(indexed)).length;
    for (const column of ROW_SORT_COLUMNS) {
      const up = ids(await allRows(indexed, { sort: { column, direction: "asc" } }));
      const down = ids(await allRows(indexed, { sort: { column, direction: "desc" }, limit: 11 }));
      expect(new Set(up).size, column).toBe(expected);
      expect(down.toReversed(), column).toEqual(up);
    }
  });

  it("begins at any row of any list what its pages have there, by the index and by the tables", async () => {
    const { reader, indexed } = await both(name);
    const [session] = reader.sessions({ cursor: null, limit: 1 }).items;
    const status = (not: boolean): RowFilter => [{ key: "status", value: "ok", not }];
    // The last one is not decided by counts that are kept.
    const filters = [undefined, status(false), status(true), [{ key: "size", comparison: ">", value: 30, not: false }]];
    const lists: { list: Pick<IndexedReader, "rows">; sessionId: string | null; filter?: RowFilter | undefined }[] = [
      ...filters.map((filter) => ({ list: indexed, sessionId: null, filter: filter as RowFilter | undefined })),
      { list: indexed, sessionId: session?.id ?? "" },
      { list: reader, sessionId: null },
      { list: reader, sessionId: session?.id ?? "" },
    ];
    for (const { list, ...query } of lists) {
      for (const sort of ROW_SORT_COLUMNS.flatMap((column) => BOTH_WAYS.map((direction) => ({ column, direction })))) {
        const all = ids(await allRows(list, { ...query, sort, limit: 500 }));
        // From far down back to the top, so that some begin at a place that is known and some do not.
        for (const start of [all.length + 3, all.length - 1, 40, 7, 8, 0].filter((row) => row >= 0)) {
          const page = await list.rows({ ...query, sort, cursor: null, start, limit: 5 });
          expect(ids(page.items), JSON.stringify({ query, sort, start })).toEqual(all.slice(start, start + 5));
          expect(page.nextCursor === null).toBe(start + 5 >= all.length);
        }
      }
    }
  });

  it("sorts by what the column shows", async () => {
    const { indexed } = await both(name);
    const rows = async (column: RowSort["column"]) => allRows(indexed, { sort: { column, direction: "asc" } });
    const ascending = (values: readonly (string | number)[]) =>
      expect(values).toEqual(values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    ascending((await rows("kind")).map((row) => row.kind ?? ""));
    ascending((await rows("type")).map((row) => row.mediaType ?? ""));
    ascending((await rows("size")).map((row) => row.sizeBytes ?? -1));
    ascending((await rows("duration")).map((row) => row.durationMs ?? -1));
    ascending(
      (await rows("time")).map((row) => Number(parseTimestamp(row.time)?.epochMicros ?? Number.NEGATIVE_INFINITY)),
    );
  });

  it("finds under every single condition just the rows that fulfil it", async () => {
    const { reader, indexed, index } = await both(name);
    const rows = await allRows(indexed);
    const limit = 30;
    const expectRows = async (filter: RowFilter, test: (row: BrowseRow) => boolean) => {
      expect(byId(await allRows(indexed, { filter, limit })), JSON.stringify(filter)).toEqual(byId(rows.filter(test)));
      const negated = filter.map((term) => ({ ...term, not: true }));
      if (filter.length === 1) {
        expect(byId(await allRows(indexed, { filter: negated, limit })), `not ${JSON.stringify(filter)}`).toEqual(
          byId(rows.filter((row) => !test(row))),
        );
      }
    };
    const valuesOf = (pick: (row: BrowseRow) => string | null) => [...new Set(rows.map((row) => pick(row) ?? ""))];
    for (const value of valuesOf((row) => row.source)) {
      await expectRows([{ key: "source", value, not: false }], (row) => (row.source ?? "") === value);
    }
    for (const value of valuesOf((row) => row.kind)) {
      await expectRows([{ key: "kind", value, not: false }], (row) => (row.kind ?? "") === value);
    }
    for (const value of valuesOf((row) => row.status)) {
      await expectRows([{ key: "status", value, not: false }], (row) => row.status === value);
    }
    for (const value of valuesOf((row) => row.mediaType)) {
      await expectRows([{ key: "type", value, not: false }], (row) => (row.mediaType ?? "") === value);
    }
    for (const value of ["ok", "missing", "corrupt", "unaddressable", "none", "unchecked"] as const) {
      await expectRows([{ key: "integrity", value, not: false }], (row) => row.payload === value);
    }
    await expectRows([{ key: "is", value: "orphan", not: false }], (row) => row.orphan);
    await expectRows(
      [{ key: "is", value: "inferred", not: false }],
      (row) => row.sessionInferred || row.requestInferred,
    );
    for (const comparison of ["<", "<=", "=", ">=", ">"] as const) {
      const holds = (value: number) =>
        ({ "<": value < 30, "<=": value <= 30, "=": value === 30, ">=": value >= 30, ">": value > 30 })[comparison];
      await expectRows(
        [{ key: "size", comparison, value: 30, not: false }],
        (row) => row.sizeBytes !== null && holds(row.sizeBytes),
      );
      await expectRows(
        [{ key: "duration", comparison, value: 30, not: false }],
        (row) => row.durationMs !== null && holds(row.durationMs),
      );
    }
    const dayOf = (row: BrowseRow) => {
      const moment = parseTimestamp(row.time)?.epochMicros;
      return moment === undefined ? null : new Date(Number(moment / 1000n)).toISOString().slice(0, 10);
    };
    for (const day of new Set(rows.map(dayOf))) {
      if (day === null) continue;
      await expectRows([{ key: "time", from: day, to: day, not: false }], (row) => dayOf(row) === day);
      await expectRows([{ key: "time", from: null, to: day, not: false }], (row) => (dayOf(row) ?? "~") <= day);
    }
    for (const { checksum } of rows.slice(0, 5)) {
      if (!/^[0-9a-f]{64}$/.test(checksum ?? "")) continue;
      const value = checksum?.slice(0, 12) ?? "";
      await expectRows([{ key: "checksum", value, not: false }], (row) => row.checksum?.startsWith(value) ?? false);
      await expectRows([{ key: "text", value: checksum ?? "", not: false }], (row) => row.checksum === checksum);
    }
    for (const row of rows.slice(0, 5)) {
      await expectRows([{ key: "text", value: row.ref.id, not: false }], (other) => other.ref.id === row.ref.id);
      if (row.requestId === null || row.sessionId === null) continue;
      const filter: RowFilter = [{ key: "request", value: row.requestId, not: false }];
      expect(ids(await allRows(indexed, { filter }))).toContain(row.ref.id);
      const session = await allRows(indexed, { filter: [{ key: "session", value: row.sessionId, not: false }] });
      expect(byId(session)).toEqual(byId(await allRows(reader, { sessionId: row.sessionId })));
    }
    expect(await allRows(indexed, { filter: [{ key: "session", value: "nonsense", not: false }] })).toEqual([]);
    const changes = new Map(
      index.db
        .prepare<[], IndexRow>("SELECT * FROM rows")
        .all()
        .map((row) => [row.id, CHANGE_CODES[row.change]]),
    );
    expect([...changes.values()]).toContain("new");
  });

  it("counts by value what the list then shows", async () => {
    const { indexed } = await both(name);
    const filter: RowFilter = [
      { key: "status", value: "ok", not: false },
      { key: "size", comparison: ">", value: 10, not: false },
    ];
    for (const base of [[], filter] satisfies RowFilter[]) {
      const { facets, exact } = indexed.facets({ sessionId: null, filter: base });
      expect(exact).toBe(true);
      for (const key of ["source", "kind", "method", "status", "type"] as const) {
        const others = base.filter((term) => term.key !== key);
        for (const { value, count } of facets[key]) {
          const chosen = [...others, { key, value: value ?? "", not: false }];
          expect(
            (await indexed.rows({ sessionId: null, sort: NEWEST, cursor: null, limit: 1, filter: chosen })).total,
          ).toBe(count);
        }
      }
      for (const key of ["integrity", "is"] as const) {
        for (const { value, count } of facets[key]) {
          // What a list of strings lists is what the key takes.
          const chosen = [...base, { key, value, not: false }] as RowFilter;
          expect(
            (await indexed.rows({ sessionId: null, sort: NEWEST, cursor: null, limit: 1, filter: chosen })).total,
            `${key}:${value}`,
          ).toBe(count);
        }
      }
    }
  });
});

describe("a cursor", () => {
  it("is refused by a list in another order, and when it is none", async () => {
    const { indexed } = await both("small");
    const page = await indexed.rows({ sessionId: null, sort: NEWEST, cursor: null, limit: 3 });
    for (const cursor of [page.nextCursor ?? "", "[]", '["index","size","asc",1,2,"x"]']) {
      const other = indexed.rows({ sessionId: null, sort: { column: "size", direction: "asc" }, cursor, limit: 3 });
      await expect(other).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    }
  });
});
