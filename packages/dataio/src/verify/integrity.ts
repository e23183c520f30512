/** Step `integrity`: SQLite's own check of the database file. */
import { statSync } from "node:fs";
import type { VerifyRun } from "./run.ts";

/** Lines that SQLite gives at most. */
const MAX_LINES = 100;
/** Above this size a check of the whole file could make a writer of a rollback-journal archive wait too long; in bytes. */
const WHOLE_LIMIT = 1024 ** 3;

/**
 * `quick_check`, or `integrity_check` when asked for. Where readers stand in a writer's way (any journal mode but WAL), a
 * large database is checked table by table, so that writers get a turn in between.
 */
export async function verifyIntegrity(run: VerifyRun): Promise<void> {
  const pragma = run.fullIntegrityCheck ? "integrity_check" : "quick_check";
  for (const table of await tablesToCheck(run)) {
    const argument = table === null ? String(MAX_LINES) : `"${table.replaceAll('"', '""')}"`;
    const lines = await run.rows.all<Record<string, unknown>>(`PRAGMA ${pragma}(${argument})`);
    for (const line of lines) {
      const text = String(Object.values(line)[0]);
      if (text === "ok") continue;
      run.findings.add({
        code: "database_damaged",
        step: "integrity",
        message: `SQLite found damage: ${text}`,
        files: [run.location.databasePath],
        details: { sqlite: text },
      });
    }
  }
}

/** Null is the whole file. */
async function tablesToCheck(run: VerifyRun): Promise<readonly (string | null)[]> {
  const wal = run.rows.connection.db.pragma("journal_mode", { simple: true }) === "wal";
  const size = statSync(run.location.databasePath, { throwIfNoEntry: false })?.size ?? 0;
  if (wal || size <= WHOLE_LIMIT) return [null];
  const tables = await run.rows.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
  return tables.map((table) => table.name);
}
