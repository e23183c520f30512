import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { InFlight } from "../src/in-flight.ts";
import type { SessionResponse } from "../src/index.ts";

const RESPONSE: SessionResponse = {
  id: "r",
  requestId: "q",
  status: "ok",
  sequence: null,
  checksum: null,
  path: null,
  createdAt: "2026-01-01T00:00:00.000000+00:00",
  sizeBytes: 0,
  resolution: "acquired",
  resolutionId: "a",
  elapsedMs: 1,
};

it.each([
  ["answered", async () => RESPONSE],
  ["failed", () => Promise.reject(new Error("no"))],
])("a fetch that %s is found by those who asked before it ended, and by nobody who asked later", async (_, fetch) => {
  const inFlight = new InFlight();
  const before = performance.now();
  const leading = inFlight.lead("s", "h", fetch);
  const running = inFlight.find("s", "h", before);
  expect(running).toBeDefined();
  expect(inFlight.find("another", "h", before)).toBeUndefined();
  await leading.catch(() => {});
  // Whoever asked while it ran has looked into the archive in vain, and comes only now.
  expect(inFlight.find("s", "h", before)).toBe(running);
  expect(inFlight.find("s", "h", performance.now())).toBeUndefined();
  await nextTurn();
  expect(inFlight.find("s", "h", before)).toBeUndefined();
});
