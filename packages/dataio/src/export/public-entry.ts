/**
 * A row for formats that other programs read, and that are given away: without credentials. Archives, payloads as files and
 * lists of rows hold what the archive has, for they are the archive's own.
 */
import { canonicalJson, type JsonValue, parseJson } from "../canonical-json.ts";
import { CREDENTIAL_HEADERS, REDACTED, Redactor } from "../redaction.ts";
import type { ExportEntry } from "./entries.ts";
import { type AskedRequest, askedRequest } from "./http-exchange.ts";
import { described, type EntryMetadata } from "./metadata.ts";

/** One row, its request and its metadata without values of credential headers and without `user:password@` of addresses. */
export interface PublicEntry {
  readonly entry: ExportEntry;
  readonly metadata: EntryMetadata;
  /** The request in HTTP, with `[redacted]` for each credential that it would send; null where it asks for nothing over HTTP. */
  readonly asked: AskedRequest | null;
  /** True when the params are not those that were asked: the hash of the request is not theirs. */
  readonly redacted: boolean;
}

const REDACTOR = new Redactor({ userinfo: true });

export function publicEntry(entry: ExportEntry, metadata: EntryMetadata): PublicEntry {
  const { request } = entry;
  const paramsJson = withoutCredentials(request?.paramsJson ?? null);
  const redacted = request !== null && paramsJson !== request.paramsJson;
  const text = withoutCredentials(metadata.text);
  const errorJson = withoutCredentials(entry.errorJson);
  return {
    entry: redacted ? { ...entry, errorJson, request: { ...request, paramsJson } } : { ...entry, errorJson },
    metadata: text === metadata.text ? metadata : described(metadata.origin, text),
    asked: publicRequest(askedRequest(request)),
    redacted,
  };
}

/** Its credentials are those of its headers: an address has none left when it is asked for. */
export function publicRequest(asked: AskedRequest | null): AskedRequest | null {
  if (asked === null) return null;
  const headers = asked.headers.map(
    ([name, value]) => [name, CREDENTIAL_HEADERS.includes(name) ? REDACTED : REDACTOR.text(value)] as const,
  );
  return { ...asked, headers };
}

/** JSON, the same text where it holds no credential. */
function withoutCredentials(json: string | null): string | null {
  if (json === null) return null;
  try {
    const value = parseJson(json);
    const clean = REDACTOR.value(value) as JsonValue;
    return clean === value ? json : canonicalJson(clean);
  } catch {
    // No JSON, or nested too deep to be looked through.
    return REDACTOR.text(json);
  }
}
