/** Values of an archive's rows as the numbers of an index's. Pure. */
import { isChecksum } from "../identity.ts";
import { ReadChecksum } from "./bytes.ts";
import { epochMicrosOf } from "./moments.ts";
import { NEVER, NO_TIME, NONE, sumOfPrefix, TIME_BASE } from "./schema.ts";

/** See COLUMNS. */
export function timeOf(text: string): number {
  const micros = epochMicrosOf(text);
  return micros === null ? NO_TIME : micros - TIME_BASE;
}

/** Before it is known what followed. What has no time was at no moment there. */
export function untilOf(text: string): number {
  return timeOf(text) === NO_TIME ? NO_TIME : NEVER;
}

/** See COLUMNS. */
export function sizeOf(size: unknown): number {
  return typeof size === "number" && Number.isFinite(size) && size >= 0 ? Math.trunc(size) : NONE;
}

/** See COLUMNS. */
export function sumOf(checksum: string | null): number {
  // SQLite lets bytes be in a column of text.
  if (typeof checksum !== "string" || checksum.length !== 64) return NONE;
  return isChecksum(checksum) ? sumOfPrefix(checksum) : NONE;
}

/** See ReadChecksum. */
export function mixOf(checksum: string | null): number {
  const read = new ReadChecksum();
  if (checksum !== null) read.read(Buffer.from(checksum), 0);
  return read.mix;
}
