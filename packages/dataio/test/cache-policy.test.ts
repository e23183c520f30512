import { describe, expect, it } from "vitest";
import { type CachePolicy, cachePolicy, decideByCache, hashMarksOf, policyRecord } from "../src/cache-policy.ts";

const NOW = "2025-10-22T12:00:00.000000+00:00";
const at = (createdAt: string, confirmedAt: string | null = null) => ({ createdAt, confirmedAt });
const anHourAgo = at("2025-10-22T11:00:00.000000+00:00");
const decide = (policy: CachePolicy, archived?: ReturnType<typeof at>) => decideByCache(policy, archived, NOW);

describe("what a policy makes of an archived response", () => {
  it("asks where nothing is archived, and only-if-cached misses", () => {
    for (const mode of ["default", "bypass", "revalidate", "never"] as const) {
      expect(decide({ mode })).toEqual({ action: "ask" });
    }
    expect(decide({ mode: "only-if-cached" })).toEqual({ action: "miss", reason: "absent" });
  });

  it("reuses without a ttl whatever the age, but for those that ask regardless", () => {
    const ancient = at("1970-01-01T00:00:00+00:00");
    expect(decide({ mode: "default" }, ancient)).toEqual({ action: "reuse" });
    expect(decide({ mode: "only-if-cached" }, ancient)).toEqual({ action: "reuse" });
    expect(decide({ mode: "revalidate" }, anHourAgo)).toEqual({ action: "confirm" });
    expect(decide({ mode: "bypass", ttlMs: 1e12 }, anHourAgo)).toEqual({ action: "ask" });
    expect(decide({ mode: "never", ttlMs: 1e12 }, anHourAgo)).toEqual({ action: "ask" });
  });

  it("draws the line at the ttl, to the millisecond", () => {
    const hour = 3_600_000;
    expect(decide({ mode: "default", ttlMs: hour }, anHourAgo)).toEqual({ action: "reuse" });
    expect(decide({ mode: "default", ttlMs: hour - 1 }, anHourAgo)).toEqual({ action: "ask" });
    expect(decide({ mode: "revalidate", ttlMs: hour }, anHourAgo)).toEqual({ action: "reuse" });
    expect(decide({ mode: "revalidate", ttlMs: hour - 1 }, anHourAgo)).toEqual({ action: "confirm" });
    expect(decide({ mode: "only-if-cached", ttlMs: hour - 1 }, anHourAgo)).toEqual({
      action: "miss",
      reason: "stale",
      ageMs: hour,
    });
  });

  it("counts from the source's last confirmation where that is later", () => {
    const confirmed = at(anHourAgo.createdAt, "2025-10-22T11:59:59.000000+00:00");
    expect(decide({ mode: "default", ttlMs: 1000 }, confirmed)).toEqual({ action: "reuse" });
    expect(decide({ mode: "default", ttlMs: 999 }, confirmed)).toEqual({ action: "ask" });
  });

  it.each([
    ["2025-10-22T11:59:59.500000+00:00", "reuse"],
    ["2025-10-22T11:59:59+00:00", "reuse"],
    ["2025-10-22 11:59:59Z", "reuse"],
    ["2025-10-22T13:59:59.5+02:00", "reuse"],
    ["20251022T115959,5", "reuse"],
    ["2025-W43-3T11:59:59", "reuse"],
    // A clock that is ahead makes nothing older.
    ["2025-10-22T12:00:07+00:00", "reuse"],
    ["2025-10-22T11:59:58+02:00", "ask"],
    ["2025-10-22T11:59:58+00:00", "ask"],
    ["yesterday", "ask"],
    ["", "ask"],
  ])("reads the time %j", (createdAt, action) => {
    expect(decide({ mode: "default", ttlMs: 1500 }, at(createdAt))).toEqual({ action });
  });

  it("tells no age of a time that cannot be read", () => {
    expect(decide({ mode: "only-if-cached", ttlMs: 1 }, at("?"))).toEqual({
      action: "miss",
      reason: "stale",
      ageMs: null,
    });
  });
});

describe("the policy in force", () => {
  it("is the fetch's, else the session's, else the default; a word takes the session's ttl", () => {
    expect(cachePolicy({})).toEqual({ mode: "default" });
    expect(cachePolicy({ useCache: false })).toEqual({ mode: "bypass" });
    expect(cachePolicy({ cache: "never", ttlMs: 5 }, { useCache: true })).toEqual({ mode: "default", ttlMs: 5 });
    expect(cachePolicy({ useCache: false, ttlMs: 5 }, { cache: "revalidate" })).toEqual({
      mode: "revalidate",
      ttlMs: 5,
    });
    expect(cachePolicy({ ttlMs: 5 }, { cache: { mode: "default" } })).toEqual({ mode: "default" });
    expect(cachePolicy({ cache: { mode: "only-if-cached", ttlMs: 0 } })).toEqual({ mode: "only-if-cached", ttlMs: 0 });
  });

  it("is refused where it makes no sense", () => {
    const refused = expect.objectContaining({ code: "PARAMS_INVALID" });
    const strange: unknown = "sometimes";
    for (const choice of [
      { cache: "default", useCache: true },
      { cache: { mode: "default", ttlMs: -1 } },
      { cache: { mode: "default", ttlMs: Number.NaN } },
      { ttlMs: Number.POSITIVE_INFINITY },
      { cache: strange as "default" },
    ] as const) {
      expect(() => cachePolicy(choice)).toThrow(refused);
    }
  });
});

it("is recorded with what else decided the identity, and read back for checking the hash", () => {
  expect(policyRecord({ mode: "default" }, {})).toEqual({ cache: "default" });
  expect(policyRecord({ mode: "default", ttlMs: 9 }, { asOfBucket: "2025-10-22", cacheTag: null })).toEqual({
    cache: "default",
    ttl_ms: 9,
    as_of_bucket: "2025-10-22",
  });
  expect(hashMarksOf('{"as_of_bucket":"d","cache":"default"}')).toEqual({ asOfBucket: "d", cacheTag: null });
  for (const text of [null, "", "{", "[]", '{"cache":"default"}', '{"cache_tag":1}']) {
    expect(hashMarksOf(text)).toBeNull();
  }
});
