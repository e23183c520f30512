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
    lastDayMicros = DAY.test(lastDay) ? parsed(lastDay) : null;
  }
  if (lastDayMicros === null) return parsed(text);
  return lastDayMicros + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
}

const DAY = /^\d{4}-\d\d-\d\d$/;

function parsed(text: string): number | null {
  const moment = parseTimestamp(text);
  return moment === null ? null : Number(moment.epochMicros);
}
