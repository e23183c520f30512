/** What the filter's field offers while one types: keys, then values with how many rows have them. Pure. */
import type { FacetName, Facets, SessionSummary } from "../../../shared/contract.ts";
import { FILTER_KEYS, FILTER_VALUES, printTerm } from "../../../shared/filter-text.ts";
import { formatCount } from "../../format/quantities.ts";
import { facetTerm } from "../../state/filter-terms.ts";
import { lastTokenStart } from "./draft.ts";
import { FACET_NAMES, type FilterKey, KEY_MEANINGS, VALUE_MEANINGS } from "./filter-words.ts";

export interface Suggestion {
  /** What stands in the field when it is taken, in the place of the last token. */
  readonly text: string;
  /** What it means, or how many rows there are. */
  readonly note: string;
  /** False for a key, which waits for its value. */
  readonly isWhole: boolean;
}

export interface Known {
  /** Null while they are not counted. */
  readonly facets: Facets | null;
  readonly sessions: readonly SessionSummary[];
  /** `YYYY-MM-DD` */
  readonly today: string;
}

const MOST = 20;

/** What can follow on the draft as it stands. */
export function suggestionsFor(draft: string, known: Known): Suggestion[] {
  const token = draft.slice(lastTokenStart(draft));
  const sign = token.startsWith("-") ? "-" : "";
  const typed = token.slice(sign.length);
  const colon = typed.indexOf(":");
  const key = colon === -1 ? undefined : FILTER_KEYS.find((name) => name === typed.slice(0, colon).toLowerCase());
  const found = key === undefined ? startingWith(typed, known) : valuesOf(key, typed.slice(colon + 1), known);
  return found
    .filter(({ text, isWhole }) => !(isWhole && text === typed))
    .slice(0, MOST)
    .map((suggestion) => ({ ...suggestion, text: sign + suggestion.text }));
}

/** Keys that begin so, then values that have it in them. */
function startingWith(typed: string, known: Known): Suggestion[] {
  const word = typed.toLowerCase();
  const keys = FILTER_KEYS.filter((key) => key.startsWith(word)).map((key) => ({
    text: `${key}:`,
    note: KEY_MEANINGS[key],
    isWhole: false,
  }));
  if (word === "") return keys;
  const values = FACET_NAMES.flatMap((facet) => {
    const found = facetValues(facet, typed, known);
    // Of our own words, a letter within one is no reason to offer it.
    return facet in FILTER_VALUES ? found.filter(({ text }) => text.startsWith(`${facet}:${word}`)) : found.slice(0, 4);
  });
  return [...keys, ...values];
}

function valuesOf(key: FilterKey, typed: string, known: Known): Suggestion[] {
  switch (key) {
    case "size":
      return quantities(key, typed, ["kb", "mb", "gb"], [">1mb", ">=10kb", "<1kb", "0b"]);
    case "duration":
      return quantities(key, typed, ["ms", "s", "m"], [">1s", ">=500ms", "<100ms"]);
    case "time":
      return times(typed, known.today);
    case "session":
      return known.sessions
        .filter(({ id }) => id.startsWith(typed.toLowerCase()))
        .map(({ id, source, startedAt }) => whole(`session:${id}`, `${source} ${startedAt.slice(0, 16)}`));
    case "request":
    case "checksum":
    case "payload":
      return [];
    default:
      return facetValues(key, typed, known);
  }
}

/** The values that a facet has under the filter, most frequent first; of few values also those that no row has. */
function facetValues(facet: FacetName, typed: string, { facets }: Known): Suggestion[] {
  const word = typed.replaceAll('"', "").toLowerCase();
  const counted = facets?.facets[facet] ?? [];
  const fixed: readonly string[] = facet in FILTER_VALUES ? FILTER_VALUES[facet as keyof typeof FILTER_VALUES] : [];
  const others = fixed.filter((value) => !counted.some((one) => one.value === value));
  const all = [...counted, ...others.map((value) => ({ value, count: null }))];
  return all.flatMap(({ value, count }) => {
    const term = facetTerm(facet, value);
    if (term === null || !(value ?? "").toLowerCase().includes(word)) return [];
    const text = printTerm(term);
    const rows =
      count === null ? (facets === null ? "" : "0") : formatCount(count) + (facets?.exact === false ? "+" : "");
    return [
      whole(
        text,
        [VALUE_MEANINGS[text] ?? (value === null ? "rows without one" : ""), rows].filter(Boolean).join(" · "),
      ),
    ];
  });
}

function quantities(key: string, typed: string, units: readonly string[], examples: readonly string[]): Suggestion[] {
  const number = /^(?:<=|>=|<|>|=)?\d+(?:\.\d+)?$/.test(typed);
  const values = number ? units.map((unit) => typed + unit) : examples.filter((example) => example.startsWith(typed));
  return values.map((value) => whole(`${key}:${value}`, number ? "" : "for example"));
}

function times(typed: string, today: string): Suggestion[] {
  const day = (before: number) => new Date(Date.parse(today) - before * 86_400_000).toISOString().slice(0, 10);
  const examples: readonly (readonly [string, string])[] = [
    [today, "today"],
    [day(1), "yesterday"],
    [`${day(6)}..`, "the last seven days"],
    [today.slice(0, 7), "this month"],
    [`..${day(30)}`, "until 30 days ago"],
    [`${today}T08:00..${today}T12:00`, "a part of a day, UTC"],
  ];
  return examples.filter(([text]) => text.startsWith(typed)).map(([text, note]) => whole(`time:${text}`, note));
}

function whole(text: string, note: string): Suggestion {
  return { text, note, isWhole: true };
}
