/**
 * Timestamp texts and the moments they mean. Python writes archives with `datetime.isoformat()` and reads them with
 * `datetime.fromisoformat()`; this module reads what Python 3.13 reads. A moment is a bigint of microseconds since
 * 1970-01-01T00:00:00Z.
 */

import { DataioError } from "./errors.ts";

/** 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z: the span of a Python datetime. */
const FIRST_MOMENT = -62_135_596_800_000_000n;
const LAST_MOMENT = 253_402_300_799_999_999n;

const SECONDS_A_DAY = 86_400;
/** 9999-12-31, in days since 1970-01-01. */
const LAST_DAY = 2_932_896;

/**
 * Reads a timestamp as `datetime.fromisoformat` of Python 3.13 does, with all its leniency; null where Python raises
 * (and for a text with a NUL). A naive text is counted as UTC.
 */
export function parseTimestamp(text: string): { epochMicros: bigint; naive: boolean } | null {
  // SQLite lets bytes be in a column of text, whatever the type of the row says.
  if (typeof text !== "string") return null;
  const separator = separatorIndex(text);
  const day = readDate(text.slice(0, separator));
  if (day === null || text.includes("\0")) return null;
  if (text.length === separator) return { epochMicros: micros(day * SECONDS_A_DAY, 0), naive: true };

  // Any one character may stand between date and time.
  const time = text.slice(separator + String.fromCodePoint(text.codePointAt(separator) ?? 0).length);
  const zone = time.search(/[-+Z]/);
  const clock = readClock(zone === -1 ? time : time.slice(0, zone));
  if (clock === null || clock.hour > 23 || clock.minute > 59 || clock.second > 59) return null;
  const seconds = day * SECONDS_A_DAY + secondsOf(clock);
  if (zone === -1) return clock.exact ? { epochMicros: micros(seconds, clock.micros), naive: true } : null;

  const designator = time.slice(zone);
  if (designator === "Z") return { epochMicros: micros(seconds, clock.micros), naive: false };
  const offset = designator.startsWith("Z") ? null : readClock(designator.slice(1));
  if (!offset?.exact) return null;
  const offsetSeconds = secondsOf(offset);
  if (offsetSeconds >= SECONDS_A_DAY) return null;
  // Python takes an offset of zero seconds for UTC, whatever its fraction.
  const offsetMicros = offsetSeconds === 0 ? 0 : offset.micros;
  const sign = designator.startsWith("-") ? -1 : 1;
  return { epochMicros: micros(seconds - sign * offsetSeconds, clock.micros - sign * offsetMicros), naive: false };
}

/**
 * A moment as we write it: `2025-10-21T16:38:04.123456+00:00`, always with six digits, so that texts sort as moments do.
 *
 * @throws DataioError TIMESTAMP_INVALID outside the years 1 to 9999.
 */
export function formatTimestamp(epochMicros: bigint): string {
  if (epochMicros < FIRST_MOMENT || epochMicros > LAST_MOMENT) {
    throw new DataioError("TIMESTAMP_INVALID", `${epochMicros} microseconds lie outside the years 1 to 9999`);
  }
  const belowMilli = ((epochMicros % 1000n) + 1000n) % 1000n;
  return timestampText(Number((epochMicros - belowMilli) / 1000n), Number(belowMilli));
}

/** @param belowMilli microseconds behind the millisecond, 0 to 999 */
function timestampText(epochMillis: number, belowMilli: number): string {
  return withMicros(millisText(epochMillis), belowMilli);
}

const millisText = (epochMillis: number) =>
  new Date(epochMillis).toISOString().slice(0, "2025-10-21T16:38:04.123".length);
const withMicros = (text: string, belowMilli: number) => `${text}${String(belowMilli).padStart(3, "0")}+00:00`;

/**
 * A clock of which no two readings are equal and none lies before another, whatever the wall clock does. Share one
 * within a process: two clocks may give the same reading.
 *
 * @param now the wall clock, in milliseconds since the epoch
 */
export function createClock(now: () => number = Date.now): () => string {
  let [millis, belowMilli, text] = [Number.NEGATIVE_INFINITY, 0, ""];
  return () => {
    const before = millis;
    const wall = Math.trunc(now());
    belowMilli = wall > millis ? 0 : belowMilli + 1;
    millis = Math.max(wall, millis);
    if (belowMilli === 1000) [millis, belowMilli] = [millis + 1, 0];
    // Read many times a millisecond where much is fetched.
    if (millis !== before) text = millisText(millis);
    return withMicros(text, belowMilli);
  };
}

