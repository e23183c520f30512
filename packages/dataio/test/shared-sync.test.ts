import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { shareSync } from "../src/shared-sync.ts";

/** A disk whose syncs end when the test lets them. */
function slowDisk() {
  const syncs: ReturnType<typeof Promise.withResolvers<void>>[] = [];
  const path = `disk ${Math.random()}`;
  const sync = () => {
    const running = Promise.withResolvers<void>();
    syncs.push(running);
    return running.promise;
  };
  return { syncs, wait: () => shareSync(path, sync) };
}

it("is one for all who come before it begins, and one more for all who come while it runs", async () => {
  const { syncs, wait } = slowDisk();
  const early = [wait(), wait(), wait()];
  await nextTurn();
  await vi.waitFor(() => expect(syncs).toHaveLength(1));
  const ended: string[] = [];
  const late = [wait(), wait(), wait(), wait()].map((waiting) => waiting.then(() => ended.push("late")));
  syncs[0]?.resolve();
  await Promise.all(early);
  // What began before they came may have missed what they wrote.
  expect(ended).toEqual([]);
  await vi.waitFor(() => expect(syncs).toHaveLength(2));
  syncs[1]?.resolve();
  await Promise.all(late);
  expect(ended).toHaveLength(4);
});

it("that fails fails for those who waited for it, and not for those who come after", async () => {
  const { syncs, wait } = slowDisk();
  const [first, second] = [wait(), wait()];
  await vi.waitFor(() => expect(syncs).toHaveLength(1));
  const third = wait();
  syncs[0]?.reject(new Error("the disk is gone"));
  await expect(first).rejects.toThrow("gone");
  await expect(second).rejects.toThrow("gone");
  await vi.waitFor(() => expect(syncs).toHaveLength(2));
  syncs[1]?.resolve();
  await third;
});
