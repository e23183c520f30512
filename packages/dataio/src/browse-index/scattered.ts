/**
 * Indexes by what comes in no order: sizes and checksums. In one index of all rows each new one would change a page of its own,
 * which took a quarter of the time in which rows are taken in. So rows that came since an index was made are in a small one
 * beside it, and both are made anew at rest. Rows before a boundary, an id, are settled; those from it on are recent.
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

/** The first recent id of each column's indexes. */
export type Boundaries = Readonly<Record<ScatteredColumn, number>>;

/** Which parts the index of a column has; together they have every row once. */
export function partsOf(
  column: ScatteredColumn,
  boundaries: Boundaries,
): readonly [settled: IndexPart, recent: IndexPart] {
  const boundary = boundaries[column];
  return [
    { index: `by_${column}`, where: `id < ${boundary}` },
    { index: `recent_by_${column}`, where: `id >= ${boundary}` },
  ];
}

/** Rows of both parts. @param select the statement for one; it must not be ordered */
export function fromBothParts(
  column: ScatteredColumn,
  boundaries: Boundaries,
  select: (from: string, where: string) => string,
): string {
  return partsOf(column, boundaries)
    .map(({ index, where }) => select(`rows INDEXED BY ${index}`, where))
    .join(" UNION ALL ");
}

/** Read them in the transaction that uses them: another connection may make an index anew. */
export function readBoundaries(db: Pick<Database.Database, "prepare">): Boundaries {
  const text = db.prepare<[], string>("SELECT value FROM meta WHERE key = 'boundaries'").pluck().get();
  // Only this module writes it.
  return text === undefined ? { size: 0, sum: 0 } : (JSON.parse(text) as Boundaries);
}

/**
 * Makes the indexes of recent rows, best before there is any row.
 * @param boundary behind all rows that will be written before {@link makeSettledIndex}
 */
export function makeRecentIndexes(db: Database.Database, boundary: number): void {
  for (const column of SCATTERED_COLUMNS) {
    setBoundary(db, column, boundary);
    makeIndex(db, column, partsOf(column, readBoundaries(db))[1]);
  }
}

/** Makes the index of settled rows. */
export function makeSettledIndex(db: Database.Database, column: ScatteredColumn): void {
  sortedInParts(db, () => makeIndex(db, column, partsOf(column, readBoundaries(db))[0]));
}

/** Makes both indexes of a column anew. Call inside a transaction. */
export function divideAt(db: Database.Database, column: ScatteredColumn, boundary: number): void {
  setBoundary(db, column, boundary);
  makeIndex(db, column, partsOf(column, readBoundaries(db))[1]);
  makeSettledIndex(db, column);
}

/**
 * Joins recent rows with the settled ones in the indexes of one column where they have become many; takes a second for a
 * million rows. @param most recent rows that a small archive may have
 * @returns false when there was nothing to do
 */
export function settleAtRest(db: Database.Database, most = MOST_RECENT): boolean {
  const columnToSettle = () => {
    const boundaries = readBoundaries(db);
    return SCATTERED_COLUMNS.find((column) => {
      const boundary = boundaries[column];
      return (lastId(db) - boundary) / IDS_A_ROW > Math.max(most, boundary / IDS_A_ROW / RECENT_SHARE);
    });
  };
  if (columnToSettle() === undefined) return false;
  return db
    .transaction(() => {
      // Another process may have come first.
      const column = columnToSettle();
      if (column !== undefined) divideAt(db, column, lastId(db) + 1);
      return column !== undefined;
    })
    .immediate();
}

function setBoundary(db: Database.Database, column: ScatteredColumn, boundary: number): void {
  const boundaries = { ...readBoundaries(db), [column]: boundary };
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('boundaries', ?)").run(JSON.stringify(boundaries));
}

function makeIndex(db: Database.Database, column: ScatteredColumn, { index, where }: IndexPart): void {
  db.exec(`DROP INDEX IF EXISTS ${index}; CREATE INDEX ${index} ON rows (${column}) WHERE ${where}`);
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
