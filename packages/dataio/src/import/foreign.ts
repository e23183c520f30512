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

/** From when to when a file was recorded, as far as it says so; timestamp texts as `formatTimestamp` writes them. */
export interface Span {
  readonly startedAt: string;
  readonly endedAt: string;
}

/** The span of all of these, in any order; null of none. */
export function spanOf(times: Iterable<string>): Span | null {
  let span: Span | null = null;
  for (const time of times) span = widened(span, time);
  return span;
}

/** The span that reaches to this time too. */
export function widened(span: Span | null, time: string): Span {
  if (span === null) return { startedAt: time, endedAt: time };
  const { startedAt, endedAt } = span;
  return { startedAt: time < startedAt ? time : startedAt, endedAt: time > endedAt ? time : endedAt };
}

/** The session that stands for one file or folder. */
export function foreignSession(source: string, name: string, { startedAt, endedAt }: Span): Session {
  const id = derivedId("imported session", source, name, startedAt);
  return { id, source, mode: "batch", asOf: startedAt, startedAt, endedAt };
}

/**
 * The rows of one answer, its bytes being stored already.
 * @param status of the response, where that is known
 */
export function* foreignRows(
  session: Session,
  answer: ForeignAnswer,
  status: string = answer.isError ? "error" : "ok",
): Generator<ImportedRow, void, undefined> {
  const { kind, method, params, body, time, checksum, sizeBytes } = answer;
  const isGood = status === "ok";
  // As of every answer that is archived: payloads as they came, and no credentials beside them.
  const metadata = new Redactor().value(answer.metadata) as JsonObject;
  // Only a good answer gets a hash: no cache may find another.
  const hash = isGood ? requestHash({ kind, method, params, body }) : null;
  const paramsJson = canonicalJson(params);
  const bodyJson = body === null ? null : canonicalJson(body);
  const own = isGood ? [] : [time, checksum];
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
    status,
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
