/** Archives that are written past the library, so that anything may stand in any column. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { ARCHIVE_COLUMNS } from "../../src/migrations.ts";

/** What SQLite holds. */
export type Cell = string | number | bigint | Buffer | null;

export type TableName = keyof typeof ARCHIVE_COLUMNS;

/** Rows by table; a column that is left out is null. */
export type Rows = { readonly [T in TableName]?: readonly Readonly<Partial<Record<string, Cell>>>[] };

/** Makes an archive in `root` whose columns have no types and no constraints, and writes the rows into it. */
export function writeRawArchive(root: string, rows: Rows): void {
  mkdirSync(join(root, "responses"), { recursive: true });
  const db = new Database(join(root, "dataio.sqlite"));
  db.exec("CREATE TABLE archive_meta (key, value); INSERT INTO archive_meta VALUES ('schema_version', '1')");
  for (const [table, columns] of Object.entries(ARCHIVE_COLUMNS))
    db.exec(`CREATE TABLE ${table} (${columns.join(", ")})`);
  insertRaw(db, rows);
  db.close();
}

/** Writes rows into a database that has the tables. */
export function insertRaw(db: Database.Database, rows: Rows): void {
  db.transaction(() => {
    for (const table of Object.keys(rows) as TableName[]) {
      const columns = ARCHIVE_COLUMNS[table];
      const insert = db.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`);
      for (const row of rows[table] ?? []) insert.run(columns.map((column) => row[column] ?? null));
    }
  })();
}
