import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  canonicalJson,
  float,
  JsonNumber,
  type JsonValue,
  parseJson,
  pythonFloatRepr,
  toPlain,
} from "../src/canonical-json.ts";
import { isDataioError } from "../src/errors.ts";

interface SidecarVector {
  readonly name: string;
  readonly meta: JsonValue;
  readonly text?: string;
  readonly hex?: string;
  readonly error?: string;
  readonly js_safe: boolean;
}

const { sidecars }: { sidecars: SidecarVector[] } = JSON.parse(
  readFileSync(new URL("./fixtures/sidecar.json", import.meta.url), "utf8"),
);

/** The error that `action` throws; fails the test when it throws none of ours. */
function refusal(action: () => unknown): { code: string; message: string; details: object } {
  try {
    action();
  } catch (error) {
    if (isDataioError(error)) return { code: error.code, message: error.message, details: error.details };
    throw error;
  }
  throw new Error("nothing was thrown");
}

/** canonicalJson for values that its types would not let through: parameters of methods are compared both ways. */
const untyped: { write(value: unknown, options?: { readonly ensureAscii?: boolean }): string } = {
  write: canonicalJson,
};

function nested(depth: number, opening: string, closing: string): string {
  return `${opening.repeat(depth)}1${closing.repeat(depth)}`;
}

