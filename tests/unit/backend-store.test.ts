/** The store of an open archive, by whoever asks for it and while what is open changes: none is left open, none is closed under others. */
import { readdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { expect, it, onTestFinished } from "vitest";
import { archiveLocation, Store } from "../../packages/dataio/src/index.ts";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { isWindows } from "../../packages/dataio/test/platform.ts";
import { ArchiveStore } from "../../src/backend/archive-store.ts";
import { Archives } from "../../src/backend/archives.ts";
import type { OpenArchive } from "../../src/shared/contract.ts";
import { bareBackend } from "../helpers/driven-backend.ts";
import { ROOT } from "../helpers/root.ts";

const WORKER = pathToFileURL(join(ROOT, "out/main/reader-worker.js"));

function newArchive(): string {
  const root = join(temporaryFolder(), "archive");
  Store.create(root, { durable: false }).close();
  return root;
}

/** Files of the database that this process has open; elsewhere than on Linux none can be told. */
function openFiles(root: string): string[] {
  if (process.platform !== "linux") return [];
  const targets = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return targets.filter((target) => target.startsWith(join(root, "dataio.sqlite")));
}

/** Another archive takes the place of the database, as a copy that is restored does. */
function replaceDatabase(root: string): void {
  for (const suffix of ["-wal", "-shm"]) rmSync(join(root, `dataio.sqlite${suffix}`), { force: true });
  renameSync(join(newArchive(), "dataio.sqlite"), join(root, "dataio.sqlite"));
}

const session = (id: string) =>
  ({ id, source: "s", mode: "sync", asOf: "t", startedAt: "2026-01-01T00:00:00.000000+00:00", endedAt: null }) as const;

it.skipIf(isWindows).each([0, 10, 20, 40])(
  "is one for all, also where another file takes the database's place (%i ms before it is asked for)",
  async (ms) => {
    const failures: unknown[] = [];
    const archives = new Archives({
      readerWorker: WORKER,
      cacheDirectory: temporaryFolder(),
      readOnly: false,
      onChange: () => {},
      onIndexChange: () => {},
      onPollFailure: (_path, error) => failures.push(error),
      onReaderDeath: (_path, error) => failures.push(error),
      onIndexAlone: () => {},
    });
    onTestFinished(() => archives.closeAll());
    const root = newArchive();
    const { id } = await archives.open(root);
    replaceDatabase(root);
    // At any moment of the change somebody may want to write.
    const stores: Promise<Store>[] = [];
    let isDone = false;
    const renewed = archives.refresh(id).then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, ms));
    while (!isDone) {
      stores.push(archives.store(id));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await renewed;
    const store = await archives.store(id);
    expect(await store.insertSession(session("new"))).toBe(true);
    expect(archives.get(id).counts.sessions).toBe(0);
    const written = new Database(join(root, "dataio.sqlite"), { readonly: true });
    expect(written.prepare("SELECT id FROM sessions").pluck().all()).toEqual(["new"]);
    written.close();
    await Promise.all(stores);
    await archives.closeAll();
    expect(failures).toEqual([]);
    expect(openFiles(root)).toEqual([]);
  },
);

it("is not taken away while a fetch is being made ready", async () => {
  const backend = await bareBackend();
  const call = async (method: string, params: unknown) => {
    const outcome = await backend.dispatch(method, params, new AbortController().signal);
    if (!outcome.ok) throw new Error(`${method}: ${outcome.error.code}`);
    return outcome.value;
  };
  const root = newArchive();
  const folder = temporaryFolder();
  writeFileSync(join(folder, "a.csv"), "a");
  const { id: archiveId } = (await call("archives.open", { path: root })) as OpenArchive;
  const paramsJson = JSON.stringify({ path: join(folder, "a.csv") });
  const requests = [{ kind: "file", method: "GET", paramsJson, bodyJson: null }];
  const started = call("fetch.start", { archiveId, source: "s", adapter: "local-file", cache: "default", requests });
  await Promise.all([started, call("archives.close", { archiveId })]);
  const responses = () => {
    const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
    const count = db.prepare("SELECT COUNT(*) FROM resolutions WHERE ended_at IS NOT NULL").pluck().get();
    db.close();
    return count;
  };
  await expect.poll(responses).toBe(1);
  await expect.poll(() => openFiles(root)).toEqual([]);
});

it("is opened by who waits for it once what was let go is closed, and by nobody after its end", async () => {
  const root = newArchive();
  const kept = new ArchiveStore(archiveLocation(root));
  const first = await kept.open();
  const [second, third] = await Promise.all([
    kept.letGo().then(() => kept.open()),
    // Before what is let go is closed.
    kept.open(),
  ]);
  expect(second).toBe(third);
  expect(second).not.toBe(first);
  await expect(first.insertSession(session("gone"))).rejects.toMatchObject({ code: "CLOSED" });
  expect(await second.insertSession(session("here"))).toBe(true);

  const late = kept.open().then(
    () => "opened",
    ({ shape }) => shape.code,
  );
  await kept.close();
  expect(["opened", "ARCHIVE_NOT_OPEN"]).toContain(await late);
  await expect(kept.open()).rejects.toMatchObject({ shape: { code: "ARCHIVE_NOT_OPEN" } });
  expect(openFiles(root)).toEqual([]);
});

it("does not wait for another process's lock once nobody wants it any more", async () => {
  const root = newArchive();
  const locker = new Database(join(root, "dataio.sqlite"));
  locker.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE t (a); COMMIT");
  onTestFinished(() => {
    locker.close();
  });
  const kept = new ArchiveStore(archiveLocation(root));
  const waiting = kept.open();
  waiting.catch(() => {});
  const started = performance.now();
  await kept.close();
  await expect(waiting).rejects.toMatchObject({ shape: { code: "ARCHIVE_NOT_OPEN" } });
  // Else it tries for 15 seconds.
  expect(performance.now() - started).toBeLessThan(5_000);
});

it.each([0, 1, 2, 3, 4])("leaves none open where some asked while it could not be opened (%i)", async (ticks) => {
  const root = newArchive();
  const aside = `${root}.aside`;
  const kept = new ArchiveStore(archiveLocation(root));
  renameSync(root, aside);
  const failing = kept.open();
  failing.catch(() => {});
  await Promise.resolve();
  const outcomes: Promise<unknown>[] = [failing];
  for (let i = 0; i < ticks; i += 1) await Promise.resolve();
  renameSync(aside, root);
  for (let i = 0; i < 12; i += 1) {
    outcomes.push(kept.open());
    await Promise.resolve();
  }
  const settled = await Promise.allSettled(outcomes);
  expect(settled.at(-1)).toMatchObject({ status: "fulfilled" });
  await kept.close();
  expect(openFiles(root)).toEqual([]);
});
