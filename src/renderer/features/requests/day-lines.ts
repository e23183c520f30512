/** Rows in order of time under their days: where the headings stand among the lines of the table. Pure. */

/** A heading, and the rows below it. */
export interface DayGroup {
  readonly label: string;
  /** Index of its first row. */
  readonly first: number;
  /** Rows of the day; null while it is not read to its end. */
  readonly count: number | null;
}

export const UNGROUPED: readonly DayGroup[] = [];

/**
 * Groups of rows that follow each other on one day. `dayOf` is the same text for the rows of a day; the list goes on behind
 * its last row unless `isWhole`.
 */
export function dayGroups<T>(
  rows: readonly T[],
  dayOf: (row: T) => string,
  labelOf: (day: string) => string,
  isWhole: boolean,
): readonly DayGroup[] {
  const starts: { day: string; first: number }[] = [];
  for (const [first, row] of rows.entries()) {
    const day = dayOf(row);
    if (day !== starts.at(-1)?.day) starts.push({ day, first });
  }
  return starts.map(({ day, first }, at) => {
    const end = starts[at + 1]?.first ?? (isWhole ? rows.length : null);
    return { label: labelOf(day), first, count: end === null ? null : end - first };
  });
}

/** The line on which a row stands, headings counted. */
export function lineOfRow(groups: readonly DayGroup[], row: number): number {
  return row + countUpTo(groups, (group) => group.first <= row);
}

/** What stands on a line: the heading of a group, or a row. */
export function atLine(
  groups: readonly DayGroup[],
  line: number,
): { readonly group: DayGroup } | { readonly row: number } {
  // The heading of the group at index i stands on line first + i.
  const begun = countUpTo(groups, (group, index) => group.first + index <= line);
  const group = groups[begun - 1];
  return group !== undefined && group.first + begun - 1 === line ? { group } : { row: line - begun };
}

/** How many groups from the first on are so: all of them stand before all that are not. */
function countUpTo(groups: readonly DayGroup[], isSo: (group: DayGroup, index: number) => boolean): number {
  let low = 0;
  let high = groups.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const group = groups[middle];
    if (group !== undefined && isSo(group, middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
