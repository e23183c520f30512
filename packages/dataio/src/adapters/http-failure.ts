/**
 * How an HTTP exchange fails. Nothing that was cut short counts as an answer.
 */

import { buildConnector } from "undici";
import { cancelledError } from "../cancellation.ts";
import { DataioError, isDataioError, systemCode } from "../errors.ts";
import type { HttpCall } from "./http-call.ts";

/** A code of our own for a reset connection; see {@link httpConnector}. */
const RESET = "ERR_CONNECTION_RESET";

/**
 * HTTP/1.1 only, so that one set of rules tells whether a body is whole.
 *
 * undici takes ECONNRESET for the end of a body whose length was not declared (on macOS it can follow a complete one),
 * which would archive half an answer. Under another code it is a failure.
 */
export function httpConnector(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ allowH2: false, timeout: timeoutMs });
  return (options, callback) =>
    connect(options, (...outcome) => {
      const [, socket] = outcome;
      socket?.on("error", (error) => {
        if (systemCode(error) === "ECONNRESET") Object.assign(error, { code: RESET });
      });
      callback(...outcome);
    });
}

/** What went wrong in an exchange, said with a code of ours and the host by name. */
export function httpFailure(
  error: unknown,
  during: { readonly call: HttpCall; readonly cancel: AbortSignal; readonly deadline: AbortSignal },
): DataioError {
  const { call, cancel, deadline } = during;
  if (isDataioError(error) && error.code !== "CANCELLED") return error;
  if (cancel.aborted) return cancelledError(cancel);
  const { host, href: url } = call.url;
  if (deadline.aborted) {
    return new DataioError("TIMEOUT", `${host} did not answer in full within ${call.timeoutMs} ms`, {
      details: { url, timeoutMs: call.timeoutMs },
      cause: error,
    });
  }
  const code = systemCode(error) ?? null;
  const reason = error instanceof Error ? error.message : String(error);
  switch (code) {
    case "UND_ERR_INVALID_ARG":
    case "UND_ERR_NOT_SUPPORTED":
      return new DataioError("PARAMS_INVALID", `HTTP: the call cannot be sent: ${reason}`, {
        details: { url },
        cause: error,
      });
    case "UND_ERR_DESTROYED":
    case "UND_ERR_CLOSED":
      return new DataioError("CLOSED", "The HTTP adapter was closed", { details: { url }, cause: error });
    default:
      return new DataioError("NETWORK_FAILED", networkProblem(code, host, reason), {
        details: { url, host, code },
        cause: error,
      });
  }
}

function networkProblem(code: string | null, host: string, reason: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return `connection refused by ${host}`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the name of ${host} could not be resolved (${code})`;
    case "UND_ERR_CONNECT_TIMEOUT":
    case "ETIMEDOUT":
      return `no connection to ${host} could be made in time (${code})`;
    case RESET:
    case "UND_ERR_SOCKET":
    case "UND_ERR_RES_CONTENT_LENGTH_MISMATCH":
      return `${host} closed the connection before its answer was complete (${code})`;
    default:
      return `the exchange with ${host} failed: ${reason}${code === null ? "" : ` (${code})`}`;
  }
}
