/** Which requests of a run its page lists, and in which order. */
import type { FetchCounts, FetchItem } from "../../../shared/contract.ts";

/** A request of a run as a line of its list. */
export interface RunLine extends FetchItem {
  readonly place: number;
}

export type RunSortColumn = "place" | "state" | "kind" | "request" | "size" | "duration" | "attempts";
export interface RunSort {
  readonly column: RunSortColumn;
  readonly direction: "asc" | "desc";
}
export const IN_ORDER: RunSort = { column: "place", direction: "asc" };

/** A part of a run: those that stand so. */
export type RunPart = keyof FetchCounts;

export const RUN_PARTS: readonly { readonly part: RunPart; readonly label: string }[] = [
  { part: "running", label: "Running" },
  { part: "queued", label: "Waiting" },
  { part: "failed", label: "Failed" },
  { part: "changed", label: "Changed" },
  { part: "new", label: "New" },
  { part: "unchanged", label: "Unchanged" },
  { part: "reused", label: "From the archive" },
  { part: "cancelled", label: "Cancelled" },
  { part: "retried", label: "Retried" },
];

export function isOfPart({ state }: FetchItem, part: RunPart): boolean {
  switch (part) {
    case "new":
    case "changed":
    case "unchanged":
      return state.status === "acquired" && state.change === part;
    case "retried":
      return attemptsOf(state) > 1;
    case "queued":
    case "running":
    case "reused":
    case "failed":
    case "cancelled":
      return state.status === part;
  }
}

/** The lines of a part, or of all, ordered. Equal ones stay in the order in which they are asked. */
export function runLines(
  lines: readonly RunLine[],
  part: RunPart | null,
  { column, direction }: RunSort,
): readonly RunLine[] {
  const chosen = part === null ? lines : lines.filter((line) => isOfPart(line, part));
  if (column === "place") return direction === "asc" ? chosen : chosen.toReversed();
  const turn = direction === "asc" ? 1 : -1;
  return chosen.toSorted((one, other) => {
    const [a, b] = [keyOf(one, column), keyOf(other, column)];
    // What has no value stands at the end, whichever the order.
    if (a === null || b === null) return a === b ? one.place - other.place : a === null ? 1 : -1;
    return a === b ? one.place - other.place : a < b ? -turn : turn;
  });
}

const STATES: readonly FetchItem["state"]["status"][] = [
  "running",
  "queued",
  "failed",
  "acquired",
  "reused",
  "cancelled",
];
const CHANGES: readonly string[] = ["changed", "new", "unchanged"];

function keyOf({ kind, label, state }: RunLine, column: Exclude<RunSortColumn, "place">): string | number | null {
  switch (column) {
    case "kind":
      return kind;
    case "request":
      return label;
    case "state":
      return STATES.indexOf(state.status) * CHANGES.length + ("change" in state ? CHANGES.indexOf(state.change) : 0);
    case "size":
      return "sizeBytes" in state ? state.sizeBytes : null;
    case "duration":
      return "durationMs" in state ? state.durationMs : null;
    case "attempts":
      return attemptsOf(state) || null;
  }
}

export function attemptsOf(state: FetchItem["state"]): number {
  if (state.status === "running") return state.attempt;
  return "attempts" in state ? state.attempts : 0;
}

/** Lines that are the same objects as long as their requests stand as they did, so that they need not be drawn again. */
export function createLines(): (items: readonly FetchItem[]) => readonly RunLine[] {
  let lines: RunLine[] = [];
  let known: readonly FetchItem[] = [];
  return (items) => {
    const before = { lines, known };
    lines = items.map((item, place) => {
      const line = before.lines[place];
      return line !== undefined && before.known[place] === item ? line : { ...item, place };
    });
    known = items;
    return lines;
  };
}
