/** Sends in words: what is known of them, and nothing more. */
import type { SendOutcome } from "../../../shared/contract.ts";
import { formatBytes, formatDuration } from "../../format/quantities.ts";

/** How a send stands, for the list of jobs. */
export function spokenSend(outcome: SendOutcome | null): string {
  if (outcome === null) return "Sending…";
  if (outcome.status === "failed") return spokenSent(outcome.sent);
  const size = outcome.sizeBytes === null ? "" : ` · ${formatBytes(outcome.sizeBytes)}`;
  const what = outcome.status === "answered" ? "Sent once, and answered" : "Sent once, and refused by the source";
  return `${what} · ${formatDuration(outcome.durationMs)}${size}`;
}

/** Whether bytes went out, where no answer is known. */
export function spokenSent(sent: "no" | "yes" | "unknown"): string {
  switch (sent) {
    case "no":
      return "Nothing was sent";
    case "yes":
      return "It was sent, and its answer could not be kept";
    case "unknown":
      return "It may have been sent: the source did not say";
  }
}

/** What is done with an archived request that is to be changed first, by its method. */
export function spokenAgain(method: string | null): string {
  if (method === "SEND" || method === "COMMAND") return "Edit and send again…";
  return method === "SUBSCRIBE" ? "Subscribe again…" : "Edit and fetch again…";
}
