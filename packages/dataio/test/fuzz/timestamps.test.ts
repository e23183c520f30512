/**
 * Timestamps: what a calendar says, computed here from its parts and by Python where there is one, is what parseTimestamp
 * reads; any other text is read or refused, never thrown over, and in a time that grows with its length alone.
 */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideByCache } from "../../src/cache-policy.ts";
import { dayOf, formatTimestamp, parseTimestamp } from "../../src/timestamps.ts";
import { anyText } from "./arbitraries.ts";
import { within } from "./outcome.ts";

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly time: readonly [hour: number, minute: number, second: number];
  readonly micros: number;
  /** Minutes and seconds east of Greenwich; null in a naive text. */
  readonly offset: readonly [minutes: number, seconds: number] | null;
}

const anyParts: fc.Arbitrary<Parts> = fc
  .record({
    year: fc.oneof(fc.integer({ min: 2, max: 9998 }), fc.integer({ min: 1990, max: 2040 })),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
    time: fc.tuple(fc.nat(23), fc.nat(59), fc.nat(59)),
    micros: fc.oneof(fc.constant(0), fc.nat(999_999)),
    offset: fc.option(fc.tuple(fc.integer({ min: -1439, max: 1439 }), fc.constantFrom(0, 0, 0, 30))),
  })
  .map((parts) => ({ ...parts, day: Math.min(parts.day, daysIn(parts.year, parts.month)) }));

const two = (value: number) => String(value).padStart(2, "0");

/** As `datetime.isoformat(separator)` writes it. */
function isoformat({ year, month, day, time, micros, offset }: Parts, separator: string): string {
  const date = `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
  const fraction = micros === 0 ? "" : `.${String(micros).padStart(6, "0")}`;
  return `${date}${separator}${time.map(two).join(":")}${fraction}${zone(offset)}`;
}

function zone(offset: Parts["offset"]): string {
  if (offset === null) return "";
  const [minutes, seconds] = offset;
  const whole = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.trunc(whole / 60))}:${two(whole % 60)}${seconds === 0 ? "" : `:${two(seconds)}`}`;
}

/** By counting days, year by year and month by month: no Date has a part in it. */
function epochMicros({ year, month, day, time, micros, offset }: Parts): bigint {
  let days = day - 1;
  for (let before = 1; before < month; before += 1) days += daysIn(year, before);
  const years = year - 1;
  days += years * 365 + Math.trunc(years / 4) - Math.trunc(years / 100) + Math.trunc(years / 400) - 719_162;
  const [minutes, seconds] = offset ?? [0, 0];
  const east = (minutes < 0 ? -1 : 1) * (Math.abs(minutes) * 60 + seconds);
  const [hour, minute, second] = time;
  return BigInt(days * 86_400 + hour * 3600 + minute * 60 + second - east) * 1_000_000n + BigInt(micros);
}

function daysIn(year: number, month: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 2) return isLeap ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

describe("a calendar", () => {
  it("has every moment where we read it, and its day where dayOf says", () => {
    fc.assert(
      fc.property(anyParts, fc.constantFrom("T", " ", "t", "_", "😀"), (parts, separator) => {
        const expected = epochMicros(parts);
        const text = isoformat(parts, separator);
        expect(parseTimestamp(text)).toEqual({ epochMicros: expected, naive: parts.offset === null });
        expect(dayOf(text)).toBe(formatTimestamp(expected).slice(0, 10));
        const compact = isoformat(parts, "T").replace(/^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/, "$1$2$3T$4$5$6");
        expect(parseTimestamp(compact)?.epochMicros).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });
});

const SCRIPT = `
import datetime as d, json, sys
epoch = d.datetime(1970, 1, 1, tzinfo=d.timezone.utc)
answers = []
for year, month, day, (hour, minute, second), micros, offset in json.load(sys.stdin):
    zone = None if offset is None else d.timezone(d.timedelta(seconds=offset))
    moment = d.datetime(year, month, day, hour, minute, second, micros, zone)
    aware = moment.replace(tzinfo=d.timezone.utc) if zone is None else moment
    answers.append([[moment.isoformat(), moment.isoformat(" ")], str((aware - epoch) // d.timedelta(microseconds=1))])
print(json.dumps(answers))
`;
const pythonAbsent = spawnSync("python3", ["-c", "pass"]).status !== 0;

describe("Python", () => {
  it.skipIf(pythonAbsent)("writes texts that we read as the moments that they were written for", () => {
    fc.assert(
      fc.property(fc.array(anyParts, { minLength: 500, maxLength: 500 }), (all) => {
        const input = all.map(({ year, month, day, time, micros, offset }) => {
          const [minutes, seconds] = offset ?? [0, 0];
          const east = (minutes < 0 ? -1 : 1) * (Math.abs(minutes) * 60 + seconds);
          return [year, month, day, time, micros, offset === null ? null : east];
        });
        const run = spawnSync("python3", ["-c", SCRIPT], { input: JSON.stringify(input), maxBuffer: 2 ** 26 });
        expect(run.stderr.toString()).toBe("");
        const answers: [string[], string][] = JSON.parse(run.stdout.toString());
        expect(answers).toHaveLength(all.length);
        for (const [index, [texts, epoch]] of answers.entries()) {
          const naive = all[index]?.offset === null;
          for (const text of texts) {
            expect([text, parseTimestamp(text)]).toEqual([text, { epochMicros: BigInt(epoch), naive }]);
          }
        }
      }),
      { numRuns: 1, endOnFailure: true },
    );
  });
});

describe("any text", () => {
  const piece = fc.constantFrom(..."0123456789-:.,TZW+ ", "00", "2025", "-10-22", "T10:00", "+00:00", "é", "😀", "\0");
  const likely = fc.array(piece, { maxLength: 14 }).map((pieces) => pieces.join(""));
  const spoiled = fc.tuple(anyParts, fc.nat(), piece).map(([parts, at, mark]) => {
    const text = isoformat(parts, "T");
    const position = at % (text.length + 1);
    return text.slice(0, position) + mark + text.slice(position + (at % 2));
  });

  it("is read as a moment, which is written and read again as the same, or not read at all", () => {
    fc.assert(
      fc.property(fc.oneof(likely, spoiled, anyText), (text) => {
        const moment = parseTimestamp(text)?.epochMicros;
        if (moment === undefined) {
          expect(dayOf(text)).toBeNull();
          return;
        }
        if (dayOf(text) === null) return;
        expect(parseTimestamp(formatTimestamp(moment))?.epochMicros).toBe(moment);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes part in no decision of the cache but the one that the policy allows", () => {
    fc.assert(
      fc.property(fc.oneof(likely, spoiled, anyText), fc.oneof(likely, anyText), (createdAt, now) => {
        const decision = decideByCache({ mode: "default", ttlMs: 1000 }, { createdAt, confirmedAt: null }, now);
        const isReadable = parseTimestamp(createdAt) !== null && parseTimestamp(now) !== null;
        if (!isReadable) expect(decision).toEqual({ action: "ask" });
      }),
    );
  });

  it.each(["2025W", "2025-W43-3T10:00:00.", "2025-10-22T10:00:00", "2025-10-22T10:00:00+", "2025-10-22"])(
    "is refused or read soon, however long it goes on behind %s",
    async (start) => {
      for (const unit of ["0", "12", ":", "-", "+", "Z", " ", ".1", "\0"]) {
        await within(1000, () => parseTimestamp(start + unit.repeat(400_000)));
      }
    },
  );
});
