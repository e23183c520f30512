import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it, onTestFinished, vi } from "vitest";
import { Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";

const MIB = 1024 * 1024;

it("brings a long log into the database in the background, where nothing is synced", async () => {
  const root = temporaryFolder();
  using store = Store.create(root, { durable: false });
  const other = new Database(join(root, "dataio.sqlite"));
  onTestFinished(() => void other.close());
  const state = () =>
    (other.pragma("wal_checkpoint(NOOP)") as { readonly log: number; readonly checkpointed: number }[])[0];
  const moment = "2026-01-01T00:00:00.000000+00:00";
  await store.insertSession({ id: "s", source: "demo", mode: "sync", asOf: moment, startedAt: moment, endedAt: null });
  const add = async (number: number) => {
    const [row, paramsJson] = [{ kind: "k", method: "GET", bodyJson: null, hash: null }, `"${"x".repeat(MIB)}"`];
    await store.insertRequest({ id: String(number), sessionId: "s", paramsJson, createdAt: moment, ...row });
  };
  for (let number = 0; number < 31; number += 1) await add(number);
  // Where SQLite itself would have done it long ago, within a commit.
  expect(state()?.log).toBeGreaterThan(7_900);
  await vi.waitFor(() => expect(state()?.checkpointed).toBeGreaterThan(7_900), { timeout: 10_000 });
  await add(31);
  // It begins anew.
  expect(state()?.log).toBeLessThan(1_000);
});
