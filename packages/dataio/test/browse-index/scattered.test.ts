/** What came since an index was made is found beside the rest, and joined with it at rest without anybody noticing. */
import type Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { BrowseIndex } from "../../src/browse-index/browse-index.ts";
import type { RowFilter } from "../../src/browse-index/filter.ts";
import { readBoundaries, settleAtRest } from "../../src/browse-index/scattered.ts";
import { indexOf } from "./index-helpers.ts";
import { emptyArchive } from "./random-archives.ts";

const BIG: RowFilter = [{ key: "size", comparison: ">", value: 500, not: false }];

/** Size, and with it checksum, of a row: in no order, and every third that of an earlier one. */
function contentOf(n: number): number {
  return ((n % 3 === 0 ? n / 3 : n) * 7919) % 1000;
}

function addResponses(db: Database.Database, from: number, upTo: number): void {
  const insert = db.prepare("INSERT INTO responses VALUES (?, 'none', 'ok', NULL, ?, NULL, ?, ?)");
  for (let n = from; n < upTo; n += 1) {
    const content = contentOf(n);
    const checksum = `${content.toString(16).padStart(13, "0")}${"0".repeat(51)}`;
    insert.run(`r-${n}`, checksum, `2025-10-21T10:00:00.${String(n).padStart(6, "0")}+00:00`, content);
  }
}

/** All that is answered by size or checksum. */
function answers(index: BrowseIndex) {
  const page = (column: "size" | "checksum" | "time", direction: "asc" | "desc", filter: RowFilter, start: number) => {
    const query = { sessionId: null, filter, sort: { column, direction }, cursor: null };
    const parts = [index.page({ ...query, start, limit: 40 })];
    for (let cursor = parts[0]?.nextCursor ?? null; cursor !== null; cursor = parts.at(-1)?.nextCursor ?? null) {
      parts.push(index.page({ ...query, cursor, limit: 40 }));
    }
    return parts.flatMap(({ places, total }) => places.map(({ rowid }) => `${rowid} of ${total}`));
  };
  return {
    pages: (["size", "checksum", "time"] as const).flatMap((column) =>
      (["asc", "desc"] as const).flatMap((direction) =>
        [[], BIG].flatMap((filter) => [page(column, direction, filter, 0), page(column, direction, filter, 70)]),
      ),
    ),
    sizes: index.sizes(0, 1, null),
  };
}

it("finds recent rows beside settled ones, and after both were joined", async () => {
  const { root, db } = emptyArchive(true);
  addResponses(db, 0, 100);
  const kept = await indexOf(root);
  addResponses(db, 100, 160);
  expect(kept.update()).toBe("current");
  const index = new BrowseIndex(kept.path, {
    session: () => undefined,
    request: () => undefined,
    pasted: () => ({ ids: [], sessions: [], requests: [], sum: null }),
  });
  onTestFinished(() => index.close());
  const before = answers(index);
  const bySize = Array.from({ length: 160 }, (_, n) => n).sort((a, b) => contentOf(a) - contentOf(b) || a - b);
  expect(before.pages[0]).toEqual(bySize.map((n) => `${n + 1} of 160`));
  const contents = new Set(bySize.map(contentOf));
  expect(before.sizes).toMatchObject({
    payloads: contents.size,
    storedBytes: [...contents].reduce((sum, size) => sum + size, 0),
  });

  const boundaries = readBoundaries(kept.db);
  expect(settleAtRest(kept.db)).toBe(false);
  expect(readBoundaries(kept.db)).toEqual(boundaries);
  const behind = Number(kept.db.prepare("SELECT MAX(id) + 1 FROM rows").pluck().get());
  for (const settled of [
    { ...boundaries, size: behind },
    { size: behind, sum: behind },
  ]) {
    expect(settleAtRest(kept.db, 50)).toBe(true);
    expect(readBoundaries(kept.db)).toEqual(settled);
    expect(answers(index)).toEqual(before);
  }
  expect(settleAtRest(kept.db, 50)).toBe(false);
  addResponses(db, 160, 170);
  expect(kept.update()).toBe("current");
  expect(answers(index).sizes.payloads).toBe(new Set(Array.from({ length: 170 }, (_, n) => contentOf(n))).size);
});
