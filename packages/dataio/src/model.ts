/**
 * What an archive holds: Session -> Request -> Response. Field for field the rows of the three tables that the Python
 * package mxm-dataio writes; see docs/archive-format.md. This module imports nothing.
 *
 * Values that come from an archive are kept as the archive has them: timestamps stay text (shapes differ), modes,
 * methods and statuses may be words that neither implementation knows.
 */

/** Session modes that both implementations write. */
export const SESSION_MODES = ["sync", "async", "batch"] as const;
/** One of {@link SESSION_MODES}. */
export type SessionMode = (typeof SESSION_MODES)[number];

/** Request methods that both implementations write. */
export const REQUEST_METHODS = ["GET", "POST", "SEND", "SUBSCRIBE", "COMMAND"] as const;
/** One of {@link REQUEST_METHODS}. */
export type RequestMethod = (typeof REQUEST_METHODS)[number];

/** Response statuses that both implementations write. */
export const RESPONSE_STATUSES = [
  "ok",
  "error",
  "partial",
  "stream_open",
  "stream_message",
  "stream_closed",
  "ack",
  "nack",
] as const;
/** One of {@link RESPONSE_STATUSES}. */
export type ResponseStatus = (typeof RESPONSE_STATUSES)[number];

/** One run of a pipeline against one source. */
export interface Session {
  readonly id: string;
  readonly source: string;
  /** A {@link SessionMode}, or an unknown word from an archive. */
  readonly mode: string;
  /** The moment that the session's data is meant for; timestamp text. */
  readonly asOf: string;
  readonly startedAt: string;
  /** Null while the session runs, and for ever when its process died. */
  readonly endedAt: string | null;
}

/** The identity of a call. Two calls with the same identity share one row, whoever asked. */
export interface Request {
  readonly id: string;
  readonly sessionId: string;
  readonly kind: string;
  /** A {@link RequestMethod}, or an unknown word from an archive. */
  readonly method: string;
  /** Canonical JSON text, null for None. Text, because `30.0` and 18-digit integers must survive. */
  readonly paramsJson: string | null;
  readonly bodyJson: string | null;
  /** Lower-case hex SHA-256 of the identity; see identity.ts. */
  readonly hash: string | null;
  readonly createdAt: string;
}

/** What came back: a row that points to payload bytes by their checksum. */
export interface Response {
  readonly id: string;
  readonly requestId: string;
  /** A {@link ResponseStatus}, or an unknown word from an archive. */
  readonly status: string;
  /** Position within a stream, from 0; null outside streams. */
  readonly sequence: number | null;
  /** Lower-case hex SHA-256 of the payload. Archives hold null and malformed ones too. */
  readonly checksum: string | null;
  /** Where the payload was on the machine that wrote the row. Never opened: payloads are found by checksum. */
  readonly path: string | null;
  readonly createdAt: string;
  /** Bytes, as the writer said; the file on disk has the last word. */
  readonly sizeBytes: number | null;
}

/** How a session's ask for a request ended. */
export const RESOLUTION_KINDS = ["acquired", "reused", "failed"] as const;
/** One of {@link RESOLUTION_KINDS}. */
export type ResolutionKind = (typeof RESOLUTION_KINDS)[number];

/** One row for each time a session asked for a request (additive table; Python does not write it). */
export interface Resolution {
  readonly id: string;
  readonly sessionId: string;
  readonly requestId: string;
  /** The response that answered; null when the ask failed. */
  readonly responseId: string | null;
  readonly kind: ResolutionKind;
  /** JSON text of {@link FailureRecord}; null unless `failed`. */
  readonly errorJson: string | null;
  /** Checksum of the bytes that a `send` put on the wire; null otherwise. */
  readonly sentChecksum: string | null;
  /** JSON text of the cache policy that was in force. */
  readonly policyJson: string | null;
  readonly startedAt: string;
  readonly endedAt: string;
}

/** Why an ask failed, as it is kept in `resolutions.error_json`. */
export interface FailureRecord {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** HTTP-like headers; a name that occurred more than once has a list. */
export type HeaderMap = Readonly<Record<string, string | readonly string[]>>;

/** Transport facts of a response, keyed as the sidecar file keys them. Unknown keys of an archive are kept. */
export interface TransportMetadata {
  readonly [key: string]: unknown;
  readonly content_type?: string;
  readonly encoding?: string;
  readonly transport_status?: number;
  readonly url?: string;
  /** Milliseconds from the ask to the last byte. */
  readonly elapsed_ms?: number;
  readonly headers?: HeaderMap;
  readonly adapter_meta?: Readonly<Record<string, unknown>>;
}

/** What an adapter knows about a payload besides its bytes. */
export interface AdapterResultInit {
  /** The exact bytes received. */
  readonly data: Uint8Array;
  readonly contentType?: string | undefined;
  /** Character encoding that the transport declared. */
  readonly encoding?: string | undefined;
  /** Status code of the transport (HTTP status, exit code). */
  readonly transportStatus?: number | undefined;
  /** The final URL, after redirects. */
  readonly url?: string | undefined;
  /** Milliseconds from the ask to the last byte. */
  readonly elapsedMs?: number | undefined;
  readonly headers?: HeaderMap | undefined;
  /** Anything else worth keeping; JSON-safe. */
  readonly adapterMeta?: Readonly<Record<string, unknown>> | undefined;
  /**
   * How the response row is to be marked; `ok` for a fetch and `ack` for a send when left out. An adapter that got an
   * answer which is no result (HTTP 404, 503) says `error`: it is archived, and no cache lookup ever returns it.
   */
  readonly status?: ResponseStatus | undefined;
  /**
   * True when the source says that the archived response of `AdapterContext.archived` still holds. `data` are then
   * empty and not archived; the other facts are kept with the record of the ask.
   */
  readonly notModified?: boolean | undefined;
}

/** Payload bytes together with their transport facts. */
export class AdapterResult implements AdapterResultInit {
  readonly data: Uint8Array;
  readonly contentType: string | undefined;
  readonly encoding: string | undefined;
  readonly transportStatus: number | undefined;
  readonly url: string | undefined;
  readonly elapsedMs: number | undefined;
  readonly headers: HeaderMap | undefined;
  readonly adapterMeta: Readonly<Record<string, unknown>> | undefined;
  readonly status: ResponseStatus | undefined;
  readonly notModified: boolean | undefined;

  constructor(init: AdapterResultInit) {
    this.data = init.data;
    this.contentType = init.contentType;
    this.encoding = init.encoding;
    this.transportStatus = init.transportStatus;
    this.url = init.url;
    this.elapsedMs = init.elapsedMs;
    this.headers = init.headers;
    this.adapterMeta = init.adapterMeta;
    this.status = init.status;
    this.notModified = init.notModified;
  }

  /** The facts under their sidecar keys; what is undefined is left out, what is empty or zero stays. */
  metaDict(): TransportMetadata {
    const meta: Record<string, unknown> = {};
    if (this.contentType !== undefined) meta.content_type = this.contentType;
    if (this.encoding !== undefined) meta.encoding = this.encoding;
    if (this.transportStatus !== undefined) meta.transport_status = this.transportStatus;
    if (this.url !== undefined) meta.url = this.url;
    if (this.elapsedMs !== undefined) meta.elapsed_ms = this.elapsedMs;
    if (this.headers !== undefined) meta.headers = this.headers;
    if (this.adapterMeta !== undefined) meta.adapter_meta = this.adapterMeta;
    return meta;
  }
}
