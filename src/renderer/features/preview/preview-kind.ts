/** How a payload is best looked at, with what its declared type adds to what its bytes say. */
import type { PayloadFacts, PreviewKind } from "../../../shared/contract.ts";

/**
 * Text that is declared as JSON is tried as JSON, so that the view can say where it is none. Bytes that are declared as
 * text, and are nothing else, are shown as text although some of them are no UTF-8.
 */
export function previewKind(payload: Pick<PayloadFacts, "preview" | "declaredType" | "sniffedType">): PreviewKind {
  const { preview, declaredType, sniffedType } = payload;
  if (preview === "text" && isJson(declaredType)) return "json";
  if (preview === "binary" && isText(sniffedType ?? declaredType)) return "text";
  return preview;
}

function isJson(type: string | null): boolean {
  return type !== null && (type === "application/json" || type.endsWith("+json"));
}

function isText(type: string | null): boolean {
  return type !== null && (type.startsWith("text/") || isJson(type));
}
