/** The lists of identities and of sessions, beside what a look at all rows gives. */
import { describe, expect, it } from "vitest";
import type { RowFilter } from "../../src/browse-index/filter.ts";
import { IDENTITY_SORT_COLUMNS, type IdentitySort } from "../../src/browse-index/identity-list.ts";
import type { IndexedReader } from "../../src/browse-index/indexed-reader.ts";
import { KeptOrders } from "../../src/browse-index/kept-orders.ts";
import { SESSION_SORT_COLUMNS } from "../../src/browse-index/session-list.ts";
import { type BrowseRow, type IdentityRow, parseTimestamp, type SessionRow } from "../../src/index.ts";
import { referenceArchive } from "../archives.ts";
import { identitiesOf, readBothWays } from "./index-helpers.ts";

const opened = (name: "small" | "edge") => readBothWays(referenceArchive(name));

type Query = { sessionId?: string; filter?: RowFilter; asOf?: string };

async function allIdentities(indexed: IndexedReader, sort: IdentitySort, query: Query = {}, limit = 7) {
  const rows: IdentityRow[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<IndexedReader["identities"]>> = await indexed.identities({
      sessionId: query.sessionId ?? null,
      filter: query.filter,
      asOf: query.asOf,
      sort,
      cursor,
      limit,
    });
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) {
      expect(page.total).toBe(rows.length);
      return rows;
    }
  }
}

/** Every row of the archive: its responses, and what each session has besides. */
async function allRows(indexed: IndexedReader, query: Query = {}): Promise<BrowseRow[]> {
  const rows: BrowseRow[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: Awaited<ReturnType<IndexedReader["rows"]>> = await indexed.rows({
      sessionId: query.sessionId ?? null,
      filter: query.filter,
      asOf: query.asOf,
      sort: { column: "time", direction: "desc" },
      cursor,
      limit: 500,
    });
    rows.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return rows;
  }
}

const moment = (text: string) => Number(parseTimestamp(text)?.epochMicros ?? Number.NEGATIVE_INFINITY);

/** What an identity's rows come to, found without the index's sums. */
function expected(rows: readonly BrowseRow[], identity: ReadonlyMap<string, number>) {
  const groups = new Map<number, BrowseRow[]>();
  for (const row of rows) {
    const key = identity.get(row.requestId ?? "");
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return new Map(
    [...groups].map(([key, own]) => {
      const responses = own.filter((row) => row.ref.type === "response");
      const checksums = responses.flatMap((row) => (/^[0-9a-f]{64}$/.test(row.checksum ?? "") ? [row.checksum] : []));
      const shown = responses.length > 0 ? responses : own;
      return [
        key,
        {
          responses: responses.length,
          payloads: new Set(checksums).size,
          bytes: responses.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0),
          last: Math.max(...shown.map((row) => moment(row.time))),
        },
      ];
    }),
  );
}

