/** What is being typed into the filter: which of it is said, and which is still on its way. Pure. */
import type { RowFilter } from "../../../shared/contract.ts";
import { FILTER_KEYS, parseFilter } from "../../../shared/filter-text.ts";

export interface Taken {
  /** What was completed. */
  readonly terms: RowFilter;
  /** What stays in the field. */
  readonly rest: string;
  /** Why something that was completed is none, in words; null when all of it is. */
  readonly problem: string | null;
}

/** Where the last token of a text begins: behind the last space outside of quotes. */
export function lastTokenStart(text: string): number {
  let start = 0;
  let inQuotes = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? "";
    if (inQuotes && character === "\\") at += 1;
    else if (character === '"') inQuotes = !inQuotes;
    else if (!inQuotes && /\s/.test(character)) start = at + 1;
  }
  return start;
}

/** Takes what a space behind it completed; what is wrong stays to be mended. */
export function takeCompleted(text: string): Taken {
  const start = lastTokenStart(text);
  const open = text.slice(start);
  const said = text.slice(0, start);
  // A space between a key and its value says nothing.
  const key = /(?:^|\s)(-?[a-z]+:)\s+$/i.exec(said)?.[1];
  if (key !== undefined && isKey(key)) {
    const before = takeAll(said.slice(0, said.lastIndexOf(key)));
    return { ...before, rest: joined(before.rest, key + open) };
  }
  const taken = takeAll(said);
  return { ...taken, rest: taken.rest === "" ? open : `${taken.rest} ${open}` };
}

/** Takes everything. */
export function takeAll(text: string): Taken {
  const { filter, problems } = parseFilter(text);
  const rest = problems.map(({ at, length }) => text.slice(at, at + length)).join(" ");
  return { terms: filter, rest, problem: problems[0]?.message ?? null };
}

/** Fewer letters are found nearly everywhere. */
const FEWEST_LETTERS = 2;

/** Free text that the rows can be narrowed by while it is typed; none while it may become the key of a condition. */
export function typedText(draft: string): RowFilter {
  const token = draft.slice(lastTokenStart(draft));
  const word = token.toLowerCase();
  if (word.length < FEWEST_LETTERS || word.startsWith("-") || FILTER_KEYS.some((key) => key.startsWith(word)))
    return [];
  const { filter, problems } = parseFilter(token);
  return problems.length === 0 && filter.every((term) => term.key === "text") ? filter : [];
}

function isKey(text: string): boolean {
  const name = text.toLowerCase().replace(/^-/, "").slice(0, -1);
  return FILTER_KEYS.some((key) => key === name);
}

function joined(before: string, token: string): string {
  return before === "" ? token : `${before} ${token}`;
}
