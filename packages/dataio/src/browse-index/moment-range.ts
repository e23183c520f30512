/** What a day, a month or a second of a time filter means in moments. Pure. */
import { DataioError } from "../errors.ts";
import { parseTimestamp } from "../timestamps.ts";

/** Microseconds since the epoch; both ends belong to it. */
export interface MomentRange {
  readonly from: number;
  readonly to: number;
}

/** From the beginning of `from` to the end of `to`; null is open. @throws TIMESTAMP_INVALID */
export function momentRange(from: string | null, to: string | null): MomentRange {
  return {
    from: from === null ? -Number.MAX_VALUE : periodOf(from).from,
    to: to === null ? Number.MAX_VALUE : periodOf(to).to,
  };
}

/** A timestamp text as microseconds since the epoch. @throws TIMESTAMP_INVALID */
export function momentOf(text: string): number {
  const moment = parseTimestamp(text)?.epochMicros;
  if (moment === undefined) throw new DataioError("TIMESTAMP_INVALID", `Not a timestamp: ${text}`);
  return Number(moment);
}

const SHAPE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?)?)?$/;

function periodOf(text: string): MomentRange {
  const match = SHAPE.exec(text);
  const [, year = "", month, day, clock, second, fraction] = match ?? [];
  const start = `${year}-${month ?? "01"}-${day ?? "01"}T${clock ?? "00:00"}:${second ?? "00"}.${(fraction ?? "").padEnd(6, "0")}Z`;
  const moment = match === null ? null : parseTimestamp(start);
  if (moment === null) throw new DataioError("TIMESTAMP_INVALID", `${text} is no day or moment.`);
  const from = Number(moment.epochMicros);
  const lasts = () => {
    if (fraction !== undefined) return 10 ** (6 - fraction.length);
    if (second !== undefined) return 1e6;
    if (clock !== undefined) return 60e6;
    if (day !== undefined) return 86_400e6;
    const next = new Date(from / 1000);
    if (month !== undefined) next.setUTCMonth(next.getUTCMonth() + 1);
    else next.setUTCFullYear(next.getUTCFullYear() + 1);
    return next.getTime() * 1000 - from;
  };
  return { from, to: from + lasts() - 1 };
}
