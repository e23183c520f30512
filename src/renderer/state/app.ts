/**
 * The renderer's state, wired together: which store hears of what, and in which order. Made once for a window over a
 * client; React sees it through the context alone.
 */
import { createRef, type RefObject } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { FetchItem, IndexState, Job, MenuCommand, OpenArchive, RowRef } from "../../shared/contract.ts";
import { spokenCounts } from "../features/fetch/draft.ts";
import { isTransfer, spokenTransfer } from "../features/transfer/spoken.ts";
import { type ArchivesState, createArchivesStore, type Memory } from "./archives.ts";
import { createDetailStore, type DetailState } from "./detail.ts";
import { isSilent, shapeOf } from "./failures.ts";
import { createFacetsStore, type FacetsState } from "./filter-facets.ts";
import { createFilterIndexStore, type FilterIndexState } from "./filter-index.ts";
import { createJobsStore, hasEnded, type JobsState } from "./jobs.ts";
import {
  createRequestList,
  createSessionTable,
  followedSelection,
  isContinued,
  type RequestListState,
  type SessionTableState,
} from "./main-lists.ts";
import { loadedOf } from "./placed-list.ts";
import { createRowsStore, NEWEST_FIRST, NO_FILTER, type RowListing, type RowsState, wholeFilter } from "./rows.ts";
import {
  createSelectionStore,
  indexOfRow,
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
  /** Which of the lists; left out: the responses. */
  readonly main?: MainView;
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
  const rows = createRowsStore(client);
  const requests = createRequestList(client);
  const sessionTable = createSessionTable(client);
  const filterIndex = createFilterIndexStore(client);
  const facets = createFacetsStore(client);
  const selection = createSelectionStore();
  const detail = createDetailStore(client);
  const jobs = createJobsStore(client);
  const settings = createSettingsStore(client);
  const ui = createUiStore();
  const toasts = createToasts();
  /** Jobs that this window started, and how far the person had gone by then. */
  const followed = new Map<string, number>();
  /** The view that an archive is to be shown in once it is open. */
  let awaited: { readonly path: string; readonly view: View } | null = null;

  const report = (title: string, error: unknown) => {
    if (!isSilent(error)) toasts.failed(title, shapeOf(error));
  };

  const showArchive = (archive: OpenArchive | null, before: ArchivesState) => {
    selection.getState().set(NOTHING_SELECTED);
    ui.getState().set({ compareWith: null, integrityJob: null, overviewShown: false, filterDraft: "" });
    facets.getState().clear();
    requests.getState().clear();
    sessionTable.getState().clear();
    if (archive === null) {
      sessions.getState().clear();
      rows.getState().clear();
      filterIndex.getState().clear();
      return;
    }
    const { main = "responses", ...view } = viewFor(archive, before);
    ui.getState().set({ view: main });
    // The first rows are what one waits for; whatever is asked for after them waits behind them.
    void rows.getState().show({ ...view, archiveId: archive.id });
    void app.attempt("The index of the archive could not be asked for", () => filterIndex.getState().show(archive.id));
    void sessions.getState().show(archive.id);
    sessions.getState().select(view.sessionId);
  };

  const viewFor = (archive: OpenArchive, before: ArchivesState): View => {
    const { listing } = rows.getState();
    if (awaited !== null && awaited.path === before.opening) return awaited.view;
    // A host that was started anew has opened the same archive again.
    const isSame = listing !== null && before.archive?.path === archive.path;
    if (!isSame) return PLAIN_VIEW;
    const { sessionId, filter, sort, asOf = null } = listing;
    return { sessionId, filter, sort, asOf, main: ui.getState().view };
  };

  const show = (archiveId: string, { main = "responses", ...view }: View) => {
    ui.getState().set({ view: main });
    sessions.getState().select(view.sessionId);
    void rows.getState().show({ ...view, archiveId });
  };

  const refresh = () => {
    void sessions.getState().refresh();
    void rows.getState().refresh();
    // What was there at a moment stays as it was.
    if ((rows.getState().listing?.asOf ?? null) === null) requests.getState().outdate();
    sessionTable.getState().outdate();
    void facets.getState().refresh();
    void detail.getState().reload();
  };

  const jumpTo = async ({ archiveId, sessionId, row }: JobTarget, leavesFilter = false) => {
    if (archives.getState().archive?.id !== archiveId) return;
    ui.getState().set({ integrityJob: null, overviewShown: false, view: "responses" });
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
    if (job.state.status === "failed") {
      const show = { label: "Show the jobs", run: () => ui.getState().set({ jobsShown: true }) };
      toasts.failed(`${job.title} failed`, job.state.error, show);
    }
    if (job.state.status !== "succeeded") return;
    if (!stayed) {
      // The open list of jobs says and links the same.
      if (!ui.getState().jobsShown) linkTo(job);
      return;
    }
    if (job.detail.kind === "sample" && job.detail.path !== null) void archives.getState().open(job.detail.path);
    if (job.detail.kind === "fetch") {
      const { archiveId, sessionId, items } = job.detail;
      const row = items.length === 1 ? rowOf(items[0]) : null;
      void jumpTo({ archiveId, sessionId, row });
    }
  };

  /** Says that a job ended, and leads to its result: the person went on meanwhile, and is not to be pulled away. */
  const linkTo = ({ title, detail: result }: Job) => {
    if (result.kind === "sample" && result.path !== null) {
      const { path } = result;
      toasts.done("The sample is ready", path, { label: "Open it", run: () => void archives.getState().open(path) });
    }
    if (isTransfer(result)) toasts.done(title, spokenTransfer(result));
    if (result.kind !== "fetch" || result.archiveId !== archives.getState().archive?.id) return;
    const { archiveId, sessionId, items } = result;
    const row = items.length === 1 ? rowOf(items[0]) : null;
    const label = row === null ? "Show the session" : "Show the row";
    const run = () => void app.goTo({ archiveId, sessionId, row });
    const counts = spokenCounts(items);
    const hasFailed = items.some((item) => item.state.status === "failed");
    if (hasFailed) toasts.failed(title, { code: "FETCH_FAILED", message: counts, details: {} }, { label, run });
    else toasts.done(title, counts, { label, run });
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
          if (ui.getState().view !== "requests" || isContinued(before.items, now.items)) return;
          const { setQuietly, ...selected } = selection.getState();
          setQuietly(followedSelection(selected, before.items, now.items));
        }),
        detail.subscribe((now, before) => {
          const payload = now.detail?.payload ?? null;
          if (payload === null || now.detail === before.detail || payload.state === "unchecked") return;
          rows.getState().learn(payload.checksum, payload.state);
        }),
        client.on("archive.changed", ({ archive }) => {
          if (archive.id !== archives.getState().archive?.id) return;
          archives.getState().told(archive);
          refresh();
        }),
        client.on("index.changed", ({ archiveId, index }) => {
          const before = filterIndex.getState().index;
          filterIndex.getState().told(archiveId, index);
          if (archiveId !== filterIndex.getState().archiveId || !isComplete(index) || isComplete(before)) return;
          // Type, duration and integrity of the last rows are known now.
          void facets.getState().refresh();
          if (rows.getState().listing?.filter.length !== 0) void rows.getState().refresh();
        }),
        client.on("settings.changed", (changed) => settings.getState().told(changed)),
        client.on("job.changed", onJob),
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
      void begin();
      return () => {
        for (const end of ends) end();
      };
    },

    startWith(path, view) {
      lastPath.write(path);
      awaited = { path, view };
    },

    async showView(path, view) {
      const { archive, open } = archives.getState();
      ui.getState().set({ integrityJob: null, overviewShown: false });
      if (archive?.path === path) {
        ui.getState().set({ filterDraft: "" });
        selection.getState().set(NOTHING_SELECTED);
        show(archive.id, view);
        return;
      }
      awaited = { path, view };
      await open(path);
    },

    showSession(sessionId) {
      const { listing } = rows.getState();
      if (listing === null) return;
      // A session is no part of a list of sessions.
      if (ui.getState().view === "sessions") ui.getState().set({ view: "responses" });
      ui.getState().set({ integrityJob: null, overviewShown: false });
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
    if (archive !== null && sessions.getState().phase === "loading") void sessions.getState().show(archive.id);
    refresh();
  };

  return app;
}

function isComplete(index: IndexState | null): boolean {
  return index?.state === "ready" && index.pending === 0;
}

function rowOf(item: FetchItem | undefined): RowRef | null {
  return item !== undefined && "row" in item.state ? item.state.row : null;
}
