/** What the window says of a search that does not look everywhere. */
import { expect, it } from "vitest";
import type { IndexState } from "../../src/shared/contract.ts";
import { parseFilter } from "../../src/shared/filter-text.ts";
import { searchNotes } from "../../src/shared/search-notes.ts";

const READY: Extract<IndexState, { readonly state: "ready" }> = {
  state: "ready",
  pending: 0,
  searchesText: true,
  searchPending: 0,
  payloadText: { state: "off" },
};
const on = {
  state: "on",
  maxBytes: 65_536,
  types: [],
  done: 10,
  total: 10,
  searched: 4,
  cut: 0,
  sizeBytes: 1,
} as const;
const notes = (text: string, index: IndexState | null) => searchNotes(parseFilter(text).filter, index);

it("says nothing where everything is looked for", () => {
  expect(notes("kind:a justetf", READY)).toEqual([]);
  expect(notes("payload:isin", { ...READY, payloadText: on })).toEqual([]);
  expect(notes("justetf", { state: "building", done: 1, total: 2 })).toEqual([]);
  expect(notes("kind:a", { ...READY, searchesText: false, searchPending: 9 })).toEqual([]);
});

it("says what is not looked for yet, or never", () => {
  expect(notes("etf", { ...READY, searchesText: false, searchPending: 1_200 })).toEqual([
    expect.stringContaining("1,200 more rows"),
  ]);
  expect(notes("ab payload:ab", READY)).toHaveLength(2);
  expect(notes("payload:isin", READY)).toEqual([expect.stringContaining("not searched")]);
  expect(notes("payload:isin", { ...READY, payloadText: { state: "failed", reason: "The disk is full." } })).toEqual([
    expect.stringContaining("The disk is full."),
  ]);
  expect(notes("payload:isin", { ...READY, payloadText: { ...on, done: 4, cut: 3 } })).toEqual([
    expect.stringContaining("6 more rows"),
    expect.stringContaining("64 KiB"),
  ]);
});
