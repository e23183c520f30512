/** What a person composes before it is fetched, and what is wrong with it. Texts only: numbers keep their exact text. */
import type { CallParams, SourceSettings, SourceSummary } from "../../../shared/contract.ts";
import { findRepeatedKey, jsonMembers, layOutJson, stringValue } from "../../format/json-text.ts";
import { findJsonFault, type JsonFault } from "../../format/json-tokens.ts";
import { formatCount } from "../../format/quantities.ts";
import { eachValues, forEach, hasPlace, MOST_REQUESTS } from "./for-each.ts";
import { countOf, currentOf, requestsOf, timesOf } from "./request-list.ts";

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

/** A request of a session, or many of them: one for each of its values. */
export interface SessionRequest extends RequestDraft {
  /** Tells it from the others of its session. */
  readonly id: number;
  /** Values that the request is asked for, one a line; empty: once, as it stands. */
  readonly each: string;
}

/** A session, and the request that is being written for it. */
export interface ComposerDraft extends SessionRequest {
  readonly source: string;
  readonly adapter: Adapter;
  /** The other requests of the session, in their order. */
  readonly queue: readonly SessionRequest[];
  /** Where the one that is being written stands among them. */
  readonly place: number;
  /** How params are shown, where they can be shown as a form. */
  readonly face: "form" | "text";
  readonly cache: CacheMode;
  /** Texts as they were typed; empty: none, or the default. */
  readonly ttl: string;
  readonly bucket: string;
  readonly tag: string;
  readonly concurrency: string;
}

/** Params that a request begins with: what is to be filled in for who answers. */
const STARTING_PARAMS = { url: '{"url": "https://"}', below: '{"url": ""}', path: '{"path": ""}', none: "{}" };

