/** The figures of an overview in words. Pure. */
import type { Activity, Overview } from "../../../shared/contract.ts";
import { formatCount } from "../../format/quantities.ts";
import { formatTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import type { BucketUnit } from "./buckets.ts";

type Series = Activity["series"][number];

export function failureCount({ failures }: Pick<Overview, "failures">): number {
  return failures.reduce((sum, { count }) => sum + count, 0);
}

/** `3 error, 1 no response`. */
export function spokenFailures(failures: Overview["failures"]): string {
  return failures.map(({ value, count }) => `${formatCount(count)} ${value ?? ""}`).join(", ");
}

/** `12.5 %`; `–` of nothing. What is not quite all, or not quite nothing, never reads as that. */
export function spokenShare(part: number, whole: number): string {
  if (whole === 0) return "–";
  const percent = (part / whole) * 100;
  if (part === 0 || part === whole) return `${percent} %`;
  return `${Math.min(99.9, Math.max(0.1, percent)).toFixed(1)} %`;
}

export function seriesName({ source, others }: Pick<Series, "source" | "others">): string {
  if (others) return "other sources";
  return source === null ? "unknown source" : visibleText(source);
}

/** A span of time as people say it, given the unit that it is made of. `to` does not belong to it. */
export function spokenSpan(from: number, to: number, unit: BucketUnit, zone: TimeZone): string {
  const digits = DIGITS[unit];
  const text = (time: number) => formatTime(new Date(time).toISOString(), zone).slice(0, digits);
  // Of days and more the last one is named, of hours and less the end.
  const [first, last] = [text(from), text(digits <= 10 ? to - 1 : to)];
  if (first === last) return first;
  return first.slice(0, 10) === last.slice(0, 10) && digits > 10
    ? `${first} – ${last.slice(11)}`
    : `${first} – ${last}`;
}

const DIGITS: Readonly<Record<BucketUnit, number>> = {
  second: 19,
  "10 seconds": 19,
  minute: 16,
  "5 minutes": 16,
  "15 minutes": 16,
  hour: 16,
  day: 10,
  week: 10,
  month: 7,
  year: 4,
};

/** All series of a bucket together. */
export function bucketTotal(series: readonly Series[], bucket: number): number {
  return series.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0);
}

/** Which source gave how much of a bucket, those that gave nothing left out. */
export function spokenBucket(series: readonly Series[], bucket: number): string {
  return series
    .filter(({ counts }) => (counts[bucket] ?? 0) > 0)
    .map((each) => `${seriesName(each)} ${formatCount(each.counts[bucket] ?? 0)}`)
    .join(" · ");
}
