/** Step `schema`: the indexes that every archive has. That the tables are those of an archive was checked at opening. */
import type { VerifyRun } from "./run.ts";

const INDEXED_COLUMNS: readonly (readonly [table: string, column: string])[] = [
  ["requests", "hash"],
  ["requests", "session_id"],
  ["responses", "request_id"],
  ["responses", "created_at"],
  ["responses", "checksum"],
];

export async function verifySchema(run: VerifyRun): Promise<void> {
  for (const [table, column] of INDEXED_COLUMNS) {
    const leading = await run.rows.number(
      `SELECT COUNT(*) AS n FROM pragma_index_list(@table) l JOIN pragma_index_info(l.name) i
       WHERE i.seqno = 0 AND i.name = @column AND l.partial = 0`,
      { table, column },
    );
    if (leading > 0) continue;
    run.findings.add({
      code: "index_missing",
      step: "schema",
      message: `The table "${table}" has no index on ${column}.`,
      files: [run.location.databasePath],
      details: { table, column },
    });
  }
}
