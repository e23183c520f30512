import { CircleAlert, CircleCheck, Hourglass, Pause, Play, Radio, RotateCcw, Square, X } from "lucide-react";
import { type ReactNode, useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { Job } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Banner, EmptyState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { formatCounted } from "../../format/quantities.ts";
import { useApp, useArchives, useUi } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";
import { createStreamFrames } from "../../state/stream-frames.ts";
import { stopStream, subscribeAgain } from "../../state/streams.ts";
import { type Pause as Paused, rateOf, type Sample, whenScrolled, withSample } from "./following.ts";
import { FrameList } from "./frame-list.tsx";
import { type StreamDetail, spokenRate, spokenStream, spokenTotals } from "./spoken.ts";
import "./streams.css";

interface FrameProps {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

function Frame({ title, actions, children }: FrameProps) {
  const app = useApp();
  return (
    <section className="rows-pane" aria-label="Stream">
      <header className="rows-bar">
        <h1 className="rows-title truncate">{title}</h1>
        <span className="view-bar-gap" />
        {actions}
        <Button
          variant="quiet"
          aria-label="Back to the rows"
          hint="Back to the rows; the stream goes on"
          icon={<X size={14} />}
          onClick={() => app.ui.getState().set({ jobPage: null })}
        />
      </header>
      {children}
    </section>
  );
}

/** A stream in the place of the rows: what comes, how it stands, and what ended it. */
export function StreamPane({ job, detail }: { readonly job: Job; readonly detail: StreamDetail }) {
  const app = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? "");
  const store = useMemo(
    () => createStreamFrames(app.client, { archiveId, jobId: job.id }),
    [app.client, archiveId, job.id],
  );
  const readError = useStore(store, (state) => state.error);
  // Kept where it outlives the pane, which is made anew when the window becomes narrow.
  const pause = useUi((state) => state.streamPause);
  const setPause = (next: Paused | null) => app.ui.getState().set({ streamPause: next });
  const running = !hasEnded(job);
  const rate = useRate(detail.messages, running);
  const { frames, source, requestKind, label, ending } = detail;
  const shown = pause?.at ?? frames;
  return (
    <Frame
      title={
        <>
          <ArchivedText text={source} /> <ArchivedText text={requestKind} className="rows-subtitle" />
        </>
      }
      actions={
        <>
          {pause === null ? (
            <Button
              icon={<Pause size={13} />}
              unavailable={!running}
              hint={running ? "Holds the view still; the archive goes on" : "The stream has ended"}
              onClick={() => setPause({ at: frames, by: "person" })}
            >
              Pause
            </Button>
          ) : (
            <Button icon={<Play size={13} />} hint="Shows what came meanwhile" onClick={() => setPause(null)}>
              Resume
            </Button>
          )}
          {running ? (
            <Button
              icon={<Square size={12} />}
              hint="Leaves the stream and records its end"
              onClick={() => stopStream(app, job.id)}
            >
              Stop
            </Button>
          ) : (
            <Button
              icon={<RotateCcw size={13} />}
              hint="A new subscription to the same"
              onClick={() => subscribeAgain(app, job)}
            >
              Subscribe again
            </Button>
          )}
        </>
      }
    >
      <div className="stream-facts">
        <StreamState detail={detail} />
        <span data-testid="stream-totals">{spokenTotals(detail)}</span>
        {running && rate !== null && <span className="muted">{spokenRate(rate)}</span>}
        <ArchivedText text={label} className="stream-label mono truncate" />
      </div>
      {ending?.error != null && (
        <Banner tone="bad" urgent title="The stream failed">
          <p>
            <ArchivedText text={ending.error.message} />
          </p>
          <p>What came before is archived. “Subscribe again” begins anew.</p>
        </Banner>
      )}
      {readError !== null && (
        <Banner tone="bad" title="The messages could not be read">
          <p>
            <ArchivedText text={readError.message} />
          </p>
        </Banner>
      )}
      {pause !== null && (
        <div className="stream-paused">
          <Pause size={13} className="tone-accent" aria-hidden />
          <span role="status">{running ? "The view is paused; the archive is not." : "The view is paused."}</span>
          <strong data-testid="came-meanwhile">{formatCounted(frames - pause.at, "message")} came meanwhile</strong>
        </div>
      )}
      <div className="frames-content">
        {frames === 0 ? (
          <EmptyState icon={<Hourglass size={24} aria-hidden />} title={running ? "Connecting…" : "Nothing came"}>
            <p>{running ? "What comes appears here, and is archived." : "The stream ended before anything came."}</p>
          </EmptyState>
        ) : (
          <FrameList
            store={store}
            frames={shown}
            follows={pause === null}
            onScrolled={(how) => {
              const next = whenScrolled(pause, how, frames);
              if (next !== pause) setPause(next);
            }}
          />
        )}
      </div>
    </Frame>
  );
}

function StreamState({ detail }: { readonly detail: StreamDetail }) {
  const words = spokenStream(detail);
  const [tone, Icon] =
    detail.ending === null
      ? (["accent", Radio] as const)
      : detail.ending.reason === "failed"
        ? (["bad", CircleAlert] as const)
        : (["good", CircleCheck] as const);
  return (
    <span className={`sign stream-state tone-${tone}`} role="status">
      <Icon size={14} aria-hidden />
      <ArchivedText text={words} />
    </span>
  );
}

/** Messages a second over the last few; null while there is too little to tell. */
function useRate(messages: number, running: boolean): number | null {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (!running) return;
    const look = () => setSamples((last) => withSample(last, { at: performance.now(), messages }));
    look();
    // Also while nothing comes.
    const timer = setInterval(look, 1_000);
    return () => clearInterval(timer);
  }, [messages, running]);
  return rateOf(samples);
}
