/**
 * Canonical JSON is what Python's `json.dumps(sort_keys=True, separators=(",", ":"))` writes: compared with a second
 * implementation below, which was written from Python's documentation and shares nothing with ours, and with Python
 * itself where there is one. Values reach Python as numbers and code units, not as JSON, so that no reader can hide a
 * writer's mistake.
 */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, float, JsonNumber, type JsonValue, parseJson, toPlain } from "../../src/canonical-json.ts";
import { requestHash } from "../../src/identity.ts";
import { anyKey, anyText, jsonLike, spoiledJson } from "./arbitraries.ts";
import { guardPrototypes, outcomeOf } from "./outcome.ts";

guardPrototypes();

/** A Python value. `as` tells how it is handed to our writer: all ways have to give the same text. */
type Value =
  | { readonly kind: "constant"; readonly value: null | boolean }
  | { readonly kind: "int"; readonly value: bigint; readonly as: "number" | "bigint" | "text" }
  | { readonly kind: "float"; readonly value: number; readonly as: "number" | "text" | "exponent" }
  | { readonly kind: "str"; readonly value: string }
  | { readonly kind: "list"; readonly value: readonly Value[] }
  | { readonly kind: "dict"; readonly value: readonly (readonly [string, Value])[] };

const doubleOfBits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
});
/** Where a double's neighbours below and above are not equally far away. */
const powerOfTwo = fc.integer({ min: -1074, max: 1023 }).map((exponent) => 2 ** exponent);
const anyInteger = fc.oneof(
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  fc.bigInt({ min: -20n, max: 20n }),
  fc.constantFrom(2n ** 53n, 2n ** 53n - 1n, -(2n ** 53n), 10n ** 400n),
);
const anyFloat = fc.oneof(
  doubleOfBits,
  powerOfTwo,
  fc.double(),
  fc.maxSafeInteger().map((value) => value / 1000),
  fc.constantFrom(0, -0, 1e16, 1e-4, 9.999e-5, 9999999999999998, 5e-324, 2 ** 53),
);

const { value: anyValue } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.record({ kind: fc.constant("constant" as const), value: fc.constantFrom(null, true, false) }),
    fc.record({
      kind: fc.constant("int" as const),
      value: anyInteger,
      as: fc.constantFrom("number" as const, "bigint" as const, "text" as const),
    }),
    fc.record({
      kind: fc.constant("float" as const),
      value: anyFloat,
      as: fc.constantFrom("number" as const, "text" as const, "exponent" as const),
    }),
    fc.record({ kind: fc.constant("str" as const), value: anyText }),
    fc.record({ kind: fc.constant("list" as const), value: fc.array(tie("value"), { maxLength: 4 }) }),
    fc.record({
      kind: fc.constant("dict" as const),
      value: fc.uniqueArray(fc.tuple(anyKey, tie("value")), { maxLength: 5, selector: ([key]) => key }),
    }),
  ),
}));

/** The value as a caller of the library has it. */
function ours(value: Value): JsonValue {
  switch (value.kind) {
    case "int": {
      const isSafe = Number.isSafeInteger(Number(value.value));
      if (value.as === "number" && isSafe) return Number(value.value);
      return value.as === "text" ? new JsonNumber(String(value.value)) : value.value;
    }
    case "float":
      // A plain number that is whole means an int, so whole floats have to say that they are floats.
      if (value.as === "number" && !Number.isSafeInteger(value.value)) return value.value;
      if (value.as === "exponent" && Number.isFinite(value.value) && !Object.is(value.value, -0)) {
        return new JsonNumber(value.value.toExponential());
      }
      return float(value.value);
    case "list":
      return value.value.map(ours);
    case "dict":
      return Object.fromEntries(value.value.map(([key, member]) => [key, ours(member)]));
    default:
      return value.value;
  }
}

