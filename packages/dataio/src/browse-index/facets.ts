/** Counts by facet, from a cube. Pure. */
import type { CubeCell } from "./cube.ts";
import { type FacetName, type Facets, type FacetValue, WORD_KEYS } from "./filter.ts";
import { CHANGE_CODES, INTEGRITY_CODES, isFailed, ORPHAN, REQUEST_INFERRED, SESSION_INFERRED } from "./schema.ts";
import type { Selection } from "./selection.ts";

/** Values of one facet at most. */
const MOST_VALUES = 500;

/** @param reused the code of the status of asks that were answered from the archive */
export function facetsOf(
  selection: Selection,
  cells: readonly CubeCell[],
  exact: boolean,
  words: { textOf(code: number): string | null },
  reused: number,
): Facets {
  const selectedFor = (facet: FacetName) => {
    const tests = selection.conditions.flatMap(({ cell, freeFor }) =>
      cell === null || freeFor.includes(facet) ? [] : [cell],
    );
    return cells.filter((cell) => tests.every((test) => test(cell)));
  };
  const count = (facet: FacetName, valuesOf: (cell: CubeCell) => readonly (string | null)[]): FacetValue[] => {
    const counts = new Map<string | null, number>();
    for (const cell of selectedFor(facet)) {
      for (const value of valuesOf(cell)) counts.set(value, (counts.get(value) ?? 0) + cell.n);
    }
    return [...counts]
      .map(([value, n]) => ({ value, count: n }))
      .sort((a, b) => b.count - a.count || ((a.value ?? "") < (b.value ?? "") ? -1 : 1))
      .slice(0, MOST_VALUES);
  };
  const [source, kind, method, status, type] = WORD_KEYS.map((key) => count(key, (cell) => [words.textOf(cell[key])]));
  const changed = count("changed", (cell) => [CHANGE_CODES[cell.change] ?? null]);
  const integrity = count("integrity", (cell) => [INTEGRITY_CODES[cell.integrity] ?? null]);
  const is = count("is", ({ ref, flags, status: code }) => [
    ...((flags & ORPHAN) !== 0 ? ["orphan"] : []),
    ...((flags & (SESSION_INFERRED | REQUEST_INFERRED)) !== 0 ? ["inferred"] : []),
    ...(isFailed(flags) ? ["failed"] : []),
    ...(ref !== 0 && code !== reused ? ["unanswered"] : []),
    ...(ref === 2 && code === reused ? ["reused"] : []),
  ]);
  return {
    facets: {
      source: source ?? [],
      kind: kind ?? [],
      method: method ?? [],
      status: status ?? [],
      type: type ?? [],
      changed,
      integrity,
      is,
    },
    exact,
  };
}
