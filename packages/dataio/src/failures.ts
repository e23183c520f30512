/**
 * What counts as a failure, everywhere that failures are counted, listed or sorted by: an ask that did not end with a usable
 * answer. That is one row of a list (see BrowseRow) for each of
 *
 * - a response that says no (`error`, `nack`), and one whose ask was recorded as failed, as a stream that broke off has it;
 * - an ask that was recorded as failed and has no response;
 * - a request without response or ask, unless its session has not ended: then it may still be running.
 *
 * What a person or program cancelled is none, and neither is an answer from the archive. Each attempt of a fetch that was
 * repeated counts. A row counts for what has become of it, also as of a moment at which that was not decided yet.
 */

/** True for the status of a response that says no. */
export function isRejection(status: string): boolean {
  return status === "error" || status === "nack";
}

/** Of an ask `a`; null where there is none. */
export const ASK_FAILED = `(a.kind = 'failed'
  AND CASE WHEN json_valid(a.error_json) THEN json_extract(a.error_json, '$.code') END IS NOT 'CANCELLED')`;

/** Of a response `r` and the ask `a` that it came in to, if any; 0 or 1. */
export const RESPONSE_FAILED = `(r.status IN ('error', 'nack') OR ${ASK_FAILED} IS TRUE)`;

/** Of a request `q` without response or ask; 0 or 1. */
export const REQUEST_FAILED = "NOT EXISTS (SELECT 1 FROM sessions o WHERE o.id = q.session_id AND o.ended_at IS NULL)";
