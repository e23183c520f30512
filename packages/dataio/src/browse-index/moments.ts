/** Timestamp texts as numbers, many at a time. */
import { parseTimestamp } from "../timestamps.ts";

const USUAL = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{6}))?(?:\+00:00|Z)$/;

let lastDay = "";
let lastDayMicros: number | null = null;

/**
 * Microseconds since the epoch, exact within the years 1684 to 2255; null for a text that is no timestamp. Nearly all
 * texts of an archive have the shape that Python writes, and neighbours are of the same day: those are read ten times
 * faster than by parseTimestamp, which reads the rest.
 */
export function epochMicrosOf(text: string): number | null {
  const match = USUAL.exec(text);
  if (match === null) return parsed(text);
  const day = text.slice(0, 10);
  if (day !== lastDay) {
    lastDay = day;
    lastDayMicros = parsed(day);
  }
  if (lastDayMicros === null) return null;
  const seconds = Number(match[4]) * 3600 + Number(match[5]) * 60 + Number(match[6]);
  return lastDayMicros + seconds * 1_000_000 + Number(match[7] ?? 0);
}

function parsed(text: string): number | null {
  const moment = parseTimestamp(text);
  return moment === null ? null : Number(moment.epochMicros);
}
