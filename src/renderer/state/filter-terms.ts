/** What becomes of a filter when one of its conditions is added, turned round or taken away. Pure. */
import type { FacetName, FilterTerm, RowFilter } from "../../shared/contract.ts";
import { parseFilter, printTerm } from "../../shared/filter-text.ts";

/** What a call takes: more conditions, or longer values, nobody means. */
const MOST_TERMS = 200;
const LONGEST_VALUE = 10_000;

/** The conditions of a text from anywhere (an address, a saved filter); what is none of them is left out. */
export function readFilter(text: string): RowFilter {
  return allowed(parseFilter(text).filter);
}

/** As much of a filter as a call takes. */
export function allowed(filter: RowFilter): RowFilter {
  return filter.filter((term) => !("value" in term) || String(term.value).length <= LONGEST_VALUE).slice(0, MOST_TERMS);
}

export function isSameTerm(one: FilterTerm, other: FilterTerm): boolean {
  return printTerm(one) === printTerm(other);
}

export function isSameFilter(one: RowFilter, other: RowFilter): boolean {
  return one.length === other.length && one.every((term, at) => isSameTerm(term, other[at] ?? term));
}

/** Rows that the list of the whole archive leaves out unless its filter names them. */
const OTHER_ROWS: Readonly<Partial<Record<FilterTerm["key"], readonly string[]>>> = {
  is: ["failed", "unanswered", "reused"],
  status: ["no response", "failed", "cancelled", "reused"],
};

/** True where a list may hold more than responses. */
export function namesOthers(filter: RowFilter): boolean {
  return filter.some(
    (term) => !term.not && "value" in term && OTHER_ROWS[term.key]?.includes(String(term.value)) === true,
  );
}

export function negated(term: FilterTerm): FilterTerm {
  return { ...term, not: !term.not };
}

/** The filter with these conditions at its end, or at `index` in the place of the one there; none of them twice. */
export function withTerms(filter: RowFilter, terms: RowFilter, index = filter.length): RowFilter {
  const rest = filter.filter((_, at) => at !== index);
  const added = terms.filter(
    (term, at) =>
      !rest.some((known) => isSameTerm(known, term)) && !terms.slice(0, at).some((known) => isSameTerm(known, term)),
  );
  return allowed([...rest.slice(0, index), ...added, ...rest.slice(index)]);
}

export function withoutTerm(filter: RowFilter, index: number): RowFilter {
  return filter.filter((_, at) => at !== index);
}

/**
 * Only rows that fulfil this condition: what was said before about the same thing is gone. Traits (`is:`) add up, and so do
 * the two ends of a size or a duration.
 */
export function showOnly(filter: RowFilter, term: FilterTerm): RowFilter {
  return withTerms(
    filter.filter((known) => !isReplaced(known, term)),
    [{ ...term, not: false }],
  );
}

/** As {@link showOnly}, but the rows of other values that were chosen before stay. */
export function showToo(filter: RowFilter, term: FilterTerm): RowFilter {
  const shown = { ...term, not: false };
  return withTerms(
    filter.filter((known) => !isSameTerm(known, negated(shown))),
    [shown],
  );
}

/** Rows that fulfil this condition are left out. */
export function hide(filter: RowFilter, term: FilterTerm): RowFilter {
  const shown = { ...term, not: false };
  return withTerms(
    filter.filter((known) => !isSameTerm(known, shown)),
    [negated(shown)],
  );
}

/** Takes a condition away, whichever way round it is. */
export function forget(filter: RowFilter, term: FilterTerm): RowFilter {
  return filter.filter((known) => !isSameTerm({ ...known, not: false }, { ...term, not: false }));
}

/** Whether the filter asks for this value or leaves it out. */
export function standingOf(filter: RowFilter, term: FilterTerm): "shown" | "hidden" | null {
  const found = filter.find((known) => isSameTerm({ ...known, not: false }, { ...term, not: false }));
  return found === undefined ? null : found.not ? "hidden" : "shown";
}

/** The condition that a line of a facet stands for; null for words that no filter knows. */
export function facetTerm(facet: FacetName, value: string | null): FilterTerm | null {
  switch (facet) {
    case "source":
    case "kind":
    case "method":
    case "status":
    case "type":
      return { key: facet, value: value ?? "", not: false };
    default: {
      const [term] = parseFilter(`${facet}:${value ?? ""}`).filter;
      return term?.key === facet ? term : null;
    }
  }
}

function isReplaced(known: FilterTerm, term: FilterTerm): boolean {
  if (known.key !== term.key) return false;
  if (known.key === "is" || known.key === "text") return isSameTerm(known, { ...term, not: true });
  if ("comparison" in known && "comparison" in term) return known.comparison[0] === term.comparison[0];
  return true;
}
