import { ChartColumn, Inbox } from "lucide-react";
import { type ReactNode, useCallback } from "react";
import type { IndexState, OpenArchive } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { ProgressBar } from "../../components/progress-bar.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useApp, useArchives, useFilterIndex, useRows, useTimeZone, useUi } from "../../state/context.ts";
import { ViewSwitch } from "../requests/view-switch.tsx";
import { ActivitySection } from "./activity-section.tsx";
import { Figures } from "./figures.tsx";
import { SourcesTable } from "./sources-table.tsx";
import { StandingOut } from "./standing-out.tsx";
import { useRefreshed } from "./use-refreshed.ts";
import "./overview.css";

/** News are taken up once in so many milliseconds at most. */
const GAP_MS = 1_000;

/** The whole archive at a glance, now or as of the moment that the window is as of. */
export function OverviewPane() {
  const archive = useArchives((state) => state.archive);
  const asOf = useRows(({ listing }) => listing?.asOf ?? null);
  // Figures of another moment are none to be shown meanwhile.
  return archive === null ? null : <OpenOverview key={asOf} archive={archive} asOf={asOf} />;
}

function OpenOverview({ archive, asOf }: { readonly archive: OpenArchive; readonly asOf: string | null }) {
  const app = useApp();
  const zone = useTimeZone();
  const { id: archiveId } = archive;
  const index = useFilterIndex((state) => state.index);
  const pending = index?.state === "ready" ? index.pending : -1;
  const link = useUi((state) => state.link);
  const { responses, requests, sessions } = archive.counts;
  const version = `${link} ${responses} ${requests} ${sessions} ${pending}`;
  const load = useCallback(
    (signal: AbortSignal) => app.client.call("overview.get", { archiveId, asOf }, { signal }),
    [app, archiveId, asOf],
  );
  const loadSizes = useCallback(
    (signal: AbortSignal) => app.client.call("overview.sizes", { archiveId, asOf }, { signal }),
    [app, archiveId, asOf],
  );
  const { value: overview, error, again } = useRefreshed(load, version, GAP_MS);
  const { value: sizes } = useRefreshed(loadSizes, version, GAP_MS);
  if (overview === null) {
    return (
      <Frame>{error === null ? <Waiting index={index} /> : <Failed message={error.message} again={again} />}</Frame>
    );
  }
  if (overview.responses === 0 && archive.counts.requests === 0) {
    return (
      <Frame>
        <EmptyState icon={<Inbox size={24} aria-hidden />} title="Nothing archived yet">
          <p>What comes in is counted here as it comes.</p>
        </EmptyState>
      </Frame>
    );
  }
  if (asOf !== null && overview.responses === 0 && overview.failures.length === 0) {
    return (
      <Frame>
        <EmptyState icon={<Inbox size={24} aria-hidden />} title="Nothing was archived by then">
          <p>
            As of {shortTime(asOf, zone)} the archive had no response. {counted(overview.sessions)}
          </p>
        </EmptyState>
      </Frame>
    );
  }
  const { first, last } = overview;
  const span = first === null || last === null ? "" : `${shortTime(first, zone)} – ${shortTime(last, zone)}`;
  return (
    <Frame
      note={
        <span className="muted truncate">
          {asOf !== null && `As of ${shortTime(asOf, zone)}: what would have been served then · `}
          <ArchivedText text={span} />
        </span>
      }
    >
      {error !== null && <Failed message={error.message} again={again} />}
      <Figures
        overview={overview}
        sizes={sizes}
        requests={asOf === null ? archive.counts.requests : (sizes?.requests ?? null)}
        pending={pending > 0 ? pending : 0}
      />
      <ActivitySection archiveId={archiveId} asOf={asOf} overview={overview} version={version} />
      <SourcesTable sources={overview.sources} sizes={sizes} />
      <StandingOut overview={overview} isAsOf={asOf !== null} />
    </Frame>
  );
}

function counted(sessions: number): string {
  return sessions === 0 ? "No session had begun." : `${formatCounted(sessions, "session")} had begun.`;
}

function shortTime(text: string, zone: "utc" | "local"): string {
  return formatTime(text, zone).slice(0, "2025-10-21 16:38".length);
}

function Frame({ note, children }: { readonly note?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="rows-pane" aria-label="Overview">
      <header className="rows-bar">
        <ViewSwitch />
        <h1 className="visually-hidden">Overview</h1>
        {note}
      </header>
      <div className="overview">{children}</div>
    </section>
  );
}

function Failed({ message, again }: { readonly message: string; readonly again: () => void }) {
  return (
    <FailureState title="The overview could not be read" actions={<Button onClick={again}>Try again</Button>}>
      <p>
        <ArchivedText text={message} />
      </p>
    </FailureState>
  );
}

function Waiting({ index }: { readonly index: IndexState | null }) {
  if (index?.state !== "building") return <Skeleton lines={12} label="Reading the overview…" />;
  const { done, total } = index;
  return (
    <div className="overview-waiting">
      <ChartColumn size={24} className="tone-muted" aria-hidden />
      <h2>Counting what is there…</h2>
      <ProgressBar done={done} total={total === 0 ? null : total} label="Building the index of this archive" />
      <p role="status">
        {total === 0
          ? "The index of this archive is being made."
          : `${formatCount(done)} of ${formatCount(total)} rows`}
      </p>
      <p className="muted">This is done once. The archive can be used meanwhile.</p>
    </div>
  );
}
