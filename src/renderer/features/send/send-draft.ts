/** What a person writes before it is sent, and what is wrong with it. Texts only: numbers keep their exact text. */
import type { CallParams, KnownSource, Request, SentFile } from "../../../shared/contract.ts";
import { jsonMembers } from "../../format/json-text.ts";
import { findJsonFault } from "../../format/json-tokens.ts";
import { type ComposerDraft, spokenFault } from "../fetch/draft.ts";

export type SentPayload =
  | { readonly type: "json" | "text" | "hex"; readonly text: string }
  /** A file, null until one is chosen; the text is what was written before. */
  | { readonly type: "file"; readonly text: string; readonly file: SentFile | null }
  /** Bytes of the archive that are too many to be edited here. */
  | { readonly type: "archived"; readonly checksum: string };

export interface SendDraft {
  readonly source: string;
  readonly adapter: CallParams<"send.plan">["adapter"];
  readonly kind: string;
  readonly paramsJson: string;
  readonly payload: SentPayload;
}

export const EMPTY_SEND: SendDraft = {
  source: "",
  adapter: "http",
  kind: "",
  paramsJson: '{"url": "https://", "method": "POST"}',
  payload: { type: "json", text: "" },
};

/** Adapters that a file maps a source to and that send; a module may. */
export const SENDERS: ReadonlySet<string> = new Set(["http", "command", "module"]);

/** The composer's request, sent instead of fetched: its body is what goes out. */
export function fromComposer({ source, adapter, kind, paramsJson, bodyJson }: ComposerDraft): SendDraft {
  return {
    source,
    adapter: adapter === "mapped" ? "mapped" : "http",
    kind,
    paramsJson,
    payload: { type: "json", text: bodyJson },
  };
}

/**
 * An archived send once more, to be changed.
 * @param sent its bytes; null where they are not known here, or too many to be edited
 */
export function fromSent(
  source: string,
  request: Pick<Request, "kind" | "paramsJson" | "bodyJson">,
  checksum: string | null,
  sent: Uint8Array | null,
): SendDraft {
  const { kind, paramsJson, bodyJson } = request;
  const draft = { source, adapter: "http", kind, paramsJson: paramsJson ?? "{}" } as const;
  if (bodyJson !== null) return { ...draft, payload: { type: "json", text: bodyJson } };
  if (sent !== null) return { ...draft, payload: editable(sent) };
  return { ...draft, payload: checksum === null ? { type: "json", text: "" } : { type: "archived", checksum } };
}

function editable(bytes: Uint8Array): SentPayload {
  try {
    return { type: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    return { type: "hex", text: digits.join(" ") };
  }
}

/** The draft as its source is mapped, where it is. */
export function asMapped(draft: SendDraft, mapping: KnownSource["mapping"]): SendDraft {
  const mapped = mapping !== null && SENDERS.has(mapping.settings.adapter);
  return { ...draft, adapter: mapped ? "mapped" : "http" };
}

export interface SendFaults {
  readonly source?: string;
  readonly kind?: string;
  readonly params?: string;
  readonly payload?: string;
}

/** What keeps the draft from being shown as it would go out, by field; empty when nothing does. */
export function sendFaults({ source, kind, paramsJson, payload }: SendDraft): SendFaults {
  const params = findJsonFault(paramsJson);
  const fault = payloadFault(payload);
  return {
    ...(source.trim() === "" ? { source: "Say which source this belongs to." } : {}),
    ...(kind.trim() === "" ? { kind: "Say what is sent." } : {}),
    ...(params === null ? {} : { params: spokenFault(params) }),
    ...(fault === null ? {} : { payload: fault }),
  };
}

function payloadFault(payload: SentPayload): string | null {
  switch (payload.type) {
    case "json": {
      const fault = payload.text.trim() === "" ? null : findJsonFault(payload.text);
      return fault === null ? null : spokenFault(fault);
    }
    case "hex":
      return /^(\s*[0-9a-f]\s*[0-9a-f])*\s*$/i.test(payload.text) ? null : "Write pairs of digits and a–f: 00 ff 10.";
    case "file":
      return payload.file === null ? "Choose the file that is to be sent." : null;
    case "text":
    case "archived":
      return null;
  }
}

/**
 * Params with this content type among their headers, every number as it was written; null where they name one already, or are
 * no object with an object of headers.
 */
export function withContentType(paramsJson: string, mediaType: string): string | null {
  if (findJsonFault(paramsJson) !== null) return null;
  const params = jsonMembers(paramsJson);
  const written = params?.find(({ key }) => key === "headers")?.text ?? "{}";
  const headers = jsonMembers(written);
  if (params === null || headers === null) return null;
  if (headers.some(({ key }) => key.toLowerCase() === "content-type")) return null;
  const added = objectOf([...headers, { key: "content-type", text: JSON.stringify(mediaType) }]);
  return objectOf([...params.filter(({ key }) => key !== "headers"), { key: "headers", text: added }]);
}

function objectOf(members: readonly { readonly key: string; readonly text: string }[]): string {
  return `{${members.map(({ key, text }) => `${JSON.stringify(key)}: ${text}`).join(", ")}}`;
}

/** The draft as the host takes it; it must have no faults. */
export function sendOrder({ source, kind, payload, ...draft }: SendDraft, archiveId: string): CallParams<"send.plan"> {
  const sent = payload.type === "file" ? { type: payload.type, id: payload.file?.id ?? "" } : payload;
  return { ...draft, payload: sent, archiveId, source: source.trim(), kind: kind.trim() };
}
