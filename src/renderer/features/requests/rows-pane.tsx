import { Inbox, ListX, Plus, RefreshCw } from "lucide-react";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatCount, formatCounted, formatRows } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { newFetch, refetch } from "../../state/commands.ts";
import { useApp, useArchives, useRows, useSelection, useSessions, useTimeZone } from "../../state/context.ts";
import { wholeFilter } from "../../state/rows.ts";
import { mayPass, nextStep } from "../archives/next-steps.ts";
import { NoIndex, NothingMatches, useWaitsForIndex, WaitingForIndex } from "../filter/filter-states.tsx";
import { SearchNotes } from "../filter/search-notes.tsx";
import { shortcut } from "../window/shortcuts.ts";
import { ColumnsButton } from "./column-menu.tsx";
import { RowTable } from "./table.tsx";
import "./rows-pane.css";

/** The middle of the window: which rows these are, and the rows. */
export function RowsPane() {
  return (
    <section className="rows-pane" aria-label="Responses">
      <RowsBar />
      <SearchNotes />
      <div className="rows-content">
        <RowsContent />
      </div>
    </section>
  );
}

function RowsContent() {
  const app = useApp();
  const { phase, error, items, outdatedBy, moreError } = useRows((state) => state);
  const { reload, loadThrough } = app.rows.getState();
  const waits = useWaitsForIndex();
  if (phase === "failed" && error?.code === "INDEX_UNAVAILABLE") return <NoIndex message={error.message} />;
  if (phase === "failed") {
    return (
      <FailureState
        title="The rows could not be read"
        actions={<Button onClick={() => void reload()}>Try again</Button>}
      >
        <p>
          <ArchivedText text={error?.message ?? ""} />
        </p>
        {error !== null && mayPass(error.code) && <p>{nextStep(error.code)}</p>}
      </FailureState>
    );
  }
  if (waits) return <WaitingForIndex />;
  // While the same rows come in another order, the table stays as it is.
  if (phase !== "ready" && items.length === 0) return <Skeleton form="rows" lines={24} label="Loading rows…" />;
  if (items.length === 0) return <NoRows />;
  return (
    <>
      <RowTable />
      {outdatedBy !== null && (
        <button type="button" className="pill" onClick={() => void reload()}>
          {outdatedBy > 0 ? `${formatCounted(outdatedBy, "new row")} · refresh` : "The list has changed · refresh"}
        </button>
      )}
      {moreError !== null && (
        <div className="rows-more-error" role="alert">
          <span>
            More rows could not be read: <ArchivedText text={moreError.message} />
          </span>
          <Button onClick={() => void loadThrough(items.length)}>Try again</Button>
        </div>
      )}
    </>
  );
}

function NoRows() {
  const app = useApp();
  const sessionId = useRows((state) => state.listing?.sessionId ?? null);
  const isFiltered = useRows(({ listing }) => listing !== null && wholeFilter(listing).length > 0);
  const isAsOf = useRows(({ listing }) => (listing?.asOf ?? null) !== null);
  if (isFiltered) return <NothingMatches />;
  if (isAsOf) {
    return (
      <EmptyState icon={<Inbox size={24} aria-hidden />} title="Nothing was there yet">
        <p>At that moment nothing of this was archived.</p>
      </EmptyState>
    );
  }
  if (sessionId !== null) {
    return (
      <EmptyState icon={<ListX size={24} aria-hidden />} title="This session has no rows">
        <p>It was opened and asked for nothing, or all its answers belong to other sessions.</p>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<Inbox size={24} aria-hidden />}
      title="Nothing archived yet"
      actions={
        <Button variant="primary" icon={<Plus size={14} />} onClick={() => newFetch(app)}>
          Fetch something
        </Button>
      }
    >
      <p>Fetch something here, or let a pipeline write into this archive: its rows appear as they come.</p>
    </EmptyState>
  );
}

function RowsBar() {
  const app = useApp();
  const zone = useTimeZone();
  const archive = useArchives((state) => state.archive);
  const total = useRows((state) => state.total);
  const more = useRows((state) => state.more);
  const phase = useRows((state) => state.phase);
  const selectedCount = useSelection((state) => state.selected.size);
  const session = useSessions(({ items, selectedId }) => items.find((item) => item.id === selectedId) ?? null);
  if (archive === null) return null;
  return (
    <header className="rows-bar">
      <h1 className="rows-title truncate">
        {session === null ? (
          "All responses"
        ) : (
          <>
            <ArchivedText text={session.source} />
            <ArchivedText text={formatTime(session.startedAt, zone)} className="rows-subtitle" />
          </>
        )}
      </h1>
      {phase === "ready" && <span className="muted">{formatRows(total, more)}</span>}
      <span className="view-bar-gap" />
      <ColumnsButton />
      <Button
        icon={<RefreshCw size={13} />}
        hint={
          selectedCount === 0
            ? "Select rows first; their requests are asked again exactly as they were"
            : `Ask again for the selected requests, exactly as they were (${shortcut("refetch")})`
        }
        unavailable={selectedCount === 0}
        onClick={() => refetch(app)}
      >
        Re-fetch{selectedCount > 1 ? ` ${formatCount(selectedCount)}` : ""}
      </Button>
    </header>
  );
}
