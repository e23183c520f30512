/** What a person composes before it is fetched, and what is wrong with it. Texts only: numbers keep their exact text. */
import type { CallParams, SourceSummary } from "../../../shared/contract.ts";
import { jsonMembers } from "../../format/json-text.ts";
import { findJsonFault, type JsonFault } from "../../format/json-tokens.ts";
import { formatCount } from "../../format/quantities.ts";
import { eachValues, forEach, hasPlace, MOST_REQUESTS } from "./for-each.ts";

export type Adapter = CallParams<"fetch.start">["adapter"];
export type ComposerMethod = CallParams<"fetch.start">["requests"][number]["method"];
export type CacheMode = CallParams<"fetch.start">["cache"];

export interface RequestDraft {
  readonly kind: string;
  readonly method: ComposerMethod;
  readonly paramsJson: string;
  /** Empty: no body. */
  readonly bodyJson: string;
}

/** A session, and the request that is being written for it. */
export interface ComposerDraft extends RequestDraft {
  readonly source: string;
  readonly adapter: Adapter;
  /** Requests of the same session that were written before. */
  readonly queue: readonly RequestDraft[];
  /** Values that the request is asked for, one a line; empty: once, as it stands. */
  readonly each: string;
  readonly cache: CacheMode;
  /** Texts as they were typed; empty: none, or the default. */
  readonly ttl: string;
  readonly bucket: string;
  readonly tag: string;
  readonly concurrency: string;
}

export const EMPTY_DRAFT: ComposerDraft = {
  source: "",
  adapter: "http",
  kind: "",
  method: "GET",
  paramsJson: '{"url": "https://"}',
  bodyJson: "",
  queue: [],
  each: "",
  cache: "default",
  ttl: "",
  bucket: "",
  tag: "",
  concurrency: "",
};

/** The adapter that the params are made for: a `url` is fetched by HTTP, a `path` read from disk; null when unclear. */
export function proposedAdapter(paramsJson: string): "http" | "local-file" | null {
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
    adapter: draft.adapter === "mapped" ? "mapped" : (proposedAdapter(paramsJson) ?? draft.adapter),
  };
}

export interface DraftFaults {
  readonly source?: string;
  readonly kind?: string;
  readonly params?: string;
  readonly body?: string;
  readonly each?: string;
  readonly ttl?: string;
  readonly concurrency?: string;
}

/** What keeps the draft from being fetched, by field; empty when nothing does. */
export function draftFaults(draft: ComposerDraft): DraftFaults {
  const params = findJsonFault(draft.paramsJson);
  const values = eachValues(draft.each);
  const body = draft.bodyJson.trim() === "" ? null : findJsonFault(draft.bodyJson);
  return {
    ...(draft.source.trim() === "" ? { source: "Say which source this belongs to." } : {}),
    ...(draft.kind.trim() === "" ? { kind: "Say what kind of request this is." } : {}),
    ...(params === null ? {} : { params: spokenFault(params) }),
    ...(body === null ? {} : { body: spokenFault(body) }),
    ...(values.length > 0 && !hasPlace(draft)
      ? { each: "Write {{value}} into the kind, the params or the body." }
      : {}),
    ...(values.length + draft.queue.length > MOST_REQUESTS
      ? { each: `A session has at most ${formatCount(MOST_REQUESTS)} requests.` }
      : {}),
    ...(draft.ttl.trim() !== "" && durationMs(draft.ttl) === null
      ? { ttl: "Write for example 30s, 15m, 6h or 7d." }
      : {}),
    ...(/^([1-9]|[1-5]\d|6[0-4])?$/.test(draft.concurrency.trim()) ? {} : { concurrency: "From 1 to 64." }),
  };
}

/** `Line 3, column 8: …` */
export function spokenFault(fault: JsonFault): string {
  return `Line ${fault.line}, column ${fault.column}: ${fault.reason}.`;
}

/** The draft as the host takes it; it must have no faults. */
export function fetchParams(draft: ComposerDraft, archiveId: string): CallParams<"fetch.start"> {
  const all = [...draft.queue, ...forEach(requestOf(draft), eachValues(draft.each))];
  return {
    archiveId,
    source: draft.source.trim(),
    adapter: draft.adapter,
    requests: all.map(({ kind, method, paramsJson, bodyJson }) => ({
      kind: kind.trim(),
      method,
      paramsJson,
      bodyJson: bodyJson.trim() === "" ? null : bodyJson,
    })),
    cache: draft.cache,
    ttlMs: draft.ttl.trim() === "" ? null : durationMs(draft.ttl),
    asOfBucket: draft.bucket.trim() || null,
    cacheTag: draft.tag.trim() || null,
    ...(draft.concurrency.trim() === "" ? {} : { concurrency: Number(draft.concurrency) }),
  };
}

/** The request that is being written, by itself. */
export function requestOf({ kind, method, paramsJson, bodyJson }: ComposerDraft): RequestDraft {
  return { kind, method, paramsJson, bodyJson };
}

/** The draft with its request put aside for the session, and room for another of the same kind. */
export function queued(draft: ComposerDraft): ComposerDraft {
  const requests = forEach(requestOf(draft), eachValues(draft.each));
  return { ...draft, queue: [...draft.queue, ...requests], each: "" };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3 };

/** Milliseconds of `90s`, `15m`, `1.5h`, `7d`; null when the text is no duration. */
function durationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN);
}
