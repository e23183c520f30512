import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { DataioError, type Session, Store } from "../src/index.ts";
import { WriteQueue } from "../src/write-queue.ts";
import { temporaryFolder } from "./archives.ts";

/** A queue on a table of numbers, and another connection to the same file. */
function setUp(guard: Partial<ConstructorParameters<typeof WriteQueue>[1]> = {}) {
  const path = join(temporaryFolder(), "numbers.sqlite");
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.exec("CREATE TABLE numbers (n INTEGER PRIMARY KEY)");
  const other = new Database(path);
  onTestFinished(() => {
    db.close();
    other.close();
  });
  let transactions = 0;
  const queue = new WriteQueue(db, {
    ready: () => {},
    before: () => {
      transactions += 1;
    },
    after: () => {},
    failure: (error) => error,
    settled: async () => {},
    ...guard,
  });
  const insert = db.prepare("INSERT INTO numbers VALUES (?)");
  return {
    other,
    db,
    add: (n: number) => queue.run(() => Number(insert.run(n).lastInsertRowid)),
    queue,
    committed: () => other.prepare("SELECT n FROM numbers ORDER BY n").pluck().all(),
    transactions: () => transactions,
  };
}

describe("writes at the same time", () => {
  it("share a transaction, each with its own result", async () => {
    const test = setUp();
    expect(await Promise.all([1, 2, 3, 4].map(test.add))).toEqual([1, 2, 3, 4]);
    expect(test.transactions()).toBe(1);
    const many = Array.from({ length: 200 }, (_, index) => index + 10);
    await Promise.all(many.map(test.add));
    expect(test.committed()).toHaveLength(204);
    expect(test.transactions()).toBeLessThan(10);
  });

  it("are committed when their writer hears of it", async () => {
    const test = setUp();
    await Promise.all(
      [1, 2, 3].map(async (n) => {
        await test.add(n);
        expect(test.committed()).toContain(n);
      }),
    );
  });

  it("do not fail with the one of them that fails", async () => {
    const test = setUp();
    await test.add(2);
    const refused = test.queue.run(() => {
      throw new DataioError("NOT_FOUND", "no such thing");
    });
    const outcomes = await Promise.allSettled([test.add(1), test.add(2), refused, test.add(3)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    await expect(refused).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(test.committed()).toEqual([1, 2, 3]);
  });

  it("leave nothing where the end of the transaction refuses it", async () => {
    const test = setUp({
      after: () => {
        throw new DataioError("IO_FAILED", "not in place");
      },
    });
    const outcomes = await Promise.allSettled([test.add(1), test.add(2)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(test.committed()).toEqual([]);
  });

  it("are durable when their writer hears of it, and refused when they cannot be", async () => {
    const syncs: ReturnType<typeof Promise.withResolvers<void>>[] = [];
    const test = setUp({
      settled: () => {
        const sync = Promise.withResolvers<void>();
        syncs.push(sync);
        return sync.promise;
      },
    });
    const heard: number[] = [];
    const first = test.add(1).then((n) => heard.push(n));
    await vi.waitFor(() => expect(syncs).toHaveLength(1));
    // The next transaction does not wait for the disk, its writer does.
    const second = test.add(2);
    await vi.waitFor(() => expect(test.committed()).toEqual([1, 2]));
    expect(heard).toEqual([]);
    syncs[0]?.resolve();
    await first;
    await vi.waitFor(() => expect(syncs).toHaveLength(2));
    syncs[1]?.reject(new DataioError("IO_FAILED", "the disk is gone"));
    await expect(second).rejects.toMatchObject({ code: "IO_FAILED" });
  });

  it("wait together for another process", async () => {
    const test = setUp();
    test.db.pragma("busy_timeout = 5");
    test.other.exec("BEGIN IMMEDIATE");
    const writing = Promise.all([test.add(1), test.add(2)]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    test.other.exec("COMMIT");
    expect(await writing).toEqual([1, 2]);
  });
});

const session = (id: string): Session => ({
  id,
  source: "demo",
  mode: "sync",
  asOf: "2026-01-01T00:00:00+00:00",
  startedAt: "2026-01-01T00:00:00+00:00",
  endedAt: null,
});

describe("the writes of a store", () => {
  it("that was closed meanwhile are refused, and leave nothing", async () => {
    const root = temporaryFolder();
    const store = Store.create(root);
    const writes = [store.insertSession(session("a")), store.insertSession(session("b"))];
    store.close();
    for (const write of writes) await expect(write).rejects.toMatchObject({ code: "CLOSED" });
    using again = Store.open(root);
    expect(await again.listSessions()).toEqual([]);
  });

  it("that were committed when it was closed are durable, and acknowledged", async () => {
    for (let round = 0; round < 20; round += 1) {
      const root = temporaryFolder();
      const store = Store.create(root);
      const writing = store.insertSession(session("a"));
      const isCommitted = () => {
        const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
        const count = db.prepare("SELECT COUNT(*) FROM sessions").pluck().get();
        db.close();
        return count === 1;
      };
      while (!isCommitted()) await nextTurn();
      store.close();
      expect(await writing).toBe(true);
    }
  });

  it("stop when a newer version took the archive over, which keeps its version", async () => {
    const root = temporaryFolder();
    using store = Store.create(root);
    await store.insertSession(session("a"));
    const newer = new Database(join(root, "dataio.sqlite"));
    onTestFinished(() => void newer.close());
    newer.exec("CREATE TABLE of_tomorrow (x); UPDATE archive_meta SET value = '99' WHERE key = 'schema_version'");
    await expect(store.insertSession(session("b"))).rejects.toMatchObject({ code: "SCHEMA_TOO_NEW" });
    expect(newer.prepare("SELECT value FROM archive_meta WHERE key = 'schema_version'").pluck().get()).toBe("99");
    expect(newer.prepare("SELECT id FROM sessions").pluck().all()).toEqual(["a"]);
  });
});
