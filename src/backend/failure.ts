/**
 * How a failure leaves the backend: a known one keeps its code, message and details; anything else is INTERNAL and is
 * logged with its stack, because the other side only gets the message.
 */
import { DataioError } from "@mxm/dataio";
import type { ErrorShape } from "../shared/contract.ts";
import { CodedError } from "./coded-error.ts";

/** Where a host tells its operator what went wrong; one call, one entry. */
export type Log = (message: string, cause?: unknown) => void;

/** Writes to standard error, with the stack of the cause. */
export const logToStderr: Log = (message, cause) => {
  if (cause === undefined) console.error(message);
  else console.error(`${message}:`, cause);
};

/** The call was given up by the one who made it. */
export const CANCELLED: ErrorShape = { code: "CANCELLED", message: "The call was cancelled.", details: {} };

/** The wire form of anything that was thrown while `doing` something; logged unless it was expected. */
export function toErrorShape(error: unknown, doing: string, log: Log): ErrorShape {
  if (error instanceof DataioError) return { code: error.code, message: error.message, details: error.details };
  if (error instanceof CodedError) return error.shape;
  if (error instanceof Error && error.name === "AbortError") return CANCELLED;
  log(`${doing} failed`, error);
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error), details: {} };
}
