/**
 * The renderer's state, wired together: which store hears of what, and in which order. Made once for a window over a
 * client; React sees it through the context alone.
 */
import { createRef, type RefObject } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type {
  IdentitySort,
  IndexState,
  Job,
  MenuCommand,
  OpenArchive,
  RowRef,
  RowSort,
  SessionSort,
} from "../../shared/contract.ts";
import { spokenCounts } from "../features/run/spoken.ts";
import { spokenSend } from "../features/send/spoken.ts";
import { spokenTotals } from "../features/streams/spoken.ts";
import { isTransfer, spokenTransfer } from "../features/transfer/spoken.ts";
import { type ArchivesState, createArchivesStore, type Memory } from "./archives.ts";
import { createDetailStore, type DetailState } from "./detail.ts";
import { isSilent, shapeOf } from "./failures.ts";
import { createFacetsStore, type FacetsState } from "./filter-facets.ts";
import { createFilterIndexStore, type FilterIndexState } from "./filter-index.ts";
import { readFilter } from "./filter-terms.ts";
import { showJobPage, showSessionOf } from "./job-pages.ts";
import { createJobsStore, hasEnded, type JobsState } from "./jobs.ts";
import { keepLastViews } from "./last-view.ts";
import {
  createRequestList,
  createSessionTable,
  followedSelection,
  isReadAnew,
  LAST_FETCHED_FIRST,
  LAST_STARTED_FIRST,
  type RequestListState,
  type SessionTableState,
} from "./main-lists.ts";
import { selectByPage } from "./page-selection.ts";
import { countLoaded, loadedOf } from "./placed-list.ts";
import { createRowsStore, NEWEST_FIRST, NO_FILTER, type RowListing, type RowsState, wholeFilter } from "./rows.ts";
import { createRunStore, type RunState, rowOfItem } from "./run.ts";
import {
  createSelectionStore,
  indexOfRow,
  isHeld,
  NOTHING_SELECTED,
  type Selection,
  type SelectionState,
  selectOnly,
} from "./selection.ts";
import { createSessionsStore, type SessionsState } from "./sessions.ts";
import { createSettingsStore, type SettingsState } from "./settings.ts";
import { createToasts, type Toasts } from "./toasts.ts";
import { createUiStore, type MainView, type UiState } from "./ui.ts";

export interface App {
  readonly client: Client;
  readonly archives: StoreApi<ArchivesState>;
  readonly sessions: StoreApi<SessionsState>;
  readonly rows: StoreApi<RowsState>;
  readonly requests: StoreApi<RequestListState>;
  readonly sessionTable: StoreApi<SessionTableState>;
  readonly filterIndex: StoreApi<FilterIndexState>;
  readonly facets: StoreApi<FacetsState>;
  readonly selection: StoreApi<SelectionState>;
  readonly detail: StoreApi<DetailState>;
  readonly jobs: StoreApi<JobsState>;
  readonly run: StoreApi<RunState>;
  readonly settings: StoreApi<SettingsState>;
  readonly ui: StoreApi<UiState>;
  readonly toasts: Toasts;
  /** Where the keyboard can be sent. */
  readonly places: {
    readonly grid: RefObject<HTMLTableElement | null>;
    readonly inspector: RefObject<HTMLElement | null>;
    /** Where one searches and filters, while there is such a place. */
    readonly filter: RefObject<HTMLInputElement | null>;
  };

  /** Begins to hear the host; returns what ends it. */
  start(): () => void;
  /** The page is about to go: what waits to be kept for the next time is kept now. */
  leave(): void;
  /** The view that the archive of this path is to be shown in when the app starts with it. */
  startWith(path: string, view: View): void;
  /** Shows a view of an archive, which is opened when it is not the one that is. */
  showView(path: string, view: View): Promise<void>;
  /** Shows the rows of a session, or of all when null. */
  showSession(sessionId: string | null): void;
  select(selection: Selection): void;
  /** Goes to where a job put something; a step of the person. */
  goTo(target: JobTarget): Promise<void>;
  /** Calls the host for a job, and goes to its result when the person stayed where they were. */
  startJob(call: () => Promise<Job>): Promise<Job>;
  /** Runs something whose failure is a matter for a toast. */
  attempt(title: string, work: () => Promise<unknown>): Promise<void>;
}

