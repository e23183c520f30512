/** In which forms two payloads can be compared, and why not. */
import type { PayloadFacts } from "../../../shared/contract.ts";
import { previewKind } from "../preview/preview-kind.ts";

export type CompareForm = "json" | "table" | "text" | "image" | "hex";

/** Payloads up to this size are compared as text, tables and JSON, in bytes a side. */
export const TEXT_LIMIT = 4 * 1024 * 1024;
/** What is compared of larger ones at a time, as bytes. */
export const HEX_WINDOW = 8 * 1024 * 1024;

export interface CompareForms {
  /** Best first; there is always `hex`. */
  readonly forms: readonly CompareForm[];
  /** A form that would fit, were the payloads not too large for it. */
  readonly tooLargeFor: CompareForm | null;
}

export function compareForms(left: PayloadFacts, right: PayloadFacts): CompareForms {
  const kinds = [previewKind(left), previewKind(right)] as const;
  const both = (kind: (typeof kinds)[number]) => kinds.every((each) => each === kind);
  const isText = kinds.every((kind) => kind !== "image" && kind !== "binary");
  const fitting: CompareForm[] = [
    ...(both("json") ? (["json"] as const) : []),
    ...(both("table") ? (["table"] as const) : []),
    ...(isText ? (["text"] as const) : []),
  ];
  const fits = Math.max(left.sizeBytes ?? 0, right.sizeBytes ?? 0) <= TEXT_LIMIT;
  const image: CompareForm[] = kinds.every((kind) => kind === "image") ? ["image"] : [];
  return {
    forms: [...image, ...(fits ? fitting : []), "hex"],
    tooLargeFor: fits ? null : (fitting[0] ?? null),
  };
}

/** True when the payload has bytes that can be read. */
export function isReadable(payload: PayloadFacts | null): payload is PayloadFacts {
  return payload !== null && ["ok", "corrupt", "unchecked"].includes(payload.state);
}
