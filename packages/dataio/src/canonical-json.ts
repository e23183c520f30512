/**
 * JSON in Python's dialect, with exact numbers: what Python's `json` reads is read here, and what is written here is
 * byte for byte what `json.dumps(sort_keys=True, separators=(",", ":"))` writes. Request identities are computed on it.
 *
 * Nothing is rounded and nothing is dropped: a value that has no JSON form is refused with its path. No function here
 * recurses, so depth is limited by memory only.
 */

import { DataioError } from "./errors.ts";

export type JsonObject = { readonly [key: string]: JsonValue };
/** What has a JSON form. Numbers from archives are {@link JsonNumber}s, which keep their text. */
export type JsonValue = null | boolean | string | number | bigint | JsonNumber | readonly JsonValue[] | JsonObject;

const NUMBER = String.raw`NaN|-?Infinity|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const NUMBER_ALONE = new RegExp(`^(?:${NUMBER})$`);
const INTEGER = /^-?\d+$/;

/** Python refuses to convert longer integers from or to text (`sys.int_info.default_max_str_digits`). */
const MAX_INTEGER_DIGITS = 4300;

/**
 * A number that keeps its JSON text: `30.0`, `1e-07` and integers of any size survive.
 *
 * @throws DataioError JSON_INVALID when the text is no JSON number (nor NaN, Infinity, -Infinity), or an integer of
 * more than 4300 digits, which Python does not read.
 */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    if (!NUMBER_ALONE.test(text)) {
      throw new DataioError("JSON_INVALID", `Not a JSON number: ${JSON.stringify(text.slice(0, 40))}`);
    }
    if (INTEGER.test(text) && !isReadableInteger(text)) {
      throw new DataioError("JSON_INVALID", `An integer has more than ${MAX_INTEGER_DIGITS} digits`);
    }
    this.text = text;
  }
}

/** Marks a number as a Python float, which it stays when it is whole: `float(30)` is written as `30.0`. */
export function float(value: number): JsonNumber {
  return new JsonNumber(pythonFloatRepr(value));
}

/**
 * A float as Python writes it in JSON: the shortest digits that round-trip, always with a point or an exponent, with an
 * exponent of at least two digits below 1e-4 and from 1e16 on. NaN, Infinity and -Infinity as `json.dumps` has them.
 */
export function pythonFloatRepr(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return "-0.0";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e16)) {
    return value.toExponential().replace(/([-+])(\d)$/, (_, sign: string, digit: string) => `${sign}0${digit}`);
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}

/**
 * Reads JSON as Python's `json.loads` does: NaN and the infinities are numbers, lone surrogate escapes are kept, the
 * last of several equal keys wins. Every number becomes a {@link JsonNumber}. Objects have no prototype, so `__proto__`
 * is a key like any other.
 *
 * @throws DataioError JSON_INVALID; `details.position` is the offset into `text` in UTF-16 units.
 */
export function parseJson(text: string): JsonValue {
  // SQLite lets bytes be in a column of text, whatever the type of the row says.
  if (typeof text !== "string") throw new DataioError("JSON_INVALID", "Invalid JSON: not a text but bytes");
  const reader = new Reader(text);
  const open: (OpenArray | OpenObject)[] = [];
  for (;;) {
    let value: JsonValue;
    if (reader.take("[")) {
      const items: JsonValue[] = [];
      if (!reader.take("]")) {
        open.push({ kind: "array", items });
        continue;
      }
      value = items;
    } else if (reader.take("{")) {
      const members: Record<string, JsonValue> = Object.create(null);
      if (!reader.take("}")) {
        open.push({ kind: "object", members, key: reader.key() });
        continue;
      }
      value = members;
    } else {
      value = reader.scalar();
    }

    // The value is complete: it belongs to the innermost open container, and may be the last thing in several.
    for (;;) {
      const container = open.at(-1);
      if (container === undefined) {
        reader.end();
        return value;
      }
      if (container.kind === "array") container.items.push(value);
      else container.members[container.key] = value;
      if (reader.take(",")) {
        if (container.kind === "object") container.key = reader.key();
        break;
      }
      reader.expect(container.kind === "array" ? "]" : "}");
      value = container.kind === "array" ? container.items : container.members;
      open.pop();
    }
  }
}

/**
 * Writes a value as Python's `json.dumps(sort_keys=True, separators=(",", ":"), ensure_ascii=…)` does, keys in order of
 * code points.
 *
 * - A {@link JsonNumber} is written as Python would after reading it: integers keep their digits (`-0` becomes `0`),
 *   everything else becomes a float's repr (`1.10` -> `1.1`, `1E5` -> `100000.0`, `1e400` -> `Infinity`).
 * - A JS number that is a safe integer is a Python int (-0 is `0`: ints have no sign of zero); every other one is a
 *   float. So 2**53 and above are floats: the digits of an integer that large are not known to be exact. Use a bigint.
 * - With `ensureAscii: false` only a lone surrogate is escaped, for it has no UTF-8 form (Python fails to write it).
 *
 * @throws DataioError JSON_INVALID with `details.path` for anything else: undefined, functions, symbols, instances of
 * classes, cycles.
 */
export function canonicalJson(value: JsonValue, options: { readonly ensureAscii?: boolean } = {}): string {
  const quote = options.ensureAscii === false ? quoted : quotedAscii;
  let out = "";
  const open: Container[] = [];
  const ancestors = new Ancestors();
  let current: unknown = value;
  for (;;) {
    const text = scalarText(current, quote);
    if (text !== null) {
      out += text;
    } else {
      const container = openContainer(current);
      if (container === null) throw noJsonForm(`${nameOf(current)} has no JSON form`, open);
      if (ancestors.has(current)) throw noJsonForm("a container holds itself", open);
      ancestors.push(current);
      open.push(container);
      out += container.keys === null ? "[" : "{";
    }

    // What follows is the next member of the innermost container that is not finished.
    for (;;) {
      const container = open[open.length - 1];
      if (container === undefined) return out;
      const index = container.next;
      container.next += 1;
      if (index < container.values.length) {
        if (index > 0) out += ",";
        const key = container.keys?.[index];
        if (key !== undefined) out += `${quote(key)}:`;
        current = container.values[index];
        break;
      }
      out += container.keys === null ? "]" : "}";
      ancestors.pop(container.source);
      open.pop();
    }
  }
}

/**
 * The same data as ordinary JavaScript values: a {@link JsonNumber} becomes a number, or a bigint when it is an integer
 * outside the safe range; objects become ordinary ones, with `__proto__` as a plain key. Expects a tree.
 */
export function toPlain(value: JsonValue): unknown {
  const pending: (() => void)[] = [];
  const copy = (source: JsonValue): unknown => {
    if (typeof source !== "object" || source === null) return source;
    if (source instanceof JsonNumber) return plainNumber(source.text);
    if (isArray(source)) {
      const items: unknown[] = [];
      pending.push(() => {
        for (const item of source) items.push(copy(item));
      });
      return items;
    }
    const members: Record<string, unknown> = {};
    pending.push(() => {
      for (const [key, member] of Object.entries(source)) {
        const plain = { value: copy(member), writable: true, enumerable: true, configurable: true };
        if (key === "__proto__") Object.defineProperty(members, key, plain);
        else members[key] = plain.value;
      }
    });
    return members;
  };
  const plain = copy(value);
  for (let fill = pending.pop(); fill !== undefined; fill = pending.pop()) fill();
  return plain;
}

interface OpenArray {
  readonly kind: "array";
  readonly items: JsonValue[];
}

interface OpenObject {
  readonly kind: "object";
  readonly members: Record<string, JsonValue>;
  /** The key whose value is being read. */
  key: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST_PRINTABLE = 0x20;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** A cursor over JSON text. Every method skips white space first, and throws JSON_INVALID when it cannot go on. */
class Reader {
  readonly #text: string;
  readonly #number = new RegExp(NUMBER, "y");
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Steps over `mark` when it comes next. */
  take(mark: string): boolean {
    this.#skipSpace();
    if (!this.#text.startsWith(mark, this.#position)) return false;
    this.#position += mark.length;
    return true;
  }

  expect(mark: string): void {
    if (!this.take(mark)) throw this.#invalid(`expected "${mark}"`);
  }

  end(): void {
    this.#skipSpace();
    if (this.#position < this.#text.length) throw this.#invalid("unexpected text after the value");
  }

  /** A member's key and the colon behind it. */
  key(): string {
    this.expect('"');
    const key = this.#restOfString();
    this.expect(":");
    return key;
  }

  scalar(): JsonValue {
    if (this.take('"')) return this.#restOfString();
    if (this.take("null")) return null;
    if (this.take("true")) return true;
    if (this.take("false")) return false;
    this.#number.lastIndex = this.#position;
    const match = this.#number.exec(this.#text);
    if (match === null) throw this.#invalid("expected a value");
    try {
      const number = new JsonNumber(match[0]);
      this.#position += match[0].length;
      return number;
    } catch (error) {
      throw this.#invalid(error instanceof Error ? error.message : String(error), error);
    }
  }

  #restOfString(): string {
    let value = "";
    let start = this.#position;
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code === QUOTE) {
        value += this.#text.slice(start, this.#position);
        this.#position += 1;
        return value;
      }
      if (code === BACKSLASH) {
        value += this.#text.slice(start, this.#position) + this.#escape();
        start = this.#position;
      } else if (code >= FIRST_PRINTABLE) {
        this.#position += 1;
      } else {
        throw this.#invalid(Number.isNaN(code) ? "unterminated string" : "control character in a string");
      }
    }
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#position + 1);
    const character = ESCAPES.get(letter);
    if (character !== undefined) {
      this.#position += 2;
      return character;
    }
    const digits = this.#text.slice(this.#position + 2, this.#position + 6);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#invalid("invalid escape");
    this.#position += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#position);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#position += 1;
    }
  }

  #invalid(reason: string, cause?: unknown): DataioError {
    const position = this.#position;
    return new DataioError("JSON_INVALID", `Invalid JSON at ${position}: ${reason}`, { details: { position }, cause });
  }
}

/** Up to here to look through a list is quicker than to keep a set. */
const FEW_ANCESTORS = 16;

/** The containers that the current value stands in, from the outermost on. */
class Ancestors {
  readonly #few: unknown[] = [];
  #deeper: Set<unknown> | undefined;

  has(value: unknown): boolean {
    return this.#few.includes(value) || this.#deeper?.has(value) === true;
  }

  push(value: unknown): void {
    if (this.#few.length < FEW_ANCESTORS) {
      this.#few.push(value);
      return;
    }
    this.#deeper ??= new Set();
    this.#deeper.add(value);
  }

  pop(value: unknown): void {
    if (this.#deeper?.delete(value) !== true) this.#few.pop();
  }
}

interface Container {
  readonly source: unknown;
  /** Sorted; null for an array. */
  readonly keys: readonly string[] | null;
  readonly values: readonly unknown[];
  next: number;
}

function openContainer(value: unknown): Container | null {
  if (isArray(value)) return { source: value, keys: null, values: value, next: 0 };
  if (!isPlainObject(value)) return null;
  const keys = Object.keys(value).sort(byCodePoint);
  return { source: value, keys, values: keys.map((key) => value[key]), next: 0 };
}

function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  return Object.getOwnPropertySymbols(value).length === 0;
}

/** The JSON text of a value that is no container; null when it is one, or has no JSON form. */
function scalarText(value: unknown, quote: (text: string) => string): string | null {
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : pythonFloatRepr(value);
  if (typeof value === "bigint") return integerText(value);
  if (value instanceof JsonNumber) return normalisedNumber(value.text);
  return null;
}

function integerText(value: bigint): string | null {
  const text = String(value);
  return isReadableInteger(text) ? text : null;
}

/** Whether Python reads an integer of this many digits. */
function isReadableInteger(text: string): boolean {
  return text.length - (text.startsWith("-") ? 1 : 0) <= MAX_INTEGER_DIGITS;
}

function normalisedNumber(text: string): string {
  if (!INTEGER.test(text)) return pythonFloatRepr(Number(text));
  return text === "-0" ? "0" : text;
}

function plainNumber(text: string): number | bigint {
  const value = Number(text);
  if (!INTEGER.test(text)) return value;
  if (!Number.isSafeInteger(value)) return BigInt(text);
  return value === 0 ? 0 : value;
}

/** JSON's own quoting escapes what Python escapes with `ensure_ascii=False`, and lone surrogates besides. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Python escapes DEL as well, and every UTF-16 unit of an astral character by itself. */
function quotedAscii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Orders by code points; UTF-16 order differs where a surrogate pair meets U+E000 to U+FFFF. */
function byCodePoint(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let index = 0;
  while (index < shorter && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === shorter) return a.length - b.length;
  // The difference may be the second half of a pair, whose first half is common to both.
  const whole = index > 0 ? (a.codePointAt(index - 1) ?? 0) - (b.codePointAt(index - 1) ?? 0) : 0;
  return whole || (a.codePointAt(index) ?? 0) - (b.codePointAt(index) ?? 0);
}

function nameOf(value: unknown): string {
  if (typeof value === "bigint") return `an integer of more than ${MAX_INTEGER_DIGITS} digits`;
  if (typeof value !== "object" || value === null) return typeof value;
  if (Object.getOwnPropertySymbols(value).length > 0) return "an object with symbol keys";
  return `an instance of ${value.constructor?.name ?? "an unknown class"}`;
}

function noJsonForm(reason: string, open: readonly Container[]): DataioError {
  const path = open.reduce((prefix, container) => `${prefix}${step(container)}`, "$");
  return new DataioError("JSON_INVALID", `At ${path}: ${reason}`, { details: { path } });
}

/** The path from a container to the member that is being written. */
function step(container: Container): string {
  const index = container.next - 1;
  const key = container.keys?.[index];
  if (key === undefined) return `[${index}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
