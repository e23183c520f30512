/** How a payload is best looked at, with what its declared type adds to what its bytes say. */
import type { PayloadFacts, PreviewKind } from "../../../shared/contract.ts";

/** What the bytes are; `table` for delimited text, `html` for what can be rendered besides. */
export type ViewKind = PreviewKind | "html" | "table";

/**
 * Text that is delimited, by its bytes or by what was declared, is a table. Text that is declared as JSON is tried as JSON, so that the view can say where it is none. Bytes that are declared as
 * text, and are nothing else, are shown as text although some of them are no UTF-8.
 */
export function previewKind(payload: Pick<PayloadFacts, "preview" | "declaredType" | "sniffedType">): ViewKind {
  const { preview, declaredType, sniffedType } = payload;
  if (preview === "text" && (isDelimited(sniffedType) || isDelimited(declaredType))) return "table";
  if (preview === "text" && sniffedType === "text/html") return "html";
  if (preview === "text" && isJson(declaredType)) return "json";
  if (preview === "binary" && isText(sniffedType ?? declaredType)) return "text";
  return preview;
}

function isDelimited(type: string | null): boolean {
  return type === "text/csv" || type === "text/tab-separated-values";
}

function isJson(type: string | null): boolean {
  return type !== null && (type === "application/json" || type.endsWith("+json"));
}

function isText(type: string | null): boolean {
  return type !== null && (type.startsWith("text/") || isJson(type));
}
