import type { Job, JobDetail } from "../../../shared/contract.ts";
import { useApp } from "../../state/context.ts";
import { showSessionOf } from "../../state/job-pages.ts";

interface LinksProps<K extends JobDetail["kind"]> {
  readonly job: Job;
  readonly detail: Extract<JobDetail, { readonly kind: K }>;
}

export function FetchLinks({ job, detail }: LinksProps<"fetch">) {
  const app = useApp();
  if (detail.sessionId === null) return null;
  return (
    <button type="button" className="link" onClick={() => showSessionOf(app, job, detail)}>
      Show session
    </button>
  );
}

export function SampleLinks({ detail: { path } }: LinksProps<"sample">) {
  const app = useApp();
  if (path === null) return null;
  return (
    <button type="button" className="link" onClick={() => void app.archives.getState().open(path)}>
      Open the sample
    </button>
  );
}
