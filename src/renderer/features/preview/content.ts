/** What a view is given to show: bytes, what they are, and what is known about them. */
import type { MetadataView, PayloadFacts } from "../../../shared/contract.ts";
import { declaredCharset } from "../../format/decode.ts";
import { jsonMembers, stringValue } from "../../format/json-text.ts";
import type { Source } from "../../work/tasks.ts";
import { previewKind, type ViewKind } from "./preview-kind.ts";

export interface Content {
  readonly source: Source;
  readonly kind: ViewKind;
  /** Media type, recognised or else declared; null when it is not known. */
  readonly type: string | null;
  readonly declaredCharset: string | null;
  /** The archived payload that this is; null for what was decoded from one. */
  readonly payload: PayloadFacts | null;
}

/** What plain text is read at a time, in bytes. A round number, so that no character of two or four bytes is cut. */
export const TEXT_WINDOW = 1024 * 1024;
/** What is read of a payload that is taken apart: a tree, a table. */
export const STRUCTURE_WINDOW = 4 * TEXT_WINDOW;

/** An archived payload as content. `url` is relative to the page. */
export function payloadContent(payload: PayloadFacts, url: string, metadata: MetadataView): Content {
  return {
    source: { kind: "url", url: new URL(url, document.baseURI).href, size: payload.sizeBytes ?? 0 },
    kind: previewKind(payload),
    type: payload.sniffedType ?? payload.declaredType,
    declaredCharset: charsetOf(metadata),
    payload,
  };
}

function charsetOf(metadata: MetadataView): string | null {
  if (metadata.origin !== "response" && metadata.origin !== "sidecar") return null;
  const declared = jsonMembers(metadata.text)?.find((member) => member.key === "content_type");
  return declared?.kind === "string" ? declaredCharset(stringValue(declared.text)) : null;
}
