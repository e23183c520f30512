/** How a payload is best looked at, with what its declared type adds to what its bytes say. */
import type { PayloadFacts, PreviewKind } from "../../../shared/contract.ts";

/** What the bytes are; beyond what the archive says: which text, and which of the binary formats that can be shown. */
export type ViewKind = PreviewKind | "gzip" | "html" | "ndjson" | "parquet" | "pdf" | "table" | "xml" | "zip" | "zstd";

/** Binary formats that have a view, by the type that their bytes say. */
const BINARY: Readonly<Record<string, ViewKind>> = {
  "application/gzip": "gzip",
  "application/zstd": "zstd",
  "application/zip": "zip",
  "application/java-archive": "zip",
  "application/vnd.apache.parquet": "parquet",
  "application/pdf": "pdf",
};

/**
 * Text that is delimited, by its bytes or by what was declared, is a table. Text that is declared as JSON is tried as
 * JSON, so that the view can say where it is none. Bytes that are declared as text, and are nothing else, are shown as
 * text although some of them are no UTF-8.
 */
export function previewKind(payload: Pick<PayloadFacts, "preview" | "declaredType" | "sniffedType">): ViewKind {
  const { preview, declaredType, sniffedType } = payload;
  if (preview === "binary" && sniffedType !== null) return binaryKind(sniffedType);
  if (preview === "binary") return isText(declaredType) ? "text" : "binary";
  if (preview !== "text") return preview;
  if (isDelimited(sniffedType) || isDelimited(declaredType)) return "table";
  if (sniffedType === "text/html") return "html";
  if (sniffedType === "application/x-ndjson") return "ndjson";
  if (sniffedType === "application/xml" || isXml(declaredType)) return "xml";
  if (declaredType === "application/x-ndjson") return "ndjson";
  return isJson(declaredType) ? "json" : "text";
}

/** True for what can be read as text as well as in its own view. */
export function isTextKind(kind: ViewKind): boolean {
  return ["html", "json", "ndjson", "table", "text", "xml"].includes(kind);
}

/** The view of a binary format. */
export function binaryKind(type: string): ViewKind {
  if (isText(type)) return "text";
  // Office documents, e-books and the like are zip files with rules.
  if (/^application\/(vnd\.openxmlformats-|vnd\.oasis\.)|\+zip$/.test(type)) return "zip";
  return BINARY[type] ?? "binary";
}

function isDelimited(type: string | null): boolean {
  return type === "text/csv" || type === "text/tab-separated-values";
}

function isJson(type: string | null): boolean {
  return type !== null && (type === "application/json" || type.endsWith("+json"));
}

function isXml(type: string | null): boolean {
  return type !== null && (type === "application/xml" || type.endsWith("+xml"));
}

function isText(type: string | null): boolean {
  return type !== null && (type.startsWith("text/") || isJson(type));
}
