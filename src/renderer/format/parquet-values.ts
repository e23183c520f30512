/**
 * Values of Parquet columns as exact text. Decimals, times and large integers never pass through a double, and a float of
 * 32 bits is written with as many digits as it has.
 */
import type { ParquetParsers, SchemaElement } from "hyparquet";

/** Dates and timestamps as text with all the digits that they have, in whatever zone the column means. */
export const EXACT_PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value: bigint) => timestampText(value, 3),
  timestampFromMicroseconds: (value: bigint) => timestampText(value, 6),
  timestampFromNanoseconds: (value: bigint) => timestampText(value, 9),
  dateFromDays: (days: number) => timestampText(BigInt(days) * 86_400n, 0).slice(0, -9),
  jsonFromBytes: (bytes: Uint8Array) => new TextDecoder().decode(bytes),
};

/** `2025-10-01 08:00:00.123456`; beyond the years that have a calendar, the number itself. */
export function timestampText(value: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits);
  const fraction = ((value % unit) + unit) % unit;
  const seconds = (value - fraction) / unit;
  const date = new Date(Number(seconds) * 1000);
  if (Number.isNaN(date.getTime())) return String(value);
  const text = date.toISOString().slice(0, -5).replace("T", " ");
  return digits === 0 ? text : `${text}.${String(fraction).padStart(digits, "0")}`;
}

/** Logical types that the reader would turn into doubles or refuse; their columns are read as they are stored. */
const OWN_TYPES = new Set(["BSON", "DECIMAL", "INTERVAL", "TIME", "TIME_MICROS", "TIME_MILLIS"]);

/** The element as the reader gets it: without the meaning that {@link valueText} gives its values. */
export function readAs(element: SchemaElement): SchemaElement {
  const { converted_type, logical_type, ...plain } = element;
  const isOwn = OWN_TYPES.has(converted_type ?? "") || OWN_TYPES.has(logical_type?.type ?? "");
  return isOwn ? plain : element;
}

/** A value of a column as text; null for no value. */
export function valueText(value: unknown, element: SchemaElement): string | null {
  if (value === null || value === undefined) return null;
  const { converted_type: converted, logical_type: logical, type } = element;
  if (converted === "DECIMAL" || logical?.type === "DECIMAL") {
    const scale = logical?.type === "DECIMAL" ? logical.scale : (element.scale ?? 0);
    return decimalText(unscaled(value), scale);
  }
  const digits = timeDigits(element);
  if (digits !== null && (typeof value === "number" || typeof value === "bigint")) {
    return timestampText(BigInt(value), digits).slice(11);
  }
  if (type === "FLOAT" && typeof value === "number") return floatText(value);
  return plainText(value);
}

function timeDigits({ converted_type: converted, logical_type: logical }: SchemaElement): number | null {
  if (logical?.type === "TIME") return { MILLIS: 3, MICROS: 6, NANOS: 9 }[logical.unit];
  if (converted === "TIME_MILLIS") return 3;
  return converted === "TIME_MICROS" ? 6 : null;
}

/** Big-endian two's complement, as decimals are stored in bytes. */
function unscaled(value: unknown): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return BigInt(value);
  if (!(value instanceof Uint8Array)) return 0n;
  let number = 0n;
  for (const byte of value) number = (number << 8n) | BigInt(byte);
  return BigInt.asIntN(value.length * 8, number);
}

/** `-12.50` of -1250 and 2. */
export function decimalText(value: bigint, scale: number): string {
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The shortest text that is read back as the same float of 32 bits. */
export function floatText(value: number): string {
  for (let digits = 1; digits < 10; digits += 1) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(value);
}

function plainText(value: unknown): string {
  if (value instanceof Uint8Array) return hexText(value);
  if (value instanceof Date) return value.toISOString();
  if (Object.is(value, -0)) return "-0";
  return typeof value === "object" ? JSON.stringify(value, jsonValue) : String(value);
}

/** What JSON has no word for. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? hexText(value) : value;
}

const MOST_BYTES = 256;

function hexText(bytes: Uint8Array): string {
  const digits = Array.from(bytes.subarray(0, MOST_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `0x${digits}${bytes.length > MOST_BYTES ? "…" : ""}`;
}
