/** What a person composes before it is fetched, and what is wrong with it. Texts only: numbers keep their exact text. */
import type { FetchItem, Params, SourceSummary } from "../../../shared/contract.ts";
import { jsonMembers } from "../../format/json-text.ts";
import { findJsonFault, type JsonFault } from "../../format/json-tokens.ts";
import { formatCount } from "../../format/quantities.ts";

export type Adapter = Params<"fetch.start">["adapter"];
export type ComposerMethod = Params<"fetch.start">["requests"][number]["method"];

export interface ComposerDraft {
  readonly source: string;
  readonly adapter: Adapter;
  readonly kind: string;
  readonly method: ComposerMethod;
  readonly paramsJson: string;
  /** Empty: no body. */
  readonly bodyJson: string;
  /** True when an archived response may be the answer. */
  readonly reuse: boolean;
}

export const EMPTY_DRAFT: ComposerDraft = {
  source: "",
  adapter: "http",
  kind: "",
  method: "GET",
  paramsJson: '{"url": "https://"}',
  bodyJson: "",
  reuse: true,
};

/** The adapter that the params are made for: a `url` is fetched by HTTP, a `path` read from disk; null when unclear. */
export function proposedAdapter(paramsJson: string): Adapter | null {
  const keys = jsonMembers(paramsJson)?.map((member) => member.key) ?? [];
  if (keys.includes("url")) return "http";
  return keys.includes("path") ? "local-file" : null;
}

/** The draft with the params and body that this kind of request was last asked with. */
export function filledFrom(draft: ComposerDraft, kind: SourceSummary["kinds"][number]): ComposerDraft {
  const paramsJson = kind.latestParamsJson ?? "{}";
  return {
    ...draft,
    kind: kind.kind,
    method: kind.method === "POST" ? "POST" : "GET",
    paramsJson,
    bodyJson: kind.latestBodyJson ?? "",
    adapter: proposedAdapter(paramsJson) ?? draft.adapter,
  };
}

export interface DraftFaults {
  readonly source?: string;
  readonly kind?: string;
  readonly params?: string;
  readonly body?: string;
}

/** What keeps the draft from being fetched, by field; empty when nothing does. */
export function draftFaults(draft: ComposerDraft): DraftFaults {
  const params = findJsonFault(draft.paramsJson);
  const body = draft.bodyJson.trim() === "" ? null : findJsonFault(draft.bodyJson);
  return {
    ...(draft.source.trim() === "" ? { source: "Say which source this belongs to." } : {}),
    ...(draft.kind.trim() === "" ? { kind: "Say what kind of request this is." } : {}),
    ...(params === null ? {} : { params: spokenFault(params) }),
    ...(body === null ? {} : { body: spokenFault(body) }),
  };
}

/** `Line 3, column 8: …` */
export function spokenFault(fault: JsonFault): string {
  return `Line ${fault.line}, column ${fault.column}: ${fault.reason}.`;
}

/** The draft as the host takes it. */
export function fetchParams(draft: ComposerDraft, archiveId: string): Params<"fetch.start"> {
  const { kind, method, paramsJson } = draft;
  return {
    archiveId,
    source: draft.source.trim(),
    adapter: draft.adapter,
    requests: [
      { kind: kind.trim(), method, paramsJson, bodyJson: draft.bodyJson.trim() === "" ? null : draft.bodyJson },
    ],
    cache: draft.reuse ? "default" : "bypass",
  };
}

/** `2 fetched, 1 failed`; an empty text when nothing came of it. */
export function spokenCounts(items: readonly FetchItem[]): string {
  const count = (status: FetchItem["state"]["status"]) => items.filter((item) => item.state.status === status).length;
  const parts = [
    [count("acquired"), "fetched"],
    [count("reused"), "from the archive"],
    [count("failed"), "failed"],
  ] as const;
  return parts
    .filter(([amount]) => amount > 0)
    .map(([amount, word]) => `${formatCount(amount)} ${word}`)
    .join(", ");
}

/** How an item of a fetch job ended, in a few words. */
export function spokenOutcome(item: FetchItem): string {
  const { state } = item;
  switch (state.status) {
    case "queued":
      return "waiting";
    case "running":
      return "fetching…";
    case "cancelled":
      return "cancelled";
    case "failed":
      return "failed";
    case "reused":
      return "answered from the archive";
    case "acquired":
      return state.change === "new" ? "fetched, new" : `fetched, ${state.change}`;
  }
}
