/** Rows in order of time under their days: where the headings stand among the lines of the table. Pure. */
import type { Placed } from "../../state/placed-list.ts";

/** A heading, and the rows below it. */
export interface DayGroup {
  readonly label: string;
  /** Index of its first row. */
  readonly first: number;
  /** Rows of the day; null while it is not read to its end. */
  readonly count: number | null;
}

export const UNGROUPED: readonly DayGroup[] = [];

/** Where in rows that follow each other a day begins; the first row begins one, as far as they know. */
export interface DayStart {
  readonly day: string;
  readonly at: number;
}

/** @param dayOf the same text for the rows of a day */
export function dayStarts<T>(rows: readonly T[], dayOf: (row: T) => string): readonly DayStart[] {
  const starts: DayStart[] = [];
  for (const [at, row] of rows.entries()) {
    const day = dayOf(row);
    if (day !== starts.at(-1)?.day) starts.push({ day, at });
  }
  return starts;
}

/**
 * The days of a list, as far as it is known where they begin: of a day that begins among rows which are not loaded, nobody
 * knows where its heading stands. The list may go on behind its last place unless `isWhole`.
 */
export function dayGroups<T>(
  { length, pieces }: Placed<T>,
  startsOf: (rows: readonly T[]) => readonly DayStart[],
  labelOf: (day: string) => string,
  isWhole: boolean,
): readonly DayGroup[] {
  const groups: DayGroup[] = [];
  let day: string | null = null;
  /** The heading of that day, as long as its end may be found. */
  let open: { readonly label: string; readonly first: number } | null = null;
  let end = 0;
  const close = (next: number | null) => {
    if (open !== null) groups.push({ ...open, count: next === null ? null : next - open.first });
    open = null;
  };
  for (const { start, items } of pieces) {
    for (const { day: begun, at } of startsOf(items)) {
      if (begun === day) continue;
      const first = start + at;
      // Between rows that are loaded and those before them may lie the end of one day and the beginning of another.
      const isKnown = at > 0 || first === end;
      close(isKnown ? first : null);
      if (isKnown) open = { label: labelOf(begun), first };
      day = begun;
    }
    end = start + items.length;
  }
  close(isWhole && end === length ? length : null);
  return groups;
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

/** The row on a line, or below the heading on it. */
export function rowFrom(groups: readonly DayGroup[], line: number): number {
  const found = atLine(groups, line);
  return "row" in found ? found.row : found.group.first;
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