/** What one looks at in an archive; its address holds it. */
export interface View extends Pick<RowListing, "sessionId" | "filter" | "sort" | "asOf"> {
  /** What of it the middle of the window shows; left out: the responses. */
  readonly main?: MainView;
  /** The job whose page stands in the place of the lists. */
  readonly job?: string | null;
  /** The orders of the other tables; left out: the usual ones. */
  readonly requestSort?: IdentitySort;
  readonly sessionSort?: SessionSort;
}
export const PLAIN_VIEW: View = { sessionId: null, filter: NO_FILTER, sort: NEWEST_FIRST };

export interface JobTarget {
  readonly archiveId: string;
  readonly sessionId: string | null;
  readonly row: RowRef | null;
}

export function createApp(client: Client, lastPath: Memory, onCommand: (app: App, command: MenuCommand) => void): App {
  const archives = createArchivesStore(client, lastPath);
  const sessions = createSessionsStore(client);
  const selection = createSelectionStore();
  const ui = createUiStore();
  // What is selected is asked for by commands, and moved from by keys.
  const rows = createRowsStore(client, ({ ref }) => isHeld(selection.getState(), ref));
  const requests = createRequestList(client, ({ row }) => isHeld(selection.getState(), row.ref));
  const sessionTable = createSessionTable(client, ({ id }) => id === ui.getState().activeSession);
  const filterIndex = createFilterIndexStore(client);
  const facets = createFacetsStore(client);
  const detail = createDetailStore(client);
  const jobs = createJobsStore(client);
  const run = createRunStore(client);
  const settings = createSettingsStore(client);
  const toasts = createToasts();
  /** Jobs that this window started, and how far the person had gone by then. */
  const followed = new Map<string, number>();
  let leaving = () => {};
  /** The query whose requests are listed. */
  let listedRequests = "";
  /** The view that an archive is to be shown in once it is open. */
  let awaited: { readonly path: string; readonly view: View } | null = null;

  const report = (title: string, error: unknown) => {
    if (!isSilent(error)) toasts.failed(title, shapeOf(error));
  };

  const showArchive = (archive: OpenArchive | null, before: ArchivesState) => {
    selection.getState().set(NOTHING_SELECTED);
    ui.getState().set({ compareWith: null, jobPage: null, filterDraft: "", activeSession: null });
    facets.getState().clear();
    requests.getState().clear();
    sessionTable.getState().clear();
    if (archive === null) {
      sessions.getState().clear();
      rows.getState().clear();
      filterIndex.getState().clear();
      return;
    }
    // The first rows are what one waits for; whatever is asked for after them waits behind them.
    const view = viewFor(archive, before);
    const shown = show(archive.id, view);
    void app.attempt("The index of the archive could not be asked for", () => filterIndex.getState().show(archive.id));
    void sessions.getState().show(archive.id, view.asOf ?? null);
    sessions.getState().select(view.sessionId);
    void selectAgain(archives.getState().lastView?.row ?? null, shown);
  };

  /** Selects the row that was inspected the last time, where it is among those that are shown now, or below what is read. */
  const selectAgain = async (row: RowRef | null, shown: Promise<void>) => {
    const { moves } = selection.getState();
    await shown;
    if (row === null || !(await isThere(row)) || selection.getState().moves !== moves) return;
    selection.getState().setQuietly(selectOnly(row));
  };

  /** False for a row that is not in a list that is known in whole, or not in the archive. */
  const isThere = async (ref: RowRef): Promise<boolean> => {
    const { items, listing } = rows.getState();
    if (indexOfRow(loadedOf(items), ref) !== -1) return true;
    if (listing === null || countLoaded(items) === items.length) return false;
    try {
      await client.call("rows.get", { archiveId: listing.archiveId, ref });
      return true;
    } catch {
      return false;
    }
  };

  const viewFor = (archive: OpenArchive, before: ArchivesState): View => {
    const { listing } = rows.getState();
    if (awaited !== null && awaited.path === before.opening) return awaited.view;
    // A host that was started anew has opened the same archive again.
    const isSame = listing !== null && before.archive?.path === archive.path;
    if (!isSame) return { ...PLAIN_VIEW, filter: readFilter(archives.getState().lastView?.filter ?? "") };
    const { sessionId, filter, sort, asOf = null } = listing;
    // Jobs are those of the host that was.
    const [requestSort, sessionSort] = [requests.getState().sort, sessionTable.getState().sort];
    return { sessionId, filter, sort, asOf, main: ui.getState().view, requestSort, sessionSort };
  };

  const show = (archiveId: string, shown: View) => {
    const {
      main = "responses",
      job = null,
      requestSort = LAST_FETCHED_FIRST,
      sessionSort = LAST_STARTED_FIRST,
      ...view
    } = shown;
    ui.getState().set({ view: main, jobPage: job });
    if (!isSameSort(requests.getState().sort, requestSort)) void requests.getState().sortBy(requestSort);
    if (!isSameSort(sessionTable.getState().sort, sessionSort)) void sessionTable.getState().sortBy(sessionSort);
    sessions.getState().select(view.sessionId);
    return rows.getState().show({ ...view, archiveId });
  };

  const refresh = () => {
    void sessions.getState().refresh();
    void rows.getState().refresh();
    // What was there at a moment stays as it was.
    if ((rows.getState().listing?.asOf ?? null) === null) {
      requests.getState().outdate();
      sessionTable.getState().outdate();
    }
    void facets.getState().refresh();
    void detail.getState().reload();
  };

  const jumpTo = async ({ archiveId, sessionId, row }: JobTarget, leavesFilter = false) => {
    if (archives.getState().archive?.id !== archiveId) return;
    ui.getState().set({ jobPage: null, view: "responses" });
    const { moves } = selection.getState();
    if (sessionId === null || sessionId === sessions.getState().selectedId) {
      await rows.getState().refresh();
      const { items, listing } = rows.getState();
      // Who goes to a row wants to see it, whatever the list was narrowed by.
      const isNarrowed = listing !== null && (wholeFilter(listing).length > 0 || (listing.asOf ?? null) !== null);
      if (leavesFilter && isNarrowed && row !== null && indexOfRow(loadedOf(items), row) === -1) {
        ui.getState().set({ filterDraft: "" });
        await rows.getState().show({ archiveId, sessionId: listing.sessionId, filter: NO_FILTER, sort: listing.sort });
      }
    } else {
      await sessions.getState().refresh();
      if (selection.getState().moves !== moves) return;
      selection.getState().setQuietly(NOTHING_SELECTED);
      sessions.getState().select(sessionId);
      ui.getState().set({ filterDraft: "" });
      await rows.getState().show({ archiveId, sessionId, filter: NO_FILTER, sort: NEWEST_FIRST });
    }
    if (row !== null && selection.getState().moves === moves) selection.getState().setQuietly(selectOnly(row));
  };

  const onJob = (job: Job) => {
    jobs.getState().told(job);
    if (!hasEnded(job)) return;
    const moves = followed.get(job.id);
    if (moves === undefined || !followed.delete(job.id)) return;
    const stayed = moves === selection.getState().moves;
    const { dialog, jobPage, jobsShown } = ui.getState();
    // Where its end is shown, nobody needs to be told of it.
    if (job.detail.kind === "send" && dialog.kind === "send") return;
    if (job.detail.kind === "stream" && (jobPage === job.id || job.detail.ending?.reason === "left")) return;
    if (job.state.status === "failed") {
      const show = { label: "Show the jobs", run: () => ui.getState().set({ jobsShown: true }) };
      toasts.failed(`${job.title} failed`, job.state.error, show);
    }
    if (job.state.status !== "succeeded") return;
    if (!stayed) {
      // The open list of jobs, and its own page, say and link the same.
      if (!jobsShown && jobPage !== job.id) linkTo(job);
      return;
    }
    if (job.detail.kind === "sample" && job.detail.path !== null) void archives.getState().open(job.detail.path);
    // A fetch of several has a page, which stays.
    if (job.detail.kind === "fetch" && job.detail.only !== null) {
      const { archiveId, sessionId, only } = job.detail;
      void jumpTo({ archiveId, sessionId, row: rowOfItem(only) });
    }
  };

  /** Says that a job ended, and leads to its result: the person went on meanwhile, and is not to be pulled away. */
  const linkTo = (job: Job) => {
    const { title, detail: result } = job;
    if (result.kind === "sample" && result.path !== null) {
      const { path } = result;
      toasts.done("The sample is ready", path, { label: "Open it", run: () => void archives.getState().open(path) });
    }
    if (isTransfer(result)) toasts.done(title, spokenTransfer(result));
    if (result.kind === "send") toasts.done(title, spokenSend(result.outcome));
    if (result.kind === "stream") toasts.done(title, spokenTotals(result));
    if (result.kind !== "fetch") return;
    const row = rowOfItem(result.only);
    const step =
      row === null
        ? { label: "Show the run", run: () => showJobPage(app, job) }
        : { label: "Show the row", run: () => showSessionOf(app, job, result, row) };
    const counts = spokenCounts(result.counts);
    if (result.counts.failed > 0) toasts.failed(title, { code: "FETCH_FAILED", message: counts, details: {} }, step);
    else toasts.done(title, counts, step);
  };

  const begin = async () => {
    try {
      await archives.getState().start();
      await jobs.getState().load();
    } catch (error) {
      report("The host could not be asked", error);
    }
  };

  const app: App = {
    client,
    archives,
    sessions,
    rows,
    requests,
    sessionTable,
    filterIndex,
    facets,
    selection,
    detail,
    jobs,
    run,
    settings,
    ui,
    toasts,
    places: { grid: createRef(), inspector: createRef(), filter: createRef() },

    start() {
      const ends = [
        archives.subscribe((now, before) => {
          if (now.archive?.id !== before.archive?.id) showArchive(now.archive, before);
          if (now.info !== before.info && now.info !== null) settings.getState().told(now.info.settings);
        }),
        selection.subscribe((now, before) => {
          if (now.active === before.active) return;
          const { archive } = archives.getState();
          if (now.active === null || archive === null) detail.getState().clear();
          else void detail.getState().show(archive.id, now.active);
        }),
        requests.subscribe((now, before) => {
          if (!isReadAnew(before, now)) return;
          const query = JSON.stringify(now.query);
          const isSame = query === listedRequests;
          listedRequests = query;
          if (ui.getState().view !== "requests") return;
          const { setQuietly, ...selected } = selection.getState();
          const isGone = !isSame || countLoaded(now.items) === now.items.length;
          setQuietly(followedSelection(selected, loadedOf(before.items), loadedOf(now.items), isGone));
        }),
        detail.subscribe((now, before) => {
          const payload = now.detail?.payload ?? null;
          if (payload === null || now.detail === before.detail || payload.state === "unchecked") return;
          rows.getState().learn(payload.checksum, payload.state);
        }),
        rows.subscribe(({ listing }, before) => {
          if (listing === null || listing === before.listing) return;
          if (listing.archiveId === sessions.getState().archiveId) {
            void sessions.getState().showAsOf(listing.asOf ?? null);
          }
        }),
        client.on("archive.changed", ({ archive }) => {
          if (archive.id !== archives.getState().archive?.id) return;
          archives.getState().told(archive);
          refresh();
        }),
        client.on("index.changed", ({ archiveId, index }) => {
          const before = filterIndex.getState().index;
          filterIndex.getState().told(archiveId, index);
          const isNew = index.state === "ready" && before?.state !== "ready";
          if (isNew && sessions.getState().items.some(({ partial }) => partial)) void sessions.getState().refresh();
          if (archiveId !== filterIndex.getState().archiveId || !isComplete(index) || isComplete(before)) return;
          // Type, duration and integrity of the last rows are known now.
          void facets.getState().refresh();
          if (rows.getState().listing?.filter.length !== 0) void rows.getState().refresh();
        }),
        selectByPage(app, () => archives.getState().archive?.id),
        client.on("settings.changed", (changed) => settings.getState().told(changed)),
        client.on("job.changed", onJob),
        client.on("jobs.cleared", ({ jobIds }) => {
          jobs.getState().toldCleared(jobIds);
          if (jobIds.includes(ui.getState().jobPage ?? "")) ui.getState().set({ jobPage: null });
        }),
        // The selected request of a run shows its response, now or once it comes.
        run.subscribe((now, before) => {
          if (now.activePlace === null || ui.getState().jobPage !== now.jobId) return;
          const row = rowOfItem(now.items[now.activePlace]);
          const { active } = selection.getState();
          if (now.activePlace !== before.activePlace)
            selection.getState().set(row === null ? NOTHING_SELECTED : selectOnly(row));
          else if (row !== null && active === null) selection.getState().setQuietly(selectOnly(row));
        }),
        client.on("archive.asked", ({ path }) => void archives.getState().open(path)),
        client.on("menu.command", ({ command }) => onCommand(app, command)),
        client.onLink((link) => {
          ui.getState().set({ link });
          if (link === "down") return;
          // The host may be the same one, with the archive still open, or a new one that knows nothing yet.
          const before = archives.getState().archive?.id;
          void begin().then(() => {
            if (before !== undefined && archives.getState().archive?.id === before) reloadAll();
          });
        }),
      ];
      const lastViews = keepLastViews(app);
      leaving = lastViews.flush;
      void begin();
      return () => {
        lastViews.end();
        for (const end of ends) end();
      };
    },

    leave: () => leaving(),

    startWith(path, view) {
      lastPath.write(path);
      awaited = { path, view };
    },

    async showView(path, view) {
      const { archive, open } = archives.getState();
      ui.getState().set({ jobPage: null });
      if (archive?.path === path) {
        ui.getState().set({ filterDraft: "" });
        selection.getState().set(NOTHING_SELECTED);
        void show(archive.id, view);
        return;
      }
      awaited = { path, view };
      await open(path);
    },

    showSession(sessionId) {
      const { listing } = rows.getState();
      if (listing === null) return;
      // A session is no part of a list of sessions, nor of the overview.
      const { view } = ui.getState();
      const hasRows = view === "responses" || view === "requests";
      ui.getState().set({ jobPage: null, view: hasRows ? view : "responses" });
      selection.getState().set(NOTHING_SELECTED);
      sessions.getState().select(sessionId);
      void rows.getState().show({ ...listing, sessionId });
    },

    select(next) {
      selection.getState().set(next);
    },

    async goTo(target) {
      selection.getState().step();
      await jumpTo(target, true);
    },

    async startJob(call) {
      const { moves } = selection.getState();
      const job = await call();
      followed.set(job.id, moves);
      jobs.getState().told(job);
      const known = jobs.getState().jobs.find((other) => other.id === job.id);
      // A short job may have ended before the call that started it was answered.
      if (known !== undefined && hasEnded(known)) onJob(known);
      return job;
    },

    async attempt(title, work) {
      try {
        await work();
      } catch (error) {
        report(title, error);
      }
    },
  };

  const reloadAll = () => {
    if (rows.getState().phase === "loading") void rows.getState().reload();
    const { archive } = archives.getState();
    for (const list of [requests, sessionTable]) {
      if (list.getState().phase === "loading") void list.getState().refresh();
    }
    if (archive !== null && sessions.getState().phase === "loading") {
      void sessions.getState().show(archive.id, rows.getState().listing?.asOf ?? null);
    }
    refresh();
  };

  return app;
}

function isComplete(index: IndexState | null): boolean {
  return index?.state === "ready" && index.pending === 0;
}

function isSameSort(one: RowSort | IdentitySort | SessionSort, other: RowSort | IdentitySort | SessionSort): boolean {
  return one.column === other.column && one.direction === other.direction;
}
