/** Two texts line by line, with a few equal lines around what differs. */
import { diffSequence } from "./sequence-diff.ts";

export type DiffLine =
  | {
      readonly kind: "same" | "removed" | "added";
      /** Line numbers, from 1; null on the side that does not have the line. */
      readonly left: number | null;
      readonly right: number | null;
      readonly text: string;
      /** Where the line differs from the one that it goes with; null when it goes with none. */
      readonly mark: readonly [start: number, end: number] | null;
    }
  /** Equal lines that are left out. */
  | { readonly kind: "gap"; readonly count: number };

export interface TextDiff {
  readonly lines: readonly DiffLine[];
  readonly added: number;
  readonly removed: number;
  /** False when the texts were too different to be aligned line by line. */
  readonly aligned: boolean;
  /** Lines of the comparison that are not listed. */
  readonly unlisted: number;
  /** True when the last line ends with a line break on one side alone. */
  readonly endsDiffer: boolean;
}

const CONTEXT = 3;
const MAX_LINES = 50_000;

export function diffText(left: string, right: string): TextDiff {
  const [before, after] = [linesOf(left), linesOf(right)];
  const { edits, aligned } = diffSequence(before, after);
  const lines: DiffLine[] = [];
  let [l, r, added, removed] = [0, 0, 0, 0];
  for (const [at, { kind, count }] of edits.entries()) {
    if (kind === "same") {
      const head = at === 0 ? 0 : CONTEXT;
      const tail = at === edits.length - 1 ? 0 : CONTEXT;
      for (let n = 0; n < count; n += 1) {
        if (n === head && count > head + tail + 1) {
          lines.push({ kind: "gap", count: count - head - tail });
          n = count - tail;
          if (n >= count) break;
        }
        lines.push({ kind, left: l + n + 1, right: r + n + 1, text: before[l + n] ?? "", mark: null });
      }
      l += count;
      r += count;
      continue;
    }
    const isLeft = kind === "removed";
    const partner = isLeft ? edits[at + 1] : edits[at - 1];
    const paired = partner?.kind === (isLeft ? "added" : "removed") ? partner.count : 0;
    for (let n = 0; n < count; n += 1) {
      const text = (isLeft ? before[l + n] : after[r + n]) ?? "";
      // What was removed has been passed over already when its partner is looked at.
      const other = isLeft ? after[r + n] : before[l - paired + n];
      const mark = n < paired && other !== undefined ? changedMiddle(text, other) : null;
      lines.push({ kind, left: isLeft ? l + n + 1 : null, right: isLeft ? null : r + n + 1, text, mark });
    }
    if (isLeft) {
      l += count;
      removed += count;
    } else {
      r += count;
      added += count;
    }
  }
  const shown = lines.slice(0, MAX_LINES);
  return {
    lines: shown,
    added,
    removed,
    aligned,
    unlisted: lines.length - shown.length,
    endsDiffer: left.endsWith("\n") !== right.endsWith("\n"),
  };
}

/** Lines without their line feed; one at the very end begins no further line. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

/** The part of `text` that lies between what it has in common with `other` at both ends; null when little is in common. */
function changedMiddle(text: string, other: string): readonly [number, number] | null {
  const shorter = Math.min(text.length, other.length);
  let head = 0;
  while (head < shorter && text[head] === other[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && text.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  return head + tail < text.length / 4 ? null : [head, text.length - tail];
}
