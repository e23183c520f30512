/** The index in its folder: found again, built when it is not there or does not fit, and never in an archive's way. */
import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Integrity, RowFilter } from "../../src/browse-index/filter.ts";
import { IndexedReader } from "../../src/browse-index/indexed-reader.ts";
import { IndexKeeper, type IndexStanding } from "../../src/browse-index/keeper.ts";
import { checkpointAtRest, configureIndexWriter } from "../../src/browse-index/schema.ts";
import { ArchiveReader } from "../../src/index.ts";
import { archiveLocation } from "../../src/location.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { isWindows, modesHold, NO_REPLACING } from "../platform.ts";

interface Kept {
  readonly keeper: IndexKeeper;
  readonly standings: IndexStanding[];
  /** Where the index is. */
  path(): string;
}

function keep(root: string, cacheDirectory: string): Kept {
  const standings: IndexStanding[] = [];
  const keeper = new IndexKeeper({
    location: archiveLocation(root),
    cacheDirectory,
    onStanding: (s) => standings.push(s),
  });
  onTestFinished(() => keeper.close());
  return {
    keeper,
    standings,
    path() {
      const last = standings.at(-1);
      if (last?.state !== "ready") throw new Error(`the index is not ready: ${JSON.stringify(last)}`);
      return last.path;
    },
  };
}

async function totalOf(root: string, path: string): Promise<number> {
  using reader = new ArchiveReader(root);
  using indexed = new IndexedReader(reader, path);
  const sort = { column: "kind", direction: "asc" } as const;
  return (await indexed.rows({ sessionId: null, sort, cursor: null, limit: 5, filter: [] })).total;
}

function write(root: string, sql: string): void {
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("foreign_keys = OFF");
  db.exec(sql);
  db.close();
}

const INSERT =
  "INSERT INTO responses SELECT 'new-' || rowid, request_id, status, sequence, checksum, path, created_at, size_bytes FROM responses";