export const EMPTY_DRAFT: ComposerDraft = {
  source: "",
  adapter: "http",
  kind: "",
  method: "GET",
  paramsJson: STARTING_PARAMS.url,
  bodyJson: "",
  id: 0,
  each: "",
  queue: [],
  place: 0,
  face: "form",
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

function startingParams(adapter: Adapter, mapped: SourceSettings | null): string {
  if (adapter === "http") return STARTING_PARAMS.url;
  if (adapter === "local-file" || mapped?.adapter === "local-file") return STARTING_PARAMS.path;
  if (mapped?.adapter !== "http") return STARTING_PARAMS.none;
  return mapped.baseUrl === undefined ? STARTING_PARAMS.url : STARTING_PARAMS.below;
}

/** Whether nothing of what a request begins with was filled in yet, however it is laid out. */
function isUnwritten(paramsJson: string): boolean {
  const members = jsonMembers(paramsJson);
  if (members === null) return false;
  const plain = JSON.stringify(members.map(({ key, text }) => [key, text]));
  return Object.values(STARTING_PARAMS).some(
    (start) => JSON.stringify(jsonMembers(start)?.map(({ key, text }) => [key, text])) === plain,
  );
}

/** The draft as another adapter answers it, with what that one asks for where nothing was written yet. */
export function answeredBy(draft: ComposerDraft, adapter: Adapter, mapped: SourceSettings | null): ComposerDraft {
  const { paramsJson } = draft;
  return { ...draft, adapter, paramsJson: isUnwritten(paramsJson) ? startingParams(adapter, mapped) : paramsJson };
}

type SeenKind = SourceSummary["kinds"][number];

/** The draft with the params and body that this kind of request was last asked with. */
export function filledFrom(draft: ComposerDraft, kind: SeenKind): ComposerDraft {
  const paramsJson = laidOut(kind.latestParamsJson ?? "{}");
  return {
    ...draft,
    kind: kind.kind,
    method: kind.method === "POST" ? "POST" : "GET",
    paramsJson,
    bodyJson: laidOut(kind.latestBodyJson ?? ""),
    adapter: draft.adapter === "mapped" ? "mapped" : (proposedAdapter(paramsJson) ?? draft.adapter),
  };
}

/** Whether params and body are those that a draft begins with, or that one of these kinds was last asked with. */
export function isUntouched({ paramsJson, bodyJson }: RequestDraft, kinds: readonly SeenKind[]): boolean {
  if (isUnwritten(paramsJson) && bodyJson === EMPTY_DRAFT.bodyJson) return true;
  return kinds.some(
    (kind) => paramsJson === laidOut(kind.latestParamsJson ?? "{}") && bodyJson === laidOut(kind.latestBodyJson ?? ""),
  );
}

/** A member a line, every token as it is; what is no JSON stays as it is. */
function laidOut(json: string): string {
  const layout = layOutJson(json);
  return layout.ok ? layout.text : json;
}

/** What is wrong with a request, by field. */
interface RequestFaults {
  readonly kind?: string;
  readonly params?: string;
  readonly body?: string;
  readonly each?: string;
}

export interface DraftFaults extends RequestFaults {
  readonly source?: string;
  /** Of the requests that are not being written, or of all of them. */
  readonly others?: string;
  readonly ttl?: string;
  readonly concurrency?: string;
}

/** What keeps the draft from being fetched, by field; empty when nothing does. */
export function draftFaults(draft: ComposerDraft): DraftFaults {
  const others = requestsOf(draft).findIndex((request) => request.id !== draft.id && isFaulty(request));
  return {
    ...(draft.source.trim() === "" ? { source: "Say which source this belongs to." } : {}),
    ...(countOf(draft) > MOST_REQUESTS
      ? { each: `A session has at most ${formatCount(MOST_REQUESTS)} requests.` }
      : {}),
    // What a mapping asks for may be nothing.
    ...(draft.adapter !== "mapped" && isUnwritten(draft.paramsJson)
      ? { params: draft.adapter === "http" ? "Say which address is asked." : "Say which file is read." }
      : {}),
    ...requestFaults(currentOf(draft)),
    ...(others === -1 ? {} : { others: `Request ${others + 1} cannot be sent as it is.` }),
    ...(charactersOf(draft) > MOST_CHARACTERS
      ? {
          others: `All requests of a session have at most ${formatCount(MOST_CHARACTERS)} characters; make it several.`,
        }
      : {}),
    ...(draft.ttl.trim() !== "" && durationMs(draft.ttl) === null
      ? { ttl: "Write for example 30s, 15m, 6h or 7d." }
      : {}),
    ...(/^([1-9]|[1-5]\d|6[0-4])?$/.test(draft.concurrency.trim()) ? {} : { concurrency: "From 1 to 64." }),
  };
}

/** What the host takes at once, however the characters are written. */
const MOST_CHARACTERS = 3_000_000;

function charactersOf(draft: ComposerDraft): number {
  return requestsOf(draft).reduce(
    (sum, request) => sum + timesOf(request) * (request.paramsJson.length + request.bodyJson.length),
    0,
  );
}

/** Whether a request cannot be sent as it is. */
export function isFaulty(request: SessionRequest): boolean {
  return Object.keys(requestFaults(request)).length > 0;
}

function requestFaults(request: SessionRequest): RequestFaults {
  const params = jsonFault(request.paramsJson);
  const body = request.bodyJson.trim() === "" ? null : jsonFault(request.bodyJson);
  return {
    ...(request.kind.trim() === "" ? { kind: "Say what kind of request this is." } : {}),
    ...(params === null ? {} : { params }),
    ...(body === null ? {} : { body }),
    ...(hasPlace(request) === (request.each.trim() !== "")
      ? {}
      : {
          each: hasPlace(request)
            ? "Say which values {{value}} stands for."
            : "Write {{value}} into the kind, the params or the body.",
        }),
  };
}

function jsonFault(text: string): string | null {
  const fault = findJsonFault(text);
  if (fault !== null) return spokenFault(fault);
  const repeated = findRepeatedKey(text);
  return repeated === null ? null : spokenRepeat(repeated);
}

/** `Line 3, column 8: …` */
export function spokenFault(fault: JsonFault): string {
  return `Line ${fault.line}, column ${fault.column}: ${fault.reason}.`;
}

/** Of several equal names only the last would be asked. */
export function spokenRepeat(name: string): string {
  return `“${name}” is named twice in one object.`;
}

/** The draft as the host takes it; it must have no faults. */
export function fetchParams(draft: ComposerDraft, archiveId: string): CallParams<"fetch.start"> {
  const all = requestsOf(draft).flatMap((request) => forEach(request, eachValues(request.each)));
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

/** What a person recognises a request by: its URL or path, else its params. */
export function labelOf(paramsJson: string): string {
  const members = jsonMembers(paramsJson) ?? [];
  const named = members.find(({ key, kind }) => (key === "url" || key === "path") && kind === "string");
  return named === undefined ? paramsJson.replaceAll(/\s+/g, " ") : stringValue(named.text);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 604800e3 };

/** Milliseconds of `90s`, `15m`, `1.5h`, `7d`; null when the text is no duration. */
function durationMs(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim());
  return match === null ? null : Number(match[1]) * (UNIT_MS[match[2] ?? ""] ?? Number.NaN);
}
