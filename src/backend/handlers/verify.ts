/** Integrity runs: one at a time for each archive, and the reports of the last few. */
import type { CheckedPayload, VerifyReport, VerifyStepReport } from "@mxm/dataio";
import type { Archives } from "../archives.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { runVerify, type VerifyDetail } from "../jobs/verify-job.ts";
import { KeptReports } from "../kept-reports.ts";
import { saveText } from "../save-text.ts";

/** Filters by integrity say what the run found, where its archive is still open. */
function tellIndex(archives: Archives, archiveId: string, report: VerifyReport): void {
  if (archives.payloads(archiveId) === null) return;
  archives.index(archiveId).takeInChecked(damagedPayloads(report), report.steps.some(isPayloadStepDone));
}

function isPayloadStepDone({ step, state }: VerifyStepReport): boolean {
  return step === "payloads" && state === "done";
}

function damagedPayloads({ findings }: VerifyReport): CheckedPayload[] {
  return findings.flatMap(({ code, details: { checksum } }): CheckedPayload[] => {
    if (typeof checksum !== "string") return [];
    if (code === "payload_missing") return [{ checksum, state: "missing" }];
    return code === "payload_corrupt" ? [{ checksum, state: "corrupt" }] : [];
  });
}

/** @param worker the workers' file */
export function verifyHandlers(
  { archives, jobs, host }: BackendContext,
  worker: URL,
): Pick<Handlers, "verify.start" | "verify.report" | "verify.save"> {
  const running = new Map<string, string>();
  const reports = new KeptReports<VerifyReport>(jobs);
  return {
    "verify.start": ({ archiveId }) => {
      const location = archives.location(archiveId);
      const { name } = archives.get(archiveId);
      const current = jobs.list().find((job) => job.id === running.get(archiveId));
      if (current !== undefined) return current;
      const first: VerifyDetail = { kind: "verify", archiveId, step: null, bytes: 0, outcome: null };
      const job = jobs.start(`Verify ${name}`, first, async (handle) => {
        try {
          const report = await runVerify(worker, location, handle);
          const { intact, severities, steps } = report;
          reports.keep(job.id, report);
          tellIndex(archives, archiveId, report);
          const progress = { done: steps.length, total: steps.length };
          handle.report(progress, { ...handle.detail, outcome: { intact, severities } });
        } finally {
          running.delete(archiveId);
        }
      });
      running.set(archiveId, job.id);
      return job;
    },
    "verify.report": ({ jobId }) => reports.of(jobId),
    "verify.save": async ({ jobId, suggestedName }) => {
      return await saveText(host, suggestedName, `${JSON.stringify(reports.of(jobId), null, 2)}\n`);
    },
  };
}
