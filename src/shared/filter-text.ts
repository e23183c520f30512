/**
 * Filters as a person types them, and back: `source:justetf -kind:"a b" size:>1mb time:2025-10-01..2025-10-03 is:orphan`.
 * Pure, for the filter bar, the address of a view, and the command palette. Printing a filter and reading it again gives
 * the same filter. What is no condition is searched for as text.
 */
import type { Comparison, FilterTerm, IdKey, RowFilter, WordKey } from "@mxm/dataio";

/** A token that has a known key, and a value that the key cannot have. It narrows nothing. */
export interface FilterProblem {
  /** Where the token begins in the text, in UTF-16 units. */
  readonly at: number;
  readonly length: number;
  readonly message: string;
}

export interface ParsedFilter {
  readonly filter: RowFilter;
  readonly problems: readonly FilterProblem[];
}

const WORDS: readonly string[] = ["source", "kind", "method", "status", "type"] satisfies WordKey[];
const IDS: readonly string[] = ["session", "request", "checksum"] satisfies IdKey[];
const CHANGES = ["yes", "no", "new"] as const;
const INTEGRITIES = ["pending", "none", "ok", "unchecked", "missing", "corrupt", "unaddressable"] as const;
const TRAITS = ["orphan", "inferred", "failed", "unanswered", "reused"] as const;

/** What may stand before a colon, for suggestions. */
export const FILTER_KEYS = [
  ...(WORDS as WordKey[]),
  "size",
  "duration",
  "time",
  "changed",
  "integrity",
  "is",
  "payload",
  ...(IDS as IdKey[]),
] as const;
/** The values of keys that have few. */
export const FILTER_VALUES = { changed: CHANGES, integrity: INTEGRITIES, is: TRAITS } as const;

/** Bytes by unit, smallest first. `kb` is a thousand bytes, `kib` 1,024. */
const SIZE_UNITS: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  kib: 2 ** 10,
  mb: 1e6,
  mib: 2 ** 20,
  gb: 1e9,
  gib: 2 ** 30,
  tb: 1e12,
  tib: 2 ** 40,
};
/** Milliseconds by unit, smallest first. */
const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3_600e3 };

/** Reads a filter. Every text is one: what is no condition is free text, what is a wrong one is told. */
export function parseFilter(text: string): ParsedFilter {
  const filter: FilterTerm[] = [];
  const problems: FilterProblem[] = [];
  for (const token of tokensOf(text)) {
    const term = termOf(token);
    if (typeof term === "string") problems.push({ at: token.at, length: token.length, message: term });
    else if (term !== null) filter.push(term);
  }
  return { filter, problems };
}

/** The text of a filter: one token for each term, in their order. */
export function printFilter(filter: RowFilter): string {
  return filter.map(printTerm).join(" ");
}

/** The text of one term. */
export function printTerm(term: FilterTerm): string {
  const sign = term.not ? "-" : "";
  switch (term.key) {
    case "text":
      return sign + printWord(term.value, looksLikeCondition(term.value) || term.value.startsWith("-"));
    case "size":
      return `${sign}size:${printQuantity(term.comparison, term.value, SIZE_UNITS)}`;
    case "duration":
      return `${sign}duration:${printQuantity(term.comparison, term.value, DURATION_UNITS)}`;
    case "time":
      return `${sign}time:${term.from === term.to ? (term.from ?? "..") : `${term.from ?? ""}..${term.to ?? ""}`}`;
    default:
      return `${sign}${term.key}:${printWord(term.value, false)}`;
  }
}

interface Token {
  readonly at: number;
  readonly length: number;
  readonly not: boolean;
  /** Null when the token has no colon outside quotes. */
  readonly key: string | null;
  readonly value: string;
  /** True when the value was quoted, or a part of it. */
  readonly quoted: boolean;
}

