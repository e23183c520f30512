/** What is known of how a response came: its own metadata, or those beside its payload. Nothing is concluded here. */
import type { JsonObject } from "../canonical-json.ts";
import { declaredFacts, metadataObject, objectOf } from "../file-facts.ts";
import { isChecksum } from "../identity.ts";
import { decodeSidecar, type SidecarStore } from "../sidecars.ts";
import type { ExportEntry } from "./entries.ts";
import type { PublicEntry } from "./public-entry.ts";

/** Transport facts of one response. */
export interface EntryMetadata {
  /** `sidecar`: those of the first response with the same bytes, perhaps another one. */
  readonly origin: "response" | "sidecar" | "none";
  /** JSON, as archived. */
  readonly text: string | null;
  readonly metadata: JsonObject | null;
  readonly mediaType: string | null;
  readonly elapsedMs: number | null;
  readonly url: string | null;
  readonly transportStatus: number | null;
  /** Header fields as recorded, in their order; null where none were. */
  readonly headers: readonly (readonly [name: string, value: string])[] | null;
}

/**
 * Reads the metadata of a row; a sidecar that is none counts as absent.
 * @param read the bytes of the sidecar where they were read already, null where there is none
 */
export function metadataOf(sidecars: SidecarStore, entry: ExportEntry, read?: Uint8Array | null): EntryMetadata {
  if (entry.metaJson !== null) return described("response", entry.metaJson);
  if (read === null || !isChecksum(entry.checksum)) return NO_METADATA;
  const sidecar = read === undefined ? sidecars.readSync(entry.checksum) : decodeSidecar(read);
  return sidecar.state === "ok" ? described("sidecar", sidecar.text) : NO_METADATA;
}

const NO_METADATA = described("none", null);

/** Metadata of this text, as JSON. */
export function described(origin: EntryMetadata["origin"], text: string | null): EntryMetadata {
  const metadata = metadataObject(text);
  const { mediaType, elapsedMs, url } = declaredFacts(metadata);
  const status = Number((metadata?.transport_status as { text?: string } | undefined)?.text ?? Number.NaN);
  const headers = objectOf(metadata?.headers);
  return {
    origin,
    text,
    metadata,
    mediaType,
    elapsedMs,
    url,
    transportStatus: Number.isSafeInteger(status) ? status : null,
    headers:
      headers === null
        ? null
        : Object.entries(headers).flatMap(([name, value]) =>
            (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
              typeof one === "string" ? [[name, one] as const] : [],
            ),
          ),
  };
}

/** The values of one header field, in their order. */
export function headerValues(metadata: EntryMetadata, name: string): string[] {
  return (metadata.headers ?? []).flatMap(([field, value]) => (field.toLowerCase() === name ? [value] : []));
}

/** How it was asked for. What a send put on the wire is in no file of HTTP, so nothing could vouch for such a record. */
function askRecord({ ask, askedAt, errorJson, sessionInferred }: ExportEntry) {
  if (ask === null || ask.sentChecksum !== null || sessionInferred) return {};
  const { id, kind, endedAt, policyJson } = ask;
  return { ask: { id, kind, startedAt: askedAt, endedAt, policyJson, errorJson } };
}

/** The row itself, for formats that have a place for what they do not know. */
export function rowRecord({ entry, metadata, redacted }: PublicEntry) {
  return {
    row: entry.ref?.type ?? null,
    response: entry.responseId,
    status: entry.status,
    sequence: entry.sequence,
    time: entry.time,
    checksum: entry.checksum,
    session: entry.session,
    sessionInferred: entry.sessionInferred,
    request: entry.request,
    requestInferred: entry.requestInferred,
    ...(redacted ? { redacted } : {}),
    metadataOf: metadata.origin,
    metadata: metadata.text,
    ...askRecord(entry),
  };
}
