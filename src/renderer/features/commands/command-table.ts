/**
 * Every command of the app, once. The palette, the shortcuts, the cheat sheet and the native menu are made from this
 * table; its keys stand in src/shared/shortcuts.ts under the same ids. What a command does is in state/commands.ts.
 */
import type { BrowseRow, Job, SettingsPatch } from "../../../shared/contract.ts";
import { COPY_FORMS, type CopyForm } from "../../copy-as/copy-forms.ts";
import type { App } from "../../state/app.ts";
import { asOfOf, backToNow, momentOfRow, showAsOf } from "../../state/as-of.ts";
import {
  changeSettings,
  closeArchive,
  createArchive,
  createSample,
  exportRows,
  focusFilter,
  importInto,
  mayFetch,
  newFetch,
  openArchive,
  refetch,
  refetchable,
  refetchSession,
  savePayload,
  toggleDayGroups,
  toggleReadOnly,
  toggleTheme,
  toggleTimeZone,
  verifyArchive,
} from "../../state/commands.ts";
import { compareSelected, compareWithPrevious, togglePinned } from "../../state/comparing.ts";
import { checksumsOf, copyChecksums, copyIds, copyRequests, saveRequests, selectedRows } from "../../state/copying.ts";
import { clearFilter, filterBy, filterOf } from "../../state/filter.ts";
import { hide, showOnly } from "../../state/filter-terms.ts";
import { showJobPage } from "../../state/job-pages.ts";
import { hasEnded, isListed } from "../../state/jobs.ts";
import { listedRows } from "../../state/main-lists.ts";
import { canReveal, revealPayload } from "../../state/revealing.ts";
import { indexOfRow } from "../../state/selection.ts";
import { editAgain, newSend } from "../../state/sending.ts";
import { latestStream, newSubscription } from "../../state/streams.ts";
import { INSPECTOR_TABS, type InspectorTab } from "../../state/ui.ts";
import { showMainView, toggleOverview } from "../../state/views.ts";
import { cellFilters } from "../filter/cell-filters.ts";
import { MAIN_VIEWS } from "../requests/main-views.ts";
import { DENSITIES, THEMES } from "../settings/choices.ts";

export interface Command {
  readonly id: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** Other words that people look for it by. */
  readonly words?: string;
  /** True when it can do something now. */
  readonly when: (app: App) => boolean;
  readonly run: (app: App) => void;
}

export const COMMAND_GROUPS = ["Rows", "Archive", "View", "Help"] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

const always = () => true;
const isOpen = (app: App) => app.archives.getState().archive !== null;
const mayCreate = (app: App) => app.archives.getState().info?.readOnly === false;
const isFiltered = (app: App) => isOpen(app) && filterOf(app).length > 0;
const hasSelected = (app: App) => isOpen(app) && app.selection.getState().selected.size > 0;
const hasActive = (app: App) => isOpen(app) && app.selection.getState().active !== null;

