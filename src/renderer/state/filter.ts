/** What narrows the list of rows, as the person changes it. */
import type { BrowseRow, RowFilter } from "../../shared/contract.ts";
import { printFilter } from "../../shared/filter-text.ts";
import { parseTime } from "../format/times.ts";
import type { App } from "./app.ts";
import { changeSettings } from "./commands.ts";
import { readFilter } from "./filter-terms.ts";
import { listedRows } from "./main-lists.ts";
import { loadedOf } from "./placed-list.ts";
import { NO_FILTER, rowKey, wholeFilter } from "./rows.ts";
import { indexOfRow } from "./selection.ts";

/** The conditions that one sees; without text that is still being typed. */
export function filterOf(app: App): RowFilter {
  return app.rows.getState().listing?.filter ?? NO_FILTER;
}

/**
 * Narrows the list; what is selected stays so as far as it is still listed. `typed` narrows it too while it is typed; what
 * was typed before goes on to when it is left out.
 */
export async function filterBy(
  app: App,
  filter: RowFilter,
  typed: RowFilter = app.rows.getState().listing?.typed ?? NO_FILTER,
): Promise<void> {
  const { rows, selection, ui } = app;
  if (rows.getState().listing === null) return;
  const { active } = selection.getState();
  const listed = listedRows(app);
  const shown = listed[indexOfRow(listed, active)];
  ui.getState().set({ jobPage: null });
  // What is narrowed are rows; the overview has none.
  if (ui.getState().view === "overview") ui.getState().set({ view: "responses" });
  selection.getState().step();
  await rows.getState().filterBy(filter, typed);
  await keepSelection(app, shown);
}

export function clearFilter(app: App): void {
  app.ui.getState().set({ filterDraft: "" });
  void filterBy(app, NO_FILTER, NO_FILTER);
}

/** Shows the rows of a saved filter, or of any other text of one. */
export function applyFilterText(app: App, text: string): void {
  app.ui.getState().set({ filterDraft: "" });
  void filterBy(app, readFilter(text), NO_FILTER);
}

/** Keeps the filter under a name; another one of that name is gone. */
export function saveFilter(app: App, name: string, filter: RowFilter): void {
  const { savedFilters } = app.settings.getState().settings;
  changeSettings(app, { savedFilters: { ...savedFilters, [name]: printFilter(filter) } });
}

/** Gives a saved filter another name, in its place; one that has the name already is gone. */
export function renameFilter(app: App, name: string, to: string): void {
  const { savedFilters } = app.settings.getState().settings;
  const others = Object.entries(savedFilters).filter(([known]) => known === name || known !== to);
  const renamed = others.map(([known, text]) => [known === name ? to : known, text]);
  changeSettings(app, { savedFilters: Object.fromEntries(renamed) });
}

export function deleteFilter(app: App, name: string): void {
  const { savedFilters } = app.settings.getState().settings;
  const others = Object.entries(savedFilters).filter(([known]) => known !== name);
  changeSettings(app, { savedFilters: Object.fromEntries(others) });
}

/** Of the selection, what the new list has; the row that is inspected also where it stands further down. */
export async function keepSelection(app: App, shown: BrowseRow | undefined): Promise<void> {
  // In another list its own rows are selected, which follow when it is read again.
  if (app.ui.getState().view !== "responses") return;
  const { items, listing, phase } = app.rows.getState();
  const { active, moves } = app.selection.getState();
  if (phase !== "ready" || (active === null && app.selection.getState().selected.size === 0)) return;
  const loaded = loadedOf(items);
  let stays = indexOfRow(loaded, active) !== -1;
  if (!stays && loaded.length < items.length && shown !== undefined) stays = await isListed(app, shown);
  const now = app.selection.getState();
  if (app.rows.getState().listing !== listing || now.moves !== moves) return;
  const listed = new Set(loaded.map((row) => rowKey(row.ref)));
  const selected = new Map([...now.selected].filter(([key]) => listed.has(key)));
  if (stays && active !== null) selected.set(rowKey(active), active);
  now.setQuietly({ active: stays ? active : null, anchor: stays ? now.anchor : null, selected });
}

/** Whether the list has the row, loaded or not: it is asked for the rows of that moment. */
async function isListed(app: App, row: BrowseRow): Promise<boolean> {
  const { listing } = app.rows.getState();
  const time = parseTime(row.time);
  if (listing === null || time === null) return false;
  const { archiveId, sessionId, sort, asOf = null } = listing;
  const moment = new Date(time).toISOString().slice(0, -1);
  const filter = [...wholeFilter(listing), { key: "time", from: moment, to: moment, not: false } as const];
  try {
    const page = await app.client.call("rows.list", {
      archiveId,
      sessionId,
      sort,
      filter,
      asOf,
      cursor: null,
      limit: 200,
    });
    return indexOfRow(page.items, row.ref) !== -1;
  } catch {
    // The list itself says what is wrong.
    return false;
  }
}
