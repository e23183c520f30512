/**
 * What a browser of an archive reads: sessions with their counts, rows of a list, and one row in full. Types only.
 * Produced by ArchiveReader (query.ts); every text comes from an archive and is to be treated as hostile.
 */
import type { HashCheck } from "./identity.ts";
import type { FailureRecord, Request, Resolution, Response, Session } from "./model.ts";

/** One page of a list in keyset order. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Hand it back to get the next page; null at the end. Opaque. */
  readonly nextCursor: string | null;
}

/** A session and how much it holds. */
export interface SessionSummary extends Session {
  /** UTC calendar day of `startedAt` (YYYY-MM-DD); null when that text is no timestamp. */
  readonly day: string | null;
  /** Requests that this session asked for. */
  readonly requestCount: number;
  /** Responses that came in for them during this session. */
  readonly responseCount: number;
  /** Responses without a session on record whose time lies within this one (its window decides: inferred). */
  readonly inferredResponseCount: number;
  /** Its rows that are failures; see failures.ts. */
  readonly failedCount: number;
  /** Asks that were answered from the archive. */
  readonly reusedCount: number;
  /** True where only its requests were counted: it is too large to count the others without an index, and they are 0. */
  readonly partial?: true;
}

/** A session as a row of a table. */
export interface SessionRow extends SessionSummary {
  /** Bytes of its responses. */
  readonly bytes: number;
}

/** What a source asks, with what came of it: all requests with one hash, and those without one that ask the same. */
export interface IdentityRow {
  /** The newest response; the newest ask where there is none. */
  readonly row: BrowseRow;
  /** The first request row that asks it. */
  readonly requestId: string;
  /** Null when that row has none. */
  readonly hash: string | null;
  /** Its address, path or parameters, shortened. */
  readonly label: string;
  readonly responses: number;
  /** Different payloads among the responses. */
  readonly payloads: number;
  /** When a response last brought something else than the one before; timestamp text, null when none did. */
  readonly changedAt: string | null;
  /** Bytes of all responses. */
  readonly bytes: number;
}

/** Row counts of a whole archive. */
export interface ArchiveCounts {
  readonly sessions: number;
  readonly requests: number;
  readonly responses: number;
}

/** A row by its place in the tables of an archive. */
export interface RowPlace {
  readonly type: RowRef["type"];
  readonly rowid: number;
}

/** Which table a row of a list stands for. */
export interface RowRef {
  readonly type: "response" | "request" | "resolution";
  readonly id: string;
}

/**
 * What is known of a row's payload without asking further.
 * `ok` verified, `corrupt` hashed and different, `missing` no file, `unaddressable` no usable checksum in the row,
 * `unchecked` present but too large to hash for a list, `none` the row has no payload by nature.
 */
export type PayloadState = "ok" | "corrupt" | "missing" | "unaddressable" | "unchecked" | "none";

/** One line of a list: a response; a request that has none; or an ask that ended as reused or failed. */
export interface BrowseRow {
  readonly ref: RowRef;
  /** Timestamp text as archived. */
  readonly time: string;
  readonly sessionId: string | null;
  /** True when the session is concluded from the time window, because the row that would say it does not exist. */
  readonly sessionInferred: boolean;
  readonly source: string | null;
  readonly requestId: string | null;
  /** True when kind and method are those of another request that got the same bytes. */
  readonly requestInferred: boolean;
  readonly kind: string | null;
  readonly method: string | null;
  /** The response's status; `no response`, `reused`, `failed` or `cancelled` for the other rows. */
  readonly status: string;
  /** The response id, also of the response that a reused row points to; null when there is none. */
  readonly responseId: string | null;
  readonly sequence: number | null;
  readonly checksum: string | null;
  /** Bytes on disk where the file is there, else what the row says. */
  readonly sizeBytes: number | null;
  /** Media type by the bytes, else as declared; null when neither says. */
  readonly mediaType: string | null;
  /** Milliseconds; null when nothing says. */
  readonly durationMs: number | null;
  /** True when type or duration come from a sidecar that an earlier response with the same bytes wrote. */
  readonly sharedMetadata: boolean;
  readonly payload: PayloadState;
  /** True for a response whose request row does not exist. */
  readonly orphan: boolean;
  readonly failure: FailureRecord | null;
}

/** Columns that a list of rows can be ordered by. */
export const ROW_SORT_COLUMNS = [
  "time",
  "source",
  "kind",
  "method",
  "status",
  "size",
  "type",
  "duration",
  "checksum",
] as const;
/** One of {@link ROW_SORT_COLUMNS}. */
export type RowSortColumn = (typeof ROW_SORT_COLUMNS)[number];
/** The order of a list. */
export interface RowSort {
  readonly column: RowSortColumn;
  readonly direction: "asc" | "desc";
}

/** Which rows, in which order, from where on. */
export interface RowQuery {
  /** Null: all responses of the archive. */
  readonly sessionId: string | null;
  readonly sort: RowSort;
  readonly cursor: string | null;
  /** Begins behind so many rows of the list, or of what follows the cursor. */
  readonly start?: number | undefined;
  /** 1 to 500. */
  readonly limit: number;
}

