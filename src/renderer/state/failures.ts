/** What went wrong, in the form that is shown. */
import { CallError } from "../../shared/client.ts";
import type { ErrorShape } from "../../shared/contract.ts";

/** Any caught value as an {@link ErrorShape}. */
export function shapeOf(error: unknown): ErrorShape {
  if (error instanceof CallError) return { code: error.code, message: error.message, details: error.details };
  const message = error instanceof Error ? error.message : String(error);
  return { code: "UNEXPECTED", message, details: {} };
}

/**
 * True for failures that nobody needs to hear of: a load that something newer replaced, and one that the lost
 * connection ended (the banner says so, and everything is loaded again when it is back).
 */
export function isSilent(error: unknown): boolean {
  return error instanceof CallError && (error.code === "CANCELLED" || error.code === "DISCONNECTED");
}

/** Hands out signals of which only the newest is alive: starting something cancels what was started before. */
export function createLatest(): { next(): AbortSignal; cancel(): void } {
  let controller: AbortController | null = null;
  return {
    next() {
      controller?.abort();
      controller = new AbortController();
      return controller.signal;
    },
    cancel() {
      controller?.abort();
      controller = null;
    },
  };
}
