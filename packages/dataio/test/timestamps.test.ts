import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDataioError } from "../src/errors.ts";
import { createClock, dayOf, formatTimestamp, parseTimestamp } from "../src/timestamps.ts";

interface Vectors {
  readonly timestamps: readonly { epoch_us: string; offset_minutes: number; isoformat: string }[];
  readonly fromisoformat_3_13: readonly { text: string; ok: boolean; naive?: boolean; epoch_us?: string }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL("./fixtures/sidecar.json", import.meta.url), "utf8"));

const FIRST = -62135596800000000n;
const LAST = 253402300799999999n;

/** The moment of a text, written in UTC; null when it cannot be read. */
function inUtc(text: string): string | null {
  const parsed = parseTimestamp(text);
  return parsed && formatTimestamp(parsed.epochMicros).replace(/(\.000000)?\+00:00$/, "");
}

describe("parseTimestamp", () => {
  it.each(vectors.fromisoformat_3_13)("reads $text as Python 3.13 does", ({ text, ok, naive, epoch_us: epoch }) => {
    expect(parseTimestamp(text)).toEqual(ok ? { epochMicros: BigInt(epoch ?? ""), naive } : null);
  });

  it.each(vectors.timestamps)("reads $isoformat", ({ isoformat, epoch_us: epoch }) => {
    expect(parseTimestamp(isoformat)).toEqual({ epochMicros: BigInt(epoch), naive: false });
  });

  // Answers of CPython 3.13.0.
  it.each([
    ["2025-W43", "2025-10-20T00:00:00"],
    ["2025W43", "2025-10-20T00:00:00"],
    ["2025W433", "2025-10-22T00:00:00"],
    ["2025W43T10", "2025-10-20T10:00:00"],
    ["2025W433T10", "2025-10-22T10:00:00"],
    ["2025-W43-3T10", "2025-10-22T10:00:00"],
    ["2025-W43-10", "2025-10-20T10:00:00"],
    ["2025W43510", "2025-10-20T10:00:00"],
    ["2025W433510", "2025-10-22T10:00:00"],
    ["2020-W53-7", "2021-01-03T00:00:00"],
    ["2021-W53-1", null],
    ["2025-W00-1", null],
    ["2025-W43-8", null],
    ["0001-W01-1", "0001-01-01T00:00:00"],
    ["9999-W52-5", "9999-12-31T00:00:00"],
    ["9999-W52-7", null],
    ["2025-295", null],
    ["2025-1022", null],
    ["202510-22", null],
    ["2000-02-29", "2000-02-29T00:00:00"],
    ["1900-02-29", null],
    ["0050-03-01", "0050-03-01T00:00:00"],
    ["2025-13-01", null],
    ["2025-10-22é10", "2025-10-22T10:00:00"],
    ["2025-10-22😀10:00:00", "2025-10-22T10:00:00"],
    ["2025-10-22T", null],
    ["2025-10-22T10:00:00.5", "2025-10-22T10:00:00.500000"],
    ["2025-10-22T10:00.5", "2025-10-22T10:00:00.500000"],
    ["2025-10-22T100000.5", "2025-10-22T10:00:00.500000"],
    ["2025-10-22T10:00:00:123", "2025-10-22T10:00:00.123000"],
    ["2025-10-22T10000055", "2025-10-22T10:00:00.550000"],
    ["2025-10-22T100000:55", null],
    ["2025-10-22T10:00:0055", null],
    ["2025-10-22T10:0000", null],
    ["2025-10-22T1000:00", null],
    ["2025-10-22T10:60", null],
    ["2025-10-22T10:00X", null],
    ["2025-10-22T10:00:00X+00:00", "2025-10-22T10:00:00"],
    ["2025-10-22T10:00:00é+00:00", null],
    ["2025-10-22T10:00:00.1234567X+00:00", "2025-10-22T10:00:00.123456"],
    ["2025-10-22T10:00:00.123X+00:00", null],
    ["2025-10-22T10:00:00.1234567X", null],
    ["2025-10-22T10:00:00ZZ", null],
    ["2025-10-22TZ", null],
    ["2025-10-22T10:00:00+", null],
    ["2025-10-22T10:00:00--05:00", null],
    ["2025-10-22T10:00:00+00:60", "2025-10-22T09:00:00"],
    ["2025-10-22T10:00:00+24:00", null],
    ["2025-10-22T10:00:00-23:59:59.999999", "2025-10-23T09:59:59.999999"],
    ["2025-10-22T10:00:00+00:00:30.5", "2025-10-22T09:59:29.500000"],
    ["2025-10-22T10:00:00-00:00:00.000001", "2025-10-22T10:00:00"],
    ["2025-10-22T10:00:00\0", null],
  ])("reads %j as %s", (text, utc) => {
    expect(inUtc(text)).toBe(utc);
  });
});

describe("formatTimestamp", () => {
  it.each(vectors.timestamps.filter((vector) => vector.offset_minutes === 0))(
    "writes $isoformat, with six digits",
    ({ isoformat, epoch_us: epoch }) => {
      const text = formatTimestamp(BigInt(epoch));
      expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
      expect(text.replace(".000000", "")).toBe(isoformat);
    },
  );

  it("is undone by parseTimestamp, and texts sort as moments do", () => {
    const moment = fc.bigInt({ min: FIRST, max: LAST });
    fc.assert(
      fc.property(moment, moment, (a, b) => {
        expect(parseTimestamp(formatTimestamp(a))).toEqual({ epochMicros: a, naive: false });
        expect(formatTimestamp(a) < formatTimestamp(b)).toBe(a < b);
      }),
    );
  });

  it.each([FIRST - 1n, LAST + 1n])("refuses %d, which no Python datetime can hold", (epochMicros) => {
    const format = () => formatTimestamp(epochMicros);
    expect(format).toThrow(expect.toSatisfy((error) => isDataioError(error, "TIMESTAMP_INVALID")));
  });
});

describe("createClock", () => {
  it("tells the time, and never the same time twice", () => {
    const clock = createClock();
    const before = Date.now();
    const readings = Array.from({ length: 5000 }, clock);
    const first = parseTimestamp(readings[0] ?? "")?.epochMicros ?? 0n;
    expect(Number(first / 1000n)).toBeGreaterThanOrEqual(before);
    expect(Number(first / 1000n)).toBeLessThanOrEqual(Date.now());
    expect(new Set(readings).size).toBe(readings.length);
    expect(readings.toSorted()).toEqual(readings);
  });

  it("goes on when the wall clock stands still or goes back, and follows when it catches up", () => {
    const wall = [1000, 1000, 400, 1000.9, 1001, 1001];
    const clock = createClock(() => wall.shift() ?? 0);
    expect(Array.from({ length: 6 }, () => clock().slice(17, 26))).toEqual([
      "01.000000",
      "01.000001",
      "01.000002",
      "01.000003",
      "01.001000",
      "01.001001",
    ]);
  });
});

describe("dayOf", () => {
  it.each([
    ["2025-10-22T10:00:00.123456+00:00", "2025-10-22"],
    ["2025-10-22", "2025-10-22"],
    ["2025-10-22T23:30:00-05:00", "2025-10-23"],
    ["2025-10-22T00:30:00+02:00", "2025-10-21"],
    ["0001-01-01T00:00:00+00:01", null],
    ["9999-12-31T23:59:59-00:01", null],
    ["yesterday", null],
    ["", null],
  ])("of %j is %s", (text, day) => {
    expect(dayOf(text)).toBe(day);
  });
});
