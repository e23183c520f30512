/** Step `rows`: what the archive holds, counted. */
import type { PagedTable } from "./archive-rows.ts";
import type { RowCounts, Tally } from "./report.ts";
import type { VerifyRun } from "./run.ts";

/** The source of rows whose chain to a session is broken. */
const NO_SOURCE = "(orphan)";

export async function verifyRows(run: VerifyRun): Promise<RowCounts> {
  const sessions = await tallied(run, "sessions", { source: "t.source", mode: "t.mode" });
  const requests = await tallied(
    run,
    "requests",
    { source: "s.source", method: "t.method", kind: "t.kind" },
    "LEFT JOIN sessions s ON s.id = t.session_id",
  );
  const responses = await tallied(
    run,
    "responses",
    { source: "s.source", status: "t.status" },
    "LEFT JOIN requests q ON q.id = t.request_id LEFT JOIN sessions s ON s.id = q.session_id",
    "t.size_bytes",
  );
  return {
    sessions: sessions.count,
    requests: requests.count,
    responses: responses.count,
    sumSizeBytes: responses.sum,
    sessionsPerSource: sessions.tallies.source,
    sessionsPerMode: sessions.tallies.mode,
    requestsPerSource: requests.tallies.source,
    requestsPerMethod: requests.tallies.method,
    requestsPerKind: requests.tallies.kind,
    responsesPerSource: responses.tallies.source,
    responsesPerStatus: responses.tallies.status,
  };
}

async function tallied<Names extends string>(
  run: VerifyRun,
  table: PagedTable,
  words: Readonly<Record<Names, string>>,
  joins = "",
  summed = "0",
): Promise<{ count: number; sum: number; tallies: Readonly<Record<Names, Tally>> }> {
  const names = Object.keys(words) as Names[];
  const maps = new Map(names.map((name) => [name, new Map<string, number>()]));
  const total = await run.rows.count(table);
  let count = 0;
  let sum = 0;
  const columns = names.map((name) => `${words[name]} AS "${name}"`).join(", ");
  for await (const page of run.rows.pages<Readonly<Record<Names | "summed", unknown>>>(
    table,
    `${columns}, ${summed} AS summed`,
    joins,
  )) {
    for (const row of page) {
      for (const [name, map] of maps) {
        const word = row[name] === null ? NO_SOURCE : String(row[name]);
        map.set(word, (map.get(word) ?? 0) + 1);
      }
      if (Number.isSafeInteger(row.summed)) sum += Number(row.summed);
    }
    count += page.length;
    run.progress.report("rows", count, total);
  }
  const tallies = [...maps].map(([name, map]) => [name, Object.fromEntries(map)]);
  return { count, sum, tallies: Object.fromEntries(tallies) };
}
