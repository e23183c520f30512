/**
 * Archived timestamp texts for display, in UTC or in the reader's own zone. A text that is no timestamp is shown as it
 * is: nothing about time is ever made up.
 */

export type TimeZone = "utc" | "local";

const SHAPE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?)?(Z|[+-]\d\d(?::?\d\d(?::?\d\d(?:\.\d+)?)?)?)?$/;

/** Milliseconds since 1970-01-01T00:00Z, a naive text counting as UTC; null when the text is no common ISO 8601 form. */
export function parseTime(text: string): number | null {
  const match = SHAPE.exec(text);
  if (match === null) return null;
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", zone = "Z"] = match;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.padEnd(3, "0").slice(0, 3)));
  return date.getTime() - zoneOffset(zone);
}

function zoneOffset(zone: string): number {
  if (zone === "Z") return 0;
  const digits = zone.slice(1).replaceAll(":", "");
  const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60 + Number(digits.slice(4, 6));
  return (zone.startsWith("-") ? -seconds : seconds) * 1000;
}

export interface TimeParts {
  /** `2025-10-21` */
  readonly day: string;
  /** `16:38:04.123` */
  readonly clock: string;
}

/** Day and clock with milliseconds; null when the text is no timestamp. */
export function timeParts(text: string, zone: TimeZone): TimeParts | null {
  const time = parseTime(text);
  if (time === null) return null;
  const date = new Date(time);
  const fields =
    zone === "utc"
      ? [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]
      : [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  const clock =
    zone === "utc"
      ? [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      : [date.getHours(), date.getMinutes(), date.getSeconds()];
  const [year = 0, month = 0, day = 0] = fields;
  return {
    day: `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`,
    clock: `${clock.map((field) => pad(field, 2)).join(":")}.${pad(date.getUTCMilliseconds(), 3)}`,
  };
}

/** `2025-10-21 16:38:04.123`; the text itself when it is no timestamp. */
export function formatTime(text: string, zone: TimeZone): string {
  const parts = timeParts(text, zone);
  return parts === null ? text : `${parts.day} ${parts.clock}`;
}

/** `3 days ago`, `in 2 hours`; null when the text is no timestamp. */
export function relativeTime(text: string, now: number): string | null {
  const time = parseTime(text);
  if (time === null) return null;
  const seconds = Math.round((now - time) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "just now";
  const [unit, length] = STEPS.find(([, , limit]) => size < limit) ?? LAST_STEP;
  const amount = Math.floor(size / length);
  const words = `${amount} ${unit}${amount === 1 ? "" : "s"}`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}

type Step = readonly [unit: string, seconds: number, below: number];
const DAY = 86_400;
const STEPS: readonly Step[] = [
  ["second", 1, 60],
  ["minute", 60, 3600],
  ["hour", 3600, DAY],
  ["day", DAY, 60 * DAY],
  ["month", 30.44 * DAY, 730 * DAY],
];
const LAST_STEP: Step = ["year", 365.25 * DAY, Number.POSITIVE_INFINITY];

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** A calendar day (YYYY-MM-DD) as a heading: `Today`, `Yesterday`, `Tue 21 Oct 2025`. `today` is in the same zone. */
export function dayLabel(day: string, today: string): string {
  const time = parseTime(day);
  if (time === null) return day;
  if (day === today) return "Today";
  const date = new Date(time);
  const next = new Date(time + DAY * 1000).toISOString().slice(0, 10);
  if (next === today) return "Yesterday";
  const month = MONTHS[date.getUTCMonth()] ?? "";
  return `${WEEKDAYS[date.getUTCDay()] ?? ""} ${date.getUTCDate()} ${month} ${date.getUTCFullYear()}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
