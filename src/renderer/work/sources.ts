/** Bytes from wherever they are, a range at a time. */
import { readRange } from "./payload-bytes.ts";
import type { Source } from "./tasks.ts";

/** Never aborted: a task ends with its worker. */
export const NEVER = new AbortController().signal;

/** At most `length` bytes from `start` on; fewer at the end. */
export async function readSource(
  source: Source,
  start: number,
  length: number,
  signal: AbortSignal = NEVER,
): Promise<Uint8Array<ArrayBuffer>> {
  if (source.kind === "url") return readRange(source.url, start, length, signal);
  return source.bytes.subarray(start, start + length);
}

/** Bytes that there are to read. */
export function sourceSize(source: Source): number {
  return source.kind === "url" ? source.size : source.bytes.length;
}

/** True when there is more than was read up to `end`. */
export function isCut(source: Source, end: number): boolean {
  return end < sourceSize(source) || (source.kind === "bytes" && !source.complete);
}
