import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { type ArchiveChange, Store, watch } from "../src/index.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";
import { isWindows, NO_REPLACING } from "./platform.ts";

/** An archive in the given journal mode, and another connection that writes into it. */
function archiveWithWriter(journal: "wal" | "delete"): { root: string; writer: Database.Database; write(): void } {
  const root = referenceArchive("small");
  const writer = new Database(join(root, "dataio.sqlite"));
  writer.pragma(`journal_mode = ${journal}`);
  onTestFinished(() => void writer.close());
  const insert = "INSERT INTO sessions VALUES (lower(hex(randomblob(8))), 'watch', 'sync', 'x', 'x', NULL)";
  return { root, writer, write: () => void writer.prepare(insert).run() };
}
/** What a watch reports, and a way to end it. */
function watching(root: string): { seen: ArchiveChange[]; end(): Promise<void> } {
  const controller = new AbortController();
  const seen: ArchiveChange[] = [];
  const changes = watch(root, { signal: controller.signal, intervalMs: 10 });
  // The first `next()` opens the archive before it returns, so nothing that follows is missed.
  const ended = (async () => {
    for await (const change of changes) seen.push(change);
  })();
  return {
    seen,
    end: () => {
      controller.abort();
      return ended;
    },
  };
}

describe.each(["wal", "delete"] as const)("an archive in journal mode %s", (journal) => {
  it("is reported to have changed for each commit of another connection, and only then", async () => {
    const { root, write } = archiveWithWriter(journal);
    const watched = watching(root);
    for (let commits = 1; commits <= 3; commits += 1) {
      write();
      await expect.poll(() => watched.seen.length, { timeout: 1_000 }).toBe(commits);
    }
    await watched.end();
    expect(watched.seen.map((change) => change.kind)).toEqual(["committed", "committed", "committed"]);
  });

  it("is watched on through a locked moment", async () => {
    const { root, writer, write } = archiveWithWriter(journal);
    const watched = watching(root);
    writer.exec("BEGIN EXCLUSIVE");
    write();
    // Long enough for a look that meets the lock; a look later or earlier makes no difference to the outcome.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(watched.seen).toEqual([]);
    writer.exec("COMMIT");
    await expect.poll(() => watched.seen.length).toBe(1);
    await watched.end();
  });
});

it("begins in a locked moment, and reports what comes of it", async () => {
  const { root, writer, write } = archiveWithWriter("delete");
  writer.exec("BEGIN EXCLUSIVE");
  const watched = watching(root);
  write();
  writer.exec("COMMIT");
  await expect.poll(() => watched.seen.map((change) => change.kind)).toEqual(["committed"]);
  await watched.end();
});

it("changes nothing on disk", async () => {
  const root = temporaryFolder();
  Store.create(root).close();
  const before = folderFingerprint(root);
  const watched = watching(root);
  await watched.end();
  expect(folderFingerprint(root)).toEqual(before);
  expect(watched.seen).toEqual([]);
});

it("notices a copy that takes the archive's place, and changes in it", async ({ skip }) => {
  skip(isWindows, NO_REPLACING);
  const { root, writer } = archiveWithWriter("delete");
  const path = join(root, "dataio.sqlite");
  writer.close();
  copyFileSync(path, `${path}.copy`);
  const watched = watching(root);
  renameSync(`${path}.copy`, path);
  await expect.poll(() => watched.seen.map((change) => change.kind)).toEqual(["replaced"]);
  const other = new Database(path);
  other.exec("DELETE FROM responses");
  other.close();
  await expect.poll(() => watched.seen.map((change) => change.kind)).toEqual(["replaced", "committed"]);
  await watched.end();
});

it("fails when there is no archive", async () => {
  await expect(watch(temporaryFolder()).next()).rejects.toMatchObject({ code: "NOT_AN_ARCHIVE" });
});

it("fails when there is none any more", async ({ skip }) => {
  skip(isWindows, NO_REPLACING);
  const { root } = archiveWithWriter("delete");
  const changes = watch(root, { intervalMs: 10 });
  const next = changes.next();
  rmSync(join(root, "dataio.sqlite"));
  await expect(next).rejects.toMatchObject({ code: "NOT_AN_ARCHIVE" });
});

it("refuses to look without a pause", () => {
  expect(() => watch(temporaryFolder(), { intervalMs: 0 })).toThrow(
    expect.objectContaining({ code: "PARAMS_INVALID" }),
  );
});

it("can be left while it waits for a change that never comes", async () => {
  const { root } = archiveWithWriter("wal");
  const changes = watch(root, { intervalMs: 10 });
  const waiting = changes.next();
  await expect(changes.return()).resolves.toEqual({ done: true, value: undefined });
  await expect(waiting).resolves.toEqual({ done: true, value: undefined });
});

it("lets go of the archive when its loop is left", async () => {
  const { root, writer, write } = archiveWithWriter("wal");
  const changes = watch(root, { intervalMs: 10 });
  const first = changes.next();
  write();
  expect((await first).value?.kind).toBe("committed");
  await changes.return();
  writer.close();
  // The last connection removes it.
  expect(existsSync(join(root, "dataio.sqlite-wal"))).toBe(false);
});