export const COMMANDS: readonly Command[] = [
  { id: "new-fetch", title: "New fetch…", group: "Rows", words: "compose request", when: mayFetch, run: newFetch },
  {
    id: "send-bytes",
    title: "Send…",
    group: "Rows",
    words: "post put patch delete order command write",
    when: isOpen,
    run: (app) => newSend(app),
  },
  {
    id: "edit-again",
    title: "Edit and fetch or send again…",
    group: "Rows",
    words: "resend change copy compose",
    when: (app) => activeRow(app)?.requestId != null,
    run: (app) => editAgain(app),
  },
  {
    id: "subscribe",
    title: "Subscribe to a stream…",
    group: "Rows",
    words: "websocket sse events live feed messages",
    when: isOpen,
    run: (app) => newSubscription(app),
  },
  {
    id: "refetch",
    title: "Re-fetch the selected rows",
    group: "Rows",
    words: "again reload",
    when: (app) => mayFetch(app) && refetchable(app).length > 0,
    run: refetch,
  },
  {
    id: "refetch-session",
    title: "Re-fetch everything of this session",
    group: "Rows",
    words: "again reload all",
    when: (app) => mayFetch(app) && app.sessions.getState().selectedId !== null,
    run: refetchSession,
  },
  {
    id: "save-payload",
    title: "Save payload…",
    group: "Rows",
    words: "download file",
    when: (app) => hasActive(app) && app.detail.getState().detail?.payload != null,
    run: savePayload,
  },
  {
    id: "reveal-payload",
    title: "Show the payload in the file manager",
    group: "Rows",
    words: "reveal finder explorer folder file",
    when: (app) => hasActive(app) && canReveal(app),
    run: (app) => revealPayload(app),
  },
  {
    id: "compare-selected",
    title: "Compare the two selected rows",
    group: "Rows",
    words: "difference diff",
    when: (app) => isOpen(app) && app.selection.getState().selected.size === 2,
    run: compareSelected,
  },
  {
    id: "compare-pin",
    title: "Compare others with this row",
    group: "Rows",
    words: "pin unpin difference diff",
    when: hasActive,
    run: togglePinned,
  },
  {
    id: "compare-previous",
    title: "Compare with the one before",
    group: "Rows",
    words: "difference diff changed",
    when: hasActive,
    run: compareWithPrevious,
  },
  {
    id: "export",
    title: "Export…",
    group: "Rows",
    words: "save selection session filter folder zip har warc csv json download",
    when: isOpen,
    run: (app) => exportRows(app),
  },
  {
    id: "copy-ids",
    title: "Copy id",
    group: "Rows",
    words: "selected rows clipboard",
    when: hasSelected,
    run: (app) => copyIds(app, selectedRows(app)),
  },
  {
    id: "copy-checksums",
    title: "Copy checksum",
    group: "Rows",
    words: "selected rows clipboard sha256",
    when: (app) => checksumsOf(selectedRows(app)).length > 0,
    run: (app) => copyChecksums(app, selectedRows(app)),
  },
  ...COPY_FORMS.map(copyCommand),
  ...COPY_FORMS.map(saveCommand),
  {
    id: "filter",
    title: "Search and filter",
    group: "Rows",
    words: "find",
    when: (app) => isOpen(app) && app.places.filter.current !== null,
    run: focusFilter,
  },
  { id: "filter-clear", title: "Clear the filter", group: "Rows", words: "all", when: isFiltered, run: clearFilter },
  {
    id: "filter-save",
    title: "Save this filter…",
    group: "Rows",
    words: "keep name bookmark",
    when: isFiltered,
    run: showDialog("save-filter"),
  },
  {
    id: "filter-manage",
    title: "Rename or delete saved filters…",
    group: "Rows",
    when: (app) => Object.keys(app.settings.getState().settings.savedFilters).length > 0,
    run: showDialog("saved-filters"),
  },
  ...(["source", "kind", "status", "type"] as const).flatMap(valueCommands),
  { id: "open", title: "Open an archive…", group: "Archive", words: "folder", when: always, run: openArchive },
  { id: "create", title: "Create an archive…", group: "Archive", words: "new", when: mayCreate, run: createArchive },
  { id: "sample", title: "Make the sample archive", group: "Archive", when: mayCreate, run: createSample },
  {
    id: "verify",
    title: "Verify the archive",
    group: "Archive",
    words: "integrity check damaged missing corrupt report",
    when: isOpen,
    run: verifyArchive,
  },
  {
    id: "payload-search",
    title: "Search in payloads…",
    group: "Archive",
    words: "contents full text index settings switch on off",
    when: isOpen,
    run: showDialog("payload-search"),
  },
  {
    id: "sources",
    title: "Sources and secrets…",
    group: "Archive",
    words: "adapter mapping config trust credentials",
    when: isOpen,
    run: ({ ui }) => ui.getState().set({ dialog: { kind: "sources", back: { kind: "none" } } }),
  },
  {
    id: "import",
    title: "Import…",
    group: "Archive",
    words: "merge archive har warc folder files",
    when: isOpen,
    run: importInto,
  },
  { id: "close-archive", title: "Close the archive", group: "Archive", when: isOpen, run: closeArchive },
  {
    id: "toggle-read-only",
    title: "Allow or forbid writing",
    group: "Archive",
    words: "lock read-only writable",
    when: isOpen,
    run: toggleReadOnly,
  },
  ...MAIN_VIEWS.filter(({ value }) => value !== "overview").map(({ value, label }) => ({
    id: `view-${value}`,
    title: `Show the ${label.toLowerCase()}`,
    group: "View" as const,
    words: "list table switch",
    when: isOpen,
    run: (app: App) => showMainView(app, value),
  })),
  {
    id: "toggle-day-groups",
    title: "Group the responses by day, or not",
    group: "View",
    words: "headings date",
    when: isOpen,
    run: toggleDayGroups,
  },
  ...INSPECTOR_TABS.map(inspectorCommand),
  {
    id: "overview",
    title: "Show the overview",
    group: "View",
    words: "view switch archive activity chart statistics figures sources dashboard slowest largest failures",
    when: isOpen,
    run: toggleOverview,
  },
  {
    id: "show-stream",
    title: "Show the stream",
    group: "View",
    words: "websocket sse messages frames live",
    when: (app) => isOpen(app) && latestStream(app) !== null,
    run: (app) => {
      const job = latestStream(app);
      if (job !== null) showJobPage(app, job);
    },
  },
  {
    id: "as-of",
    title: "Show the archive as of a moment…",
    group: "View",
    words: "time travel point replay history then date",
    when: isOpen,
    run: showDialog("as-of"),
  },
  {
    id: "as-of-row",
    title: "Show the archive as of the selected row",
    group: "View",
    words: "time travel point replay then",
    when: (app) => isOpen(app) && momentOfRow(app) !== null,
    run: (app) => void showAsOf(app, momentOfRow(app)),
  },
  {
    id: "back-to-now",
    title: "Back to now",
    group: "View",
    words: "as of moment leave",
    when: (app) => isOpen(app) && asOfOf(app) !== null,
    run: backToNow,
  },
  {
    id: "toggle-rail",
    title: "Show or hide the sessions",
    group: "View",
    words: "rail sidebar sources",
    when: isOpen,
    run: ({ ui }) => ui.getState().set({ railShown: !ui.getState().railShown }),
  },
  {
    id: "toggle-jobs",
    title: "Show or hide the jobs",
    group: "View",
    words: "progress running centre past",
    when: always,
    run: ({ ui }) => ui.getState().set({ jobsShown: !ui.getState().jobsShown }),
  },
  {
    id: "clear-jobs",
    title: "Clear the jobs that have ended",
    group: "View",
    words: "past history forget",
    when: (app) => app.jobs.getState().jobs.some((job) => hasEnded(job) && isListed(job)),
    run: (app) => void app.attempt("They could not be cleared", () => app.jobs.getState().clear()),
  },
  {
    id: "show-run",
    title: "Show the newest run",
    group: "View",
    words: "fetch progress job page requests",
    when: (app) => newestRun(app) !== undefined,
    run: (app) => {
      const job = newestRun(app);
      if (job !== undefined) showJobPage(app, job);
    },
  },
  {
    id: "toggle-time-zone",
    title: "Switch between UTC and local time",
    group: "View",
    words: "timezone clock",
    when: always,
    run: toggleTimeZone,
  },
  { id: "toggle-theme", title: "Switch to the next theme", group: "View", when: always, run: toggleTheme },
  ...THEMES.map(({ value, label }) => setting(`theme-${value}`, `Theme: ${label}`, { theme: value })),
  ...DENSITIES.map(({ value, label }) => setting(`density-${value}`, `Rows: ${label}`, { density: value })),
  {
    id: "settings",
    title: "Settings…",
    group: "View",
    words: "preferences columns",
    when: always,
    run: showDialog("settings"),
  },
  { id: "palette", title: "All commands", group: "Help", words: "palette", when: always, run: showDialog("palette") },
  { id: "shortcuts", title: "Keyboard shortcuts", group: "Help", words: "keys", when: always, run: showDialog("keys") },
];

