/** The words of a report for people: steps, findings, and what came of it. */
import type { FindingCode, FindingSeverity, JobDetail, VerifyReport, VerifyStep } from "../../../shared/contract.ts";
import { formatBytes, formatCount, formatCounted } from "../../format/quantities.ts";
import type { Sign, Tone } from "../requests/statuses.ts";

export const STEP_NAMES: Readonly<Record<VerifyStep, string>> = {
  schema: "Tables and indexes",
  integrity: "Database file",
  rows: "Rows",
  payloads: "Payloads",
  sizes: "Recorded sizes",
  sidecars: "Metadata files",
  hashes: "Request hashes",
  orphans: "Orphans",
  dangling: "References",
  strays: "Files without rows",
  unfinished: "Unfinished",
};

export const FINDING_TITLES: Readonly<Record<FindingCode, string>> = {
  database_unreadable: "The database could not be opened",
  schema_unknown: "The tables are not those of an archive",
  schema_too_new: "Written by a newer version",
  index_missing: "An index is missing: nothing is lost, lists are slow",
  database_damaged: "The database file is damaged",
  payload_missing: "Payloads without a file",
  payload_corrupt: "Payloads whose bytes do not match their checksum",
  payload_unreadable: "Payloads whose file cannot be read",
  checksum_null: "Responses without a checksum",
  checksum_unusable: "Checksums that cannot be used",
  size_differs: "Recorded size is not that of the file",
  size_null: "No recorded size",
  sidecar_invalid: "Metadata files that are no JSON object",
  sidecar_unreadable: "Metadata files that cannot be read",
  hash_mismatch: "Hashes that do not follow from their request",
  hash_uncheckable: "Requests that are no JSON, so that no hash can be computed",
  orphan_response: "Responses whose request row was never stored (normal for the Python package)",
  orphan_request: "Requests without a session row",
  dangling_row: "Rows that point to rows which do not exist",
  stray_payload: "Payload files that no row names",
  stray_sidecar: "Metadata files that belong to no row",
  temporary_file: "Temporary files of a write that runs or was interrupted",
  other_entry: "Other things in the payload folder",
  session_not_ended: "Sessions that never ended",
  request_without_response: "Requests without a response",
};

export interface SeverityLook {
  readonly word: string;
  readonly tone: Tone;
  readonly sign: Sign;
}

export function severityLook(severity: FindingSeverity): SeverityLook {
  switch (severity) {
    case "error":
      return { word: "error", tone: "bad", sign: "cross" };
    case "warning":
      return { word: "warning", tone: "doubt", sign: "alert" };
    case "info":
      return { word: "note", tone: "muted", sign: "unknown" };
  }
}

type Outcome = Pick<VerifyReport, "intact" | "severities">;

/** `3 errors, 1 warning`, or that it is intact. */
export function spokenOutcome({ intact, severities }: Outcome): string {
  const parts = [
    ...(severities.error > 0 ? [formatCounted(severities.error, "error")] : []),
    ...(severities.warning > 0 ? [formatCounted(severities.warning, "warning")] : []),
  ];
  if (!intact) return parts.length === 0 ? "Not all could be looked at" : parts.join(", ");
  return parts.length === 0 ? "Intact" : `Intact, with ${parts.join(", ")}`;
}

/** What a running job is at. */
export function spokenStage({ step, bytes }: Extract<JobDetail, { readonly kind: "verify" }>): string {
  if (step === null) return "Starting";
  return bytes === 0 ? STEP_NAMES[step] : `${STEP_NAMES[step]} · ${formatBytes(bytes)} hashed`;
}

/** What a step looked at, in a few words; empty where it only says yes or no. */
export function spokenCounts(step: VerifyStep, counts: VerifyReport["counts"]): string {
  switch (step) {
    case "schema":
    case "integrity":
      return "";
    case "rows":
      return counts.rows === null
        ? ""
        : `${formatCounted(counts.rows.sessions, "session")}, ${formatCounted(counts.rows.requests, "request")}, ${formatCounted(counts.rows.responses, "response")}`;
    case "payloads": {
      const { payloads } = counts;
      if (payloads === null) return "";
      const damaged = payloads.missingChecksums + payloads.corruptChecksums + payloads.unreadableChecksums;
      const rest = damaged === 0 ? "" : `, ${formatCount(damaged)} not`;
      return `${formatCount(payloads.okChecksums)} verified${rest}; ${formatBytes(payloads.hashedBytes)} hashed`;
    }
    case "sizes":
      return counts.sizes === null ? "" : `${formatCount(counts.sizes.responsesSizeDiffers)} differ`;
    case "sidecars":
      return counts.sidecars === null
        ? ""
        : `${formatCount(counts.sidecars.sidecarOkChecksums)} read, ${formatCount(counts.sidecars.sidecarInvalidChecksums)} invalid`;
    case "hashes": {
      if (counts.hashes === null) return "";
      const held = Object.values(counts.hashes.hashForms).reduce((sum, count) => sum + count, 0);
      return `${formatCount(held)} hold, ${formatCount(counts.hashes.hashMismatches)} do not`;
    }
    case "orphans":
      return counts.orphans === null
        ? ""
        : `${formatCounted(counts.orphans.orphanResponses, "response")}, ${formatCounted(counts.orphans.orphanRequests, "request")}`;
    case "dangling":
      return counts.dangling === null ? "" : `${formatCount(counts.dangling.danglingRows)} lead nowhere`;
    case "strays":
      return counts.strays === null
        ? ""
        : `${formatCount(counts.strays.payloadFilesUnreferenced)} of ${formatCounted(counts.strays.payloadFiles, "payload file")}`;
    case "unfinished":
      return counts.unfinished === null
        ? ""
        : `${formatCounted(counts.unfinished.sessionsNotEnded, "session")}, ${formatCounted(counts.unfinished.requestsWithoutResponse, "request")}`;
  }
}
