/** Step `orphans`: responses without a request row (normal in archives of the Python package), requests without a session. */
import { idText } from "./archive-rows.ts";
import type { OrphanCounts } from "./report.ts";
import type { VerifyRun } from "./run.ts";

export async function verifyOrphans(run: VerifyRun): Promise<OrphanCounts> {
  const orphanRequests = await orphansIn(run, "requests", "session_id", "sessions");
  const orphanResponses = await orphansIn(run, "responses", "request_id", "requests");
  return { orphanResponses, orphanRequests };
}

async function orphansIn(
  run: VerifyRun,
  table: "requests" | "responses",
  column: string,
  parents: string,
): Promise<number> {
  const total = await run.rows.count(table);
  let orphans = 0;
  let done = 0;
  const columns = `${idText("t.id")} AS id, ${idText(`t.${column}`)} AS parent,
    EXISTS (SELECT 1 FROM ${parents} p WHERE p.id = t.${column}) AS isKept`;
  for await (const page of run.rows.pages<{ id: string; parent: string; isKept: number }>(table, columns)) {
    for (const { id, parent, isKept } of page) {
      if (isKept === 1) continue;
      orphans += 1;
      const what = table === "requests" ? "request" : "response";
      run.findings.add({
        code: `orphan_${what}`,
        step: "orphans",
        message: `The ${what} ${id} belongs to ${parent}, which is in no row of "${parents}".`,
        rows: [{ table, id }],
        details: { [column]: parent },
      });
    }
    done += page.length;
    run.progress.report("orphans", done, total);
  }
  return orphans;
}
