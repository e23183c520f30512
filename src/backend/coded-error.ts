/**
 * A failure that has its wire form already: one that crossed a thread, or one that only the app knows (no such archive
 * open, no such job).
 */
import type { ErrorShape } from "../shared/contract.ts";

export class CodedError extends Error {
  override readonly name = "CodedError";
  readonly shape: ErrorShape;

  constructor(shape: ErrorShape) {
    super(shape.message);
    this.shape = shape;
  }
}

/** A {@link CodedError} without details. */
export function coded(code: string, message: string): CodedError {
  return new CodedError({ code, message, details: {} });
}
