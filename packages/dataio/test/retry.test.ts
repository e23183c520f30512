import { describe, expect, it } from "vitest";
import { retryAfterMs, retryDelayMs, retryPolicy } from "../src/retry.ts";

const policy = retryPolicy({ attempts: 4, minDelayMs: 100, maxDelayMs: 1000, factor: 3, maxRetryAfterMs: 5000 });
const network = { code: "NETWORK_FAILED" } as const;
const most = () => 1;
const answered = (transportStatus: number, headers: Record<string, string> = {}) => ({ transportStatus, headers });

describe("another attempt", () => {
  it("waits up to a bound that grows by the factor, as chance has it", () => {
    expect([1, 2, 3].map((attempt) => retryDelayMs(policy, attempt, network, most))).toEqual([100, 300, 900]);
    expect(retryDelayMs({ ...policy, attempts: 9 }, 8, network, most)).toBe(1000);
    expect(retryDelayMs(policy, 2, network, () => 0)).toBe(0);
    expect(retryDelayMs(policy, 2, network, () => 0.5)).toBe(150);
  });

  it("is not made after the last, nor without options", () => {
    expect(retryDelayMs(policy, 4, network, most)).toBeNull();
    expect(retryDelayMs(retryPolicy(undefined), 1, network, most)).toBeNull();
    expect(retryPolicy({}).attempts).toBe(3);
  });

  it("is made only after what may pass", () => {
    for (const status of [408, 425, 429, 500, 502, 503, 504])
      expect(retryDelayMs(policy, 1, answered(status))).not.toBeNull();
    for (const status of [400, 401, 403, 404, 410, 422, 501, 505])
      expect(retryDelayMs(policy, 1, answered(status))).toBeNull();
    expect(retryDelayMs(policy, 1, { transportStatus: undefined, headers: undefined })).toBeNull();
    expect(retryDelayMs(policy, 1, { code: "TIMEOUT" })).not.toBeNull();
    for (const code of ["CANCELLED", "PARAMS_INVALID", "ADAPTER_FAILED", "TOO_LARGE", "NO_SPACE"] as const) {
      expect(retryDelayMs(policy, 1, { code })).toBeNull();
    }
  });

  it("is not made sooner than the source says, and not at all when that is too late", () => {
    expect(retryDelayMs(policy, 1, answered(429, { "retry-after": "4" }), most)).toBe(4000);
    expect(retryDelayMs(policy, 3, answered(429, { "retry-after": "0" }), most)).toBe(900);
    expect(retryDelayMs(policy, 1, answered(429, { "retry-after": "5" }), most)).toBe(5000);
    expect(retryDelayMs(policy, 1, answered(429, { "retry-after": "6" }), most)).toBeNull();
  });

  it("is refused as an option that makes no sense", () => {
    const refused = expect.objectContaining({ code: "PARAMS_INVALID" });
    for (const options of [
      { attempts: 0 },
      { attempts: 1.5 },
      { factor: 0.5 },
      { minDelayMs: -1 },
      { maxDelayMs: 1e12 },
    ]) {
      expect(() => retryPolicy(options)).toThrow(refused);
    }
  });
});

it("reads Retry-After as seconds and as a date, against the answer's own clock where it has one", () => {
  const now = Date.parse("2025-10-22T12:00:00Z");
  expect(retryAfterMs({ "retry-after": "120" }, now)).toBe(120_000);
  expect(retryAfterMs({ "Retry-After": ["7"] }, now)).toBe(7000);
  const date = "Wed, 22 Oct 2025 12:00:30 GMT";
  expect(retryAfterMs({ "retry-after": date }, now)).toBe(30_000);
  expect(retryAfterMs({ "retry-after": date, date: "Wed, 22 Oct 2025 12:00:10 GMT" }, now)).toBe(20_000);
  expect(retryAfterMs({ "retry-after": date, date: "Wed, 22 Oct 2025 13:00:10 GMT" }, now)).toBe(0);
  for (const headers of [undefined, {}, { "retry-after": "soon" }, { "retry-after": "" }]) {
    expect(retryAfterMs(headers, now)).toBeNull();
  }
});
