import { Ban, FileQuestionMark, RotateCcw, Rows3, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { Job } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatBytes, formatCount, formatDuration } from "../../format/quantities.ts";
import { formatTime, parseTime } from "../../format/times.ts";
import { useApp, useRun, useTimeZone } from "../../state/context.ts";
import { showSessionOf } from "../../state/job-pages.ts";
import { hasEnded } from "../../state/jobs.ts";
import { RUN_PARTS, type RunPart } from "./run-list.ts";
import { cancelRun, fetchRest } from "./run-steps.ts";
import { RunTable } from "./run-table.tsx";
import { againWords, type FetchDetail, spokenCounts, spokenRate, spokenRest } from "./spoken.ts";
import "./run.css";

interface RunProps {
  readonly job: Job;
  readonly detail: FetchDetail;
}

/** A fetch in the place of the rows: how it goes, what came of each request, and what can be done about it. */
export function RunPane({ job, detail }: RunProps) {
  const app = useApp();
  const jobId = job.id;
  useEffect(() => {
    void app.run.getState().show(jobId);
  }, [app, jobId]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each news of the job says that some of its requests changed
  useEffect(() => {
    void app.run.getState().refresh();
  }, [app, job]);
  return (
    <section className="rows-pane" aria-label="Run">
      <header className="rows-bar">
        <h1 className="rows-title truncate">
          <ArchivedText text={job.title} />
          <Started job={job} />
        </h1>
        <span className="view-bar-gap" />
        <Actions job={job} detail={detail} />
        <Button
          variant="quiet"
          aria-label="Back to the rows"
          hint="Back to the rows"
          icon={<X size={14} />}
          onClick={() => app.ui.getState().set({ jobPage: null })}
        />
      </header>
      <Run job={job} detail={detail} />
    </section>
  );
}

function Started({ job }: { readonly job: Job }) {
  const zone = useTimeZone();
  return <ArchivedText text={`started ${formatTime(job.startedAt, zone)}`} className="rows-subtitle" />;
}

function Actions({ job, detail }: RunProps) {
  const app = useApp();
  return (
    <>
      {!hasEnded(job) && (
        <Button icon={<Ban size={13} />} onClick={() => cancelRun(app, job.id)}>
          Cancel all
        </Button>
      )}
      {detail.sessionId !== null && (
        <Button icon={<Rows3 size={13} />} onClick={() => showSessionOf(app, job, detail)}>
          Show the session
        </Button>
      )}
    </>
  );
}

/** What can be asked for once more when it has ended: what came to nothing, and the one that is selected. */
function Rest({ job, detail: { counts } }: RunProps) {
  const app = useApp();
  const active = useRun((state) => (state.jobId === job.id ? state.activePlace : null));
  return (
    <>
      <Button
        icon={<RotateCcw size={13} />}
        unavailable={active === null}
        hint={
          active === null
            ? "Select a request of the run first"
            : "Starts a session with just the selected request, under the policy of this run"
        }
        onClick={() => active !== null && fetchRest(app, job, { places: [active] })}
      >
        {againWords.one}
      </Button>
      {counts.failed > 0 && (
        <Button
          icon={<RotateCcw size={13} />}
          hint="Starts a session with just the requests that failed"
          onClick={() => fetchRest(app, job, "failed")}
        >
          {againWords.failed}
        </Button>
      )}
      {counts.cancelled > 0 && (
        <Button
          icon={<RotateCcw size={13} />}
          hint="Starts a session with just the requests that were cancelled"
          onClick={() => fetchRest(app, job, "cancelled")}
        >
          Fetch the cancelled
        </Button>
      )}
    </>
  );
}

function Run({ job, detail }: RunProps) {
  const [part, setPart] = useState<RunPart | null>(null);
  const phase = useRun((state) => state.phase);
  const error = useRun((state) => state.error);
  const listed = useRun((state) => state.items.length);
  const total = totalOf(detail);
  return (
    <>
      <Progress job={job} detail={detail} />
      {job.state.status === "failed" && (
        <Banner tone="bad" title="The run ended before its time" urgent>
          <p>
            <ArchivedText text={job.state.error.message} />
          </p>
        </Banner>
      )}
      <Parts detail={detail} total={total} part={part} onPart={setPart} />
      {phase === "failed" && listed > 0 && error !== null && (
        <Banner tone="doubt" title="The list may be out of date">
          <p>
            <ArchivedText text={error.message} />
          </p>
        </Banner>
      )}
      <div className="rows-content">
        {listed > 0 ? (
          <RunTable job={job} part={part} />
        ) : phase === "failed" && error !== null ? (
          <EmptyState icon={<FileQuestionMark size={24} aria-hidden />} title="The requests of this run are not listed">
            <p>
              <ArchivedText text={error.message} />
            </p>
          </EmptyState>
        ) : (
          <Skeleton form="rows" lines={12} label="Loading the requests…" />
        )}
      </div>
    </>
  );
}

/** How far and how fast; once it has ended, what came of it. */
function Progress({ job, detail }: RunProps) {
  const { state } = job;
  const total = totalOf(detail);
  const done = total - detail.counts.queued - detail.counts.running;
  const bytes = detail.bytes > 0 ? formatBytes(detail.bytes) : "";
  if (!hasEnded(job)) {
    const words = [`${formatCount(done)} of ${formatCount(total)}`, bytes, spokenRate(detail), spokenRest(detail)];
    return (
      <div className="run-progress">
        <ProgressBar done={done} total={total} label={job.title} />
        <p className="run-figures">{words.filter((word) => word !== "").join(" · ")}</p>
      </div>
    );
  }
  const took = tookMs(job);
  const words = [
    state.status === "cancelled" ? "Cancelled; what came before is kept" : "Done",
    spokenCounts(detail.counts),
    bytes,
    took === null ? "" : `in ${formatDuration(took)}`,
    // Over the very time that is named, sources made ready included.
    took === null ? "" : spokenRate({ rate: overall(done, detail.bytes, took) }),
  ];
  return (
    <div className="run-progress run-ended">
      <p className="run-figures" role="status">
        {words.filter((word) => word !== "").join(" · ")}
      </p>
      <Rest job={job} detail={detail} />
    </div>
  );
}

/** Requests and bytes a second; nothing for what took no time. */
function overall(requests: number, bytes: number, tookMs: number): FetchDetail["rate"] {
  if (tookMs <= 0) return { requests: 0, bytes: 0 };
  return { requests: (requests * 1_000) / tookMs, bytes: (bytes * 1_000) / tookMs };
}

interface PartsProps {
  readonly detail: FetchDetail;
  readonly total: number;
  readonly part: RunPart | null;
  readonly onPart: (part: RunPart | null) => void;
}

/** How many stand how; a press lists those alone. */
function Parts({ detail: { counts }, total, part, onPart }: PartsProps) {
  // One that is chosen stays, though the last of its requests went on.
  const shown = RUN_PARTS.filter(({ part: each }) => counts[each] > 0 || each === part);
  return (
    <fieldset className="run-parts">
      <legend className="visually-hidden">Which requests are listed</legend>
      <PartButton label="All" count={total} isChosen={part === null} onClick={() => onPart(null)} />
      {shown.map(({ part: each, label }) => (
        <PartButton
          key={each}
          part={each}
          label={label}
          count={counts[each]}
          isChosen={part === each}
          onClick={() => onPart(part === each ? null : each)}
        />
      ))}
    </fieldset>
  );
}

interface PartButtonProps {
  readonly part?: RunPart;
  readonly label: string;
  readonly count: number;
  readonly isChosen: boolean;
  readonly onClick: () => void;
}

function PartButton({ part, label, count, isChosen, onClick }: PartButtonProps) {
  return (
    <button type="button" className="run-part" data-part={part} aria-pressed={isChosen} onClick={onClick}>
      {label} <span className="run-part-count">{formatCount(count)}</span>
    </button>
  );
}

function totalOf({ counts }: FetchDetail): number {
  const { retried, ...all } = counts;
  return Object.values(all).reduce((sum, count) => sum + count, 0);
}

function tookMs({ startedAt, endedAt }: Job): number | null {
  const [from, to] = [parseTime(startedAt), parseTime(endedAt ?? "")];
  return from === null || to === null ? null : to - from;
}
