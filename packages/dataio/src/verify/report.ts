/**
 * What `verify` reports: plain data that survives JSON. The words in it (steps, codes, severities, names of counts) are
 * part of the public API and never change meaning.
 */
import type { ErrorDetails } from "../errors.ts";
import type { HashForm } from "../identity.ts";
import type { ArchiveLocation } from "../location.ts";

/** The steps, in the order in which they run. */
export const VERIFY_STEPS = [
  /** The tables and indexes are those of an archive, in a version that this library knows. */
  "schema",
  /** SQLite's own check of the database file. */
  "integrity",
  /** Counts rows: by source, mode, method, kind and status. */
  "rows",
  /** Each payload that a row names is there, and its bytes match its checksum. */
  "payloads",
  /** `size_bytes` is the size of the file. */
  "sizes",
  /** Each sidecar is a JSON object in UTF-8. */
  "sidecars",
  /** Each request's hash follows from its fields, in one of the known forms. */
  "hashes",
  /** Responses without a request row, requests without a session row. */
  "orphans",
  /** Rows of the additive tables that point to rows which do not exist. */
  "dangling",
  /** Files in the payload folder that no row refers to. */
  "strays",
  /** Sessions that never ended, requests without a response. */
  "unfinished",
] as const;
/** One of the steps, in the order in which they run. */
export type VerifyStep = (typeof VERIFY_STEPS)[number];

/** `error`: something archived is damaged or lost. `warning`: something is not as it should be. `info`: worth knowing. */
export type FindingSeverity = "error" | "warning" | "info";

/** All findings there are, with the severity that each usually has. */
export const FINDING_CODES = {
  /** The database could not be opened, so its rows could not be looked at. */
  database_unreadable: "error",
  /** The tables are not those of an archive. */
  schema_unknown: "error",
  /** A newer version of the library wrote the archive. */
  schema_too_new: "error",
  /** An index that every archive has is missing: nothing is lost, but queries are slow. */
  index_missing: "warning",
  /** SQLite found damage in the database file. */
  database_damaged: "error",
  /** A row names a payload that has no file. */
  payload_missing: "error",
  /** The bytes of a payload's file do not match its checksum. */
  payload_corrupt: "error",
  /** A payload's file could not be read. */
  payload_unreadable: "error",
  /** A response names no payload, though it says how large it is (`warning`) or not at all (`info`). */
  checksum_null: "info",
  /** The checksum of a row is not a SHA-256, so its payload cannot be found. */
  checksum_unusable: "error",
  /** `size_bytes` is not the size of the file. */
  size_differs: "warning",
  /** `size_bytes` is empty although the payload has a file. */
  size_null: "info",
  /** A sidecar is not a JSON object in UTF-8. */
  sidecar_invalid: "warning",
  /** A sidecar's file could not be read. */
  sidecar_unreadable: "warning",
  /** A request's hash follows from its fields in none of the known forms. */
  hash_mismatch: "warning",
  /** A request's fields are no JSON, so that no hash can be computed. */
  hash_uncheckable: "warning",
  /** A response whose request row does not exist. Normal: the Python package leaves them when it asks again. */
  orphan_response: "info",
  /** A request whose session row does not exist. */
  orphan_request: "warning",
  /** A row of an additive table points to a row that does not exist. */
  dangling_row: "error",
  /** A payload that no row names. `info` when it is so young that its row may still be on its way. */
  stray_payload: "warning",
  /** A sidecar of a payload that no row names; `info` as above. */
  stray_sidecar: "warning",
  /** What an interrupted write left behind, or a running one still needs. */
  temporary_file: "info",
  /** Something else in the payload folder; `info` when it is that young. */
  other_entry: "warning",
  /** A session without an end: it runs, or its process died. */
  session_not_ended: "info",
  /** A request without a response: it failed, or is still running. */
  request_without_response: "info",
} as const satisfies Readonly<Record<string, FindingSeverity>>;
/** What a finding is; the codes are stable. */
export type FindingCode = keyof typeof FINDING_CODES;

/** A row that a finding is about. */
export interface FindingRow {
  readonly table: "sessions" | "requests" | "responses" | "resolutions" | "response_meta" | "request_identities";
  /** The primary key; an SQL literal where it is no text. Of `request_identities` the request's id. */
  readonly id: string;
}

/** One thing that was found. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: FindingSeverity;
  readonly step: VerifyStep;
  /** For people. */
  readonly message: string;
  /** The rows concerned, up to 100 of them. */
  readonly rows: readonly FindingRow[];
  /** How many further rows are concerned. */
  readonly moreRows: number;
  /** Absolute paths of the files concerned. */
  readonly files: readonly string[];
  /** Facts for programs, such as `actual`, the checksum of the bytes that are there. */
  readonly details: ErrorDetails;
}

/** What became of a step. */
export interface VerifyStepReport {
  readonly step: VerifyStep;
  /** `failed`: the database is so damaged that the step could not go to its end; what it counted is left out. */
  readonly state: "done" | "failed" | "skipped";
  /** Why it failed or was skipped; null when it was done. */
  readonly reason: string | null;
  readonly elapsedMs: number;
}

/** A number for each word that occurs in a column. */
export type Tally = Readonly<Record<string, number>>;

