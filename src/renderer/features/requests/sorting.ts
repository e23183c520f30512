/** The order that a click on a column's header asks for. */
import type { GridSort } from "./grid-model.ts";

/** Newest, largest and slowest first; words from A. A second click turns it round. */
export function nextSort<S extends string>(
  current: GridSort<S>,
  { sort, largestFirst = false }: { readonly sort: S; readonly largestFirst?: boolean | undefined },
): GridSort<S> {
  if (current.column === sort) return { column: sort, direction: current.direction === "asc" ? "desc" : "asc" };
  return { column: sort, direction: largestFirst ? "desc" : "asc" };
}
