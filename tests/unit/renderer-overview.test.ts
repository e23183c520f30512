import { afterEach, describe, expect, it, vi } from "vitest";
import { fieldOf, isLater, momentOfField, startOfDay } from "../../src/renderer/features/as-of/moments.ts";
import { type BucketUnit, bucketAt, bucketsOf, timeTerm } from "../../src/renderer/features/overview/buckets.ts";
import { type Reading, Refresher } from "../../src/renderer/features/overview/refresher.ts";
import { spokenBucket, spokenFailures, spokenShare, spokenSpan } from "../../src/renderer/features/overview/spoken.ts";

const at = (text: string) => Date.parse(text);
const texts = (edges: readonly number[]) => edges.map((edge) => new Date(edge).toISOString().slice(0, 19));

describe("the buckets of a chart", () => {
  it("are as long as the span makes them, and hold all of it", () => {
    const units: [to: string, unit: BucketUnit][] = [
      ["2025-10-01T00:00:20Z", "second"],
      ["2025-10-01T00:10:00Z", "10 seconds"],
      ["2025-10-01T02:00:00Z", "minute"],
      ["2025-10-01T05:00:00Z", "5 minutes"],
      ["2025-10-01T20:00:00Z", "15 minutes"],
      ["2025-10-04T00:00:00Z", "hour"],
      ["2025-10-20T00:00:00Z", "day"],
      ["2026-10-20T00:00:00Z", "day"],
      ["2028-10-20T00:00:00Z", "week"],
      ["2045-10-20T00:00:00Z", "month"],
      ["2145-10-20T00:00:00Z", "year"],
    ];
    for (const [to, unit] of units) {
      const span = { from: at("2025-10-01T00:00:07Z"), to: at(to) };
      const found = bucketsOf(span, "utc");
      expect(found.unit, to).toBe(unit);
      expect(found.edges[0]).toBeLessThanOrEqual(span.from);
      expect(found.edges[1]).toBeGreaterThan(span.from);
      expect(found.edges.at(-1)).toBeGreaterThanOrEqual(span.to);
      expect(found.edges.at(-2)).toBeLessThan(span.to);
      expect(found.edges).toEqual(found.edges.toSorted((a, b) => a - b));
      expect(found.edges.length).toBeLessThanOrEqual(1001);
    }
  });

  it("begin with a day, a Monday, a month", () => {
    const span = (from: string, to: string) => ({ from: at(from), to: at(to) });
    expect(texts(bucketsOf(span("2025-10-21T16:00:00Z", "2025-10-25T20:00:00Z"), "utc").edges).slice(0, 2)).toEqual([
      "2025-10-21T00:00:00",
      "2025-10-22T00:00:00",
    ]);
    expect(texts(bucketsOf(span("2025-10-22T16:00:00Z", "2027-10-25T20:00:00Z"), "utc").edges).slice(0, 2)).toEqual([
      "2025-10-20T00:00:00",
      "2025-10-27T00:00:00",
    ]);
    expect(texts(bucketsOf(span("2024-02-29T16:00:00Z", "2039-10-25T20:00:00Z"), "utc").edges).slice(0, 2)).toEqual([
      "2024-02-01T00:00:00",
      "2024-03-01T00:00:00",
    ]);
    expect(bucketsOf({ from: 5000, to: 5000 }, "utc").edges).toEqual([5000, 6000]);
  });

  it("are local days, also those of 23 and 25 hours", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    const { edges } = bucketsOf({ from: at("2025-10-24T22:30:00Z"), to: at("2025-10-29T12:00:00Z") }, "local");
    const hours = edges.slice(1).map((edge, day) => (edge - (edges[day] ?? 0)) / 3_600_000);
    expect(hours).toEqual([24, 25, 24, 24, 24]);
  });

  it("are found by a moment", () => {
    const found = [0, 9, 10, 29, 30, 31].map((moment) => bucketAt([10, 20, 30], moment));
    expect(found).toEqual([null, null, 0, 1, null, null]);
  });

  it("become conditions in the shortest words", () => {
    const term = (from: string, to: string) => {
      const { from: first, to: last } = timeTerm({ from: at(from), to: at(to) }) as { from: string; to: string };
      return `${first}..${last}`;
    };
    expect(term("2025-10-20T00:00Z", "2025-10-22T00:00Z")).toBe("2025-10-20..2025-10-21");
    expect(term("2025-10-20T22:00Z", "2025-10-21T22:00Z")).toBe("2025-10-20T22:00..2025-10-21T21:59");
    expect(term("2025-10-20T22:00:10Z", "2025-10-20T22:00:20Z")).toBe("2025-10-20T22:00:10..2025-10-20T22:00:19");
    expect(term("2025-10-20T22:00:10.5Z", "2025-10-20T22:00:20Z")).toBe(
      "2025-10-20T22:00:10.500..2025-10-20T22:00:19.999",
    );
  });
});

