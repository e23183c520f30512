/** Archives that are written past the library, so that anything may stand in any column. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

/** What SQLite holds. */
export type Cell = string | number | bigint | Buffer | null;

/** The columns of each table in their order. */
export const COLUMNS = {
  sessions: ["id", "source", "mode", "as_of", "started_at", "ended_at"],
  requests: ["id", "session_id", "kind", "method", "params_json", "body_json", "hash", "created_at"],
  responses: ["id", "request_id", "status", "sequence", "checksum", "path", "created_at", "size_bytes"],
  resolutions: [
    "id",
    "session_id",
    "request_id",
    "response_id",
    "kind",
    "error_json",
    "sent_checksum",
    "policy_json",
    "started_at",
    "ended_at",
  ],
  response_meta: ["response_id", "meta_json"],
  request_identities: ["source", "hash", "request_id"],
} as const;
export type TableName = keyof typeof COLUMNS;

/** Rows by table; a column that is left out is null. */
export type Rows = { readonly [T in TableName]?: readonly Readonly<Partial<Record<string, Cell>>>[] };

/** Makes an archive in `root` whose columns have no types and no constraints, and writes the rows into it. */
export function writeRawArchive(root: string, rows: Rows): void {
  mkdirSync(join(root, "responses"), { recursive: true });
  const db = new Database(join(root, "dataio.sqlite"));
  db.exec("CREATE TABLE archive_meta (key, value); INSERT INTO archive_meta VALUES ('schema_version', '1')");
  for (const [table, columns] of Object.entries(COLUMNS)) db.exec(`CREATE TABLE ${table} (${columns.join(", ")})`);
  insertRaw(db, rows);
  db.close();
}

/** Writes rows into a database that has the tables. */
export function insertRaw(db: Database.Database, rows: Rows): void {
  db.transaction(() => {
    for (const table of Object.keys(rows) as TableName[]) {
      const columns = COLUMNS[table];
      const insert = db.prepare(`INSERT INTO ${table} VALUES (${columns.map(() => "?").join(", ")})`);
      for (const row of rows[table] ?? []) insert.run(columns.map((column) => row[column] ?? null));
    }
  })();
}
