/** How pages are found in an archive of some size: by an index that has their order, never by sorting what it holds. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeAll, describe, expect, it } from "vitest";
import { BrowseIndex } from "../../src/browse-index/browse-index.ts";
import { buildIndex } from "../../src/browse-index/builder.ts";
import { FilePass } from "../../src/browse-index/file-pass.ts";
import type { FilterTerm, RowFilter } from "../../src/browse-index/filter.ts";
import { openForReading } from "../../src/database.ts";
import { FileFactsReader } from "../../src/file-facts.ts";
import { PayloadStore, ROW_SORT_COLUMNS, type RowSort, SidecarStore, Store } from "../../src/index.ts";
import { archiveLocation } from "../../src/location.ts";
import { divide } from "./index-helpers.ts";

const ROWS = 30_000;
let index: BrowseIndex;

/** Thirty thousand responses of a few kinds, one of them rare. */
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "dataio-plans-"));
  const root = join(folder, "archive");
  Store.create(root).close();
  const db = new Database(join(root, "dataio.sqlite"));
  db.exec(
    `
    INSERT INTO sessions SELECT 's' || value, 'source-' || (value % 4), 'sync', '2025-01-01', strftime('%Y-%m-%dT%H:%M:%S', 1735689600 + value * 1000, 'unixepoch') || '+00:00', NULL FROM generate_series(1, 30);
    INSERT INTO requests SELECT 'q' || value, 's' || (value % 30 + 1), CASE WHEN value % 1000 = 0 THEN 'rare' ELSE 'kind-' || (value % 7) END, CASE value % 10 WHEN 0 THEN 'POST' ELSE 'GET' END, NULL, NULL, NULL, '2025-01-01T00:00:00+00:00' FROM generate_series(1, ${ROWS});
    INSERT INTO responses SELECT 'r' || value, 'q' || value, CASE value % 20 WHEN 0 THEN 'error' ELSE 'ok' END, NULL, printf('%064x', value * 7919), NULL, strftime('%Y-%m-%dT%H:%M:%S', 1735689600 + value, 'unixepoch') || '+00:00', value * 31 % 9000 FROM generate_series(1, ${ROWS});
  `.replaceAll(
      /FROM generate_series\((\d+), (\d+)\)/g,
      "FROM (WITH RECURSIVE n(value) AS (SELECT $1 UNION ALL SELECT value + 1 FROM n WHERE value < $2) SELECT value FROM n)",
    ),
  );
  db.close();
  const location = archiveLocation(root);
  const archive = openForReading(location);
  const path = join(folder, "index.sqlite");
  await buildIndex(archive, location.databasePath, path);
  divide(path);
  const writable = new Database(path);
  const files = new FileFactsReader(
    new PayloadStore(location.responsesDirectory),
    new SidecarStore(location.responsesDirectory),
  );
  const pass = new FilePass(archive, writable, files);
  while (await pass.step());
  writable.close();
  index = new BrowseIndex(path, { session: (id) => Number(id), request: (id) => Number(id), pasted: nothing });
  return () => {
    index.close();
    archive.close();
    rmSync(folder, { recursive: true });
  };
}, 60_000);

const nothing = () => ({ ids: [], sessions: [], requests: [], sum: null });
const NEWEST: RowSort = { column: "time", direction: "desc" };
const plan = (filter: RowFilter, sort: RowSort = NEWEST) =>
  index.explain({ sessionId: null, filter, sort, limit: 100 });
const page = (filter: RowFilter, sort: RowSort, cursor: string | null, limit = 500) =>
  index.page({ sessionId: null, filter, sort, cursor, limit });

/** Places of all rows, page by page. */
function walk(filter: RowFilter, sort: RowSort): string[] {
  const places: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const found = page(filter, sort, cursor);
    places.push(...found.places.map(({ type, rowid }) => `${type} ${rowid}`));
    cursor = found.nextCursor;
    if (cursor === null) return places;
  }
}

