/** Moments that a window can be as of, in the form of a field and in words. Pure. */
import { parseTime, type TimeZone, timeParts } from "../../format/times.ts";

const DAY = 86_400_000;

const WITHOUT_ZONE = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,3})?))?)?$/;

/**
 * A moment as people write it: `2025-10-21 16:38:04`, or without the seconds or the clock, in the zone of the window. A text
 * that names a zone of its own, as archives have them, is taken as it is. Null for what is none.
 */
export function momentOfField(value: string, zone: TimeZone): string | null {
  const text = value.trim();
  const match = WITHOUT_ZONE.exec(text);
  if (match === null) return /([+-]\d\d:?\d\d|Z)$/.test(text) && parseTime(text) !== null ? text : null;
  const [, day = "", clock = "00:00", seconds = "00"] = match;
  const iso = `${day}T${clock}:${seconds}`;
  // A day that no month has would become one of the next.
  if (parseTime(iso) === null) return null;
  return new Date(zone === "utc" ? `${iso}Z` : iso).toISOString();
}

/** A moment as such a field shows it, to the second; empty for what is none. */
export function fieldOf(moment: string, zone: TimeZone): string {
  const parts = timeParts(moment, zone);
  return parts === null ? "" : `${parts.day} ${parts.clock.slice(0, 8)}`;
}

/** When the day of `now` began, or one so many days before. */
export function startOfDay(now: number, zone: TimeZone, daysAgo: number): string {
  const date = new Date(now);
  if (zone === "utc") return new Date(Math.floor(now / DAY) * DAY - daysAgo * DAY).toISOString();
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() - daysAgo).toISOString();
}

/** True for what came after the moment; false where either cannot be read. */
export function isLater(time: string, moment: string | null): boolean {
  if (moment === null) return false;
  const [its, then] = [parseTime(time), parseTime(moment)];
  if (its === null || then === null) return false;
  // Beyond milliseconds the texts decide, where they are of one shape.
  return its > then || (its === then && time.length === moment.length && time > moment);
}
