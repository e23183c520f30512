/** The words of fetches: how each request stands, and what came of all. */
import type { FetchCounts, FetchItem, JobDetail } from "../../../shared/contract.ts";
import { formatBytes, formatCount, formatDuration } from "../../format/quantities.ts";
import type { StatusLook } from "../requests/statuses.ts";

export type FetchDetail = Extract<JobDetail, { readonly kind: "fetch" }>;

/** What is done about requests of a run once more, the same in its menu and beside its figures. */
export const againWords = { one: "Fetch this one again", failed: "Fetch the failed ones again" } as const;

/** `2 fetched, 1 failed`; an empty text when nothing came of it. */
export function spokenCounts(counts: FetchCounts): string {
  const parts = [
    [counts.new + counts.changed + counts.unchanged, "fetched"],
    [counts.reused, "from the archive"],
    [counts.failed, "failed"],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, word]) => `${formatCount(amount)} ${word}`)
    .join(", ");
}

/** How a request stands, in a few words. */
export function spokenState({ state }: FetchItem): string {
  switch (state.status) {
    case "queued":
      return "waiting";
    case "running":
      return state.attempt > 1 ? `fetching… (attempt ${state.attempt})` : "fetching…";
    case "cancelled":
      return "cancelled";
    case "failed":
      return "failed";
    case "reused":
      return "answered from the archive";
    case "acquired":
      return `fetched, ${state.change}`;
  }
}

/** What else there is to say of how it stands: why it failed or is repeated. */
export function spokenReason({ state }: FetchItem): string | null {
  switch (state.status) {
    case "running": {
      const { retry } = state;
      return retry === null ? null : `after ${formatDuration(retry.waitMs)}: ${retry.reason}`;
    }
    case "failed":
      return state.error.message;
    case "queued":
    case "cancelled":
    case "reused":
    case "acquired":
      return null;
  }
}

export function stateLook({ state }: FetchItem): StatusLook {
  switch (state.status) {
    case "queued":
      return { tone: "muted", sign: "dashed" };
    case "running":
      return { tone: state.attempt > 1 ? "doubt" : "accent", sign: "running" };
    case "cancelled":
      return { tone: "muted", sign: "stopped" };
    case "failed":
      return { tone: "bad", sign: "alert" };
    case "reused":
      return { tone: "accent", sign: "recycle" };
    case "acquired":
      return state.change === "changed" ? { tone: "doubt", sign: "changed" } : { tone: "good", sign: "check" };
  }
}

/** `12.4 requests/s · 1.3 MiB/s`; empty for what is too short to have a pace. */
export function spokenRate({ rate }: Pick<FetchDetail, "rate">): string {
  if (rate.requests === 0 && rate.bytes === 0) return "";
  const requests = rate.requests < 100 ? rate.requests.toFixed(1) : formatCount(Math.round(rate.requests));
  return `${requests} requests/s · ${formatBytes(Math.round(rate.bytes))}/s`;
}

/** `about 40 s left`, `about 2 m 03 s left`; empty where nobody can know. */
export function spokenRest({ counts, rate }: FetchDetail): string {
  const left = counts.queued + counts.running;
  if (left === 0 || rate.requests <= 0) return "";
  const seconds = Math.ceil(left / rate.requests);
  return `about ${seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1_000)} left`;
}