/** How a payload is best looked at. */
export type PreviewKind = "json" | "text" | "image" | "binary" | "empty";

/** What the bytes themselves say. */
export interface PayloadFacts {
  readonly checksum: string;
  readonly state: PayloadState;
  /** Bytes on disk; null when missing. */
  readonly sizeBytes: number | null;
  /** What the row's size column says. */
  readonly recordedSizeBytes: number | null;
  /** SHA-256 of what is on disk, when it was hashed and differs. */
  readonly actualChecksum: string | null;
  /** `content_type` of the metadata, without parameters, lower case. */
  readonly declaredType: string | null;
  /** Type recognised by the bytes; null when unrecognised. */
  readonly sniffedType: string | null;
  /** True when both types are known and contradict each other. */
  readonly typesDiffer: boolean;
  readonly preview: PreviewKind;
  /** A file name for saving: from URL or kind, extension by the bytes. Safe on every file system. */
  readonly suggestedName: string;
}

/** Transport facts and whose they are. */
export type MetadataView =
  | { readonly origin: "none" }
  /** Kept for this very response. `text` is JSON. */
  | { readonly origin: "response"; readonly text: string }
  /** The file beside the payload: the metadata of the first response with these bytes. */
  | {
      readonly origin: "sidecar";
      readonly text: string;
      readonly owner: { readonly responseId: string; readonly time: string; readonly isThisResponse: boolean } | null;
    }
  /** A sidecar that is no JSON object; `text` where it can be decoded at all. */
  | { readonly origin: "invalid"; readonly reason: string; readonly text: string | null };

/** Where a row came from that was imported. */
export interface ImportOrigin {
  /** `archive`, `har`, `warc` or `folder`. */
  readonly kind: string;
  /** Name of the file or folder. */
  readonly name: string;
  /** Timestamp text. */
  readonly importedAt: string;
  /** What the row was there: its id, or its place. */
  readonly originalId: string;
}

/** One row in full. */
export interface RowDetail {
  /** Null for a row that was acquired by this archive itself. */
  readonly importedFrom: ImportOrigin | null;
  readonly row: BrowseRow;
  readonly session: Session | null;
  /** The recorded request; or the inferred one when `row.requestInferred`. */
  readonly request: Request | null;
  readonly response: Response | null;
  readonly resolution: Resolution | null;
  readonly hashCheck: HashCheck | null;
  readonly payload: PayloadFacts | null;
  readonly metadata: MetadataView;
}

/** A source name found in the archive, and the kinds of request it was asked for. */
export interface SourceSummary {
  readonly source: string;
  readonly sessionCount: number;
  readonly kinds: readonly {
    readonly kind: string;
    readonly method: string;
    /** Params and body of the newest request of this kind, as archived. */
    readonly latestParamsJson: string | null;
    readonly latestBodyJson: string | null;
  }[];
}

/** Whose history, from where on. */
export interface HistoryQuery {
  readonly ref: RowRef;
  /** Place from the top: 0 for the newest. Any place costs the same. */
  readonly start: number;
  /** 1 to 500. */
  readonly limit: number;
}

/**
 * A response against the newest earlier one of the same status: the same bytes, others, or none to compare with
 * (`first`). `unknown` when it has no usable checksum.
 */
export type HistoryChange = "first" | "unchanged" | "changed" | "unknown";

/** One response of a request's history. */
export interface HistoryItem {
  readonly row: BrowseRow;
  readonly change: HistoryChange;
  /** The response that `change` compares with; null when there is none. */
  readonly previousId: string | null;
  /** The newest earlier response of the same status with other bytes; null when there is none. */
  readonly differsFromId: string | null;
  /** Timestamp text of the first response since which the bytes have been these, without a break. */
  readonly sameSince: string;
}

/** One or more neighbouring responses in the chart of a history. */
export interface HistoryPoint {
  /** The response that stands for them: the newest that brought a change, else the newest. */
  readonly responseId: string;
  readonly time: string;
  readonly status: string;
  readonly change: HistoryChange;
  /** As recorded; null when the row does not say. */
  readonly sizeBytes: number | null;
  /** Smallest and largest of those that it stands for. */
  readonly minBytes: number | null;
  readonly maxBytes: number | null;
  /** How many responses it stands for. */
  readonly count: number;
}

/** A part of all responses to the request of a row, newest first. */
export interface HistoryPage {
  readonly items: readonly HistoryItem[];
  /** False when it is not known what was asked: the history is then the row's own response alone. */
  readonly requestKnown: boolean;
  /** Responses in all. */
  readonly total: number;
  /** How many of them, the newest, can be listed. */
  readonly listed: number;
  /** Different payloads among those. */
  readonly versions: number;
  /** The row's own response in the history, and its place from the top; null when the row has none, or it is too old. */
  readonly own: (Omit<HistoryItem, "row"> & { readonly place: number }) | null;
  /** The whole history for a chart, oldest first; empty where the page does not start at the top. */
  readonly points: readonly HistoryPoint[];
}
