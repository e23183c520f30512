import { ListChecks, X } from "lucide-react";
import type { Job } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { formatCount, formatDuration } from "../../format/quantities.ts";
import { formatTime, parseTime, timeParts } from "../../format/times.ts";
import { useApp, useJobs, useTimeZone, useUi } from "../../state/context.ts";
import { compareOfJob, showJobPage, showSessionOf } from "../../state/job-pages.ts";
import { hasEnded, isListed } from "../../state/jobs.ts";
import { RunItem } from "../run/run-item.tsx";
import { kindOf } from "./job-kinds.tsx";
import "./job-panel.css";

/** What the host is doing and did: a dock that covers nothing. */
export function JobPanel() {
  const app = useApp();
  const shown = useUi((state) => state.jobsShown);
  const known = useJobs((state) => state.jobs);
  if (!shown) return null;
  const jobs = known.filter(isListed);
  const running = jobs.filter((job) => !hasEnded(job));
  return (
    <aside className="jobs" aria-label="Jobs">
      <header className="jobs-head">
        <h2>Jobs</h2>
        {running.length > 0 && <span className="muted">{formatCount(running.length)} running</span>}
        <span className="view-bar-gap" />
        {jobs.length > running.length && (
          <Button
            variant="quiet"
            hint="Takes the ended ones off this list; what they archived and wrote stays"
            onClick={() => void app.attempt("They could not be cleared", () => app.jobs.getState().clear())}
          >
            Clear ended
          </Button>
        )}
        <Button
          variant="quiet"
          aria-label="Close the jobs"
          icon={<X size={14} />}
          onClick={() => app.ui.getState().set({ jobsShown: false })}
        />
      </header>
      {jobs.length === 0 ? (
        <p className="jobs-empty muted">
          <ListChecks size={16} aria-hidden /> Nothing is running.
        </p>
      ) : (
        <ul className="jobs-list">
          {jobs.map((job) => (
            <JobCard key={job.id} job={job} />
          ))}
        </ul>
      )}
    </aside>
  );
}

function JobCard({ job }: { readonly job: Job }) {
  const app = useApp();
  const { detail, state } = job;
  const { label, icon: Icon, Page, pageLabel, Links, isEndless = false } = kindOf(detail);
  return (
    <li className="job" data-testid="job" data-job={job.id}>
      <div className="job-head">
        <Icon size={14} className="job-icon" role="img" aria-label={label} />
        {Page === null ? (
          <ArchivedText text={job.title} className="job-title truncate" />
        ) : (
          <button type="button" className="job-title job-open truncate" onClick={() => showJobPage(app, job)}>
            <ArchivedText text={job.title} />
          </button>
        )}
        <JobTimes job={job} />
        <span className="job-state truncate">
          <JobOutcome job={job} />
        </span>
        {Page !== null && (
          <button type="button" className="link" onClick={() => showJobPage(app, job)}>
            {pageLabel(hasEnded(job))}
          </button>
        )}
        {Links !== null && <Links job={job} detail={detail} />}
        {hasEnded(job) ? (
          <Button
            variant="quiet"
            aria-label="Clear this job"
            hint="Take it off this list"
            icon={<X size={13} />}
            onClick={() => void app.attempt("It could not be cleared", () => app.jobs.getState().clear(job.id))}
          />
        ) : isEndless ? null : (
          <Button
            onClick={() => void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(job.id))}
          >
            Cancel
          </Button>
        )}
      </div>
      {!hasEnded(job) && !isEndless && (
        <ProgressBar
          done={state.status === "running" ? state.done : 0}
          total={state.status === "running" ? state.total : null}
          label={job.title}
        />
      )}
      {detail.kind === "fetch" && detail.only !== null && (
        <RunItem
          item={detail.only}
          onShow={(row) => showSessionOf(app, job, detail, row)}
          onCompare={(row, previous) => compareOfJob(app, job, detail, row, previous)}
        />
      )}
    </li>
  );
}

/** When it began, and how long it took. */
function JobTimes({ job: { startedAt, endedAt } }: { readonly job: Job }) {
  const zone = useTimeZone();
  const [from, to] = [parseTime(startedAt), parseTime(endedAt ?? "")];
  const took = from === null || to === null ? "" : ` · ${formatDuration(to - from)}`;
  const ended = endedAt === null ? "" : `\nended ${formatTime(endedAt, zone)}`;
  return (
    <span className="job-times muted" title={`started ${formatTime(startedAt, zone)}${ended}`}>
      {timeParts(startedAt, zone)?.clock.slice(0, 8)}
      {took}
    </span>
  );
}

function JobOutcome({ job }: { readonly job: Job }) {
  const { state, detail } = job;
  const kind = kindOf(detail);
  switch (state.status) {
    case "queued":
      return <span>Waiting</span>;
    case "running":
      return <span>{kind.progress(detail, state)}</span>;
    case "succeeded":
      return (
        <span>
          <ArchivedText text={kind.outcome(detail)} />
        </span>
      );
    case "failed":
      return (
        <span className="tone-bad">
          {kind.failed?.(detail) ?? "Failed"}: <ArchivedText text={state.error.message} />
        </span>
      );
    case "cancelled":
      return <span className="tone-doubt">{kind.cancelled(detail)}</span>;
  }
}
