import { ShieldAlert, ShieldCheck } from "lucide-react";
import { useMemo } from "react";
import type { FindingRow, RowRef, VerifyReport, VerifyStepReport } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount, formatCounted, formatDuration } from "../../format/quantities.ts";
import type { App } from "../../state/app.ts";
import { useApp, useArchives } from "../../state/context.ts";
import { selectOnly } from "../../state/selection.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import type { Sign, Tone } from "../requests/statuses.ts";
import { groupFindings } from "./finding-groups.ts";
import { FindingList } from "./finding-list.tsx";
import { STEP_NAMES, spokenCounts, spokenOutcome } from "./spoken.ts";

/** What a run found: the verdict, its steps, and the findings with their rows. */
export function Report({ report }: { readonly report: VerifyReport }) {
  const app = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? null);
  const groups = useMemo(() => groupFindings(report), [report]);
  const { intact, severities, steps, counts } = report;
  const onRow = (row: FindingRow) => {
    if (archiveId !== null) void app.attempt("The row could not be found", () => landOn(app, archiveId, row));
  };
  return (
    <>
      <div className={intact ? "verdict" : "verdict verdict-bad"} data-testid="verdict">
        {intact ? (
          <ShieldCheck size={20} className="tone-good" aria-hidden />
        ) : (
          <ShieldAlert size={20} className="tone-bad" aria-hidden />
        )}
        <div>
          <h2>{spokenOutcome(report)}</h2>
          <p className="muted">
            {intact
              ? "Nothing archived is damaged or lost."
              : "Nothing was repaired or changed; this is what is there."}{" "}
            {severities.info > 0 && `${formatCounted(severities.info, "note")} besides.`}
          </p>
        </div>
      </div>
      <table className="steps">
        <thead className="visually-hidden">
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Outcome</th>
            <th scope="col">Looked at</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <Step key={step.step} step={step} report={report}>
              {spokenCounts(step.step, counts)}
            </Step>
          ))}
        </tbody>
      </table>
      {groups.map((group) => (
        <FindingList key={group.code} group={group} onRow={onRow} />
      ))}
      {groups.length === 0 && (
        <p className="integrity-none muted">Nothing was found, not even something worth a note.</p>
      )}
    </>
  );
}

interface StepProps {
  readonly step: VerifyStepReport;
  readonly report: VerifyReport;
  readonly children: string;
}

function Step({ step, report, children }: StepProps) {
  const { tone, sign, word } = stepLook(step, report);
  return (
    <tr>
      <th scope="row">{STEP_NAMES[step.step]}</th>
      <td>
        <span className={`sign tone-${tone}`}>
          <SignIcon sign={sign} />
          {word}
        </span>
      </td>
      <td className="steps-counts">{step.reason === null ? children : <ArchivedText text={step.reason} />}</td>
      <td className="numeric muted">{formatDuration(step.elapsedMs)}</td>
    </tr>
  );
}

function stepLook(step: VerifyStepReport, report: VerifyReport): { tone: Tone; sign: Sign; word: string } {
  if (step.state === "failed") return { tone: "bad", sign: "alert", word: "not finished" };
  if (step.state === "skipped") return { tone: "muted", sign: "dashed", word: "skipped" };
  const found = report.findings.filter((finding) => finding.step === step.step);
  if (found.some((finding) => finding.severity === "error")) return { tone: "bad", sign: "cross", word: "errors" };
  if (found.some((finding) => finding.severity === "warning"))
    return { tone: "doubt", sign: "alert", word: "warnings" };
  // Not all of a kind need be listed; their counts are exact.
  const codes = [...new Set(found.map((finding) => finding.code))];
  const noted = codes.reduce((sum, code) => sum + (report.codes[code] ?? 0), 0);
  return { tone: "good", sign: "check", word: noted === 0 ? "good" : `good, ${formatCount(noted)} noted` };
}

/** Shows the row of a finding: in the inspector beside the report, a session in the place of it. */
async function landOn(app: App, archiveId: string, { table, id }: FindingRow): Promise<void> {
  switch (table) {
    case "sessions":
      app.showSession(id);
      return;
    case "responses":
    case "response_meta":
      return show(app, { type: "response", id });
    case "resolutions":
      return show(app, { type: "resolution", id });
    case "requests":
    case "request_identities": {
      // A request that was answered is best seen by its newest answer.
      const ref: RowRef = { type: "request", id };
      const { items } = await app.client.call("rows.history", { archiveId, ref, start: 0, limit: 20 });
      const answer = items.find((item) => item.row.requestId === id && !item.row.requestInferred);
      return show(app, answer?.row.ref ?? ref);
    }
  }
}

function show(app: App, ref: RowRef): void {
  app.select(selectOnly(ref));
}
