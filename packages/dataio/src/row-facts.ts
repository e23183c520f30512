/**
 * What one row tells in full, from what was gathered about it. Pure.
 */
import type { BrowseRow, PayloadFacts } from "./browse-model.ts";
import { canonicalJson, JsonNumber, type JsonValue } from "./canonical-json.ts";
import { declaredFacts, type FileFacts, metadataObject, objectOf } from "./file-facts.ts";
import { mediaTypesDiffer, suggestFileName } from "./media-type.ts";
import type { FailureRecord, Request, Response } from "./model.ts";

/** What is said of a row's payload: the file's own facts beside what was recorded and declared; null without one. */
export function payloadFacts(
  row: BrowseRow,
  response: Response,
  facts: FileFacts,
  metadataText: string | null,
  request: Request | null,
): PayloadFacts | null {
  if (facts.state === "none") return null;
  const declared = declaredFacts(metadataObject(metadataText));
  const params = metadataObject(request?.paramsJson ?? null);
  const asked = params?.url ?? params?.path;
  return {
    checksum: response.checksum ?? "",
    state: facts.state,
    sizeBytes: facts.sizeBytes,
    recordedSizeBytes: response.sizeBytes,
    actualChecksum: facts.actualChecksum,
    declaredType: declared.mediaType,
    sniffedType: facts.sniffed?.mediaType ?? null,
    typesDiffer: facts.sniffed !== null && mediaTypesDiffer(declared.mediaType, facts.sniffed),
    preview: facts.sniffed?.preview ?? "binary",
    suggestedName: suggestFileName({
      url: declared.url ?? (typeof asked === "string" ? asked : null),
      kind: row.kind,
      extension: facts.sniffed?.extension ?? "bin",
    }),
  };
}

/** The reason that `resolutions.error_json` keeps; null when it keeps none. */
export function failureOf(errorJson: string | null): FailureRecord | null {
  const record = metadataObject(errorJson);
  if (record === null) return null;
  const { code, message } = record;
  const details = Object.entries(objectOf(record.details) ?? {}).map(([key, value]) => [key, detailOf(value)] as const);
  return {
    code: typeof code === "string" ? code : "UNKNOWN",
    message: typeof message === "string" ? message : "",
    // Defines the keys, where an assignment would take "__proto__" for something else.
    details: Object.fromEntries(details),
  };
}

/** A detail as we write it; a value of another shape, which only a foreign hand writes, as its JSON text. */
function detailOf(value: JsonValue): string | number | boolean | null {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  return value instanceof JsonNumber ? Number(value.text) : canonicalJson(value);
}
