/** Step `unfinished`: sessions that never ended, requests without a response. Either may be under way. */
import { idText } from "./archive-rows.ts";
import type { UnfinishedCounts } from "./report.ts";
import type { VerifyRun } from "./run.ts";

export async function verifyUnfinished(run: VerifyRun): Promise<UnfinishedCounts> {
  const counts = { sessionsNotEnded: 0, sessionsWithoutRequests: 0, requestsWithoutResponse: 0 };
  for await (const page of run.rows.pages<{ id: string; endedAt: unknown; hasRequests: number }>(
    "sessions",
    `${idText("t.id")} AS id, t.ended_at AS endedAt,
     EXISTS (SELECT 1 FROM requests q WHERE q.session_id = t.id) AS hasRequests`,
  )) {
    for (const { id, endedAt, hasRequests } of page) {
      if (hasRequests === 0) counts.sessionsWithoutRequests += 1;
      if (endedAt !== null) continue;
      counts.sessionsNotEnded += 1;
      run.findings.add({
        code: "session_not_ended",
        step: "unfinished",
        message: `The session ${id} has no end: it is running, or its process died.`,
        rows: [{ table: "sessions", id }],
      });
    }
  }
  const total = await run.rows.count("requests");
  let done = 0;
  for await (const page of run.rows.pages<{ id: string; hasResponse: number }>(
    "requests",
    `${idText("t.id")} AS id, EXISTS (SELECT 1 FROM responses r WHERE r.request_id = t.id) AS hasResponse`,
  )) {
    for (const { id, hasResponse } of page) {
      if (hasResponse === 1) continue;
      counts.requestsWithoutResponse += 1;
      run.findings.add({
        code: "request_without_response",
        step: "unfinished",
        message: `The request ${id} has no response: it failed, or is still running.`,
        rows: [{ table: "requests", id }],
      });
    }
    done += page.length;
    run.progress.report("unfinished", done, total);
  }
  return counts;
}
