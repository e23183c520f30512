/** Which items of two sequences stay, go and come. */
import { diffArrays } from "diff";

export interface Edit {
  readonly kind: "same" | "removed" | "added";
  readonly count: number;
}

export interface SequenceDiff {
  /** In order; what was replaced is removed first, then added. */
  readonly edits: readonly Edit[];
  /** False when the two differ so much that what lies between their equal ends is given as replaced whole. */
  readonly aligned: boolean;
}

/** Beyond as many differences, or this time, the search for the best alignment ends: it grows with their square. */
const MAX_EDITS = 4_000;
const TIMEOUT_MS = 8_000;

/** Compares by identity: equal items are the same string or number. */
export function diffSequence(left: readonly unknown[], right: readonly unknown[]): SequenceDiff {
  const shorter = Math.min(left.length, right.length);
  let head = 0;
  while (head < shorter && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  const middle = [left.slice(head, left.length - tail), right.slice(head, right.length - tail)] as const;
  const found = diffArrays<unknown>([...middle[0]], [...middle[1]], {
    maxEditLength: MAX_EDITS,
    timeout: TIMEOUT_MS,
  });
  const inner: Edit[] =
    found === undefined
      ? [
          { kind: "removed", count: middle[0].length },
          { kind: "added", count: middle[1].length },
        ]
      : found.map(({ removed, added, count }) => ({ kind: removed ? "removed" : added ? "added" : "same", count }));
  const edits: Edit[] = [{ kind: "same", count: head }, ...inner, { kind: "same", count: tail }];
  return { edits: edits.filter((edit) => edit.count > 0), aligned: found !== undefined };
}

/** A place in either sequence, or in both where they go together. */
export interface Pairing {
  readonly left: number | null;
  readonly right: number | null;
  readonly same: boolean;
}

/** The items one by one; within a replaced run the first goes with the first, and so on. */
export function pairings(edits: readonly Edit[]): Pairing[] {
  const pairs: Pairing[] = [];
  let left = 0;
  let right = 0;
  for (let at = 0; at < edits.length; at += 1) {
    const edit = edits[at];
    if (edit === undefined) break;
    if (edit.kind === "same") {
      for (let n = 0; n < edit.count; n += 1) pairs.push({ left: left++, right: right++, same: true });
      continue;
    }
    let removed = 0;
    let added = 0;
    for (; edits[at] !== undefined && edits[at]?.kind !== "same"; at += 1) {
      if (edits[at]?.kind === "removed") removed += edits[at]?.count ?? 0;
      else added += edits[at]?.count ?? 0;
    }
    at -= 1;
    for (let n = 0; n < Math.max(removed, added); n += 1) {
      pairs.push({ left: n < removed ? left + n : null, right: n < added ? right + n : null, same: false });
    }
    left += removed;
    right += added;
  }
  return pairs;
}