describe.each(["small", "edge"] as const)("identities of the %s archive", (name) => {
  it("are what all its rows come to, in every order, both ways round", async () => {
    const { indexed, index } = await opened(name);
    const asked = identitiesOf(index.archive);
    const others: RowFilter = [{ key: "is", value: "unanswered", not: false }];
    const reused: RowFilter = [{ key: "is", value: "reused", not: false }];
    const rows = [
      ...(await allRows(indexed)),
      ...(await allRows(indexed, { filter: others })),
      ...(await allRows(indexed, { filter: reused })),
    ];
    const wanted = expected(rows, asked);
    const found = await allIdentities(indexed, { column: "last", direction: "desc" });
    const seen = new Map(
      found.map(({ row, requestId, responses, payloads, bytes }) => [
        asked.get(requestId),
        { responses, payloads, bytes, last: moment(row.time) },
      ]),
    );
    expect(seen).toEqual(wanted);
    for (const column of IDENTITY_SORT_COLUMNS) {
      const up = await allIdentities(indexed, { column, direction: "asc" }, {}, 3);
      const down = await allIdentities(indexed, { column, direction: "desc" }, {}, 11);
      expect(down.map(({ requestId }) => requestId).reverse(), column).toEqual(up.map(({ requestId }) => requestId));
      expect(new Set(up.map(({ requestId }) => requestId)).size, column).toBe(found.length);
      const values = up.map((item): string | number =>
        column === "last"
          ? moment(item.row.time)
          : column === "changed"
            ? moment(item.changedAt ?? "")
            : column === "source" || column === "kind"
              ? (item.row[column] ?? "")
              : item[column],
      );
      expect(values, column).toEqual(values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    }
  });

  it("are restricted to the rows of a filter, a session or a moment", async () => {
    const { indexed, index, reader } = await opened(name);
    const asked = identitiesOf(index.archive);
    const [session] = reader.sessions({ cursor: null, limit: 1 }).items;
    const middle = (await allRows(indexed)).find((_, at, rows) => at === Math.floor(rows.length / 2));
    const queries: Query[] = [
      { filter: [{ key: "status", value: "ok", not: false }] },
      { sessionId: session?.id ?? "" },
      { asOf: middle?.time ?? "" },
    ];
    for (const query of queries) {
      const wanted = expected(await allRows(indexed, query), asked);
      for (const column of ["last", "responses", "kind"] as const) {
        const found = await allIdentities(indexed, { column, direction: "desc" }, query, 5);
        expect(
          new Map(
            found.map(({ row, requestId, responses, payloads, bytes }) => [
              asked.get(requestId),
              { responses, payloads, bytes, last: moment(row.time) },
            ]),
          ),
        ).toEqual(wanted);
      }
    }
    const cursor = JSON.stringify(["identities", "last", "asc", 1, 1, 1]);
    const sort = { column: "last", direction: "desc" } as const;
    await expect(indexed.identities({ sessionId: null, sort, cursor, limit: 1 })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
    });
  });

  it("have sessions beside them, in every order, whose counts are those of the list", async () => {
    const { indexed, reader } = await opened(name);
    const summaries = new Map(reader.sessions({ cursor: null, limit: 500 }).items.map((item) => [item.id, item]));
    for (const column of SESSION_SORT_COLUMNS) {
      const read = (direction: "asc" | "desc", limit: number) => {
        const rows: SessionRow[] = [];
        for (let cursor: string | null = null; ; ) {
          const page = indexed.sessions({ sort: { column, direction }, cursor, limit });
          rows.push(...page.items);
          cursor = page.nextCursor;
          if (cursor === null) return rows;
        }
      };
      const up = read("asc", 1);
      expect(up.map(({ bytes: _, ...session }) => session).toSorted(byId)).toEqual(
        [...summaries.values()].toSorted(byId),
      );
      expect(
        read("desc", 2)
          .map(({ id }) => id)
          .reverse(),
      ).toEqual(up.map(({ id }) => id));
      const values = up.map((session) => sortValue(session, column));
      expect(values, column).toEqual(values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    }
    for (const { id, bytes } of indexed.sessions({
      sort: { column: "bytes", direction: "desc" },
      cursor: null,
      limit: 9,
    }).items) {
      const rows = await allRows(indexed, { sessionId: id });
      const own = rows.filter((row) => row.ref.type === "response");
      expect(bytes).toBe(own.reduce((sum, row) => sum + (row.sizeBytes ?? 0), 0));
    }
    const bad = { sort: { column: "bytes", direction: "asc" }, cursor: "[]", limit: 1 } as const;
    expect(() => indexed.sessions(bad)).toThrow("This cursor was not made by this list.");
  });
});

describe.each(["small", "edge"] as const)("places of the %s archive's lists", (name) => {
  it("are those of the list that is read from its top, in one order that has a name", async () => {
    const { indexed } = await opened(name);
    const found = await allIdentities(indexed, { column: "last", direction: "desc" });
    const narrowed: Query = { filter: [{ key: "status", value: "ok", not: false }] };
    for (const column of IDENTITY_SORT_COLUMNS) {
      for (const direction of ["asc", "desc"] as const) {
        for (const query of [{}, narrowed]) {
          const sort = { column, direction };
          const whole = await allIdentities(indexed, sort, query, 500);
          const part = (start: number, order?: string) =>
            indexed.identities({ sessionId: null, ...query, sort, cursor: null, start, order, limit: 5 });
          const middle = await part(Math.floor(whole.length / 2));
          const last = await part(whole.length - 1, middle.order);
          const from = Math.floor(whole.length / 2);
          expect(middle.items, `${column} ${direction}`).toEqual(whole.slice(from, from + 5));
          expect(last).toEqual({ items: whole.slice(-1), total: whole.length, nextCursor: null, order: middle.order });
          expect((await part(whole.length, middle.order)).items).toEqual([]);
        }
      }
    }
    expect(found.length).toBeGreaterThan(5);
    for (const column of SESSION_SORT_COLUMNS) {
      const sort = { column, direction: "desc" } as const;
      const whole = indexed.sessions({ sort, cursor: null, limit: 500 });
      const part = indexed.sessions({ sort, cursor: null, start: 1, limit: 2 });
      expect(part).toMatchObject({ items: whole.items.slice(1, 3), total: whole.total, order: expect.any(String) });
    }
  });
});

describe("kept orders", () => {
  it("stay as they were while others are made, and are made anew when they are kept no more", () => {
    const orders = new KeptOrders<string>(2);
    const first = orders.of("requests", "at 1", null, () => "at 1");
    // The same state of the same list is read once; a name stands for its state, whatever was written since.
    expect(orders.of("requests", "at 1", null, () => "again")).toBe(first);
    expect(orders.of("requests", "at 2", first.name, () => "at 2")).toBe(first);
    const second = orders.of("requests", "at 2", null, () => "at 2");
    expect(second.items).toBe("at 2");
    expect(second.name).not.toBe(first.name);
    // A name of another list stands for nothing here.
    expect(orders.of("sessions", "at 2", second.name, () => "sessions").items).toBe("sessions");
    expect(orders.of("requests", "at 3", first.name, () => "at 3").items).toBe("at 3");
  });
});

const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

function sortValue(session: SessionRow, column: (typeof SESSION_SORT_COLUMNS)[number]): string | number {
  switch (column) {
    case "started":
      return moment(session.startedAt);
    case "duration": {
      const lasted = moment(session.endedAt ?? "") - moment(session.startedAt);
      return Number.isFinite(lasted) ? lasted : -1;
    }
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
