/** Rows for answers that no archive recorded: ids follow from what they are, so that importing them again finds them. */
import { canonicalJson, type JsonObject } from "../canonical-json.ts";
import { requestHash } from "../identity.ts";
import type { Request, Response, Session } from "../model.ts";
import { Redactor } from "../redaction.ts";
import { derivedId } from "./merge.ts";
import type { ImportedRow } from "./rows.ts";

/** One answer of a HAR, a WARC or a folder. */
export interface ForeignAnswer {
  readonly kind: string;
  readonly method: "GET" | "POST";
  readonly params: JsonObject;
  /** A text, or JSON. */
  readonly body: JsonObject[string];
  readonly isError: boolean;
  /** Timestamp text. */
  readonly time: string;
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly metadata: JsonObject;
}

/** The session that stands for one file or folder. */
export function foreignSession(source: string, name: string, time: string): Session {
  const id = derivedId("imported session", source, name, time);
  return { id, source, mode: "batch", asOf: time, startedAt: time, endedAt: time };
}

/** The rows of one answer, its bytes being stored already. */
export function* foreignRows(session: Session, answer: ForeignAnswer): Generator<ImportedRow, void, undefined> {
  const { kind, method, params, body, isError, time, checksum, sizeBytes } = answer;
  // As of every answer that is archived: payloads as they came, and no credentials beside them.
  const metadata = new Redactor().value(answer.metadata) as JsonObject;
  // An answer that is an error never gets a hash: no cache may find it.
  const hash = isError ? null : requestHash({ kind, method, params, body });
  const paramsJson = canonicalJson(params);
  const bodyJson = body === null ? null : canonicalJson(body);
  const own = isError ? [time, checksum] : [];
  const request: Request = {
    id: derivedId("imported request", session.id, kind, method, paramsJson, bodyJson, ...own),
    sessionId: session.id,
    kind,
    method,
    paramsJson,
    bodyJson,
    hash,
    createdAt: time,
  };
  const response: Response = {
    id: derivedId("imported response", request.id, time, checksum),
    requestId: request.id,
    status: isError ? "error" : "ok",
    sequence: null,
    checksum,
    path: null,
    createdAt: time,
    sizeBytes,
  };
  const hasMetadata = Object.keys(metadata).length > 0;
  yield { type: "request", request };
  yield {
    type: "response",
    response,
    kind,
    source: session.source,
    metaJson: hasMetadata ? canonicalJson(metadata, { ensureAscii: false }) : null,
    sidecar: hasMetadata ? metadata : null,
    chunks: null,
  };
}