/** The UTC calendar day (YYYY-MM-DD) of a timestamp text; null when it cannot be read, or lies outside years 1 to 9999. */
export function dayOf(text: string): string | null {
  const moment = parseTimestamp(text)?.epochMicros;
  if (moment === undefined || moment < FIRST_MOMENT || moment > LAST_MOMENT) return null;
  return formatTimestamp(moment).slice(0, "2025-10-21".length);
}

function micros(seconds: number, fraction: number): bigint {
  return BigInt(seconds) * 1_000_000n + BigInt(fraction);
}

/** Where the date ends. Python decides by the characters behind the year, and by counting digits in week dates. */
function separatorIndex(text: string): number {
  if (text.length === 7) return 7;
  if (text.startsWith("-W", 4)) return text[8] === "-" && !/^\d/.test(text.slice(10)) ? 10 : 8;
  if (text[4] === "-") return 10;
  if (text[4] !== "W") return 8;
  const digits = /^\d*/.exec(text.slice(7))?.[0].length ?? 0;
  // Further digits mean that the separator is one as well. Those of a time come in pairs, so parity tells whether a
  // weekday stands in front of it.
  if (digits < 2) return 7 + digits;
  return digits % 2 === 1 ? 7 : 8;
}

const DATE = /^(\d{4})(?:-(\d\d)-(\d\d)|(\d\d)(\d\d)|-W(\d\d)(?:-(\d))?|W(\d\d)(\d)?)$/;

/** Days since 1970-01-01 of a calendar date or ISO week date; null when there is no such day. */
function readDate(text: string): number | null {
  const match = DATE.exec(text);
  if (match === null) return null;
  const year = Number(match[1]);
  const week = match[6] ?? match[8];
  const day =
    week === undefined
      ? calendarDay(year, Number(match[2] ?? match[4]), Number(match[3] ?? match[5]))
      : weekDay(year, Number(week), Number(match[7] ?? match[9] ?? 1));
  // The last week of 9999 reaches beyond the year's end.
  return year >= 1 && day !== null && day <= LAST_DAY ? day : null;
}

function calendarDay(year: number, month: number, day: number): number | null {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / (SECONDS_A_DAY * 1000) : null;
}

/** Week 1 is the week of the year's first Thursday; 1970-01-01, day 0, was a Thursday. */
function weekDay(year: number, week: number, weekday: number): number | null {
  const newYear = calendarDay(year, 1, 1);
  const nextNewYear = calendarDay(year + 1, 1, 1);
  if (newYear === null || nextNewYear === null || week < 1 || weekday < 1 || weekday > 7) return null;
  const thursday = Math.ceil(newYear / 7) * 7 + (week - 1) * 7;
  return thursday < nextNewYear ? thursday + weekday - 4 : null;
}

interface Clock {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly micros: number;
  /** False when something was left over that Python ignores in front of an offset, and refuses elsewhere. */
  readonly exact: boolean;
}

function secondsOf(clock: Clock): number {
  return clock.hour * 3600 + clock.minute * 60 + clock.second;
}

const CLOCK = /^(\d\d)(?:(:?)(\d\d)(?:\2(\d\d))?)?(.*)$/s;
const FRACTION = /^([.,:]?)(\d{1,5}|(\d{6})\d*(.*))$/s;

/**
 * Hours, minutes and seconds, with colons throughout or without, and a fraction behind whichever comes last. As in
 * Python the fraction of a full HH:MM:SS may also begin with a third colon, and that of HHMMSS with nothing.
 */
function readClock(text: string): Clock | null {
  const match = CLOCK.exec(text);
  if (match === null) return null;
  const [, hour, colon, minute = "0", second, rest = ""] = match;
  const clock = { hour: Number(hour), minute: Number(minute), second: Number(second ?? 0), micros: 0, exact: true };
  if (rest === "") return clock;
  if (rest.length === 1) return rest < "\u0080" ? { ...clock, exact: false } : null;
  const fraction = FRACTION.exec(rest);
  if (fraction === null) return null;
  const [, mark, digits = "", sixDigits, leftOver = ""] = fraction;
  if (mark !== "." && mark !== "," && (second === undefined || mark !== colon)) return null;
  return { ...clock, micros: Number((sixDigits ?? digits).padEnd(6, "0")), exact: leftOver === "" };
}
