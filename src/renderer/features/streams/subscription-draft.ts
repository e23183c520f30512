/** What a person subscribes to, and what is wrong with it. Texts only: numbers keep their exact text. */
import type { CallParams, KnownSource, RowDetail, SourceSummary } from "../../../shared/contract.ts";
import { jsonMembers } from "../../format/json-text.ts";
import { findJsonFault } from "../../format/json-tokens.ts";
import { spokenFault } from "../fetch/draft.ts";

export interface SubscriptionDraft {
  readonly source: string;
  readonly adapter: CallParams<"stream.start">["adapter"];
  readonly kind: string;
  readonly paramsJson: string;
}

export const EMPTY_SUBSCRIPTION: SubscriptionDraft = {
  source: "",
  adapter: "websocket",
  kind: "",
  paramsJson: '{"url": "wss://"}',
};

/** Adapters that a file maps a source to and that stream; a module may. */
export const STREAMERS: ReadonlySet<string> = new Set(["websocket", "sse", "module"]);

/** Those of them that can do nothing else. */
const MERE_STREAMERS: ReadonlySet<string> = new Set(["websocket", "sse"]);

/**
 * Whether what is composed for this adapter can be subscribed to: `only` that, where a fetch would never come to an end or is
 * none; `also`; null where nothing says so.
 */
export function streamWay(adapter: string, paramsJson: string): "only" | "also" | null {
  if (MERE_STREAMERS.has(adapter)) return "only";
  if (STREAMERS.has(adapter)) return "also";
  if (adapter !== "http") return null;
  if (proposedStreamer(paramsJson) === "websocket") return "only";
  const headers = jsonMembers(paramsJson)?.find(({ key }) => key === "headers")?.text ?? "";
  return /"accept"\s*:[^,}]*text\/event-stream/i.test(headers) ? "also" : null;
}

/** The adapter that a URL is made for: `ws` and `wss` are a WebSocket's. */
export function proposedStreamer(paramsJson: string): "websocket" | "sse" | null {
  const url = jsonMembers(paramsJson)?.find(({ key }) => key === "url")?.text ?? "";
  if (/^"wss?:/i.test(url)) return "websocket";
  return /^"https?:/i.test(url) ? "sse" : null;
}

/** The draft as a source is mapped, with what it was last subscribed to by. */
export function ofSource(
  draft: SubscriptionDraft,
  mapping: KnownSource["mapping"],
  summary: SourceSummary | undefined,
): SubscriptionDraft {
  const last = summary?.kinds.find(({ method }) => method === "SUBSCRIBE");
  const mapped = mapping !== null && STREAMERS.has(mapping.settings.adapter);
  const untouched = draft.kind === "" && draft.paramsJson === EMPTY_SUBSCRIPTION.paramsJson;
  const filled =
    last !== undefined && untouched
      ? { kind: last.kind, paramsJson: last.latestParamsJson ?? "{}" }
      : // What a mapped source is asked for stands in its settings.
        mapped && untouched
        ? { paramsJson: "{}" }
        : {};
  const next = { ...draft, ...filled };
  if (mapped) return { ...next, adapter: "mapped" };
  return next.adapter === "mapped" ? { ...next, adapter: proposedStreamer(next.paramsJson) ?? "websocket" } : next;
}

/** The subscription of an archived row once more. */
export function subscriptionOf({ row, request }: RowDetail): SubscriptionDraft {
  const paramsJson = request?.paramsJson ?? "{}";
  return {
    source: row.source ?? "",
    adapter: proposedStreamer(paramsJson) ?? "websocket",
    kind: request?.kind ?? "",
    paramsJson,
  };
}

export interface SubscriptionFaults {
  readonly source?: string;
  readonly kind?: string;
  readonly params?: string;
}

/** What keeps the draft from being subscribed to, by field; empty when nothing does. */
export function subscriptionFaults({ source, kind, paramsJson }: SubscriptionDraft): SubscriptionFaults {
  const params = findJsonFault(paramsJson);
  return {
    ...(source.trim() === "" ? { source: "Say which source this belongs to." } : {}),
    ...(kind.trim() === "" ? { kind: "Say what kind of messages these are." } : {}),
    ...(params === null ? {} : { params: spokenFault(params) }),
  };
}
