import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonItems, jsonMembers, layOutJson } from "../../src/renderer/format/json-text.ts";
import { findJsonFault } from "../../src/renderer/format/json-tokens.ts";

function laidOut(text: string, cut = false): string {
  const layout = layOutJson(text, cut);
  if (!layout.ok) throw new Error(`${layout.fault.reason} at ${layout.fault.offset}`);
  return layout.text;
}

const withoutSpace = (text: string) => text.replaceAll(/\s/g, "");

describe("laying out JSON", () => {
  it("keeps the text of every number", () => {
    const text = '{"a":1.10,"b":12345678901234567890,"c":-0.0,"d":1E+2,"e":[NaN,-Infinity,Infinity]}';
    expect(laidOut(text)).toBe(
      '{\n  "a": 1.10,\n  "b": 12345678901234567890,\n  "c": -0.0,\n  "d": 1E+2,\n  "e": [\n    NaN,\n    -Infinity,\n    Infinity\n  ]\n}',
    );
  });

  it("keeps escapes, repeated keys and empty containers", () => {
    expect(laidOut('{"\\u00e9":{},"\\u00e9":[ ],"s":"a\\/b"}')).toBe(
      '{\n  "\\u00e9": {},\n  "\\u00e9": [],\n  "s": "a\\/b"\n}',
    );
  });

  it("lays out any value without changing what it means", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const result = laidOut(text);
        expect(JSON.parse(result)).toEqual(JSON.parse(text));
        expect(laidOut(result)).toBe(result);
      }),
    );
  });

  it("accepts just what JSON.parse accepts, Python's non-finite numbers aside", () => {
    const alphabet = fc.constantFrom(
      '"',
      "\\",
      "u00e9",
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "1",
      "-",
      ".",
      "e",
      "0",
      " ",
      "true",
      "null",
      "\n",
    );
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        let parsed = true;
        try {
          JSON.parse(text);
        } catch {
          parsed = false;
        }
        expect(findJsonFault(text) === null).toBe(parsed);
      }),
      { numRuns: 3000 },
    );
  });

  it("says where a text stops being JSON", () => {
    const layout = layOutJson('{\n  "a": 1,\n  "b": tru\n}');
    expect(layout).toMatchObject({ ok: false, fault: { line: 3, column: 8, atEnd: false } });
    expect(layOutJson("[1,]")).toMatchObject({ ok: false, fault: { line: 1, column: 4 } });
    expect(layOutJson('["a\nb"]')).toMatchObject({ ok: false, fault: { line: 1, column: 4 } });
    expect(layOutJson("")).toMatchObject({ ok: false, fault: { atEnd: true } });
    expect(layOutJson("{} {}")).toMatchObject({ ok: false, fault: { column: 4 } });
  });

  it("lays out every beginning of a valid text when told that it is cut", () => {
    const text = '{"a":[1.50,{"b":"x\\u00e9\\n"},[],-12e+3,true,NaN],"c":null}';
    for (let end = 0; end <= text.length; end += 1) {
      const part = text.slice(0, end);
      expect(withoutSpace(laidOut(part, true))).toBe(part);
    }
    expect(layOutJson('{"a":[1,}', true).ok).toBe(false);
  });

  it("survives nesting of any depth", () => {
    const deep = `${"[".repeat(300_000)}${"]".repeat(300_000)}`;
    const result = laidOut(deep);
    expect(result.length).toBeLessThan(2 * deep.length);
    expect(withoutSpace(result)).toBe(deep);
  });

  it("leaves a byte order mark aside", () => {
    expect(laidOut("\ufeff[1]")).toBe("[\n  1\n]");
  });
});

describe("taking JSON apart", () => {
  it("gives members with the text of their values", () => {
    expect(jsonMembers('{"n": 1.10, "s": "a", "o": {"x": [1, {}]}, "l": [ ], "n": null}')).toEqual([
      { key: "n", text: "1.10", kind: "literal" },
      { key: "s", text: '"a"', kind: "string" },
      { key: "o", text: '{"x": [1, {}]}', kind: "object" },
      { key: "l", text: "[ ]", kind: "array" },
      { key: "n", text: "null", kind: "literal" },
    ]);
    expect(jsonMembers(" {} ")).toEqual([]);
  });

  it("gives nothing for other texts", () => {
    for (const text of ["[1]", "1", '"a"', "", '{"a"', "{} 1"]) expect(jsonMembers(text)).toBeNull();
    expect(jsonItems("{}")).toBeNull();
  });

  it("gives items with their text", () => {
    expect(jsonItems('["a", [1], {"b": 2}, 3.0]')?.map((item) => item.text)).toEqual(['"a"', "[1]", '{"b": 2}', "3.0"]);
  });
});