/** Any UTF-16 text, with an eye on the characters that JSON, Python and UTF-16 treat specially. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom(0, 0x1f, 0x22, 0x2f, 0x5c, 0x7f, 0xd83d, 0xde00, 0xe000, 0xffff), fc.nat(0xffff)), {
    maxLength: 8,
  })
  .map((units) => String.fromCharCode(...units));

const { json: anyJson } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false),
    anyText,
    fc.maxSafeInteger(),
    // A JS number has no negative zero of its own in this dialect; see canonicalJson.
    fc.double().map((value) => (value === 0 ? 0 : value)),
    fc.bigInt().filter((value) => !Number.isSafeInteger(Number(value))),
    fc.array(tie("json"), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.oneof(anyText, fc.constantFrom("__proto__", "10", "9")), tie("json")), { maxLength: 5 })
      .map((members) => Object.fromEntries(members)),
  ),
}));

describe("pythonFloatRepr", () => {
  it.each([
    [0, "0.0"],
    [-0, "-0.0"],
    [30, "30.0"],
    [0.1, "0.1"],
    [1e-4, "0.0001"],
    [0.00012345, "0.00012345"],
    [9.999e-5, "9.999e-05"],
    [1e-7, "1e-07"],
    [-2.5e-10, "-2.5e-10"],
    [5e-324, "5e-324"],
    [999999999999999.9, "999999999999999.9"],
    [9999999999999998, "9999999999999998.0"],
    [1e16, "1e+16"],
    [1.5e17, "1.5e+17"],
    [1e100, "1e+100"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("writes %d as %s", (value, text) => {
    expect(pythonFloatRepr(value)).toBe(text);
    expect(float(value).text).toBe(text);
  });
});

describe("JsonNumber", () => {
  it.each(["0", "-0", "30.0", "1E5", "1e-07", "-1.5e+300", "NaN", "Infinity", "-Infinity", "9".repeat(4300)])(
    "keeps %s",
    (text) => expect(new JsonNumber(text).text).toBe(text),
  );

  it.each(["", " 1", "1 ", "01", "1.", ".5", "+1", "1e", "-NaN", "0x1", "1_000", "1n", "٣", "1\n", "9".repeat(4301)])(
    "refuses %j",
    (text) => expect(refusal(() => new JsonNumber(text)).code).toBe("JSON_INVALID"),
  );
});

describe("parseJson", () => {
  it("keeps the exact text of every number", () => {
    const texts = ["30.0", "1.10", "1E5", "-0", "-0.0", "9007199254740993", "1e400", "NaN", "-Infinity"];
    expect(parseJson(`[${texts.join(" , ")}]`)).toEqual(texts.map((text) => new JsonNumber(text)));
  });

  it("reads white space, escapes and literals", () => {
    const text =
      ' {\t"a" :\r\n[ true,false , null ] , "b\\u00e9\\ud83d\\ude00":"\\"\\\\\\/\\b\\f\\n\\r\\t" , "c" : { } } ';
    expect(toPlain(parseJson(text))).toEqual({ a: [true, false, null], "bé😀": '"\\/\b\f\n\r\t', c: {} });
  });

  it("keeps lone surrogate escapes", () => {
    expect(parseJson('"\\ud800x\\udc00"')).toBe("\ud800x\udc00");
  });

  it("lets the last of equal keys win", () => {
    expect(canonicalJson(parseJson('{"a":1,"b":2,"a":3}'))).toBe('{"a":3,"b":2}');
  });

  it.each([
    ["", 0],
    ["  ", 2],
    ["\ufeff{}", 0],
    ["{} x", 3],
    ["[1,]", 3],
    ["[1 2]", 3],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["{a:1}", 1],
    ['{"a":1]', 6],
    ["[", 1],
    ['{"a":', 5],
    ['"ab', 3],
    ['"a\nb"', 2],
    ['"a\u0000b"', 2],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['"\\u+123"', 1],
    ['"\\', 1],
    ["'a'", 0],
    ["nul", 0],
    ["nullx", 4],
    ["NAN", 0],
    ["-NaN", 0],
    ["+1", 0],
    ["01", 1],
    ["1.", 1],
    ["-", 0],
    ["\u00a01", 0],
    [`[${"1".repeat(4301)}]`, 1],
  ])("refuses %j at its position", (text, position) => {
    expect(refusal(() => parseJson(text))).toMatchObject({ code: "JSON_INVALID", details: { position } });
  });

  it("takes __proto__ for an ordinary key, without touching any prototype", () => {
    const parsed = parseJson('{"__proto__":{"polluted":1},"constructor":2}');
    expect(Object.getPrototypeOf(parsed)).toBeNull();
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(canonicalJson(parsed)).toBe('{"__proto__":{"polluted":1},"constructor":2}');
  });

  it.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("survives a hundred thousand nested %s, as writing and converting do", (_, opening, closing) => {
    const text = nested(100_000, opening, closing);
    const parsed = parseJson(text);
    // Compared as a boolean: a failure should not print the text.
    expect(canonicalJson(parsed) === text).toBe(true);
    let depth = 0;
    for (let level = toPlain(parsed); typeof level === "object" && level !== null; depth += 1) {
      level = Array.isArray(level) ? level[0] : Reflect.get(level, "a");
    }
    expect(depth).toBe(100_000);
    expect(refusal(() => parseJson(opening.repeat(100_000))).code).toBe("JSON_INVALID");
  });
});

describe("canonicalJson", () => {
  it("sorts keys by code point, where UTF-16 has another order", () => {
    const keys = ["😀", "\ufffd", "\ue000", "\ud83d\uffff", "\ud83dx", "\ud83d", "😁", "z", "Z", "", "10", "9", "é"];
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])), { ensureAscii: true });
    expect(Object.entries(JSON.parse(text)).length).toBe(keys.length);
    expect([...text.matchAll(/"([^"]*)"/g)].map((match) => match[1])).toEqual([
      "",
      "10",
      "9",
      "Z",
      "z",
      "\\u00e9",
      "\\ud83d",
      "\\ud83dx",
      "\\ud83d\\uffff",
      "\\ue000",
      "\\ufffd",
      "\\ud83d\\ude00",
      "\\ud83d\\ude01",
    ]);
  });

  it("escapes non-ASCII characters and DEL unless told otherwise", () => {
    const text = '\u0000\u001f\b\t\n\f\r"\\/~\u007f\u0080é\u2028😀\ud800';
    const controls = '\\u0000\\u001f\\b\\t\\n\\f\\r\\"\\\\/~';
    expect(canonicalJson(text)).toBe(`"${controls}\\u007f\\u0080\\u00e9\\u2028\\ud83d\\ude00\\ud800"`);
    expect(canonicalJson(text, { ensureAscii: false })).toBe(`"${controls}\u007f\u0080é\u2028😀\\ud800"`);
  });

  it.each<[string, JsonValue]>([
    ["5", 5],
    ["0", -0],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740992.0", 2 ** 53],
    ["1e+21", 1e21],
    ["0.5", 0.5],
    ["NaN", Number.NaN],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["10000000000000000000001", 10n ** 22n + 1n],
    ["30.0", float(30)],
    ["-0.0", float(-0)],
    ["0", new JsonNumber("-0")],
    ["9007199254740993", new JsonNumber("9007199254740993")],
    ["1.1", new JsonNumber("1.10")],
    ["100000.0", new JsonNumber("1E5")],
    ["-0.0", new JsonNumber("-0e3")],
    ["Infinity", new JsonNumber("1e400")],
    ["-Infinity", new JsonNumber("-1e400")],
    ["0.0", new JsonNumber("1e-400")],
    ["0.1", new JsonNumber("0.1000000000000000055511151231257827")],
  ])("writes %s for a number", (text, value) => {
    expect(canonicalJson(value)).toBe(text);
    expect(canonicalJson({ a: [value] })).toBe(`{"a":[${text}]}`);
  });

  it.each([
    ["undefined", undefined, "$"],
    ["an undefined member", { a: [1, { b: undefined }] }, "$.a[1].b"],
    ["a hole in an array", Array(2), "$[0]"],
    ["a function", { "odd key": () => 1 }, '$["odd key"]'],
    ["a symbol", [Symbol("s")], "$[0]"],
    ["a date", { when: new Date(0) }, "$.when"],
    ["bytes", { data: new Uint8Array(2) }, "$.data"],
    ["a map", [new Map()], "$[0]"],
    ["a boxed number", Object(1), "$"],
    ["an object with a foreign prototype", [Object.create(Object.create(null))], "$[0]"],
    ["a symbol key", { a: { [Symbol("s")]: 1 } }, "$.a"],
    ["an integer that Python cannot read back", { n: 10n ** 4300n }, "$.n"],
  ])("refuses %s and names its path", (_, value, path) => {
    const error = refusal(() => untyped.write(value));
    expect(error).toMatchObject({ code: "JSON_INVALID", details: { path } });
    expect(error.message).toContain(path);
  });

  it("refuses cycles, and writes a value twice that occurs twice", () => {
    const inner: Record<string, unknown> = { x: [] };
    expect(untyped.write([inner, inner])).toBe('[{"x":[]},{"x":[]}]');
    inner.x = [1, inner];
    expect(refusal(() => untyped.write(inner))).toMatchObject({ code: "JSON_INVALID", details: { path: "$.x[1]" } });
  });

  it.each(sidecars.filter(({ js_safe, text }) => js_safe && text !== undefined))(
    "writes the sidecar $name as Python does, from values",
    ({ meta, hex }) => {
      expect(Buffer.from(canonicalJson(meta, { ensureAscii: false })).toString("hex")).toBe(hex);
    },
  );

  // Python sorted the integer keys of one vector as integers, which their text does not tell.
  it.each(sidecars.filter(({ name, text }) => text && name !== "int key"))(
    "writes the sidecar $name as Python does, from text",
    ({ text = "", hex }) => {
      expect(Buffer.from(canonicalJson(parseJson(text), { ensureAscii: false })).toString("hex")).toBe(hex);
    },
  );

  it("is undone by parseJson, and does not change when it is repeated", () => {
    fc.assert(
      fc.property(anyJson, fc.boolean(), (value, ensureAscii) => {
        const text = untyped.write(value, { ensureAscii });
        const parsed = parseJson(text);
        expect(isDeepStrictEqual(toPlain(parsed), value)).toBe(true);
        expect(canonicalJson(parsed, { ensureAscii })).toBe(text);
      }),
    );
  });
});

describe("toPlain", () => {
  it("gives numbers where they are exact, and bigints for larger integers", () => {
    const text = "[30.0, 1.10, -0, -0.0, 9007199254740991, 9007199254740993, -9007199254740992, 1e400, NaN]";
    expect(toPlain(parseJson(text))).toEqual([
      30,
      1.1,
      0,
      -0,
      9007199254740991,
      9007199254740993n,
      -9007199254740992n,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ]);
  });

  it("makes ordinary objects, with __proto__ as data", () => {
    const plain = toPlain(parseJson('{"a":[{}],"__proto__":{"polluted":1}}'));
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect(JSON.stringify(plain)).toBe('{"a":[{}],"__proto__":{"polluted":1}}');
    expect(Reflect.get(Object(plain), "polluted")).toBeUndefined();
  });
});

describe("Python's json module", () => {
  const script = `
import json, sys
def answer(text):
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return [plain, json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)]
print(json.dumps([answer(text) for text in json.load(sys.stdin)]))
`;
  const pythonAbsent = spawnSync("python3", ["-c", "pass"]).status !== 0;

  it.skipIf(pythonAbsent)("agrees on what is JSON and how it is written", () => {
    const spoiled = fc
      .tuple(anyJson, fc.nat(), fc.constantFrom("", ",", "]", "}", '"', "0", ".", "e", "-", "\\", "\n", "N", "/"))
      .map(([value, at, mark]) => {
        const text = untyped.write(value);
        const position = at % (text.length + 1);
        return `${text.slice(0, position)}${mark}${text.slice(position + (at % 2))}`;
      });
    const texts = fc.sample(
      fc.oneof(
        anyJson.map((value) => untyped.write(value)),
        spoiled,
      ),
      2000,
    );
    const run = spawnSync("python3", ["-c", script], { input: JSON.stringify(texts), maxBuffer: 2 ** 28 });
    expect(run.stderr.toString()).toBe("");
    const answers: ([string, string] | null)[] = JSON.parse(run.stdout.toString());
    expect(answers.length).toBe(texts.length);
    for (const [index, text] of texts.entries()) {
      let ours: [string, string] | null = null;
      try {
        const value = parseJson(text);
        ours = [canonicalJson(value), canonicalJson(value, { ensureAscii: false })];
      } catch (error) {
        if (!isDataioError(error, "JSON_INVALID")) throw error;
      }
      const theirs = answers[index] ?? null;
      // Where Python leaves a lone surrogate, which it could not write to a file, we leave its escape.
      if (theirs !== null && ours !== null && !theirs[1].isWellFormed()) theirs[1] = ours[1];
      expect([text, ours]).toEqual([text, theirs]);
    }
  });
});