function newestRun(app: App): Job | undefined {
  return app.jobs.getState().jobs.find(({ detail }) => detail.kind === "fetch");
}

/** Runs a command by its id; one that can do nothing now does nothing. */
export function runCommand(app: App, id: string): void {
  const command = COMMANDS.find((known) => known.id === id);
  if (command?.when(app) === true) command.run(app);
}

function inspectorCommand(tab: InspectorTab): Command {
  return {
    id: `tab-${tab}`,
    title: `Inspector: ${tab[0]?.toUpperCase()}${tab.slice(1)}`,
    group: "View",
    words: "tab",
    when: hasActive,
    run: ({ ui, places }) => {
      ui.getState().set({ inspectorTab: tab });
      places.inspector.current?.focus();
    },
  };
}

function saveCommand(form: CopyForm): Command {
  return {
    id: `save-as-${form.id}`,
    title: `Save as ${form.label}…`,
    group: "Rows",
    words: "request snippet file script download",
    when: hasSelected,
    run: (app) => saveRequests(app, form, [...app.selection.getState().selected.values()]),
  };
}

function copyCommand(form: CopyForm): Command {
  return {
    id: `copy-as-${form.id}`,
    title: `Copy as ${form.label}`,
    group: "Rows",
    words: "request clipboard",
    when: hasSelected,
    run: (app) => copyRequests(app, form, [...app.selection.getState().selected.values()]),
  };
}

/** The value of the active row, as its cell has it. */
function valueCommands(column: "source" | "kind" | "status" | "type"): Command[] {
  const command = (how: "only" | "hide", title: string): Command => ({
    id: `${how}-${column}`,
    title,
    group: "Rows",
    words: "filter value facet narrow",
    when: (app) => activeRow(app) !== null,
    run: (app) => {
      const row = activeRow(app);
      const found = row === null ? undefined : cellFilters(row, column, "utc").find((filter) => filter.how === how);
      if (found === undefined) return;
      void filterBy(app, (how === "only" ? showOnly : hide)(filterOf(app), found.term));
    },
  });
  return [command("only", `Show only the ${column} of this row`), command("hide", `Hide the ${column} of this row`)];
}

function activeRow(app: App): BrowseRow | null {
  const rows = listedRows(app);
  return rows[indexOfRow(rows, app.selection.getState().active)] ?? null;
}

function setting(id: string, title: string, patch: SettingsPatch): Command {
  return { id, title, group: "View", when: always, run: (app) => changeSettings(app, patch) };
}

function showDialog(
  kind: "palette" | "keys" | "settings" | "as-of" | "save-filter" | "saved-filters" | "payload-search",
): (app: App) => void {
  return ({ ui }) => ui.getState().set({ dialog: { kind } });
}
