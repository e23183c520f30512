import { ListChecks, LoaderCircle } from "lucide-react";
import { formatCount } from "../../format/quantities.ts";
import { useApp, useJobs, useUi } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";

/** Shows the jobs, or hides them; says how many run. */
export function JobsButton() {
  const app = useApp();
  const shown = useUi((state) => state.jobsShown);
  const running = useJobs((state) => state.jobs.filter((job) => !hasEnded(job)).length);
  return (
    <button
      type="button"
      className="status-item status-button"
      aria-expanded={shown}
      onClick={() => app.ui.getState().set({ jobsShown: !shown })}
    >
      {running > 0 ? (
        <>
          <LoaderCircle size={13} className="spin" aria-hidden /> {formatCount(running)} running
        </>
      ) : (
        <>
          <ListChecks size={13} aria-hidden /> Jobs
        </>
      )}
    </button>
  );
}
