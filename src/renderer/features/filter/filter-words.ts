/** Filters in words: how a condition is shown, and what keys and values mean. */
import type { FacetName, FilterTerm } from "../../../shared/contract.ts";
import { type FILTER_KEYS, printTerm } from "../../../shared/filter-text.ts";

export type FilterKey = (typeof FILTER_KEYS)[number];

export const KEY_MEANINGS: Readonly<Record<FilterKey, string>> = {
  source: "where it was fetched from",
  kind: "what was asked for",
  method: "how it was asked for",
  status: "how it ended",
  type: "what the payload is",
  size: "how large the payload is",
  duration: "how long the answer took",
  time: "when it was archived",
  changed: "against the answer before",
  integrity: "what the payload was found to be",
  is: "what is unusual about the row",
  session: "one session, by its id",
  request: "one request, by its id or hash",
  checksum: "one payload, by its first digits",
  payload: "a text within the payload, where contents are searched",
};

export const FACET_LABELS: Readonly<Record<FacetName, string>> = {
  source: "Source",
  kind: "Kind",
  method: "Method",
  status: "Status",
  type: "Type",
  integrity: "Integrity",
  changed: "Changed",
  is: "Unusual",
};

/** The order in which facets stand. */
export const FACET_NAMES = Object.keys(FACET_LABELS) as readonly FacetName[];

/** What values mean that are words of ours and none of the archive. */
const VALUE_WORDS: Readonly<Partial<Record<FacetName, Readonly<Record<string, string>>>>> = {
  changed: { yes: "changed", no: "unchanged", new: "first of its request" },
  integrity: {
    pending: "not looked at yet",
    none: "no payload",
    ok: "verified",
    unchecked: "not checked",
    missing: "missing",
    corrupt: "corrupt",
    unaddressable: "no address",
  },
  is: {
    orphan: "orphan",
    inferred: "inferred",
    failed: "failed",
    unanswered: "unanswered",
    reused: "reused",
  },
};

export const VALUE_MEANINGS: Readonly<Record<string, string>> = {
  "changed:yes": "another content than before",
  "changed:no": "the same content as before",
  "changed:new": "the first answer to its request",
  "integrity:pending": "not looked at yet",
  "integrity:none": "no payload by nature",
  "integrity:ok": "the bytes match their checksum",
  "integrity:unchecked": "too large to be hashed for a list",
  "integrity:missing": "the payload is not there",
  "integrity:corrupt": "the bytes do not match their checksum",
  "integrity:unaddressable": "no usable checksum",
  "is:orphan": "its request row does not exist",
  "is:inferred": "session or request are concluded",
  "is:failed": "no usable answer: refused, failed, or none when its session ended",
  "is:unanswered": "a request without a response",
  "is:reused": "answered from the archive",
};

/** A value of a facet in words; `none` for the rows that have none. */
export function spokenValue(facet: FacetName, value: string | null): string {
  if (value === null || value === "") return `no ${facet}`;
  const words = VALUE_WORDS[facet];
  return (words !== undefined && Object.hasOwn(words, value) ? words[value] : undefined) ?? value;
}

export interface SpokenTerm {
  /** Empty where the verb says it all. */
  readonly name: string;
  readonly verb: string;
  readonly value: string;
}

/** A condition as its chip says it: `kind · is not · profile`. */
export function spokenTerm(term: FilterTerm): SpokenTerm {
  const { key, not } = term;
  const value = printTerm({ ...term, not: false });
  switch (key) {
    case "text":
      return { name: "", verb: not ? "lacks" : "contains", value };
    case "is":
      return { name: "", verb: not ? "is not" : "is", value: term.value };
    case "size":
    case "duration":
      return { name: key, verb: not ? "is not" : "is", value: spokenComparison(value.slice(key.length + 1)) };
    default:
      return { name: key, verb: not ? "is not" : "is", value: shownValue(term, value.slice(key.length + 1)) };
  }
}

function shownValue(term: FilterTerm, text: string): string {
  return "value" in term && term.value === "" ? "none" : text;
}

function spokenComparison(text: string): string {
  return text
    .replace(/^>=/, "≥ ")
    .replace(/^<=/, "≤ ")
    .replace(/^([<>])(?! )/, "$1 ");
}