describe("a second implementation", () => {
  it("writes every value as we do", () => {
    fc.assert(
      fc.property(anyValue, fc.boolean(), (value, ensureAscii) => {
        expect(canonicalJson(ours(value), { ensureAscii })).toBe(dumps(value, ensureAscii));
      }),
      { numRuns: 600 },
    );
  });

  it("writes every float as we do", () => {
    fc.assert(
      fc.property(anyFloat, (value) => {
        expect(float(value).text).toBe(floatRepr(value));
      }),
      { numRuns: 2000 },
    );
  });

  it("reads what JSON.parse reads, and nothing besides but NaN and the infinities", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(jsonLike, spoiledJson), async (text) => {
        const read = await outcomeOf(() => toPlain(parseJson(text)));
        let expected: { readonly value: unknown } | null = null;
        try {
          expected = { value: JSON.parse(text) };
        } catch {
          // Not JSON; null says so.
        }
        if (expected === null && read.state === "answered") expect(text).toMatch(/NaN|Infinity/);
        if (expected === null) return;
        if (read.state === "refused") throw new Error(`${text} was refused as ${read.code}`);
        expect(comparable(read.value)).toEqual(comparable(expected.value));
      }),
      { numRuns: 600 },
    );
  });
});

const SCRIPT = `
import hashlib, json, struct, sys
def text(units):
    return b"".join(struct.pack("<H", unit) for unit in units).decode("utf-16-le", "surrogatepass")
def value(form):
    kind, content = form
    if kind == "constant": return content
    if kind == "int": return int(content)
    if kind == "float": return struct.unpack(">d", bytes.fromhex(content))[0]
    if kind == "str": return text(content)
    if kind == "list": return [value(item) for item in content]
    return {text(key): value(member) for key, member in content}
answers = []
for kind, method, form in json.load(sys.stdin):
    body = value(form)
    written = json.dumps(body, sort_keys=True, separators=(",", ":"))
    payload = json.dumps({"params": {"q": body}, "body": body}, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(f"{kind}:RequestMethod.{method}:{payload}".encode()).hexdigest()
    answers.append([written, json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False), digest])
print(json.dumps(answers))
`;
const pythonAbsent = spawnSync("python3", ["-c", "pass"]).status !== 0;

describe("Python", () => {
  const call = fc.tuple(
    fc.string({ unit: "grapheme", maxLength: 6 }),
    fc.constantFrom("GET", "POST", "SEND"),
    anyValue,
  );

  it.skipIf(pythonAbsent)("writes every value, and hashes every request, as we do", () => {
    fc.assert(
      fc.property(fc.array(call, { minLength: 400, maxLength: 400 }), (calls) => {
        const input = JSON.stringify(calls.map(([kind, method, value]) => [kind, method, forPython(value)]));
        const run = spawnSync("python3", ["-c", SCRIPT], { input, maxBuffer: 2 ** 28 });
        expect(run.stderr.toString()).toBe("");
        const answers: [string, string, string][] = JSON.parse(run.stdout.toString());
        expect(answers).toHaveLength(calls.length);
        for (const [index, [kind, method, value]] of calls.entries()) {
          const [ascii, unescaped, hash] = answers[index] ?? [];
          const json = ours(value);
          expect(canonicalJson(json)).toBe(ascii);
          // Python could not write a lone surrogate to a file; we escape it.
          if (unescaped?.isWellFormed()) expect(canonicalJson(json, { ensureAscii: false })).toBe(unescaped);
          expect(requestHash({ kind, method, params: { q: json }, body: json })).toBe(hash);
        }
      }),
      // A single run: to shrink it would start Python hundreds of times.
      { numRuns: 1, endOnFailure: true },
    );
  });
});

function forPython(value: Value): unknown {
  switch (value.kind) {
    case "int":
      return ["int", String(value.value)];
    case "float": {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleBE(value.value);
      return ["float", bytes.toString("hex")];
    }
    case "str":
      return ["str", unitsOf(value.value)];
    case "list":
      return ["list", value.value.map(forPython)];
    case "dict":
      return ["dict", value.value.map(([key, member]) => [unitsOf(key), forPython(member)])];
    default:
      return ["constant", value.value];
  }
}

function unitsOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** `json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=ensureAscii)`. */
function dumps(value: Value, ensureAscii: boolean): string {
  switch (value.kind) {
    case "constant":
      return value.value === null ? "null" : value.value ? "true" : "false";
    case "int":
      return value.value.toString(10);
    case "float":
      return floatRepr(value.value);
    case "str":
      return stringText(value.value, ensureAscii);
    case "list":
      return `[${value.value.map((item) => dumps(item, ensureAscii)).join(",")}]`;
    case "dict": {
      const members = [...value.value].sort(([a], [b]) => compareLists(codePoints(a), codePoints(b)));
      return `{${members.map(([key, item]) => `${stringText(key, ensureAscii)}:${dumps(item, ensureAscii)}`).join(",")}}`;
    }
  }
}

const codePoints = (text: string) => Array.from(text, (character) => character.codePointAt(0) ?? 0);

function compareLists(a: readonly number[], b: readonly number[]): number {
  for (const [index, value] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (value !== other) return value - other;
  }
  return a.length - b.length;
}

const SHORT_ESCAPES: Readonly<Record<number, string>> = {
  8: "\\b",
  9: "\\t",
  10: "\\n",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

function stringText(text: string, ensureAscii: boolean): string {
  let out = '"';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const isLone = code >= 0xd800 && code <= 0xdfff;
    const short = SHORT_ESCAPES[code];
    if (short !== undefined) out += short;
    else if (code < 32 || isLone || (ensureAscii && code > 126)) {
      for (const unit of unitsOf(character)) out += `\\u${(unit + 0x10000).toString(16).slice(1)}`;
    } else out += character;
  }
  return `${out}"`;
}

/** `float.__repr__`: the fewest digits that give the same float again, the exponent from 1e16 on and below 1e-4. */
function floatRepr(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return `${sign}Infinity`;
  if (magnitude === 0) return `${sign}0.0`;
  const [digits, exponent] = shortestDigits(magnitude);
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
    const power = String(Math.abs(exponent));
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power.length < 2 ? `0${power}` : power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/** Digits without trailing zeros, and the power of ten of the first. */
function shortestDigits(value: number): [digits: string, exponent: number] {
  for (let count = 1; count <= 17; count += 1) {
    const [mantissa = "", power = ""] = value.toExponential(count - 1).split("e");
    const rounded = BigInt(mantissa.replace(".", ""));
    const scale = Number(power) - count + 1;
    // At a power of two the nearest number of so many digits may lie outside, and its neighbour inside; and of two that
    // are equally near, the even one is taken.
    const [best] = [rounded, rounded + 1n, rounded - 1n]
      .filter((digits) => Number(`${digits}e${scale}`) === value)
      .sort((x, y) => Number(distance(x, scale, value) - distance(y, scale, value)) || Number((x % 2n) - (y % 2n)));
    if (best === undefined) continue;
    return [String(best).replace(/0+$/, ""), scale + String(best).length - 1];
  }
  throw new Error(`No 17 digits give ${value} again`);
}

/** How far `digits * 10 ** scale` is from a positive float, exactly; the unit depends on scale and float alone. */
function distance(digits: bigint, scale: number, value: number): bigint {
  let power = 0;
  let odd = value;
  for (; !Number.isInteger(odd); power -= 1) odd *= 2;
  const shift = (base: bigint, by: number) => base ** BigInt(Math.max(by, 0));
  const ours = digits * shift(10n, scale) * shift(2n, -power);
  const exact = BigInt(odd) * shift(10n, -scale);
  // Brought back to the size of a digit's last place, so that it may become a number.
  const far = ours > exact ? ours - exact : exact - ours;
  return (far * 1_000_000_000n) / (shift(10n, scale) * shift(2n, -power));
}

/** JSON.parse rounds large integers and knows the sign of an integer's zero, unlike Python; the rest has to be equal. */
function comparable(value: unknown): unknown {
  if (typeof value === "bigint" || value === 0) return Number(value) + 0;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, comparable(member)]));
}
