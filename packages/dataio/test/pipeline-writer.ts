/**
 * A process that writes into an archive the way a running Python pipeline does: a short connection and a commit for
 * each row, payloads as plain files, the default busy timeout of five seconds.
 * usage: pipeline-writer.ts ROOT RESPONSES. Prints {"written", "locked"}.
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";

const [root = "", responses = "0"] = process.argv.slice(2);
let written = 0;
let locked = 0;

function run(sql: string, ...values: (string | number | null)[]): void {
  const db = new Database(join(root, "dataio.sqlite"), { timeout: 5_000 });
  try {
    db.prepare(sql).run(...values);
  } catch (error) {
    if (!(error instanceof Database.SqliteError) || !error.code.startsWith("SQLITE_BUSY")) throw error;
    locked += 1;
  } finally {
    db.close();
  }
}
const now = () => new Date().toISOString().replace("Z", "000+00:00");

const session = randomUUID();
run("INSERT INTO sessions VALUES (?,?,?,?,?,?)", session, "pipeline", "sync", now(), now(), null);
for (let number = 0; number < Number(responses); number += 1) {
  const params = JSON.stringify({ n: number });
  const hash = createHash("sha256").update(`item:RequestMethod.GET:{"body":null,"params":${params}}`).digest("hex");
  const request = randomUUID();
  run(
    "INSERT OR IGNORE INTO requests VALUES (?,?,?,?,?,?,?,?)",
    request,
    session,
    "item",
    "GET",
    params,
    null,
    hash,
    now(),
  );
  const payload = JSON.stringify({ id: number, session });
  const checksum = createHash("sha256").update(payload).digest("hex");
  const path = join(root, "responses", `${checksum}.bin`);
  if (!existsSync(path)) writeFileSync(path, payload);
  run(
    "INSERT OR IGNORE INTO responses VALUES (?,?,?,?,?,?,?,?)",
    randomUUID(),
    request,
    "ok",
    null,
    checksum,
    path,
    now(),
    payload.length,
  );
  written += 1;
}
run("UPDATE sessions SET ended_at = ? WHERE id = ?", now(), session);
process.stdout.write(JSON.stringify({ written, locked }));
