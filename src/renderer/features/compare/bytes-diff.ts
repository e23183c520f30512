/** Two runs of bytes, position by position: what was inserted shifts everything behind it, and that is what is shown. */

export interface BytesDiff {
  /** Positions at which the two differ; those that one side does not have are among them. */
  readonly differing: number;
  /** Runs of such positions. */
  readonly ranges: number;
  /** Offsets, relative to the start, of the lines that differ: multiples of {@link LINE_BYTES}, in order. */
  readonly lines: readonly number[];
  readonly unlisted: number;
}

export const LINE_BYTES = 8;
const MAX_LINES = 20_000;

export function diffBytes(left: Uint8Array, right: Uint8Array): BytesDiff {
  const length = Math.max(left.length, right.length);
  const lines: number[] = [];
  let [differing, ranges, unlisted, line] = [0, 0, 0, -1];
  let before = false;
  for (let at = 0; at < length; at += 1) {
    const differs = left[at] !== right[at];
    if (differs) {
      differing += 1;
      if (!before) ranges += 1;
      const start = at - (at % LINE_BYTES);
      if (start !== line) {
        line = start;
        if (lines.length < MAX_LINES) lines.push(start);
        else unlisted += 1;
      }
    }
    before = differs;
  }
  return { differing, ranges, lines, unlisted };
}
