/**
 * Into which spans of time a chart of activity is divided: seconds to years, whichever of them fit. Days, months and years
 * are those of a calendar, in UTC or in the reader's own zone. Pure.
 */
import type { FilterTerm } from "../../../shared/contract.ts";
import type { TimeZone } from "../../format/times.ts";

export interface Span {
  /** Milliseconds since the epoch; `to` does not belong to it. */
  readonly from: number;
  readonly to: number;
}

export interface Buckets {
  readonly unit: BucketUnit;
  /** Milliseconds since the epoch, ascending; one more than there are buckets. */
  readonly edges: readonly number[];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `most` buckets of a unit are drawn; where there would be more, the next longer one is taken. */
const UNITS = [
  { name: "second", length: SECOND, most: 120 },
  { name: "10 seconds", length: 10 * SECOND, most: 120 },
  { name: "minute", length: MINUTE, most: 120 },
  { name: "5 minutes", length: 5 * MINUTE, most: 96 },
  { name: "15 minutes", length: 15 * MINUTE, most: 96 },
  { name: "hour", length: HOUR, most: 96 },
  { name: "day", length: DAY, most: 400 },
  { name: "week", length: 7 * DAY, most: 400 },
  { name: "month", length: 30.44 * DAY, most: 400 },
  { name: "year", length: 365.25 * DAY, most: 990 },
] as const;
export type BucketUnit = (typeof UNITS)[number]["name"];

/** The buckets that a span lies in; from the first beginning before it to the first end behind it. */
export function bucketsOf({ from, to }: Span, zone: TimeZone): Buckets {
  const fitting = UNITS.find(({ length, most }) => (to - from) / length <= most) ?? UNITS[UNITS.length - 1];
  const unit = fitting?.name ?? "year";
  const edges = [startOf(from, unit, zone)];
  for (let edge = edges[0] ?? from; edge < to && edges.length <= 1000; ) {
    edge = next(edge, unit, zone);
    edges.push(edge);
  }
  if (edges.length === 1) edges.push(next(from, unit, zone));
  return { unit, edges };
}

/** Which bucket a moment is in; null when in none. */
export function bucketAt(edges: readonly number[], moment: number): number | null {
  const behind = edges.findIndex((edge) => edge > moment);
  return behind <= 0 ? null : behind - 1;
}

/** A span as a condition of a filter, in the shortest words that mean just that. */
export function timeTerm({ from, to }: Span): FilterTerm {
  const text = (time: number, digits: number) => new Date(time).toISOString().slice(0, digits);
  const fits = (unit: number) => from % unit === 0 && to % unit === 0;
  // From the beginning of the first to the end of the last.
  const [unit, digits] = fits(DAY) ? [DAY, 10] : fits(MINUTE) ? [MINUTE, 16] : fits(SECOND) ? [SECOND, 19] : [1, 23];
  return { key: "time", from: text(from, digits), to: text(to - unit, digits), not: false };
}

function startOf(time: number, unit: BucketUnit, zone: TimeZone): number {
  const [year, month, day, weekday] = calendarOf(time, zone);
  switch (unit) {
    case "year":
      return moment(zone, year, 0, 1);
    case "month":
      return moment(zone, year, month, 1);
    case "week":
      return moment(zone, year, month, day - ((weekday + 6) % 7));
    case "day":
      return moment(zone, year, month, day);
    default: {
      // Hours are those of the day, also where a zone is half an hour off.
      const start = moment(zone, year, month, day);
      return time - ((time - start) % lengthOf(unit));
    }
  }
}

function next(edge: number, unit: BucketUnit, zone: TimeZone): number {
  const [year, month, day] = calendarOf(edge, zone);
  switch (unit) {
    case "year":
      return moment(zone, year + 1, 0, 1);
    case "month":
      return moment(zone, year, month + 1, 1);
    case "week":
      return moment(zone, year, month, day + 7);
    case "day":
      return moment(zone, year, month, day + 1);
    default:
      return edge + lengthOf(unit);
  }
}

function lengthOf(unit: BucketUnit): number {
  return UNITS.find(({ name }) => name === unit)?.length ?? DAY;
}

function calendarOf(time: number, zone: TimeZone): [year: number, month: number, day: number, weekday: number] {
  const date = new Date(time);
  return zone === "utc"
    ? [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCDay()]
    : [date.getFullYear(), date.getMonth(), date.getDate(), date.getDay()];
}

function moment(zone: TimeZone, year: number, month: number, day: number): number {
  const date = new Date(0);
  // The constructor would take the years 0 to 99 for those of the last century.
  if (zone === "utc") date.setUTCFullYear(year, month, day);
  else {
    date.setFullYear(year, month, day);
    date.setHours(0, 0, 0, 0);
  }
  return date.getTime();
}
