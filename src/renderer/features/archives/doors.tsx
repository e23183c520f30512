import { FolderOpen, FolderPlus, Sparkles, X } from "lucide-react";
import type { ReactNode } from "react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { formatTime, relativeTime } from "../../format/times.ts";
import { createArchive, createSample, openArchive } from "../../state/commands.ts";
import { useApp, useArchives, useJobs, useTimeZone } from "../../state/context.ts";
import { hasEnded } from "../../state/jobs.ts";
import { shortcut } from "../window/shortcuts.ts";
import { OpeningNotice } from "./opening-notice.tsx";
import "./doors.css";

/** What one sees without an open archive: three ways in, and the archives that were open before. */
export function Doors() {
  const app = useApp();
  const info = useArchives((state) => state.info);
  const opening = useArchives((state) => state.opening);
  if (info === null) return <div className="doors" aria-busy="true" />;
  const refusal = info.readOnly ? "This host was started read-only: it opens archives and creates none." : null;
  return (
    <main className="doors">
      <div className="doors-content">
        <header className="doors-head">
          <h1>MXM DataIO Browser</h1>
          <p className="muted">Browse, check and extend archives of everything a data pipeline fetched.</p>
        </header>
        <div className="doors-failure">
          <OpeningNotice />
        </div>
        <div className="doors-row">
          <Door
            icon={<FolderOpen size={22} />}
            title="Open an archive"
            text="A folder with dataio.sqlite in it. Opening changes nothing on disk."
            busy={opening !== null}
            onClick={() => openArchive(app)}
          />
          <Door
            icon={<FolderPlus size={22} />}
            title="Create an archive"
            text="A new, empty one. Pipelines written in Python can use it too."
            refusal={refusal}
            onClick={() => createArchive(app)}
          />
          <SampleDoor refusal={refusal} />
        </div>
        {opening !== null && (
          <p className="doors-opening" role="status">
            Opening <ArchivedText text={opening} className="mono" />…
          </p>
        )}
        <Recent />
      </div>
      <footer className="doors-foot muted">
        <span>Version {info.version}</span>
        <button type="button" className="link" onClick={() => app.ui.getState().set({ dialog: { kind: "palette" } })}>
          Commands ({shortcut("palette")})
        </button>
        <button type="button" className="link" onClick={() => app.ui.getState().set({ dialog: { kind: "settings" } })}>
          Settings
        </button>
      </footer>
    </main>
  );
}

interface DoorProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly refusal?: string | null;
  readonly busy?: boolean;
  readonly onClick: () => void;
}

function Door({ icon, title, text, refusal = null, busy = false, onClick }: DoorProps) {
  return (
    <button type="button" className="door" disabled={refusal !== null || busy} onClick={onClick}>
      {icon}
      <span className="door-title">{title}</span>
      <span className="door-text">{refusal ?? text}</span>
    </button>
  );
}

function SampleDoor({ refusal }: { readonly refusal: string | null }) {
  const app = useApp();
  const job = useJobs((state) => state.jobs.find((other) => other.detail.kind === "sample" && !hasEnded(other)));
  if (job?.detail.kind !== "sample") {
    return (
      <Door
        icon={<Sparkles size={22} />}
        title="Explore the sample"
        text="An archive with a bit of everything, made on this machine in a few seconds."
        refusal={refusal}
        onClick={() => createSample(app)}
      />
    );
  }
  const running = job.state.status === "running" ? job.state : { done: 0, total: null };
  return (
    <div className="door door-busy">
      <Sparkles size={22} />
      <span className="door-title">Making the sample</span>
      <span className="door-text">{job.detail.step}</span>
      <ProgressBar {...running} label="Making the sample" />
      <Button onClick={() => void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(job.id))}>
        Cancel
      </Button>
    </div>
  );
}

function Recent() {
  const app = useApp();
  const recent = useArchives((state) => state.recent);
  const zone = useTimeZone();
  if (recent.length === 0) return null;
  const { open, forget } = app.archives.getState();
  return (
    <section aria-labelledby="recent-archives">
      <h2 id="recent-archives" className="doors-subtitle">
        Recent archives
      </h2>
      <ul className="recent">
        {recent.map((archive) => (
          <li key={archive.path} className="recent-item">
            <button type="button" className="recent-open" onClick={() => void open(archive.path)}>
              <ArchivedText text={archive.name} className="recent-name truncate" />
              <ArchivedText text={archive.path} className="recent-path mono truncate" />
              {archive.exists ? (
                <time className="recent-time" dateTime={archive.openedAt} title={formatTime(archive.openedAt, zone)}>
                  {relativeTime(archive.openedAt, Date.now())}
                </time>
              ) : (
                <span className="recent-time tone-doubt">folder is gone</span>
              )}
            </button>
            <Button
              variant="quiet"
              icon={<X size={14} />}
              aria-label={`Forget ${archive.name}`}
              hint="Take it off this list; the archive stays"
              onClick={() => void app.attempt("It could not be forgotten", () => forget(archive.path))}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
