/**
 * Indexes by what comes in no order: sizes and checksums. In one index of all rows each new one would change a page of its own,
 * which took a third of the time in which rows are taken in. So rows that came since an index was made are in a small one
 * beside it, and both are made anew at rest. `rows` up to the boundary are settled, those from it on are recent.
 */
import type Database from "better-sqlite3";

/** Columns with two indexes. */
export const SCATTERED_COLUMNS = ["size", "sum"] as const;
export type ScatteredColumn = (typeof SCATTERED_COLUMNS)[number];

/** Rows that one index has, and the condition by which SQLite knows it. */
export interface IndexPart {
  readonly index: string;
  readonly where: string;
}

/** Row ids from which on indexes are made anew: so many recent rows, and one in so many of the settled ones. */
const MOST_RECENT = 50_000;
const RECENT_SHARE = 16;
/** Row ids are four for each row of the archive's largest table; see schema.ts. */
const IDS_A_ROW = 4;

/** Which parts the index of a column has; together they have every row once. @param boundary see {@link readBoundary} */
export function partsOf(column: ScatteredColumn, boundary: number): readonly [settled: IndexPart, recent: IndexPart] {
  return [
    { index: `by_${column}`, where: `id < ${boundary}` },
    { index: `recent_by_${column}`, where: `id >= ${boundary}` },
  ];
}

/** Rows of both parts. @param select the statement for one; it must not be ordered */
export function fromBothParts(
  column: ScatteredColumn,
  boundary: number,
  select: (from: string, where: string) => string,
): string {
  return partsOf(column, boundary)
    .map(({ index, where }) => select(`rows INDEXED BY ${index}`, where))
    .join(" UNION ALL ");
}

/** The first recent id. Read it in the transaction that uses it: another connection may make the indexes anew. */
export function readBoundary(db: Pick<Database.Database, "prepare">): number {
  const text = db.prepare<[], string>("SELECT value FROM meta WHERE key = 'boundary'").pluck().get();
  return text === undefined ? 0 : Number(text);
}

/** Sets the boundary before any index is there. @param boundary behind all rows that will be written before those are made */
export function setBoundary(db: Database.Database, boundary: number): void {
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('boundary', ?)").run(String(boundary));
}

/** Makes the index of recent rows; where none is there yet, best before any row is. */
export function makeRecentIndex(db: Database.Database, column: ScatteredColumn): void {
  makeIndex(db, column, partsOf(column, readBoundary(db))[1]);
}

/** Makes the index of settled rows. */
export function makeSettledIndex(db: Database.Database, column: ScatteredColumn): void {
  sortedInParts(db, () => makeIndex(db, column, partsOf(column, readBoundary(db))[0]));
}

function makeIndex(db: Database.Database, column: ScatteredColumn, { index, where }: IndexPart): void {
  db.exec(`DROP INDEX IF EXISTS ${index}; CREATE INDEX ${index} ON rows (${column}) WHERE ${where}`);
}

/**
 * Joins recent rows with the settled ones where they have become many; takes a second for a million rows.
 * @param most recent rows that a small archive may have
 */
export function settleAtRest(db: Database.Database, most = MOST_RECENT): void {
  const isDue = () => {
    const boundary = readBoundary(db);
    const recent = (lastId(db) - boundary) / IDS_A_ROW;
    return recent > Math.max(most, boundary / IDS_A_ROW / RECENT_SHARE);
  };
  if (!isDue()) return;
  db.transaction(() => {
    // Another process may have come first.
    if (!isDue()) return;
    makeScatteredIndexes(db, lastId(db) + 1);
  }).immediate();
}

/** Makes all of these indexes anew. Call inside a transaction. */
export function makeScatteredIndexes(db: Database.Database, boundary: number): void {
  setBoundary(db, boundary);
  for (const column of SCATTERED_COLUMNS) {
    makeRecentIndex(db, column);
    makeSettledIndex(db, column);
  }
}

function lastId(db: Database.Database): number {
  return Number(db.prepare("SELECT IFNULL(MAX(id), 0) FROM rows").pluck().get());
}

/**
 * Makes SQLite sort in parts that fit a processor's cache, the last one beside the reading of the next: two thirds of the time
 * for an index of values in no order, and more than before for one of values that nearly are.
 */
function sortedInParts(db: Database.Database, make: () => void): void {
  const cache = Number(db.pragma("cache_size", { simple: true }));
  db.pragma("threads = 2");
  db.pragma("cache_size = -4096");
  try {
    make();
  } finally {
    db.pragma("threads = 0");
    db.pragma(`cache_size = ${cache}`);
  }
}
