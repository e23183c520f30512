/** Step `hashes`: each request's hash follows from its fields, and in which form. */
import { checkArchivedHash, daysOf } from "../archived-hash.ts";
import { checkRequestHash, type HashCheck, type HashForm } from "../identity.ts";
import type { Request } from "../model.ts";
import { REQUEST_COLUMNS } from "../rows.ts";
import type { HashCounts } from "./report.ts";
import type { VerifyRun } from "./run.ts";

/** Responses whose days are tried at most; the bucket is that of an early one. */
const DAYS_OF_RESPONSES = 100;

type RequestRow = Request & { readonly asOf: string | null; readonly startedAt: string | null };

export async function verifyHashes(run: VerifyRun): Promise<HashCounts> {
  const forms: Record<HashForm, number> = { "0.2": 0, "0.3": 0, "0.3-bucket": 0, "python-3.10": 0 };
  const counts = { hashMismatches: 0, hashesUncheckable: 0, hashesAbsent: 0 };
  const total = await run.rows.count("requests");
  let done = 0;
  for await (const page of run.rows.pages<RequestRow>(
    "requests",
    `${REQUEST_COLUMNS("t")}, s.as_of AS asOf, s.started_at AS startedAt`,
    "LEFT JOIN sessions s ON s.id = t.session_id",
  )) {
    for (const row of page) {
      await run.rows.turn();
      const check = await checked(run, row);
      if (check.state === "match") forms[check.form] += 1;
      else if (check.state === "absent") counts.hashesAbsent += 1;
      else if (check.state === "mismatch") {
        counts.hashMismatches += 1;
        run.findings.add({
          code: "hash_mismatch",
          step: "hashes",
          message: `The hash of request ${row.id} follows from its fields in none of the known forms.`,
          rows: [{ table: "requests", id: String(row.id) }],
          details: { hash: row.hash === null ? null : String(row.hash), expected: check.expected },
        });
      } else {
        counts.hashesUncheckable += 1;
        run.findings.add({
          code: "hash_uncheckable",
          step: "hashes",
          message: `The hash of request ${row.id} cannot be checked: ${check.reason}`,
          rows: [{ table: "requests", id: String(row.id) }],
          details: { reason: check.reason },
        });
      }
    }
    done += page.length;
    run.progress.report("hashes", done, total);
  }
  return { hashForms: forms, ...counts };
}

/** Dates are gathered only where nothing simpler explains the hash. */
async function checked(run: VerifyRun, row: RequestRow): Promise<HashCheck> {
  const request = withTexts(row);
  const check = checkRequestHash(request);
  if (check.state !== "mismatch") return check;
  const responses = await run.rows.all<{ time: string }>(
    `SELECT r.created_at AS time FROM responses r WHERE r.request_id = @id ORDER BY r.created_at LIMIT ${DAYS_OF_RESPONSES}`,
    { id: row.id },
  );
  const days = daysOf([row.asOf, row.startedAt, row.createdAt, ...responses.map((response) => response.time)]);
  return await run.rows.read(() => checkArchivedHash(run.rows.connection, request, days, run.rows.extended));
}

/** An archive may hold anything in any column; only texts are hashed. */
function withTexts(row: RequestRow): RequestRow {
  const text = (value: unknown) => (value === null ? null : String(value));
  return {
    ...row,
    kind: String(row.kind),
    method: String(row.method),
    paramsJson: text(row.paramsJson),
    bodyJson: text(row.bodyJson),
    hash: text(row.hash),
  };
}
