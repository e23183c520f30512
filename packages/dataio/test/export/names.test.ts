import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  exportName,
  NAME_FIELDS,
  NameBook,
  type NameFacts,
  nameTemplateProblem,
  previewNames,
} from "../../src/index.ts";

const facts = (values: Partial<NameFacts>): NameFacts => ({
  ...(Object.fromEntries(NAME_FIELDS.map((field) => [field, null])) as NameFacts),
  ...values,
});

describe("names of exported files", () => {
  it("are filled from a template, and what is not known says so", () => {
    const known = facts({ source: "market", date: "2026-03-01", kind: "quote", id: "r1", ext: "json" });
    expect(exportName("{source}/{date}/{kind}-{id}.{ext}", known)).toBe("market/2026-03-01/quote-r1.json");
    expect(exportName("{method}-{id}.{ext}", known)).toBe("unknown-r1.json");
    expect(nameTemplateProblem("{source}/{nope}")).toContain("{nope}");
    expect(nameTemplateProblem("{source")).not.toBeNull();
    expect(nameTemplateProblem("a/")).not.toBeNull();
    expect(nameTemplateProblem("{source}/{id}.{ext}")).toBeNull();
  });

  it("are safe on every file system, whatever an archive says", () => {
    const part = /^(?!\.)[^\p{C}<>:"/\\|?*]*[^\s.\p{C}<>:"/\\|?*]$/u;
    const texts = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.constantFrom("..", ".", "CON", "nul.txt", "com1", "a/../../b", "C:\\x", "x. . ", " lead", "é".repeat(300)),
    );
    fc.assert(
      fc.property(texts, texts, (source, kind) => {
        const name = exportName("{source}/{kind}.{ext}", facts({ source, kind, ext: "json" }));
        expect(name.length).toBeLessThanOrEqual(210);
        for (const one of name.split("/")) {
          expect(one).toMatch(part);
          expect(Buffer.byteLength(one)).toBeLessThan(240);
          expect(one).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i);
          expect(one.normalize("NFC")).toBe(one);
        }
        expect(name).toMatch(/[^/]\.json$/);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ["..", "_.json", "_-1.json", "_"],
    [".", "_.json", "_-1.json", "_"],
    ["", "unknown.json", "unknown-1.json", "unknown"],
    [" \t ", "_.json", "_ -1.json", "_"],
    ["x. .", "x.json", "x. .-1.json", "x"],
    [".hidden", "_hidden.json", "_hidden-1.json", "_hidden"],
    ["CON", "_CON.json", "CON-1.json", "_CON"],
    ["nul.txt", "_nul.txt.json", "_nul.txt-1.json", "_nul.txt"],
    ["Aux .", "_Aux.json", "_Aux .-1.json", "_Aux"],
    ["com\u00b9", "_com\u00b9.json", "com\u00b9-1.json", "_com\u00b9"],
    ["a:b", "a_b.json", "a_b-1.json", "a_b"],
    ["C:\\..\\x", "C_.._x.json", "C_.._x-1.json", "C_._x"],
  ])("keep their extension and are no other file's: %j", (kind, alone, numbered, folder) => {
    const known = facts({ kind, id: "1", ext: "json" });
    const named = (template: string) => exportName(template, known);
    expect([named("{kind}.{ext}"), named("{kind}-{id}.{ext}")]).toEqual([alone, numbered]);
    expect(named("{kind}/{kind}.{ext}")).toBe(`${folder}/${alone}`);
  });

  it.each(["a", "\u00e9", "\u{1f600}", "\u6f22", "e\u0301"])(
    "fit, with their extension and what follows: %s",
    (one) => {
      const book = new NameBook();
      const wanted = exportName("{kind}.{ext}", facts({ kind: one.repeat(1_000), ext: "parquet" }));
      for (let count = 0; count < 20; count += 1) {
        const name = book.take(wanted, [".meta.json"]);
        expect(name).toMatch(/\.parquet$/);
        expect(name.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(`${name}.meta.json`)).toBeLessThanOrEqual(255);
      }
    },
  );

  it("are numbered where the least discerning file system would take them for one", () => {
    const named = (kind: string) => facts({ kind, ext: "json" });
    expect(previewNames("{kind}.{ext}", ["Quote", "quote", "e\u0301", "é", "quote"].map(named))).toEqual([
      "Quote.json",
      "quote (2).json",
      "é.json",
      "é (2).json",
      "quote (3).json",
    ]);
    // What macOS does not see either.
    expect(previewNames("{kind}.{ext}", ["x\ufe0f", "x", "x\u034f"].map(named))).toEqual([
      "x\ufe0f.json",
      "x (2).json",
      "x\u034f (3).json",
    ]);
    const book = new NameBook();
    expect([book.take("a"), book.take("A/b"), book.take("a/b"), book.take("c/d"), book.take("c")]).toEqual([
      "a",
      "A (2)/b",
      "a (2)/b (2)",
      "c/d",
      "c (2)",
    ]);
    expect([book.take("x", [".meta.json"]), book.take("x.meta.json")]).toEqual(["x", "x.meta (2).json"]);
  });
});
