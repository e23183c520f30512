/** From an id, a hash or a checksum to its row. */
import type { FoundRow, RowRef } from "../../shared/contract.ts";
import type { App } from "./app.ts";
import { firstMissing, itemAt, loadedOf } from "./placed-list.ts";
import { NEWEST_FIRST, NO_FILTER } from "./rows.ts";
import { indexOfRow } from "./selection.ts";

/** Ids are UUIDs or hexadecimal digits; a few of them are as good as all. Of anything else nobody means an id. */
const ID = /^[0-9a-f][0-9a-f-]{6,62}[0-9a-f]$/i;
/** A row further down than this is inspected, and not scrolled to. */
const MOST_ROWS = 10_000;
/** So many of them are loaded before it is looked for again. */
const STEP = 500;

/** The text as an id that one can look for; null when it looks like none. */
export function idIn(text: string): string | null {
  const id = text.trim();
  return ID.test(id) ? id.toLowerCase() : null;
}

export async function findId(app: App, id: string, signal?: AbortSignal): Promise<readonly FoundRow[]> {
  const { archive } = app.archives.getState();
  if (archive === null) return [];
  return app.client.call("ids.find", { archiveId: archive.id, text: id }, signal === undefined ? {} : { signal });
}

/** Looks for an id and goes to the one row that it stands for; says so when there is none. */
export function goToId(app: App, id: string): void {
  void app.attempt("The id could not be looked for", async () => {
    const [found] = await findId(app, id);
    if (found === undefined) {
      const message = `Nothing in this archive has the id, hash or checksum ${id}.`;
      app.toasts.failed("Not in this archive", { code: "NOT_FOUND", message, details: {} });
    } else await goToFound(app, found);
  });
}

/** Shows the session that has the row, and the row within it. */
export async function goToFound(app: App, { type, id, row }: FoundRow): Promise<void> {
  const { archive } = app.archives.getState();
  if (archive === null) return;
  if (row === null) {
    if (type === "session") await app.goTo({ archiveId: archive.id, sessionId: id, row });
    return;
  }
  const detail = await app.client.call("rows.get", { archiveId: archive.id, ref: row });
  const { sessionId } = detail.row;
  // Where no session has the row, the list of all rows does.
  if (sessionId === null) {
    app.sessions.getState().select(null);
    await app.rows.getState().show({ archiveId: archive.id, sessionId, filter: NO_FILTER, sort: NEWEST_FIRST });
  }
  await app.goTo({ archiveId: archive.id, sessionId, row });
  await loadUntil(app, row);
  app.places.grid.current?.focus();
}

async function loadUntil(app: App, row: RowRef): Promise<void> {
  const { getState } = app.rows;
  while (indexOfRow(loadedOf(getState().items), row) === -1) {
    const missing = firstMissing(getState().items, 0, MOST_ROWS - 1);
    if (missing === -1) return;
    await getState().load(missing, Math.min(missing + STEP, MOST_ROWS) - 1);
    if (itemAt(getState().items, missing) === undefined) return;
  }
}
