import { ListChecks, X } from "lucide-react";
import type { FetchItem, Job } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { formatCount } from "../../format/quantities.ts";
import { formatTime, timeParts } from "../../format/times.ts";
import { useApp, useJobs, useTimeZone, useUi } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";
import { spokenOutcome, spokenStage } from "../integrity/spoken.ts";
import { SendLinks } from "../send/send-links.tsx";
import { spokenSend } from "../send/spoken.ts";
import { spokenStream, spokenTotals } from "../streams/spoken.ts";
import { StreamLinks } from "../streams/stream-links.tsx";
import { isTransfer, spokenCancelled, spokenProgress, spokenTransfer } from "../transfer/spoken.ts";
import { TransferLinks } from "../transfer/transfer-links.tsx";
import { spokenCounts } from "./draft.ts";
import { JobItem } from "./job-item.tsx";
import "./job-panel.css";

/** What the host is doing and did: a dock that covers nothing. */
export function JobPanel() {
  const app = useApp();
  const shown = useUi((state) => state.jobsShown);
  const jobs = useJobs((state) => state.jobs);
  if (!shown) return null;
  return (
    <aside className="jobs" aria-label="Jobs">
      <header className="jobs-head">
        <h2>Jobs</h2>
        <span className="view-bar-gap" />
        {jobs.some(hasEnded) && (
          <Button variant="quiet" onClick={() => app.jobs.getState().dismissEnded()}>
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

/** More items than this are counted, not listed. */
const MOST_ITEMS = 200;

function JobCard({ job }: { readonly job: Job }) {
  const app = useApp();
  const zone = useTimeZone();
  const { detail, state } = job;
  const running = state.status === "running" || state.status === "queued";
  const items = detail.kind === "fetch" ? detail.items : [];
  const cancelItem = (place: number) =>
    void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(job.id, place));
  return (
    <li className="job" data-testid="job" data-job={job.id}>
      <div className="job-head">
        <ArchivedText text={job.title} className="job-title truncate" />
        <span className="muted" title={formatTime(job.startedAt, zone)}>
          {timeParts(job.startedAt, zone)?.clock.slice(0, 8)}
        </span>
        <span className="job-state truncate">
          <JobOutcome job={job} />
        </span>
        {detail.kind === "fetch" && detail.sessionId !== null && (
          <button
            type="button"
            className="link"
            onClick={() => void app.goTo({ archiveId: detail.archiveId, sessionId: detail.sessionId, row: null })}
          >
            Show session
          </button>
        )}
        {detail.kind === "sample" && detail.path !== null && (
          <button type="button" className="link" onClick={() => void app.archives.getState().open(detail.path ?? "")}>
            Open the sample
          </button>
        )}
        {detail.kind === "verify" && state.status === "succeeded" && (
          <button type="button" className="link" onClick={() => app.ui.getState().set({ integrityJob: job.id })}>
            Show report
          </button>
        )}
        {isTransfer(detail) && <TransferLinks job={job} detail={detail} />}
        {detail.kind === "send" && <SendLinks detail={detail} />}
        {detail.kind === "stream" && <StreamLinks job={job} />}
        {running && detail.kind !== "stream" && (
          <Button
            onClick={() => void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(job.id))}
          >
            Cancel
          </Button>
        )}
      </div>
      {running && detail.kind !== "stream" && (
        <ProgressBar
          done={state.status === "running" ? state.done : 0}
          total={state.status === "running" ? state.total : null}
          label={job.title}
        />
      )}
      {items.length > 0 && detail.kind === "fetch" && (
        <ul className="job-items">
          {placed(items.slice(0, MOST_ITEMS)).map(([place, item]) => (
            <JobItem
              key={place}
              item={item}
              onShow={(row) => void app.goTo({ archiveId: detail.archiveId, sessionId: detail.sessionId, row })}
              onCompare={(row, previous) => {
                void app.goTo({ archiveId: detail.archiveId, sessionId: detail.sessionId, row }).then(() => {
                  app.ui.getState().set({ compareWith: previous, inspectorTab: "compare" });
                });
              }}
              onCancel={items.length === 1 ? null : () => cancelItem(place)}
            />
          ))}
          {items.length > MOST_ITEMS && <li className="muted">and {formatCount(items.length - MOST_ITEMS)} more</li>}
        </ul>
      )}
    </li>
  );
}

function JobOutcome({ job }: { readonly job: Job }) {
  const { state, detail } = job;
  switch (state.status) {
    case "queued":
      return <span>Waiting</span>;
    case "running":
      if (detail.kind === "sample") return <span>{detail.step}</span>;
      if (detail.kind === "verify") return <span>{spokenStage(detail)}</span>;
      if (detail.kind === "send") return <span>Sending…</span>;
      if (detail.kind === "stream") return <span>{`${spokenStream(job, detail)} · ${spokenTotals(detail)}`}</span>;
      if (isTransfer(detail)) return <span>{spokenProgress(state, detail)}</span>;
      return (
        <span>
          {formatCount(state.done)}
          {state.total !== null && ` of ${formatCount(state.total)}`} done
        </span>
      );
    case "succeeded":
      return (
        <span>
          <ArchivedText text={succeeded(job)} />
        </span>
      );
    case "failed":
      return (
        <span className="tone-bad">
          {detail.kind === "send" ? spokenSend(detail.outcome) : "Failed"}: <ArchivedText text={state.error.message} />
        </span>
      );
    case "cancelled":
      if (isTransfer(detail)) return <span className="tone-doubt">{spokenCancelled(detail)}</span>;
      if (detail.kind === "send") return <span className="tone-doubt">{spokenSend(detail.outcome)}</span>;
      return (
        <span className="tone-doubt">
          {detail.kind === "verify" ? "Cancelled" : "Cancelled; what came before is kept"}
        </span>
      );
  }
}

function succeeded(job: Job): string {
  const { detail } = job;
  switch (detail.kind) {
    case "send":
      return spokenSend(detail.outcome);
    case "stream":
      return `${spokenStream(job, detail)} · ${spokenTotals(detail)}`;
    case "fetch":
      return spokenCounts(detail.items) || "Done";
    case "verify":
      return detail.outcome === null ? "Done" : spokenOutcome(detail.outcome);
    case "sample":
      return "Done";
    case "export":
    case "import":
      return spokenTransfer(detail);
  }
}

/** Items keep their place for the life of the job, so it names them. */
function placed(items: readonly FetchItem[]): (readonly [place: number, item: FetchItem])[] {
  return items.map((item, place) => [place, item] as const);
}
