/** Checks the hash of an archived request with what the archive knows besides: days for buckets, recorded buckets and tags. */
import { hashMarksOf } from "./cache-policy.ts";
import type { ReadConnection } from "./database.ts";
import { checkRequestHash, type HashCheck, type HashMarks } from "./identity.ts";
import type { Request } from "./model.ts";
import { dayOf } from "./timestamps.ts";

/** How many different policies of one request are tried. */
const MAX_POLICIES = 100;

/** The different days of timestamp texts; what cannot be read has none. */
export function daysOf(times: readonly (string | null | undefined)[]): string[] {
  const days = times.flatMap((time) => (typeof time === "string" ? (dayOf(time) ?? []) : []));
  return [...new Set(days)];
}

/**
 * {@link checkRequestHash} with `days` as buckets, and with those that asks of this library recorded. The asks are looked
 * at only where nothing simpler explains the hash.
 * @param extended whether our additive tables are there
 */
export function checkArchivedHash(
  connection: Pick<ReadConnection, "prepare">,
  request: Pick<Request, "id" | "kind" | "method" | "paramsJson" | "bodyJson" | "hash">,
  days: readonly string[],
  extended: boolean,
): HashCheck {
  const check = checkRequestHash(request, days);
  if (check.state !== "mismatch" || !extended) return check;
  return checkRequestHash(request, days, recordedMarks(connection, request.id));
}

/** The buckets and tags with which this request was asked. */
function recordedMarks(connection: Pick<ReadConnection, "prepare">, requestId: string): HashMarks[] {
  return connection
    .prepare<[object], { policyJson: string | null }>(
      `SELECT DISTINCT json_remove(t.policy_json, '$.revalidated', '$.attempt') AS policyJson FROM resolutions t
       WHERE t.request_id = @requestId AND json_valid(t.policy_json) LIMIT ${MAX_POLICIES}`,
    )
    .all({ requestId })
    .flatMap(({ policyJson }) => hashMarksOf(policyJson) ?? []);
}
