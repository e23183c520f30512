/** The whole window as of a moment: what a pipeline would have been served then. */
import { isLater } from "../features/as-of/moments.ts";
import { parseTime } from "../format/times.ts";
import type { App } from "./app.ts";
import { keepSelection } from "./filter.ts";
import { loadedOf } from "./placed-list.ts";
import { indexOfRow } from "./selection.ts";

/** The moment that lists are as of; null: now. */
export function asOfOf(app: App): string | null {
  return app.rows.getState().listing?.asOf ?? null;
}

/** Shows lists as of a moment, timestamp text; null: as they are now. What is selected stays where it is still listed. */
export async function showAsOf(app: App, moment: string | null): Promise<void> {
  const { rows, sessions, selection, ui } = app;
  const { listing, items } = rows.getState();
  if (listing === null || (listing.asOf ?? null) === moment) return;
  const loaded = loadedOf(items);
  const shown = loaded[indexOfRow(loaded, selection.getState().active)];
  const session = sessions.getState().items.find(({ id }) => id === listing.sessionId);
  const sessionId = session !== undefined && isLater(session.startedAt, moment) ? null : listing.sessionId;
  ui.getState().set({ jobPage: null });
  selection.getState().step();
  sessions.getState().select(sessionId);
  await rows.getState().show({ ...listing, sessionId, asOf: moment });
  await keepSelection(app, shown);
}

/** The time of the inspected row; null where there is none that can be read. */
export function momentOfRow(app: App): string | null {
  const { active } = app.selection.getState();
  const { detail } = app.detail.getState();
  if (active === null || detail === null || detail.row.ref.id !== active.id) return null;
  return parseTime(detail.row.time) === null ? null : detail.row.time;
}

export function backToNow(app: App): void {
  void showAsOf(app, null);
}
