/** A process must keep the locks that it holds on an archive while it opens the archive once more. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { ArchiveReader, Replay, Store, verify } from "../src/index.ts";
import { ArchiveListing } from "../src/listing.ts";
import { temporaryFolder } from "./archives.ts";

/** What another process reads and writes; it closes its connection and so, if it is the last one, takes the WAL away. */
function elsewhere(root: string): string[] {
  const script = `
    const db = require("better-sqlite3")(process.argv[1]);
    db.prepare("UPDATE sessions SET mode = 'batch' WHERE id = 'none'").run();
    console.log(JSON.stringify(db.prepare("SELECT id FROM sessions ORDER BY started_at").pluck().all()));
    db.close();`;
  const arguments_ = ["-e", script, join(root, "dataio.sqlite")];
  return JSON.parse(execFileSync(process.execPath, arguments_, { cwd: import.meta.dirname, encoding: "utf8" }));
}

it.each<[string, (root: string) => unknown]>([
  ["a reader", (root) => new ArchiveReader(root).close()],
  ["a listing", (root) => new ArchiveListing(root).close()],
  ["a replay", (root) => new Replay(root).close()],
  ["verify", (root) => verify(root)],
  ["another writer", (root) => Store.open(root).close()],
  ["an archive that cannot be made there", (root) => expect(() => Store.create(root)).toThrow("not empty")],
])("keeps a writer's WAL where it is when the same process opens the archive for %s", async (_, open) => {
  const root = join(temporaryFolder(), "archive");
  const store = Store.create(root);
  onTestFinished(() => store.close());
  const insert = (id: string) => {
    const now = store.clock();
    return store.insertSession({ id, source: "s", mode: "sync", asOf: now, startedAt: now, endedAt: null });
  };
  await insert("before");
  await open(root);
  expect(elsewhere(root)).toEqual(["before"]);
  expect(existsSync(join(root, "dataio.sqlite-wal"))).toBe(true);
  // Lost, if the other process was let to believe that it was alone.
  await insert("after");
  expect(elsewhere(root)).toEqual(["before", "after"]);
});