/** Counts of the step `rows`. A broken chain response -> request -> session counts for the source `(orphan)`. */
export interface RowCounts {
  readonly sessions: number;
  readonly requests: number;
  readonly responses: number;
  readonly sumSizeBytes: number;
  readonly sessionsPerSource: Tally;
  readonly sessionsPerMode: Tally;
  readonly requestsPerSource: Tally;
  readonly requestsPerMethod: Tally;
  readonly requestsPerKind: Tally;
  readonly responsesPerSource: Tally;
  readonly responsesPerStatus: Tally;
}

/** Counts of the step `payloads`. `…Checksums` counts distinct checksums, `…Responses` the rows that name them. */
export interface PayloadCounts {
  /** Distinct values of the column, usable or not. */
  readonly distinctChecksums: number;
  readonly distinctChecksumsValidHex: number;
  /** Responses whose bytes another response has as well, the first of each left out. */
  readonly duplicatePayloadResponses: number;
  readonly responsesNullChecksum: number;
  readonly unusableChecksumResponses: number;
  readonly missingChecksums: number;
  readonly missingResponses: number;
  readonly corruptChecksums: number;
  readonly corruptResponses: number;
  /** There is a file, but it could not be read. */
  readonly unreadableChecksums: number;
  readonly unreadableResponses: number;
  readonly okChecksums: number;
  readonly okResponses: number;
  /** Bytes of all files that were hashed. */
  readonly hashedBytes: number;
  /** Payloads that were sent and came from nowhere: named by resolutions only. Counted in none of the above. */
  readonly sentChecksums: number;
}

/** Counts of the step `sizes`. */
export interface SizeCounts {
  readonly responsesSizeDiffers: number;
  readonly responsesSizeNull: number;
}

/** Counts of the step `sidecars`; of the payloads that responses name. */
export interface SidecarCounts {
  readonly sidecarMissingChecksums: number;
  readonly sidecarInvalidChecksums: number;
  readonly sidecarOkChecksums: number;
}

/** Counts of the step `hashes`. */
export interface HashCounts {
  /** Requests whose hash held, by the form in which it did. */
  readonly hashForms: Readonly<Record<HashForm, number>>;
  readonly hashMismatches: number;
  readonly hashesUncheckable: number;
  /** Requests without a hash: sends, failed asks, error answers, and identities that another source's row holds. */
  readonly hashesAbsent: number;
}

/** Counts of the step `orphans`. */
export interface OrphanCounts {
  readonly orphanResponses: number;
  readonly orphanRequests: number;
}

/** Counts of the step `dangling`. */
export interface DanglingCounts {
  readonly danglingRows: number;
}

/** Counts of the step `strays`. A symlink counts as what it leads to. */
export interface StrayCounts {
  readonly payloadFiles: number;
  readonly payloadFilesUnreferenced: number;
  readonly sidecarFiles: number;
  readonly sidecarFilesUnreferenced: number;
  readonly temporaryFiles: number;
  /** Neither payload, sidecar nor temporary file; folders among them. */
  readonly otherEntriesInResponsesDir: number;
}

/** Counts of the step `unfinished`. */
export interface UnfinishedCounts {
  readonly sessionsNotEnded: number;
  readonly sessionsWithoutRequests: number;
  readonly requestsWithoutResponse: number;
}

/** The counts of each step that was done; null for the others. */
export interface VerifyCounts {
  readonly rows: RowCounts | null;
  readonly payloads: PayloadCounts | null;
  readonly sizes: SizeCounts | null;
  readonly sidecars: SidecarCounts | null;
  readonly hashes: HashCounts | null;
  readonly orphans: OrphanCounts | null;
  readonly dangling: DanglingCounts | null;
  readonly strays: StrayCounts | null;
  readonly unfinished: UnfinishedCounts | null;
}

/** Which part of an archive is verified; everything without it. What is given of the last three narrows together. */
export interface VerifyScope {
  /** Only these steps. */
  readonly steps?: readonly VerifyStep[];
  /** Only what these sessions asked for and got. */
  readonly sessionIds?: readonly string[];
  /** Only what sessions of these sources asked for and got. */
  readonly sources?: readonly string[];
  /** Only responses with these payloads. */
  readonly checksums?: readonly string[];
}

/** The outcome of `verify`. */
export interface VerifyReport {
  /** Version of this shape; it grows when a reader of the report has to know. */
  readonly version: 1;
  readonly archive: ArchiveLocation;
  readonly scope: VerifyScope;
  /** Timestamp texts. The report is about the rows that were there at the start. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** True when nothing of severity `error` was found and every step that was asked for was done. */
  readonly intact: boolean;
  readonly steps: readonly VerifyStepReport[];
  readonly counts: VerifyCounts;
  /** How many findings there are, by severity and by code: exact, also where `findings` has not all of them. */
  readonly severities: Readonly<Record<FindingSeverity, number>>;
  readonly codes: Readonly<Partial<Record<FindingCode, number>>>;
  /** In the order in which they were found; of each code at most `maxFindings`. */
  readonly findings: readonly Finding[];
  /** How many findings of a code are not listed; a code that is listed in full has no entry. */
  readonly unlisted: Readonly<Partial<Record<FindingCode, number>>>;
}

/** How far a run has come. */
export interface VerifyProgress {
  readonly step: VerifyStep;
  /** Rows (of the step `strays`: files) that were looked at, and how many there are; null where that is not known. */
  readonly done: number;
  readonly total: number | null;
  /** Bytes hashed so far, of the whole run. */
  readonly bytes: number;
}
