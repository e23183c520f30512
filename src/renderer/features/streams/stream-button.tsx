import { Activity } from "lucide-react";
import { formatCount } from "../../format/quantities.ts";
import { useApp, useJobs } from "../../state/context.ts";
import { showJobPage } from "../../state/job-pages.ts";
import { hasEnded } from "../../state/jobs.ts";
import { latestStream } from "../../state/streams.ts";

/** Leads to the stream that runs; nothing while none does. */
export function StreamButton() {
  const app = useApp();
  const count = useJobs(({ jobs }) => jobs.filter((job) => job.detail.kind === "stream" && !hasEnded(job)).length);
  if (count === 0) return null;
  return (
    <button
      type="button"
      className="status-item status-button"
      title="Shows the newest of them"
      onClick={() => {
        const job = latestStream(app);
        if (job !== null) showJobPage(app, job);
      }}
    >
      <Activity size={13} className="tone-accent" aria-hidden /> {formatCount(count)}{" "}
      {count === 1 ? "stream" : "streams"}
    </button>
  );
}
