/** Building an index with two threads: without the second, cancelled, and while others write. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { type BuildOptions, buildIndex } from "../../src/browse-index/builder.ts";
import { IndexUpdater } from "../../src/browse-index/updater.ts";
import { openForReading } from "../../src/database.ts";
import { isDataioError, Store } from "../../src/index.ts";
import { archiveLocation } from "../../src/location.ts";
import { migrate } from "../../src/migrations.ts";
import { folderFingerprint, temporaryFolder } from "../archives.ts";
import { contentsOf, countedCube } from "./index-helpers.ts";

const REQUESTS = 3_000;

/** An archive as Python writes one: more requests than are read at once, answered up to four times, and orphans. */
function longArchive(encoding = "UTF-8"): string {
  const root = join(temporaryFolder(), "archive");
  Store.create(root).close();
  const path = join(root, "dataio.sqlite");
  let db = new Database(path);
  if (encoding !== "UTF-8") db = inEncoding(encoding, path, db);
  db.pragma("foreign_keys = OFF");
  const count = "WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n + 1 < ?)";
  const id = (what: string, n: string) => `printf('%08x-0000-4000-a000-%012x', ${what}, ${n})`;
  const time = "printf('2025-10-%02dT10:%02d:%02d.%06d+00:00', 1 + n / 600, n / 10 % 60, n % 60, n)";
  db.prepare(
    `${count} INSERT INTO sessions SELECT ${id("1", "n")}, 'source-' || n % 3, 'sync', '', ${time}, NULL FROM c`,
  ).run(30);
  db.prepare(
    `${count} INSERT INTO requests SELECT ${id("2", "n")}, ${id("1", "n / 100")}, 'kind-' || n % 7,
       iif(n % 5, 'GET', 'POST'), '{}', NULL, printf('%064x', n), ${time} FROM c`,
  ).run(REQUESTS);
  db.prepare(
    `${count} INSERT INTO responses SELECT ${id("3", "n")}, ${id("2", `n * 7 % ${REQUESTS + 200}`)},
       iif(n % 11, 'ok', 'error'), NULL, iif(n % 13, printf('%064x', n % 900), NULL), NULL, ${time}, n FROM c`,
  ).run(REQUESTS * 3);
  db.close();
  return root;
}

/** The same empty archive with its texts stored otherwise. */
function inEncoding(encoding: string, path: string, db: Database.Database): Database.Database {
  const schema = db
    .prepare<[], string>("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'")
    .pluck()
    .all();
  const version = Number(db.pragma("user_version", { simple: true }));
  const meta = db.prepare<[], [string, string]>("SELECT * FROM archive_meta").raw().all();
  db.close();
  rmSync(path);
  const other = new Database(path);
  other.pragma(`encoding = '${encoding}'`);
  for (const sql of schema) other.exec(sql);
  other.pragma(`user_version = ${version}`);
  for (const values of meta) other.prepare("INSERT INTO archive_meta VALUES (?, ?)").run(...values);
  return other;
}

async function build(root: string, options: BuildOptions = {}) {
  const location = archiveLocation(root);
  const archive = openForReading(location);
  onTestFinished(() => archive.close());
  const path = join(temporaryFolder(), "index.sqlite");
  await buildIndex(archive, location.databasePath, path, options);
  const db = new Database(path);
  onTestFinished(() => {
    db.close();
  });
  return { archive, db, location };
}

/** Something like better-sqlite3 that fails from the `working`-th read on. */
function failingDriver(working: number): string {
  const path = join(temporaryFolder(), "driver.cjs");
  const driver = createRequire(import.meta.url).resolve("better-sqlite3");
  writeFileSync(
    path,
    `const Database = require(${JSON.stringify(driver)});
     let left = ${working};
     module.exports = class {
       constructor(...args) { this.db = new Database(...args); }
       prepare(sql) {
         const statement = this.db.prepare(sql).pluck();
         return { pluck: () => ({ get: (...params) => { if (left-- <= 0) throw new Error("no more"); return statement.get(...params); } }) };
       }
       close() { this.db.close(); }
     };`,
  );
  return path;
}

