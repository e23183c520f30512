/** What a person may write for a moment, a duration, a number, JSON or a header. */
import { type JsonValue, parseJson } from "../canonical-json.ts";
import { durationMs } from "../durations.ts";
import { isDataioError } from "../errors.ts";
import { parseTimestamp } from "../timestamps.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError */
export function parseDuration(text: string): number {
  const ms = durationMs(text);
  if (ms !== null) return ms;
  throw new UsageError(`"${text}" is no duration; write for example 30s, 15m, 6h or 7d.`);
}

/**
 * Microseconds since the epoch of a timestamp (`2026-03-01`, `2026-03-01T06:00:00+01:00`, without an offset in UTC), or of
 * a duration before now (`24h`). @throws UsageError
 */
export function parseMoment(text: string, now: number = Date.now()): bigint {
  const parsed = parseTimestamp(text.trim());
  if (parsed !== null) return parsed.epochMicros;
  const ago = durationMs(text);
  if (ago !== null) return BigInt(Math.trunc(now - ago)) * 1000n;
  throw new UsageError(
    `"${text}" is no moment; write for example 2026-03-01, 2026-03-01T06:00:00Z, or 24h for a day ago.`,
  );
}

/** @throws UsageError unless the text is a whole number from `least` on */
export function parseCount(text: string, least: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text.trim()) && Number.isSafeInteger(count) && count >= least) return count;
  throw new UsageError(`"${text}" is no whole number from ${least} on.`);
}

/** JSON that a person gave as `what`; numbers keep their text. @throws UsageError */
export function parseJsonArgument(text: string, what: string): JsonValue {
  try {
    return parseJson(text);
  } catch (error) {
    if (!isDataioError(error, "JSON_INVALID")) throw error;
    throw new UsageError(`${what} is not JSON: ${error.message}.`);
  }
}

/** `Name: value` headers as a map; a name given twice has both values. @throws UsageError, never with the text of a header */
export function parseHeaders(fields: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (const field of fields) {
    const colon = field.indexOf(":");
    if (colon < 1) throw new UsageError('A header is written as "Name: value".');
    const name = field.slice(0, colon).trim();
    const value = field.slice(colon + 1).trim();
    const known = headers[name];
    headers[name] = known === undefined ? value : [...(typeof known === "string" ? [known] : known), value];
  }
  return headers;
}

/** For an option that may be given several times: all of its values. */
export function collected(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
