/** The filter as the window has it: what typing makes of it, what is suggested, what a facet or a cell does to it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cellFilters, rowFilters } from "../../src/renderer/features/filter/cell-filters.ts";
import { takeAll, takeCompleted, typedText } from "../../src/renderer/features/filter/draft.ts";
import { spokenTerm } from "../../src/renderer/features/filter/filter-words.ts";
import { type Known, suggestionsFor } from "../../src/renderer/features/filter/suggestions.ts";
import {
  facetTerm,
  forget,
  hide,
  namesOthers,
  readFilter,
  showOnly,
  showToo,
  standingOf,
  withTerms,
} from "../../src/renderer/state/filter-terms.ts";
import type { BrowseRow, Facets, FilterTerm } from "../../src/shared/contract.ts";
import { parseFilter, printFilter, printTerm } from "../../src/shared/filter-text.ts";

const termOf = (text: string): FilterTerm => {
  const [term] = parseFilter(text).filter;
  if (term === undefined) throw new Error(`${text} is no condition`);
  return term;
};

describe("what is typed", () => {
  it.each([
    ["kind:a", "", "kind:a", null],
    ["kind:a ", "kind:a", "", null],
    ["kind:a free ", "kind:a free", "", null],
    ["-kind:a b", "-kind:a", "b", null],
    ['kind:"a b', "", 'kind:"a b', null],
    ['kind:"a b" ', 'kind:"a b"', "", null],
    ["kind: ", "", "kind:", null],
    ["kind: a", "", "kind:a", null],
    ["size:2 kind: a", "size:2b", "kind:a", null],
    ["size:abc ", "", "size:abc ", "A number with a unit"],
    ["size:abc kind:a ", "kind:a", "size:abc ", "A number with a unit"],
    ["http: x", "http:", "x", null],
  ])("%j becomes the conditions %j, and %j stays", (text, terms, rest, problem) => {
    const taken = takeCompleted(text);
    expect(printFilter(taken.terms)).toBe(terms);
    expect(taken.rest).toBe(rest);
    if (problem === null) expect(taken.problem).toBeNull();
    else expect(taken.problem).toContain(problem);
  });

  it("is lost in no case: what is not taken stays", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("kind:a", '"b c"', "size:abc", "is:orphan", "-d", " ")), (tokens) => {
        const text = tokens.join(" ");
        const { terms, rest } = takeCompleted(text);
        const all = new Set(takeAll(text).terms.map(printTerm));
        expect(new Set([...terms, ...takeAll(rest).terms].map(printTerm))).toEqual(all);
      }),
    );
  });

  it("narrows at once where it is free text, and no key that is still being written", () => {
    expect(typedText("kind:a profile")).toEqual([{ key: "text", value: "profile", not: false }]);
    for (const draft of ["", "p", "sour", "kind", "kind:profile", "size:abc", "-profile", "profile "]) {
      expect([draft, typedText(draft)]).toEqual([draft, []]);
    }
  });
});

it.each([
  ["is:failed", true],
  ["kind:a status:failed", true],
  ['status:"no response"', true],
  ["-is:failed", false],
  ["status:error is:orphan failed", false],
])("%s asks for more than responses: %s", (text, expected) => {
  expect(namesOthers(readFilter(text))).toBe(expected);
});

describe("suggestions", () => {
  const none = { source: [], kind: [], method: [], status: [], type: [], changed: [], integrity: [], is: [] };
  const facets: Facets = {
    facets: {
      ...none,
      source: [{ value: "justetf", count: 1200 }],
      kind: [
        { value: "profile html", count: 3 },
        { value: null, count: 2 },
        { value: "search", count: 1 },
      ],
      changed: [{ value: "yes", count: 7 }],
    },
    exact: true,
  };
  const session = { id: "0199-abc", source: "justetf", startedAt: "2025-10-21T06:00:00+00:00" };
  const known: Known = {
    facets,
    sessions: [
      { ...session, mode: "sync", day: null, endedAt: null, asOf: null } as unknown as Known["sessions"][number],
    ],
    today: "2025-10-21",
  };
  const texts = (draft: string) => suggestionsFor(draft, known).map(({ text }) => text);

  it("are the keys, then what rows have, with counts", () => {
    expect(texts("")).toContain("checksum:");
    expect(texts("s")).toEqual(["source:", "status:", "size:", "session:", "source:justetf", "kind:search"]);
    expect(texts("-so")).toEqual(["-source:"]);
    expect(suggestionsFor("kind:", known)).toEqual([
      { text: 'kind:"profile html"', note: "3", isWhole: true },
      { text: 'kind:""', note: "rows without one · 2", isWhole: true },
      { text: "kind:search", note: "1", isWhole: true },
    ]);
    expect(suggestionsFor("source:", { ...known, facets: { ...facets, exact: false } })[0]?.note).toBe("1,200+");
    expect(texts("x KIND:SEA")).toEqual(["kind:search"]);
  });

  it("know the words, and give examples where there are no words", () => {
    expect(suggestionsFor("changed:", known).map(({ text, note }) => [text, note])).toEqual([
      ["changed:yes", "another content than before · 7"],
      ["changed:no", "the same content as before · 0"],
      ["changed:new", "the first answer to its request · 0"],
    ]);
    expect(texts("size:>2")).toEqual(["size:>2kb", "size:>2mb", "size:>2gb"]);
    expect(texts("time:2025-10-2")).toEqual([
      "time:2025-10-21",
      "time:2025-10-20",
      "time:2025-10-21T08:00..2025-10-21T12:00",
    ]);
    expect(texts("session:0199")).toEqual(["session:0199-abc"]);
  });

  it("are conditions, all of them, and keys that wait for a value", () => {
    for (const draft of ["", "s", "-k", "size:", "duration:1", "time:", "is:", "integrity:", "kind:", "-type:"]) {
      for (const { text, isWhole } of suggestionsFor(draft, known)) {
        const { filter, problems } = parseFilter(text);
        expect([text, problems, filter.length]).toEqual([text, [], isWhole ? 1 : 0]);
      }
    }
  });
});

describe("a facet", () => {
  const text = (filter: readonly FilterTerm[]) => printFilter(filter);

  it("shows only one value, one more, or all but one", () => {
    const filter = readFilter("source:a kind:x -kind:y free");
    const kind = facetTerm("kind", "z") ?? termOf("kind:z");
    expect(text(showOnly(filter, kind))).toBe("source:a free kind:z");
    expect(text(showToo(filter, kind))).toBe("source:a kind:x -kind:y free kind:z");
    expect(text(hide(filter, termOf("kind:x")))).toBe("source:a -kind:y free -kind:x");
    expect(text(showToo(filter, termOf("kind:y")))).toBe("source:a kind:x free kind:y");
    expect(text(forget(filter, termOf("kind:y")))).toBe("source:a kind:x free");
    expect([
      standingOf(filter, kind),
      standingOf(filter, termOf("kind:x")),
      standingOf(filter, termOf("kind:y")),
    ]).toEqual([null, "shown", "hidden"]);
  });

  it("keeps what adds up: traits, text, the other end of a size", () => {
    expect(text(showOnly(readFilter("is:orphan -is:reused a"), termOf("is:reused")))).toBe("is:orphan a is:reused");
    expect(text(showOnly(readFilter("size:>=10b size:<50b"), termOf("size:>=20b")))).toBe("size:<50b size:>=20b");
    expect(text(showOnly(readFilter("time:2025-10-01"), termOf("time:2025-10-02")))).toBe("time:2025-10-02");
  });

  it("has no condition for words that no filter knows", () => {
    expect(facetTerm("changed", null)).toBeNull();
    expect(facetTerm("integrity", "fine")).toBeNull();
    expect(facetTerm("kind", null)).toEqual({ key: "kind", value: "", not: false });
  });

  it("never says the same twice, nor more than a call takes", () => {
    const many = Array.from({ length: 300 }, (_, at) => termOf(`k${at}`));
    expect(withTerms(many, [])).toHaveLength(200);
    expect(readFilter(`kind:${"x".repeat(10_001)} a`)).toEqual([termOf("a")]);
    expect(text(withTerms(readFilter("a b c"), [termOf("c"), termOf("d"), termOf("d")], 1))).toBe("a d c");
  });
});

describe("the cell of a row", () => {
  const row = {
    ref: { type: "response", id: "r" },
    time: "2025-10-21T23:30:00.000000+00:00",
    source: "justetf",
    kind: null,
    mediaType: "text/html",
    status: "ok",
    method: "GET",
    sizeBytes: 1536,
    durationMs: 12.5,
    checksum: "ab".repeat(32),
    payload: "ok",
    sessionId: "s",
    requestId: null,
  } as unknown as BrowseRow;
  const said = (column: string, zone: "utc" | "local" = "utc") =>
    cellFilters(row, column, zone).map(({ label, how, term }) => [label, how, printTerm(term)]);

  it("can be shown alone or left out", () => {
    expect(said("source")).toEqual([
      ["Show only “justetf”", "only", "source:justetf"],
      ["Hide “justetf”", "hide", "source:justetf"],
    ]);
    expect(said("kind")[0]).toEqual(["Show only rows without a kind", "only", 'kind:""']);
    expect(said("type")[1]).toEqual(["Hide “text/html”", "hide", "type:text/html"]);
    expect(said("size")).toEqual([
      ["Show only ≥ 1.5 KiB", "only", "size:>=1536b"],
      ["Show only ≤ 1.5 KiB", "only", "size:<=1536b"],
    ]);
    expect(said("time")[0]).toEqual(["Show only 2025-10-21", "only", "time:2025-10-21"]);
    expect(said("integrity")[0]).toEqual(["Show only “verified”", "only", "integrity:ok"]);
    expect(rowFilters(row).map(({ term }) => printTerm(term))).toEqual(["session:s", "session:s"]);
    expect(said("nothing")).toEqual([]);
  });

  it("means the day that the reader sees", () => {
    const before = process.env.TZ;
    process.env.TZ = "Europe/Berlin";
    try {
      expect(said("time", "local")[0]).toEqual([
        "Show only 2025-10-22",
        "only",
        "time:2025-10-21T22:00..2025-10-22T21:59",
      ]);
    } finally {
      process.env.TZ = before;
    }
  });

  it("is said in words", () => {
    const words = (text: string) => Object.values(spokenTerm(termOf(text))).join("|");
    expect(words("-kind:profile")).toBe("kind|is not|profile");
    expect(words('kind:""')).toBe("kind|is|none");
    expect(words("size:>=10kb")).toBe("size|is|≥ 10kb");
    expect(words("is:orphan")).toBe("|is|orphan");
    expect(words('-"a b"')).toBe('|lacks|"a b"');
  });
});
