/**
 * Codes that at least half of all rows have, by column: `GET`, `ok`, one type. The index of such a column leaves those rows
 * out. In the order of time they are found by walking all rows, which passes hardly more than their own index would.
 */
import type Database from "better-sqlite3";
import type { CubeCell } from "./cube.ts";
import { NONE } from "./schema.ts";

/** Columns whose index leaves the usual code out. */
export const USUAL_COLUMNS = ["method", "status", "type"] as const;
export type UsualColumn = (typeof USUAL_COLUMNS)[number];
/** NONE where no code is usual, or where there is no index yet. */
export type UsualCodes = Readonly<Record<UsualColumn, number>>;

const NOTHING_USUAL: UsualCodes = { method: NONE, status: NONE, type: NONE };
/** A code that fewer rows have than one in so many is usual no longer. */
const RARE = 4;

/** Part of every query that is to use the index of a column: SQLite takes a partial one only for its own words. */
export function unusualSql(column: UsualColumn, usual: UsualCodes): string {
  return `${column} <> ${usual[column]}`;
}

/** What is usual in this index. */
export function readUsual(db: Database.Database): UsualCodes {
  const text = db.prepare<[], string>("SELECT value FROM meta WHERE key = 'usual'").pluck().get();
  // Only this module writes it.
  return text === undefined ? NOTHING_USUAL : (JSON.parse(text) as UsualCodes);
}

/** Makes the indexes of these columns, for rows as they are now. Call inside a transaction. */
export function makeUnusualIndexes(
  db: Database.Database,
  columns: readonly UsualColumn[],
  cells: readonly CubeCell[],
): void {
  const usual = { ...readUsual(db) };
  for (const column of columns) {
    usual[column] = usualOf(column, cells);
    db.exec(`DROP INDEX IF EXISTS by_${column};
      CREATE INDEX by_${column} ON rows (${column}, time) WHERE ${unusualSql(column, usual)}`);
  }
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('usual', ?)").run(JSON.stringify(usual));
}

/** Makes those anew that leave out what has become rare since. Call inside a transaction. */
export function remakeUnusualIndexes(db: Database.Database, cells: readonly CubeCell[]): void {
  const usual = readUsual(db);
  const all = cells.reduce((sum, { n }) => sum + n, 0);
  const columns = USUAL_COLUMNS.filter((column) => {
    const rows = cells.reduce((sum, cell) => sum + (cell[column] === usual[column] ? cell.n : 0), 0);
    return usual[column] !== NONE && rows * RARE < all;
  });
  if (columns.length > 0) makeUnusualIndexes(db, columns, cells);
}

function usualOf(column: UsualColumn, cells: readonly CubeCell[]): number {
  const counts = new Map<number, number>();
  let all = 0;
  for (const cell of cells) {
    all += cell.n;
    counts.set(cell[column], (counts.get(cell[column]) ?? 0) + cell.n);
  }
  for (const [code, n] of counts) if (n * 2 >= all) return code;
  return NONE;
}
