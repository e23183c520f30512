import { expect, it } from "vitest";
import { newId } from "../src/ids.ts";

it("gives UUIDs of version 7 that are distinct and ascend, also within a millisecond", () => {
  const ids = Array.from({ length: 5_000 }, newId);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
  // The first 48 bits are the time.
  const at = Number.parseInt((ids[0] ?? "").replace("-", "").slice(0, 12), 16);
  expect(Math.abs(Date.now() - at)).toBeLessThan(60_000);
});
