/** Timestamp texts as numbers, many at a time. */
import { parseTimestamp } from "../timestamps.ts";

let lastDay = "";
let lastDayMicros: number | null = null;

/** The number that two digits are; NaN for other characters. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/**
 * Microseconds since the epoch, exact within the years 1684 to 2255; null for a text that is no timestamp. Nearly all
 * texts of an archive have the shape that Python writes, and neighbours are of the same day: those are read ten times
 * faster than by parseTimestamp, which reads the rest.
 */
export function epochMicrosOf(text: string): number | null {
  // 2025-10-21T10:11:12.123456+00:00
  if (
    typeof text !== "string" ||
    text.length !== 32 ||
    text[10] !== "T" ||
    text[13] !== ":" ||
    text[16] !== ":" ||
    text[19] !== "."
  ) {
    return parsed(text);
  }
  const [hours, minutes, seconds] = [two(text, 11), two(text, 14), two(text, 17)];
  const micros = two(text, 20) * 10_000 + two(text, 22) * 100 + two(text, 24);
  // NaN is no less than anything.
  if (!(hours < 24 && minutes < 60 && seconds < 60 && micros >= 0) || !text.endsWith("+00:00")) return parsed(text);
  if (!text.startsWith(lastDay) || lastDay === "") {
    lastDay = text.slice(0, 10);
    lastDayMicros = microsOfDay(lastDay);
  }
  if (lastDayMicros === null) return parsed(text);
  return lastDayMicros + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
}

const DAY = /^\d{4}-\d\d-\d\d$/;
/** Sessions are read again and again, and each began on a day of its own. */
const days = new Map<string, number | null>();
const MOST_DAYS = 4_096;

function microsOfDay(day: string): number | null {
  const known = days.get(day);
  if (known !== undefined) return known;
  const micros = DAY.test(day) ? parsed(day) : null;
  if (days.size >= MOST_DAYS) days.clear();
  days.set(day, micros);
  return micros;
}

function parsed(text: string): number | null {
  const moment = parseTimestamp(text);
  return moment === null ? null : Number(moment.epochMicros);
}

/** True for a text in the shape that Python writes; such texts sort as their moments do. */
export function isUsualTime(text: string): boolean {
  return typeof text === "string" && USUAL.test(text) && epochMicrosOf(text) !== null;
}

const USUAL = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/;

/** Bytes of a text in the shape that Python writes. */
export const TIME_BYTES = 32;
const CODE = { T: 84, dot: 46, plus: 43, colon: 58 } as const;
const lastDayBytes = new Uint8Array(10);
let lastDayAtMicros: number | null = null;

/** `epochMicrosOf` of the 32 bytes at a place; NaN where they have another shape. */
export function microsAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 10] !== CODE.T || bytes[at + 19] !== CODE.dot || bytes[at + 26] !== CODE.plus) return Number.NaN;
  if (bytes[at + 13] !== CODE.colon || bytes[at + 16] !== CODE.colon || bytes[at + 29] !== CODE.colon)
    return Number.NaN;
  const [hours, minutes, seconds] = [twoAt(bytes, at + 11), twoAt(bytes, at + 14), twoAt(bytes, at + 17)];
  const micros = twoAt(bytes, at + 20) * 10_000 + twoAt(bytes, at + 22) * 100 + twoAt(bytes, at + 24);
  const zone = twoAt(bytes, at + 27) + twoAt(bytes, at + 30);
  if (!(hours < 24 && minutes < 60 && seconds < 60 && micros >= 0 && zone === 0)) return Number.NaN;
  for (let n = 0; n < 10; n += 1) {
    if (bytes[at + n] === lastDayBytes[n]) continue;
    const day = Buffer.from(bytes.buffer, bytes.byteOffset + at, 10).toString("latin1");
    lastDayAtMicros = DAY.test(day) ? parsed(day) : null;
    lastDayBytes.set(bytes.subarray(at, at + 10));
    break;
  }
  if (lastDayAtMicros === null) return Number.NaN;
  return lastDayAtMicros + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
}

/** The number that two bytes are; NaN for other characters. */
function twoAt(bytes: Uint8Array, at: number): number {
  const tens = (bytes[at] ?? 0) - 48;
  const ones = (bytes[at + 1] ?? 0) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}