describe("building an index", () => {
  it.each([
    ["cannot be had", () => "/nowhere/driver.cjs", "Cannot find module"],
    ["fails at once", () => failingDriver(0), "no more"],
    ["fails half-way", () => failingDriver(5), "no more"],
  ])("gives the same where the second thread %s, and says why it reads alone", async (_what, driver, why) => {
    const root = longArchive();
    const reasons: string[] = [];
    const onAlone = (reason: string) => void reasons.push(reason);
    const usual = await build(root, { onAlone });
    expect(reasons).toEqual([]);
    const alone = await build(root, { driver: driver(), onAlone });
    expect(reasons).toEqual([expect.stringContaining(why)]);
    expect(contentsOf(alone.db)).toEqual(contentsOf(usual.db));
    expect(contentsOf(usual.db).cube).toEqual(countedCube(usual.db));
  });

  it.each(["UTF-16le", "UTF-16be"])("reads texts that are stored as %s", async (encoding) => {
    const [usual, other] = [await build(longArchive()), await build(longArchive(encoding))];
    expect(contentsOf(other.db)).toEqual(contentsOf(usual.db));
  });

  it("says what an update says that reads one row after the other", async () => {
    const root = join(temporaryFolder(), "archive");
    Store.create(root).close();
    const { archive, db, location } = await build(root);
    const full = longArchive();
    const archived = new Database(location.databasePath);
    archived.pragma("foreign_keys = OFF");
    archived.exec(`ATTACH '${join(full, "dataio.sqlite")}' AS other;
      INSERT INTO sessions SELECT * FROM other.sessions;
      INSERT INTO requests SELECT * FROM other.requests;
      INSERT INTO responses SELECT * FROM other.responses`);
    archived.close();
    const updater = new IndexUpdater(archive, location.databasePath, db);
    while (updater.step().state === "behind");
    expect(contentsOf(db)).toEqual(contentsOf((await build(root)).db));
  });

  it.each([
    ["its hash", "a".repeat(64)],
    ["a text that is none", "no hash"],
  ])("holds what a cache answers with for a second source, whose request has %s beside it", async (_what, hash) => {
    const root = join(temporaryFolder(), "archive");
    Store.create(root).close();
    const archived = new Database(join(root, "dataio.sqlite"));
    archived.pragma("foreign_keys = OFF");
    const time = (minute: number) => `2025-10-21T10:0${minute}:00.000000+00:00`;
    const uuid = (n: number) => `00000000-0000-4000-a000-00000000000${n}`;
    archived.transaction(() => {
      migrate(archived, "test", time(0));
      for (const [n, source] of ["alpha", "beta"].entries()) {
        archived.exec(`INSERT INTO sessions VALUES ('${uuid(n)}', '${source}', 'sync', '2025-10-21', '${time(0)}', NULL);
          INSERT INTO requests VALUES ('${uuid(n)}', '${uuid(n)}', 'prices', 'GET', '{}', NULL, ${n === 0 ? `'${hash}'` : "NULL"}, '${time(0)}')`);
      }
      archived.exec(`INSERT INTO request_identities VALUES ('beta', '${hash}', '${uuid(1)}');
        INSERT INTO responses VALUES ('${uuid(2)}', '${uuid(1)}', 'ok', NULL, NULL, NULL, '${time(1)}', NULL);
        INSERT INTO responses VALUES ('${uuid(3)}', '${uuid(1)}', 'ok', NULL, NULL, NULL, '${time(2)}', NULL)`);
    })();
    archived.close();
    const { db } = await build(root);
    const rows = db.prepare<[], { flags: number; time: number; until: number | null }>(
      "SELECT flags, time, until FROM rows WHERE id & 3 = 0 ORDER BY id",
    );
    const [first, second] = rows.all();
    expect([first?.flags, second?.flags]).toEqual([0, 0]);
    expect([first?.until, second?.until]).toEqual([second?.time, null]);
  });

  it("says how far it is, and ends with all", async () => {
    const told: [number, number][] = [];
    await build(longArchive(), { onProgress: (...progress) => told.push(progress) });
    const [, total] = told.at(-1) ?? [0, 0];
    expect(total).toBe(REQUESTS + 3 * REQUESTS * 3);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).toSorted((a, b) => a - b));
    expect(told.at(-1)?.[0]).toBe(total);
    expect(told.length).toBeGreaterThan(20);
  });

  it("leaves nothing behind and nothing open, wherever it is cancelled", async () => {
    const root = longArchive();
    const before = folderFingerprint(root);
    const folder = temporaryFolder();
    for (let turn = 0; turn < 40; turn += 3) {
      const archive = openForReading(archiveLocation(root));
      const controller = new AbortController();
      let left = turn;
      const onProgress = () => {
        if (left === 0) controller.abort();
        left -= 1;
      };
      const building = buildIndex(archive, archive.db.name, join(folder, "index.sqlite"), {
        signal: controller.signal,
        onProgress,
      });
      const error: unknown = await building.then(
        () => null,
        (reason: unknown) => reason,
      );
      archive.close();
      if (error === null) break;
      expect(isDataioError(error, "CANCELLED")).toBe(true);
      expect(readdirSync(folder)).toEqual([]);
      // Whoever had it open would have left files of its journal beside it.
      expect(folderFingerprint(root)).toEqual(before);
    }
  });

  it("is brought up to an archive that grew meanwhile, and not to one that shrank", async () => {
    const root = longArchive();
    const writer = new Database(join(root, "dataio.sqlite"));
    writer.pragma("foreign_keys = OFF");
    onTestFinished(() => {
      writer.close();
    });
    let told = 0;
    const meanwhile = (sql: string) => () => {
      told += 1;
      if (told % 3 === 0) writer.exec(sql);
    };
    const grow = `INSERT INTO responses SELECT lower(hex(randomblob(4))) || substr(id, 9), request_id, status, sequence, checksum, path,
      '2025-12-01T00:00:00.000000+00:00', size_bytes FROM responses WHERE rowid % 1000 = 7`;
    const { archive, db, location } = await build(root, { onProgress: meanwhile(grow) });
    const updater = new IndexUpdater(archive, location.databasePath, db);
    let step = updater.step();
    while (step.state === "behind") step = updater.step();
    expect(step.state).toBe("current");
    expect(contentsOf(db)).toEqual(contentsOf((await build(root)).db));

    told = 0;
    const shrink = "DELETE FROM responses WHERE rowid IN (SELECT rowid FROM responses WHERE rowid % 50 = 3 LIMIT 20)";
    const shrunk = await build(root, { onProgress: meanwhile(shrink) });
    expect(new IndexUpdater(shrunk.archive, location.databasePath, shrunk.db).step().state).toBe("mismatch");
  });
});