describe("an index keeper", () => {
  it("builds once, looks at the files, and finds the index again", async () => {
    const [root, cache] = [referenceArchive("small"), join(temporaryFolder(), "not", "there", "yet")];
    const before = folderFingerprint(root);
    const first = keep(root, cache);
    await first.keeper.refresh();
    await first.keeper.idle();
    expect(first.standings[0]).toEqual({ state: "building", done: 0, total: 0 });
    const texts = { path: first.path().replace(".sqlite", ".text1"), pending: 0, payloads: { state: "off" } };
    expect(first.standings.at(-1)).toEqual({ state: "ready", path: first.path(), pending: 0, texts });
    expect(await totalOf(root, first.path())).toBe(65);
    await first.keeper.close();
    expect(folderFingerprint(root)).toEqual(before);
    const second = keep(root, cache);
    await second.keeper.refresh();
    expect(second.standings.map(({ state }) => state)).toEqual(["ready"]);
    expect(second.path()).toBe(first.path());
    await second.keeper.close();
    // Nothing is left open, and nothing beside the index and its texts.
    expect(readdirSync(cache)).toHaveLength(2);
  });

  it("takes in what another connection writes, and builds anew when rows are gone", async () => {
    const [root, cache] = [referenceArchive("small"), temporaryFolder()];
    const { keeper, standings, path } = keep(root, cache);
    await keeper.refresh();
    const first = path();
    write(root, INSERT);
    await keeper.refresh();
    expect([path(), await totalOf(root, path())]).toEqual([first, 130]);
    // Nothing shows sooner that rows in the middle are gone than a count, which is not taken at every look.
    write(root, "DELETE FROM responses WHERE id LIKE 'new-%'");
    await keeper.refresh();
    expect(standings.some(({ state }) => state === "unavailable")).toBe(false);
    expect(path()).not.toBe(first);
    expect(await totalOf(root, path())).toBe(65);
  });

  it.each<[string, (path: string) => void]>([
    ["that is no database", (path) => writeFileSync(path, "no database")],
    ["that is empty", (path) => writeFileSync(path, "")],
    ["of another version", (path) => run(path, "PRAGMA user_version = 99")],
    ["that says nothing of itself", (path) => run(path, "DELETE FROM meta")],
    [
      "of another archive",
      (path) => run(path, "UPDATE meta SET value = json_set(value, '$.archivePath', '/elsewhere')"),
    ],
    ["without its rows", (path) => run(path, "DROP TABLE rows")],
  ])("does not take an index %s", async (_what, spoil) => {
    const [root, cache] = [referenceArchive("small"), temporaryFolder()];
    const first = keep(root, cache);
    await first.keeper.refresh();
    const path = first.path();
    await first.keeper.close();
    spoil(path);
    const again = keep(root, cache);
    await again.keeper.refresh();
    expect(await totalOf(root, again.path())).toBe(65);
    expect(readdirSync(cache).filter((name) => name.endsWith(".sqlite"))).toHaveLength(1);
  });

  it("searches contents of payloads from when it is asked to until it is told to stop", async () => {
    const [root, cache] = [referenceArchive("small"), temporaryFolder()];
    const first = keep(root, cache);
    await first.keeper.searchContents({ maxBytes: 65_536, types: [] });
    await first.keeper.idle();
    const on = first.standings.at(-1);
    if (on?.state !== "ready" || on.texts.payloads.state !== "on") throw new Error("contents are not searched");
    const { done, total, searched, cut, sizeBytes } = on.texts.payloads;
    expect(done).toBe(total);
    // One is larger than what of it is searched.
    expect(cut).toBe(1);
    expect(searched).toBeGreaterThan(10);
    expect(sizeBytes).toBeGreaterThan(10_000);
    await first.keeper.close();
    // It is kept for the archive, and what was read is not read again when the index is made anew.
    rmSync(first.path());
    const second = keep(root, cache);
    await second.keeper.refresh();
    await second.keeper.idle();
    expect(second.standings.at(-1)).toMatchObject({ texts: { payloads: { state: "on", searched, done: total } } });
    // The texts of the index that was removed are gone.
    expect(readdirSync(cache).filter((name) => name.endsWith(".text1"))).toHaveLength(1);
    await second.keeper.searchContents(null);
    expect(second.standings.at(-1)).toMatchObject({ texts: { payloads: { state: "off" } } });
    expect(readdirSync(cache).filter((name) => name.includes(".payloads"))).toEqual([]);
  });

  it("makes texts anew that cannot be read, and lists do without meanwhile", async () => {
    const [root, cache] = [referenceArchive("small"), temporaryFolder()];
    const first = keep(root, cache);
    await first.keeper.refresh();
    await first.keeper.idle();
    await first.keeper.close();
    const texts = first.path().replace(".sqlite", ".text1");
    writeFileSync(texts, "no database");
    const again = keep(root, cache);
    await again.keeper.refresh();
    expect(await totalOf(root, again.path())).toBe(65);
    await again.keeper.idle();
    expect(again.standings.at(-1)).toMatchObject({ texts: { path: texts, pending: 0 } });
  });

  it("takes in what a check of whole files found, and looks at healed ones again", async () => {
    const [root, cache] = [referenceArchive("small"), temporaryFolder()];
    const { keeper, path } = keep(root, cache);
    await keeper.refresh();
    await keeper.idle();
    const checksum =
      readdirSync(join(root, "responses"))
        .find((name) => name.endsWith(".bin"))
        ?.slice(0, 64) ?? "";
    const found = async (state: Integrity) => {
      using reader = new ArchiveReader(root);
      using indexed = new IndexedReader(reader, path());
      const sort = { column: "time", direction: "desc" } as const;
      const filter: RowFilter = [
        { key: "checksum", value: checksum, not: false },
        { key: "integrity", value: state, not: false },
      ];
      const { total } = await indexed.rows({ sessionId: null, sort, cursor: null, limit: 500, filter });
      const facet = indexed.facets({ sessionId: null, filter: [] }).facets.integrity;
      return [total, facet.find(({ value }) => value === state)?.count ?? 0];
    };
    const [rows = 0, intact = 0] = await found("ok");
    expect(rows).toBeGreaterThan(0);
    await keeper.takeInChecked([{ checksum, state: "corrupt" }], false);
    expect([(await found("ok"))[0], await found("corrupt")]).toEqual([0, [rows, rows]]);
    // A run over all that does not name it: the file itself is asked.
    await keeper.takeInChecked([], true);
    await keeper.idle();
    expect([await found("ok"), (await found("corrupt"))[0]]).toEqual([[rows, intact], 0]);
  });

  it("builds anew when its folder is deleted while it is open", async ({ skip }) => {
    skip(isWindows, NO_REPLACING);
    const [root, cache] = [referenceArchive("small"), join(temporaryFolder(), "cache")];
    const { keeper, path } = keep(root, cache);
    await keeper.refresh();
    const first = path();
    rmSync(cache, { recursive: true });
    write(root, INSERT);
    await keeper.refresh();
    expect(path()).not.toBe(first);
    expect(await totalOf(root, path())).toBe(130);
  });

  it.runIf(modesHold)("says why there is none where it may not write", async () => {
    const cache = temporaryFolder();
    chmodSync(cache, 0o500);
    const { keeper, standings } = keep(referenceArchive("small"), cache);
    await keeper.refresh();
    expect(standings.at(-1)).toMatchObject({ state: "unavailable", code: "ACCESS_DENIED" });
  });

  it("says why there is none where a file stands in the way of its folder", async () => {
    const cache = join(temporaryFolder(), "file");
    writeFileSync(cache, "");
    const { keeper, standings } = keep(referenceArchive("small"), cache);
    await keeper.refresh();
    expect(standings.at(-1)).toMatchObject({ state: "unavailable" });
  });

  it("leaves nothing behind when it is closed while it builds", async () => {
    const cache = temporaryFolder();
    mkdirSync(cache, { recursive: true });
    const { keeper } = keep(referenceArchive("edge"), cache);
    void keeper.refresh();
    await keeper.close();
    expect(readdirSync(cache).filter((name) => name.endsWith(".making"))).toEqual([]);
  });

  it("shares one index with another process that looks at the same archive", async () => {
    const [root, cache] = [referenceArchive("small"), temporaryFolder()];
    const one = keep(root, cache);
    const other = keep(root, cache);
    await one.keeper.refresh();
    await other.keeper.refresh();
    expect(other.path()).toBe(one.path());
    write(root, INSERT);
    await Promise.all([one.keeper.refresh(), other.keeper.refresh()]);
    await Promise.all([one.keeper.idle(), other.keeper.idle()]);
    expect(await totalOf(root, one.path())).toBe(130);
  });
});

function run(path: string, sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

describe("the log of an index", () => {
  it("is copied over at rest, once it is long", () => {
    const db = new Database(join(temporaryFolder(), "index.sqlite"));
    onTestFinished(() => void db.close());
    configureIndexWriter(db);
    db.exec("CREATE TABLE bytes (value)");
    const log = () => db.pragma("wal_checkpoint(NOOP)") as { log: number; checkpointed: number }[];
    checkpointAtRest(db);
    expect(log()[0]?.checkpointed).toBe(0);
    // Less than what a commit would wait for.
    db.exec("INSERT INTO bytes VALUES (zeroblob(20000000))");
    expect(log()[0]?.checkpointed).toBe(0);
    checkpointAtRest(db);
    expect(log()[0]?.checkpointed).toBeGreaterThan(4_000);
    expect(log()[0]?.checkpointed).toBe(log()[0]?.log);
  });
});