describe("figures in words", () => {
  it("round no share to all or to nothing", () => {
    expect([spokenShare(0, 0), spokenShare(0, 9), spokenShare(9, 9), spokenShare(1, 3)]).toEqual([
      "–",
      "0 %",
      "100 %",
      "33.3 %",
    ]);
    expect([spokenShare(1, 100_000), spokenShare(99_999, 100_000)]).toEqual(["0.1 %", "99.9 %"]);
  });

  it("name spans by what they are made of", () => {
    const span = (from: string, to: string, unit: BucketUnit) => spokenSpan(at(from), at(to), unit, "utc");
    expect(span("2025-10-20T00:00Z", "2025-10-21T00:00Z", "day")).toBe("2025-10-20");
    expect(span("2025-10-20T00:00Z", "2025-10-27T00:00Z", "week")).toBe("2025-10-20 – 2025-10-26");
    expect(span("2025-10-01T00:00Z", "2025-11-01T00:00Z", "month")).toBe("2025-10");
    expect(span("2025-10-20T05:00Z", "2025-10-20T06:00Z", "hour")).toBe("2025-10-20 05:00 – 06:00");
    expect(span("2025-10-20T23:00Z", "2025-10-21T00:00Z", "hour")).toBe("2025-10-20 23:00 – 2025-10-21 00:00");
  });

  it("name what there is", () => {
    const series = [
      { source: "a", others: false, rank: 0, counts: [1, 0] },
      { source: null, others: false, rank: 1, counts: [2, 3] },
      { source: null, others: true, rank: null, counts: [1000, 0] },
    ];
    expect(spokenBucket(series, 0)).toBe("a 1 · unknown source 2 · other sources 1,000");
    expect(spokenBucket(series, 1)).toBe("unknown source 3");
    expect(
      spokenFailures([
        { value: "error", count: 3 },
        { value: "no response", count: 1 },
      ]),
    ).toBe("3 error, 1 no response");
  });
});

describe("what is read again while it changes", () => {
  afterEach(() => void vi.useRealTimers());

  it("runs once at a time, rests in proportion, and keeps what it has when a run fails", async () => {
    vi.useFakeTimers();
    const told: Reading<number>[] = [];
    const runs: { resolve(value: number): void; reject(error: Error): void; signal: AbortSignal }[] = [];
    const load = (signal: AbortSignal) =>
      new Promise<number>((resolve, reject) => void runs.push({ resolve, reject, signal }));
    const refresher = new Refresher(load, 1000, null, (reading) => told.push(reading));
    refresher.request();
    refresher.request();
    await vi.advanceTimersByTimeAsync(500);
    expect(runs).toHaveLength(1);
    runs[0]?.resolve(1);
    await vi.advanceTimersByTimeAsync(4900);
    expect(runs).toHaveLength(1);
    expect(told.at(-1)).toEqual({ value: 1, error: null, running: false });
    await vi.advanceTimersByTimeAsync(200);
    expect(runs).toHaveLength(2);
    runs[1]?.reject(new Error("no"));
    await vi.advanceTimersByTimeAsync(1100);
    expect(told.at(-1)).toMatchObject({ value: 1, error: { message: "no" }, running: false });
    refresher.request();
    expect(runs).toHaveLength(3);
    refresher.close();
    expect(runs[2]?.signal.aborted).toBe(true);
    const { length } = told;
    runs[2]?.resolve(3);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told).toHaveLength(length);
    expect(runs).toHaveLength(3);
  });
});

describe("a moment that a window is as of", () => {
  it("is what the field says, in the zone of the window", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    expect(momentOfField("2025-10-21T16:38", "utc")).toBe("2025-10-21T16:38:00.000Z");
    expect(momentOfField("2025-10-21T16:38:04", "local")).toBe("2025-10-21T14:38:04.000Z");
    expect(momentOfField(" 2025-10-21 16:38:04.5 ", "utc")).toBe("2025-10-21T16:38:04.500Z");
    expect(momentOfField("2025-10-21", "local")).toBe("2025-10-20T22:00:00.000Z");
    expect(momentOfField("2025-10-21T16:38:04.123456+00:00", "local")).toBe("2025-10-21T16:38:04.123456+00:00");
    for (const text of ["", "2025-10", "2025-13-21 16:38", "2025-02-30", "2025-10-21 25:00", "soon", "soon Z"]) {
      expect(momentOfField(text, "utc"), text).toBeNull();
    }
    expect(fieldOf("2025-10-21T14:38:04.999999+00:00", "local")).toBe("2025-10-21 16:38:04");
    expect(fieldOf("at noon", "utc")).toBe("");
  });

  it("can be the beginning of a day", () => {
    vi.stubEnv("TZ", "Europe/Berlin");
    const now = at("2025-10-27T00:30:00Z");
    expect(startOfDay(now, "utc", 0)).toBe("2025-10-27T00:00:00.000Z");
    expect(startOfDay(now, "local", 0)).toBe("2025-10-26T23:00:00.000Z");
    expect(startOfDay(now, "local", 1)).toBe("2025-10-25T22:00:00.000Z");
  });

  it("has later ones, to the microsecond", () => {
    const moment = "2025-10-21T16:38:04.123456+00:00";
    expect(isLater("2025-10-21T16:38:04.123457+00:00", moment)).toBe(true);
    expect(isLater(moment, moment)).toBe(false);
    expect(isLater("2025-10-21T18:38:04+02:00", moment)).toBe(false);
    expect(isLater("at noon", moment)).toBe(false);
    expect(isLater("2099-01-01T00:00:00Z", null)).toBe(false);
  });
});
