/** Streams in words. */
import type { JobDetail, StreamFrame } from "../../../shared/contract.ts";
import { formatBytes, formatCounted } from "../../format/quantities.ts";

export type StreamDetail = Extract<JobDetail, { readonly kind: "stream" }>;

/** `1,204 messages · 1.2 MiB` */
export function spokenTotals({ messages, bytes }: StreamDetail): string {
  return `${formatCounted(messages, "message")} · ${formatBytes(bytes)}`;
}

/** `167/s`, `0.4/s`; what is less is nothing. */
export function spokenRate(perSecond: number): string {
  if (perSecond < 0.05) return "0/s";
  return perSecond < 10 ? `${perSecond.toFixed(1)}/s` : `${Math.round(perSecond)}/s`;
}

/** How a stream stands, in a few words; for the list of jobs and the head of the view. */
export function spokenStream({ ending, isOpen }: StreamDetail): string {
  if (ending === null) return isOpen ? "open" : "connecting…";
  switch (ending.reason) {
    case "ended":
      return ending.said === null ? "ended by the source" : `closed by the source (${ending.said})`;
    case "left":
    case "cancelled":
      return "stopped";
    case "failed":
      return "failed";
  }
}

/** What a frame that is no message says. */
export function spokenFrame({ status, said }: StreamFrame): string {
  if (status === "stream_open") return said.url === undefined ? "opened" : `opened ${said.url}`;
  if (status !== "stream_closed") return status;
  const code = said.close_code === undefined ? "" : ` (code ${said.close_code})`;
  const words = said.error ?? said.close_reason ?? "";
  const after = said.reconnect_in_ms === undefined ? "" : `; connects again in ${said.reconnect_in_ms} ms`;
  return `closed: ${said.reason ?? "ended"}${code}${words === "" ? "" : `: ${words}`}${after}`;
}
