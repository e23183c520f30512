import { CalendarDays, Inbox, Info, ListX, Plus, RefreshCw } from "lucide-react";
import type { RowFilter } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { Skeleton } from "../../components/skeleton.tsx";
import { formatCount, formatCounted, formatRows } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { PLAIN_VIEW } from "../../state/app.ts";
import { newFetch, refetch, toggleDayGroups } from "../../state/commands.ts";
import {
  useApp,
  useArchives,
  useRequests,
  useRows,
  useSelection,
  useSessions,
  useSessionTable,
  useSettings,
  useTimeZone,
} from "../../state/context.ts";
import { NEWEST_FIRST, wholeFilter } from "../../state/rows.ts";
import type { TableView } from "../../state/ui.ts";
import { mayPass, nextStep } from "../archives/next-steps.ts";
import { useFetchObstacle } from "../as-of/fetch-obstacle.ts";
import { NoIndex, NothingMatches, useWaitsForIndex, WaitingForIndex } from "../filter/filter-states.tsx";
import { SearchNotes } from "../filter/search-notes.tsx";
import { shortcut } from "../window/shortcuts.ts";
import { ColumnsButton } from "./column-menu.tsx";
import { COLUMNS } from "./columns.tsx";
import { MAIN_VIEWS } from "./main-views.ts";
import { REQUEST_COLUMNS } from "./request-columns.tsx";
import { RequestList } from "./request-table.tsx";
import { SESSION_COLUMNS } from "./session-columns.tsx";
import { SessionList } from "./session-table.tsx";
import { RowTable } from "./table.tsx";
import { useColumns } from "./use-columns.ts";
import { ViewSwitch } from "./view-switch.tsx";
import "./rows-pane.css";

/** A table in the middle of the window: what is listed, and the list. */
export function RowsPane({ view }: { readonly view: TableView }) {
  return (
    <section className="rows-pane" aria-label={labelOf(view)}>
      <RowsBar view={view} />
      {view === "sessions" ? <UnusedFilter /> : <SearchNotes />}
      <div className="rows-content">
        {view === "responses" && <RowsContent />}
        {view === "requests" && <RequestList />}
        {view === "sessions" && <SessionList />}
      </div>
    </section>
  );
}

function labelOf(view: TableView): string {
  return MAIN_VIEWS.find(({ value }) => value === view)?.label ?? "";
}

/** The filter that one sees is not one of the sessions. */
function UnusedFilter() {
  const isFiltered = useRows(({ listing }) => listing !== null && wholeFilter(listing).length > 0);
  if (!isFiltered) return null;
  return (
    <div className="search-notes" role="status">
      <Info size={13} className="tone-muted" aria-hidden />
      <span>Sessions are not filtered; the filter is that of responses and requests.</span>
    </div>
  );
}

function RowsContent() {
  const app = useApp();
  const { phase, error, items, outdatedBy, moreError } = useRows((state) => state);
  const { reload, retry } = app.rows.getState();
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
          <Button onClick={() => void retry()}>Try again</Button>
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
  const requests = useArchives((state) => state.archive?.counts.requests ?? 0);
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
  if (requests > 0) return <NoResponses />;
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

const UNANSWERED: RowFilter = [{ key: "is", value: "unanswered", not: false }];

/** Something was asked, and nothing has come: the list of the whole archive is of responses. */
function NoResponses() {
  const app = useApp();
  const path = useArchives((state) => state.archive?.path ?? "");
  return (
    <EmptyState
      icon={<Inbox size={24} aria-hidden />}
      title="No response yet"
      actions={
        <Button onClick={() => void app.showView(path, { ...PLAIN_VIEW, filter: UNANSWERED })}>
          Show what was asked
        </Button>
      }
    >
      <p>Responses are listed here. What was asked so far has brought none: it failed, or is still running.</p>
    </EmptyState>
  );
}

function RowsBar({ view }: { readonly view: TableView }) {
  const app = useApp();
  const archive = useArchives((state) => state.archive);
  const selectedCount = useSelection((state) => state.selected.size);
  const obstacle = useFetchObstacle();
  if (archive === null) return null;
  return (
    <header className="rows-bar">
      <ViewSwitch />
      <Title view={view} />
      <Count view={view} />
      <span className="view-bar-gap" />
      {view === "responses" && <DayGroupsButton />}
      <Columns view={view} />
      {view !== "sessions" && (
        <Button
          icon={<RefreshCw size={13} />}
          hint={
            obstacle ??
            (selectedCount === 0
              ? "Select rows first; their requests are asked again exactly as they were"
              : `Ask again for the selected requests, exactly as they were (${shortcut("refetch")})`)
          }
          unavailable={obstacle !== null || selectedCount === 0}
          onClick={() => refetch(app)}
        >
          Re-fetch{selectedCount > 1 ? ` ${formatCount(selectedCount)}` : ""}
        </Button>
      )}
    </header>
  );
}

/** Whose responses or requests these are. */
function Title({ view }: { readonly view: TableView }) {
  const zone = useTimeZone();
  const session = useSessions(({ items, selectedId }) => items.find((item) => item.id === selectedId) ?? null);
  if (session === null || view === "sessions")
    return <h1 className="rows-title rows-title-listed rows-title-all">All {view}</h1>;
  return (
    <h1 className="rows-title rows-title-listed truncate">
      <ArchivedText text={session.source} />
      <ArchivedText text={formatTime(session.startedAt, zone)} className="rows-subtitle" />
    </h1>
  );
}

function Count({ view }: { readonly view: TableView }) {
  const rows = useRows(({ phase, total, more }) => (phase === "ready" ? formatRows(total, more) : null));
  const requests = useRequests(({ phase, items }) =>
    phase === "ready" ? formatCounted(items.length, "request") : null,
  );
  const sessions = useSessionTable(({ phase, items }) =>
    phase === "ready" ? formatCounted(items.length, "session") : null,
  );
  const count = { responses: rows, requests, sessions }[view];
  return count === null ? null : <span className="muted rows-count">{count}</span>;
}

function Columns({ view }: { readonly view: TableView }) {
  const responses = useColumns("responses", COLUMNS);
  const requests = useColumns("requests", REQUEST_COLUMNS);
  const sessions = useColumns("sessions", SESSION_COLUMNS);
  return <ColumnsButton choice={{ responses, requests, sessions }[view]} />;
}

function DayGroupsButton() {
  const app = useApp();
  const isOn = useSettings((state) => state.settings.groupByDay);
  const isByTime = useRows((state) => (state.listing?.sort ?? NEWEST_FIRST).column === "time");
  return (
    <Button
      variant="quiet"
      icon={<CalendarDays size={15} aria-hidden />}
      aria-label="Group by day"
      aria-pressed={isOn && isByTime}
      unavailable={!isByTime}
      hint={isByTime ? "Group by day" : "Grouped by day in order of time only"}
      onClick={() => toggleDayGroups(app)}
    />
  );
}
