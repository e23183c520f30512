import { CircleSlash, Download, FileQuestionMark, RefreshCw, ShieldCheck, X } from "lucide-react";
import { type ReactNode, useCallback } from "react";
import type { Job, JobDetail } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { useLoaded } from "../../components/use-loaded.ts";
import { formatTime } from "../../format/times.ts";
import { exportReport, verifyArchive } from "../../state/commands.ts";
import { useApp, useJobs, useTimeZone } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";
import { Report } from "./integrity-report.tsx";
import { spokenStage } from "./spoken.ts";
import "./integrity.css";

type VerifyDetail = Extract<JobDetail, { readonly kind: "verify" }>;

/** An integrity run in the place of the rows: how it goes, and what it found. */
export function IntegrityPane({ jobId }: { readonly jobId: string }) {
  const app = useApp();
  const job = useJobs((state) => state.jobs.find((other) => other.id === jobId));
  const close = () => {
    app.ui.getState().set({ jobPage: null });
  };
  if (job === undefined || job.detail.kind !== "verify" || job.state.status === "succeeded") {
    return <WithReport jobId={jobId} onClose={close} />;
  }
  return (
    <Frame title="Integrity" onClose={close} actions={hasEnded(job) && <Again />}>
      <Unreported job={job} detail={job.detail} />
    </Frame>
  );
}

interface FrameProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Frame({ title, note, actions, onClose, children }: FrameProps) {
  return (
    <section className="rows-pane" aria-label="Integrity">
      <header className="rows-bar">
        <h1 className="rows-title truncate">
          {title}
          {note}
        </h1>
        <span className="view-bar-gap" />
        {actions}
        <Button
          variant="quiet"
          aria-label="Back to the rows"
          hint="Back to the rows"
          icon={<X size={14} />}
          onClick={onClose}
        />
      </header>
      <div className="integrity-content">{children}</div>
    </section>
  );
}

function Again() {
  const app = useApp();
  return (
    <Button icon={<RefreshCw size={13} />} onClick={() => verifyArchive(app)}>
      Verify again
    </Button>
  );
}

/** A run that is under way, or ended without a report. */
function Unreported({ job, detail }: { readonly job: Job; readonly detail: VerifyDetail }) {
  const app = useApp();
  const { state } = job;
  switch (state.status) {
    case "queued":
    case "running":
      return (
        <div className="integrity-running">
          <ShieldCheck size={24} className="tone-muted" aria-hidden />
          <h2>Looking at everything…</h2>
          <ProgressBar
            done={state.status === "running" ? state.done : 0}
            total={state.status === "running" ? state.total : null}
            label="Verifying the archive"
          />
          <p role="status">{spokenStage(detail)}</p>
          <p className="muted">Nothing is changed, and the archive can be used meanwhile.</p>
          <Button
            onClick={() => void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(job.id))}
          >
            Cancel
          </Button>
        </div>
      );
    case "cancelled":
      return (
        <EmptyState icon={<CircleSlash size={24} aria-hidden />} title="The verification was cancelled">
          <p>It has no report: what was not looked at may or may not be intact.</p>
        </EmptyState>
      );
    case "failed":
      return (
        <FailureState title="The archive could not be verified">
          <p>
            <ArchivedText text={state.error.message} />
          </p>
        </FailureState>
      );
    case "succeeded":
      return null;
  }
}

function WithReport({ jobId, onClose }: { readonly jobId: string; readonly onClose: () => void }) {
  const app = useApp();
  const zone = useTimeZone();
  const load = useCallback(
    (signal: AbortSignal) => app.client.call("verify.report", { jobId }, { signal }),
    [app, jobId],
  );
  const loaded = useLoaded(load);
  switch (loaded.status) {
    case "loading":
      return (
        <Frame title="Integrity" onClose={onClose}>
          <p className="visually-hidden" role="status">
            Reading the report…
          </p>
        </Frame>
      );
    case "failed":
      return (
        <Frame title="Integrity" onClose={onClose} actions={<Again />}>
          <EmptyState icon={<FileQuestionMark size={24} aria-hidden />} title="The report is not there any more">
            <p>
              <ArchivedText text={loaded.error.message} />
            </p>
          </EmptyState>
        </Frame>
      );
    case "ready":
      return (
        <Frame
          title="Integrity"
          note={<ArchivedText text={`run at ${formatTime(loaded.value.startedAt, zone)}`} className="rows-subtitle" />}
          onClose={onClose}
          actions={
            <>
              <Button icon={<Download size={13} />} onClick={() => exportReport(app, jobId, loaded.value)}>
                Export JSON
              </Button>
              <Again />
            </>
          }
        >
          <Report report={loaded.value} />
        </Frame>
      );
  }
}