describe("a page", () => {
  const single: [FilterTerm, string][] = [
    [{ key: "kind", value: "kind-3", not: false }, "by_kind"],
    [{ key: "kind", value: "rare", not: false }, "by_kind"],
    [{ key: "source", value: "source-1", not: false }, "by_source"],
    [{ key: "method", value: "POST", not: false }, "by_method"],
    [{ key: "status", value: "error", not: false }, "by_status"],
    [{ key: "session", value: "3", not: false }, "by_session"],
    [{ key: "request", value: "3", not: false }, "by_identity"],
    [{ key: "time", from: "2025-01-01T01", to: null, not: false } as FilterTerm, "by_time"],
  ];
  it.each(single.slice(0, 7))("in order of time under %j is found by %s without sorting", (term, name) => {
    for (const direction of ["asc", "desc"] as const) {
      const [kind, ...details] = plan([term], { column: "time", direction });
      expect(kind).toBe("merge");
      expect(details.join("\n")).toContain(`INDEX ${name} (`);
      expect(details.join("\n")).not.toMatch(/TEMP B-TREE|SCAN/);
    }
  });

  it.each(ROW_SORT_COLUMNS)("of the whole archive by %s comes from an index in that order", (column) => {
    for (const direction of ["asc", "desc"] as const) {
      const details = plan([], { column, direction }).join("\n");
      // No file is there, so that all rows are of no type: in the order of types they are in that of time.
      const index = column === "checksum" ? "sum" : column === "type" ? "time" : column;
      expect(details).toContain(`INDEX by_${index}`);
      expect(details).not.toContain("TEMP B-TREE");
    }
  });

  it("of what most rows have is found in the order of time, beside the index of the others", () => {
    expect(plan([{ key: "method", value: "GET", not: false }]).join("\n")).toContain("INDEX by_time");
    const both = plan([], { column: "status", direction: "asc" });
    expect(both.join("\n")).toMatch(/INDEX by_status \(status=\?\).*INDEX by_time/s);
  });

  it("is empty without a look at the rows where no combination of values occurs", () => {
    expect(plan([{ key: "kind", value: "nonsense", not: false }])).toEqual(["empty"]);
    expect(
      plan([
        { key: "status", value: "ok", not: false },
        { key: "status", value: "ok", not: true },
      ]),
    ).toEqual(["empty"]);
  });

  it("of a few among many is gathered in every order", () => {
    const rare: RowFilter = [{ key: "kind", value: "rare", not: false }];
    expect(plan(rare, { column: "size", direction: "asc" })[0]).toBe("gather");
    expect(page(rare, { column: "size", direction: "asc" }, null, 100)).toMatchObject({
      total: ROWS / 1000,
      more: false,
    });
  });
});

describe("pages", () => {
  const filters: RowFilter[] = [
    [],
    [
      { key: "kind", value: "kind-3", not: false },
      { key: "kind", value: "rare", not: false },
    ],
    [
      { key: "source", value: "source-1", not: true },
      { key: "size", comparison: ">", value: 8000, not: false },
    ],
    [{ key: "text", value: "rare", not: false }],
    [{ key: "session", value: "3", not: false }],
  ];
  it.each(ROW_SORT_COLUMNS)(
    "by %s hold each row once, in the same order both ways round, under every filter",
    (column) => {
      for (const filter of filters) {
        const up = walk(filter, { column, direction: "asc" });
        expect(new Set(up).size).toBe(up.length);
        expect(walk(filter, { column, direction: "desc" }).reverse()).toEqual(up);
        const { total, more } = page(filter, { column, direction: "asc" }, null, 1);
        expect(more ? up.length > total : up.length === total).toBe(true);
      }
    },
  );

  it("are counted up to a bound where a count would take long", () => {
    const filter: RowFilter = [{ key: "size", comparison: ">=", value: 0, not: false }];
    expect(page(filter, NEWEST, null, 10)).toMatchObject({ total: 10_000, more: true });
  });
});
