/** Whether a response brought something else than the one before it, to the same request. Pure. */
import { CHANGE_CODES, type IndexRow, NONE, refTypeOf } from "./schema.ts";

const [NOTHING, NEW, SAME, OTHER] = ([null, "new", "no", "yes"] as const).map((code) => CHANGE_CODES.indexOf(code)) as [
  number,
  number,
  number,
  number,
];

/** An error is no content that could have changed, and a frame of a stream is not expected to repeat the last one. */
export function isContentStatus(status: string | null): boolean {
  return status !== null && status !== "error" && !status.startsWith("stream_");
}

/** True for a response that can be compared with another; `isContent` judges its status code. */
export function isComparable(
  row: Pick<IndexRow, "id" | "identity" | "sum" | "status">,
  isContent: (status: number) => boolean,
): boolean {
  return refTypeOf(row.id) === "response" && row.identity > 0 && row.sum !== NONE && isContent(row.status);
}

/** The code of a comparable response after one with `previous` content; undefined when there is none before. */
export function changeFrom(previous: number | undefined, sum: number): number {
  if (previous === undefined) return NEW;
  return previous === sum ? SAME : OTHER;
}

/** The code of what cannot be compared. */
export const NO_CHANGE = NOTHING;
