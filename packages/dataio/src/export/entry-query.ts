/** One entry of an export as it is read from the tables. */
import type { RowRef } from "../browse-model.ts";
import { asKnownText, asNumber, asText, type ColumnForm, isNumberOrNull, isTextOrNull } from "../rows.ts";

/** A row with the ids of what it belongs to. */
export interface StoredEntry {
  readonly refType: RowRef["type"];
  readonly refId: string;
  readonly time: string;
  readonly status: string;
  readonly sequence: number | null;
  readonly responseId: string | null;
  readonly checksum: string | null;
  readonly recordedSize: number | null;
  readonly requestId: string | null;
  readonly sessionId: string | null;
  readonly metaJson: string | null;
  readonly askedAt: string | null;
  readonly errorJson: string | null;
  /** Of the ask that a response ended, like the two before; null for other rows. */
  readonly askId: string | null;
  readonly askKind: string | null;
  readonly askEndedAt: string | null;
  readonly policyJson: string | null;
  readonly sentChecksum: string | null;
}

/** Whether a row that was read as it is stored is the same as it is shown. */
export function isEntryAsShown(row: StoredEntry): boolean {
  return (
    typeof row.refId === "string" &&
    typeof row.time === "string" &&
    typeof row.status === "string" &&
    isTextOrNull(row.responseId) &&
    isTextOrNull(row.checksum) &&
    isNumberOrNull(row.recordedSize) &&
    isNumberOrNull(row.sequence) &&
    isTextOrNull(row.requestId) &&
    isTextOrNull(row.metaJson) &&
    isTextOrNull(row.sessionId) &&
    isTextOrNull(row.askedAt) &&
    isTextOrNull(row.errorJson) &&
    isTextOrNull(row.askId) &&
    isTextOrNull(row.askKind) &&
    isTextOrNull(row.askEndedAt) &&
    isTextOrNull(row.policyJson) &&
    isTextOrNull(row.sentChecksum)
  );
}

const NO_ASK = "NULL AS askId, NULL AS askKind, NULL AS askEndedAt, NULL AS policyJson, NULL AS sentChecksum";

/** One entry for each of the ids in `@ids`. */
export const ENTRY: Readonly<Record<RowRef["type"], (extended: boolean, form: ColumnForm) => string>> = {
  response: (extended, form) => {
    const { known, text, response, meta } = readAs(form);
    const ask = `${text("a.session_id")} AS sessionId, ${text("a.started_at")} AS askedAt, ${text("a.error_json")} AS errorJson,
      ${text("a.id")} AS askId, ${text("a.kind")} AS askKind, ${text("a.ended_at")} AS askEndedAt,
      ${text("a.policy_json")} AS policyJson, ${text("a.sent_checksum")} AS sentChecksum`;
    return `
    SELECT 'response' AS refType, ${known("r.id")} AS refId, ${known("r.created_at")} AS time,
      ${known("r.status")} AS status, ${text("r.id")} AS responseId, ${response},
      ${text("r.request_id")} AS requestId, ${meta(extended, "r.id")} AS metaJson,
      ${extended ? ask : `NULL AS sessionId, NULL AS askedAt, NULL AS errorJson, ${NO_ASK}`}
    FROM json_each(@ids) i CROSS JOIN responses r ON r.id = i.value
    ${extended ? "LEFT JOIN resolutions a ON a.response_id = r.id AND a.kind <> 'reused'" : ""}`;
  },
  request: (_extended, form) => {
    const { known, text } = readAs(form);
    return `
    SELECT 'request' AS refType, ${known("q.id")} AS refId, ${known("q.created_at")} AS time,
      'no response' AS status, NULL AS responseId, NULL AS checksum, NULL AS recordedSize, NULL AS sequence,
      ${text("q.id")} AS requestId, NULL AS metaJson, NULL AS sessionId, NULL AS askedAt, NULL AS errorJson, ${NO_ASK}
    FROM json_each(@ids) i CROSS JOIN requests q ON q.id = i.value`;
  },
  resolution: (extended, form) => {
    const { known, text, response, meta } = readAs(form);
    return `
    SELECT 'resolution' AS refType, ${known("a.id")} AS refId, ${known("a.started_at")} AS time,
      ${known("a.kind")} AS status, ${text("a.response_id")} AS responseId, ${response},
      ${text("a.request_id")} AS requestId, ${meta(extended, "a.response_id")} AS metaJson,
      ${text("a.session_id")} AS sessionId, ${text("a.started_at")} AS askedAt,
      ${text("a.error_json")} AS errorJson, ${NO_ASK}
    FROM json_each(@ids) i CROSS JOIN resolutions a ON a.id = i.value
    LEFT JOIN responses r ON r.id = a.response_id`;
  },
};

/** How columns are named in a select list of this form. */
function readAs(form: ColumnForm) {
  const as = (shown: (column: string) => string) => (form === "shown" ? shown : (column: string) => column);
  const [known, text, number] = [as(asKnownText), as(asText), as(asNumber)];
  return {
    known,
    text,
    response: `${text("r.checksum")} AS checksum, ${number("r.size_bytes")} AS recordedSize,
      ${number("r.sequence")} AS sequence`,
    meta: (extended: boolean, responseId: string) =>
      extended ? `(SELECT ${text("m.meta_json")} FROM response_meta m WHERE m.response_id = ${responseId})` : "NULL",
  };
}
