/** Step `dangling`: rows of the additive tables that point to rows which do not exist. */
import { idText } from "./archive-rows.ts";
import type { DanglingCounts, FindingRow } from "./report.ts";
import type { VerifyRun } from "./run.ts";

type Reference = readonly [column: string, target: "sessions" | "requests" | "responses"];

const RESOLUTION_REFERENCES: readonly Reference[] = [
  ["session_id", "sessions"],
  ["request_id", "requests"],
  ["response_id", "responses"],
];
const META_REFERENCES: readonly Reference[] = [["response_id", "responses"]];
const IDENTITY_REFERENCES: readonly Reference[] = [["request_id", "requests"]];

type Row = Readonly<Record<string, unknown>> & { readonly id: string };

export async function verifyDangling(run: VerifyRun): Promise<DanglingCounts> {
  let danglingRows = 0;
  if (!run.rows.extended) return { danglingRows };
  const check = (table: FindingRow["table"], references: readonly Reference[], rows: readonly Row[]) => {
    for (const row of rows) if (isDangling(run, table, references, row)) danglingRows += 1;
  };
  for await (const page of run.rows.pages<Row>("resolutions", columns("t.id", RESOLUTION_REFERENCES))) {
    check("resolutions", RESOLUTION_REFERENCES, page);
  }
  for await (const page of run.rows.pages<Row>("response_meta", columns("t.response_id", META_REFERENCES))) {
    check("response_meta", META_REFERENCES, page);
  }
  // Few rows, and no rowid to page by: one for each hash that two sources share.
  const identities = `SELECT ${columns("t.request_id", IDENTITY_REFERENCES)} FROM request_identities t`;
  check("request_identities", IDENTITY_REFERENCES, await run.rows.all<Row>(identities));
  return { danglingRows };
}

/** The key, and for each reference what it names when that does not exist. */
function columns(key: string, references: readonly Reference[]): string {
  const dangling = references.map(
    ([column, target]) => `CASE WHEN t.${column} IS NOT NULL AND NOT EXISTS
      (SELECT 1 FROM ${target} p WHERE p.id = t.${column}) THEN ${idText(`t.${column}`)} END AS "${column}"`,
  );
  return [`${idText(key)} AS id`, ...dangling].join(", ");
}

function isDangling(run: VerifyRun, table: FindingRow["table"], references: readonly Reference[], row: Row): boolean {
  const broken = references.filter(([column]) => row[column] !== null);
  if (broken.length === 0) return false;
  run.findings.add({
    code: "dangling_row",
    step: "dangling",
    message: `A row of "${table}" points to what does not exist: ${broken.map(([column]) => column).join(", ")}.`,
    rows: [{ table, id: row.id }],
    details: Object.fromEntries(broken.map(([column]) => [column, String(row[column])])),
  });
  return true;
}
