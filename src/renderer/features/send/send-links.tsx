import type { Job, JobDetail } from "../../../shared/contract.ts";
import { useApp } from "../../state/context.ts";
import { showSessionOf } from "../../state/job-pages.ts";

interface SendLinksProps {
  readonly job: Job;
  readonly detail: Extract<JobDetail, { readonly kind: "send" }>;
}

/** Where the list of jobs leads to from a send. */
export function SendLinks({ job, detail }: SendLinksProps) {
  const app = useApp();
  const row = detail.outcome?.row ?? null;
  if (row === null) return null;
  return (
    <button type="button" className="link" onClick={() => showSessionOf(app, job, detail, row)}>
      {detail.outcome?.status === "failed" ? "Show the record" : "Show the answer"}
    </button>
  );
}
