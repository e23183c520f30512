import { readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { isTemporaryName } from "../src/atomic-file.ts";
import { ArchiveReader, Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { killedWriter } from "./killed-writer.ts";

/** The bench kills far more of them. */
const ROUNDS = 12;

it(`keeps every acknowledged response when the process is killed, ${ROUNDS} times over`, {
  timeout: 120_000,
}, async () => {
  const root = temporaryFolder();
  Store.create(root).close();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    acknowledged.push(...(await killedWriter("crash-writer.ts", root, Math.random() * 60, 1)));
  }
  expect(acknowledged.length).toBeGreaterThan(ROUNDS);

  using reader = new ArchiveReader(root);
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  const rows = new Map(
    db
      .prepare<[], { id: string; checksum: string }>("SELECT id, checksum FROM responses")
      .all()
      .map((row) => [row.id, row.checksum]),
  );
  for (const line of acknowledged) {
    const [id = "", checksum = ""] = line.split(" ");
    expect(rows.get(id)).toBe(checksum);
  }
  // Not only what was acknowledged: whatever is in the table has its payload, whole, and its sidecar.
  for (const checksum of rows.values()) {
    expect((await reader.payloads.verify(checksum)).state).toBe("ok");
  }
  const names = readdirSync(join(root, "responses"));
  const payloads = new Set(names.filter((name) => name.endsWith(".bin")).map((name) => name.slice(0, 64)));
  for (const checksum of rows.values()) {
    expect(payloads.has(checksum)).toBe(true);
    expect(names).toContain(`${checksum}.meta.json`);
  }
  // What a kill leaves lying about is recognised as unfinished, and never has a payload's name.
  const others = names.filter((name) => !/^[0-9a-f]{64}\.(bin|meta\.json)$/.test(name));
  expect(others.filter((name) => !isTemporaryName(name))).toEqual([]);
  const sessions = db.prepare("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").pluck().get();
  expect(sessions).toBe(ROUNDS);
  db.close();
});