/** Splits at spaces outside quotes. `\` keeps the next character as it is within quotes; an open quote ends with the text. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text[at] ?? "")) {
      at += 1;
      continue;
    }
    const start = at;
    const not = text[at] === "-" && at + 1 < text.length && !/\s/.test(text[at + 1] ?? "");
    if (not) at += 1;
    let key: string | null = null;
    let value = "";
    let quoted = false;
    let inQuotes = false;
    for (; at < text.length; at += 1) {
      const character = text[at] ?? "";
      if (inQuotes && character === "\\" && at + 1 < text.length) {
        at += 1;
        value += text[at] ?? "";
      } else if (character === '"') {
        inQuotes = !inQuotes;
        quoted = true;
      } else if (!inQuotes && /\s/.test(character)) break;
      else if (!inQuotes && character === ":" && key === null && !quoted && isKey(value)) {
        key = value.toLowerCase();
        value = "";
      } else value += character;
    }
    tokens.push({ at: start, length: at - start, not, key, value, quoted });
  }
  return tokens;
}

function isKey(text: string): boolean {
  return (FILTER_KEYS as readonly string[]).includes(text.toLowerCase());
}

/** A term; why there is none; or null for a token that says nothing yet. */
function termOf({ key, value, not, quoted }: Token): FilterTerm | string | null {
  if (key === null) return value === "" ? null : { key: "text", value, not };
  if (WORDS.includes(key)) {
    if (value === "" && !quoted) return null;
    return { key: key as WordKey, value, not };
  }
  if (value === "") return null;
  if (key === "payload") return { key, value, not };
  if (IDS.includes(key)) {
    if (key === "checksum" && !/^[0-9a-f]{1,64}$/i.test(value)) return "A checksum is up to 64 hex digits.";
    return { key: key as IdKey, value: key === "checksum" ? value.toLowerCase() : value, not };
  }
  switch (key) {
    case "size":
      return quantityTerm("size", value, not, SIZE_UNITS, "b");
    case "duration":
      return quantityTerm("duration", value, not, DURATION_UNITS, "ms");
    case "time":
      return timeTerm(value, not);
    case "changed":
      return oneOf(CHANGES, value, (found) => ({ key, value: found, not }));
    case "integrity":
      return oneOf(INTEGRITIES, value, (found) => ({ key, value: found, not }));
    case "is":
      return oneOf(TRAITS, value, (found) => ({ key, value: found, not }));
    default:
      return `There is no condition ${key}.`;
  }
}

function oneOf<T extends string>(
  known: readonly T[],
  value: string,
  make: (found: T) => FilterTerm,
): FilterTerm | string {
  const found = known.find((word) => word === value.toLowerCase());
  return found === undefined ? `One of: ${known.join(", ")}.` : make(found);
}

function quantityTerm(
  key: "size" | "duration",
  text: string,
  not: boolean,
  units: Readonly<Record<string, number>>,
  usual: string,
): FilterTerm | string {
  const match = /^(<=|>=|<|>|=)?(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text);
  const unit = units[match?.[3]?.toLowerCase() || usual];
  if (match === null || unit === undefined) {
    return `A number with a unit (${Object.keys(units).join(", ")}), as in ${key}:>1${key === "size" ? "mb" : "s"}.`;
  }
  // What stands for a fraction of a unit is a whole number of bytes or microseconds all the same.
  const parts = key === "size" ? 1 : 1000;
  const value = Math.round(Number(match[2]) * unit * parts) / parts;
  return { key, comparison: (match[1] ?? "=") as Comparison, value, not };
}

/** In the largest unit that leaves a whole number, else in the smallest. */
function printQuantity(comparison: Comparison, value: number, units: Readonly<Record<string, number>>): string {
  const sign = comparison === "=" ? "" : comparison;
  const [unit, size] = Object.entries(units).findLast(([, size]) => value >= size && value % size === 0) ??
    Object.entries(units)[0] ?? ["", 1];
  return `${sign}${decimal(value / size)}${unit}`;
}

/** Without an exponent, which would read as a unit. */
function decimal(value: number): string {
  return value.toLocaleString("en", { useGrouping: false, maximumFractionDigits: 20 });
}

/** A year, month, day, minute, second or fraction. */
const MOMENT = /^\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?)?)?$/;

function timeTerm(text: string, not: boolean): FilterTerm | string {
  const range = /^(.*?)\.\.(.*)$/.exec(text);
  const [from, to] = range === null ? [text, text] : [range[1] ?? "", range[2] ?? ""];
  const isMoment = (part: string) => part === "" || (MOMENT.test(part) && isReal(part));
  if (!isMoment(from) || !isMoment(to)) {
    return "A day or a range of days, as in time:2025-10-01..2025-10-03; with a time: 2025-10-01T16:30.";
  }
  return { key: "time", from: from === "" ? null : from, to: to === "" ? null : to, not };
}

/** No 30th of February. */
function isReal(moment: string): boolean {
  const [date = "", clock] = moment.split("T");
  const day = `${date}${"-01-01".slice(date.length - 4)}`;
  const found = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(found.getTime()) || found.toISOString().slice(0, 10) !== day || Number(date.slice(0, 4)) === 0)
    return false;
  const [hour = 0, minute = 0, second = 0] = clock?.split(":").map(Number) ?? [];
  return hour < 24 && minute < 60 && second < 60;
}

/** A text that would be read as a condition if it were not quoted. */
function looksLikeCondition(text: string): boolean {
  const colon = text.indexOf(":");
  return colon > 0 && isKey(text.slice(0, colon));
}

function printWord(text: string, mustQuote: boolean): string {
  if (!mustQuote && text !== "" && !/[\s"]/.test(text)) return text;
  return `"${text.replaceAll(/[\\"]/g, (character) => `\\${character}`)}"`;
}
