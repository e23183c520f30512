/** Filters as text: what a person types becomes conditions, and conditions become a text that means the same. */

import type { FilterTerm } from "@mxm/dataio";
import { CHANGES, COMPARISONS, ID_KEYS, INTEGRITIES, ROW_TRAITS, WORD_KEYS } from "@mxm/dataio";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FILTER_KEYS, FILTER_VALUES, parseFilter, printFilter } from "../../src/shared/filter-text.ts";

const filterOf = (text: string) => {
  const { filter, problems } = parseFilter(text);
  expect(problems, text).toEqual([]);
  return filter;
};

describe("a filter's text", () => {
  it("reads what the filter bar promises", () => {
    expect(
      filterOf(
        'source:justetf -kind:"a b" size:>1mb time:2025-10-01..2025-10-03 is:orphan changed:yes integrity:corrupt free text',
      ),
    ).toEqual([
      { key: "source", value: "justetf", not: false },
      { key: "kind", value: "a b", not: true },
      { key: "size", comparison: ">", value: 1_000_000, not: false },
      { key: "time", from: "2025-10-01", to: "2025-10-03", not: false },
      { key: "is", value: "orphan", not: false },
      { key: "changed", value: "yes", not: false },
      { key: "integrity", value: "corrupt", not: false },
      { key: "text", value: "free", not: false },
      { key: "text", value: "text", not: false },
    ]);
  });

  it.each([
    ["size:1024", "size:1kib", { key: "size", comparison: "=", value: 1024 }],
    ["size:<=1KiB", "size:<=1kib", { key: "size", comparison: "<=", value: 1024 }],
    ["size:<1.5kb", "size:<1500b", { key: "size", comparison: "<", value: 1500 }],
    ["duration:>=1.5s", "duration:>=1500ms", { key: "duration", comparison: ">=", value: 1500 }],
    ["duration:>0.25", "duration:>0.25ms", { key: "duration", comparison: ">", value: 0.25 }],
    ["time:2025", "time:2025", { key: "time", from: "2025", to: "2025" }],
    ["time:2025-10-01..", "time:2025-10-01..", { key: "time", from: "2025-10-01", to: null }],
    ["time:..2025-10-01T16:30", "time:..2025-10-01T16:30", { key: "time", from: null, to: "2025-10-01T16:30" }],
    ["IS:Orphan", "is:orphan", { key: "is", value: "orphan" }],
    ["checksum:ABC", "checksum:abc", { key: "checksum", value: "abc" }],
    ['kind:""', 'kind:""', { key: "kind", value: "" }],
    ["kind:a:b", "kind:a:b", { key: "kind", value: "a:b" }],
    ["http://x.test/a", "http://x.test/a", { key: "text", value: "http://x.test/a" }],
    ['"kind:a"', '"kind:a"', { key: "text", value: "kind:a" }],
    ['"-a"', '"-a"', { key: "text", value: "-a" }],
    ['"a \\"quoted\\" \\\\ word"', '"a \\"quoted\\" \\\\ word"', { key: "text", value: 'a "quoted" \\ word' }],
    ['kind:"open quote', 'kind:"open quote"', { key: "kind", value: "open quote" }],
    ['Payload:"a b"', 'payload:"a b"', { key: "payload", value: "a b" }],
    ["-", '"-"', { key: "text", value: "-" }],
  ])("%s is printed as %s", (text, printed, term) => {
    expect(filterOf(text)).toEqual([{ ...term, not: false }]);
    expect(printFilter(filterOf(text))).toBe(printed);
  });

  it("says nothing yet while a value is being typed", () => {
    expect(parseFilter("kind: size: is:  ")).toEqual({ filter: [], problems: [] });
    expect(parseFilter("")).toEqual({ filter: [], problems: [] });
  });

  it.each([
    "size:big",
    "size:>",
    "size:1xb",
    "time:yesterday",
    "time:2025-02-30",
    "time:2025-10-01T25:00",
    "is:nice",
    "integrity:x",
    "changed:maybe",
    "checksum:xyz",
  ])("tells what is wrong with %s, and where", (token) => {
    const { filter, problems } = parseFilter(`kind:a ${token} kind:b`);
    expect(filter).toHaveLength(2);
    expect(problems).toEqual([{ at: 7, length: token.length, message: expect.any(String) }]);
  });

  it("knows the same words as the library", () => {
    expect([...FILTER_KEYS].sort()).toEqual(
      [...WORD_KEYS, ...ID_KEYS, "size", "duration", "time", "changed", "integrity", "is", "payload"].sort(),
    );
    expect(FILTER_VALUES).toEqual({ changed: CHANGES, integrity: INTEGRITIES, is: ROW_TRAITS });
  });

  it("means the same after being printed and read again", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("-", "a b", '"', "\\", "kind:x", "Size:1"),
    );
    const day = fc
      .date({ noInvalidDate: true, min: new Date("0001-01-01"), max: new Date("9999-12-31") })
      .chain((date) => fc.constantFrom(...[4, 7, 10, 16, 19, 23].map((length) => date.toISOString().slice(0, length))));
    const not = fc.boolean();
    const term = fc.oneof(
      fc.record({
        key: fc.constantFrom(...WORD_KEYS, "session" as const, "request" as const, "text" as const, "payload" as const),
        value: text,
        not,
      }),
      fc.record({ key: fc.constant("checksum" as const), value: fc.stringMatching(/^[0-9a-f]{1,64}$/), not }),
      fc.record({
        key: fc.constant("size" as const),
        comparison: fc.constantFrom(...COMPARISONS),
        value: fc.maxSafeNat(),
        not,
      }),
      fc.record({
        key: fc.constant("duration" as const),
        comparison: fc.constantFrom(...COMPARISONS),
        value: fc.nat().map((n) => n / 1000),
        not,
      }),
      fc.record({ key: fc.constant("time" as const), from: fc.option(day), to: fc.option(day), not }),
      fc.record({ key: fc.constant("changed" as const), value: fc.constantFrom(...CHANGES), not }),
      fc.record({ key: fc.constant("integrity" as const), value: fc.constantFrom(...INTEGRITIES), not }),
      fc.record({ key: fc.constant("is" as const), value: fc.constantFrom(...ROW_TRAITS), not }),
    );
    // An id or a text of no characters is no condition.
    const says = (candidate: FilterTerm) =>
      !("value" in candidate) || candidate.value !== "" || (WORD_KEYS as readonly string[]).includes(candidate.key);
    fc.assert(
      fc.property(fc.array(term.filter(says), { maxLength: 6 }), (filter) => {
        const printed = printFilter(filter);
        expect(filterOf(printed)).toEqual(filter);
        expect(printFilter(filterOf(printed))).toBe(printed);
      }),
      { numRuns: 2_000 },
    );
  });

  it("can be any text at all", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { filter } = parseFilter(text);
        expect(filterOf(printFilter(filter))).toEqual(filter);
      }),
      { numRuns: 2_000 },
    );
  });
});
