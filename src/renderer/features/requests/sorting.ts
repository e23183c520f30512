/** The order that a click on a column's header asks for. */
import type { RowSort, RowSortColumn } from "../../../shared/contract.ts";

export type ColumnId = RowSortColumn | "integrity";

/** Integrity is found out row by row, so no list can be ordered by it. */
export function isSortable(column: ColumnId): column is RowSortColumn {
  return column !== "integrity";
}

/** Newest, largest and slowest first; words from A. A second click turns it round. */
export function nextSort(current: RowSort, column: RowSortColumn): RowSort {
  if (current.column === column) return { column, direction: current.direction === "asc" ? "desc" : "asc" };
  const largestFirst = column === "time" || column === "size" || column === "duration";
  return { column, direction: largestFirst ? "desc" : "asc" };
}
