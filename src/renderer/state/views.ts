/** What stands in the middle of the window: responses, requests, sessions or the overview. */
import type { IdentityRow } from "../../shared/contract.ts";
import type { App } from "./app.ts";
import { filterBy, filterOf } from "./filter.ts";
import { showOnly } from "./filter-terms.ts";
import { NOTHING_SELECTED, selectOnly } from "./selection.ts";
import type { MainView } from "./ui.ts";

/** Shows one of the views; what is inspected stays so, for the other list has other rows. */
export function showMainView(app: App, view: MainView): void {
  const { ui, selection } = app;
  const { view: before } = ui.getState();
  if (before !== view) {
    const { active } = selection.getState();
    selection.getState().set(active === null ? NOTHING_SELECTED : selectOnly(active));
  }
  ui.getState().set({ view, jobPage: null, ...(before === "overview" ? {} : { lastTable: before }) });
}

/** Shows the archive at a glance, or the table that was there before. */
export function toggleOverview(app: App): void {
  const { view, lastTable, jobPage } = app.ui.getState();
  showMainView(app, view === "overview" && jobPage === null ? lastTable : "overview");
}

/** All responses that a request got, within what is listed. */
export async function showResponsesOf(app: App, { requestId }: IdentityRow): Promise<void> {
  showMainView(app, "responses");
  await filterBy(app, showOnly(filterOf(app), { key: "request", value: requestId, not: false }));
  await focusRows(app);
}

/** The responses of a session. */
export async function showResponsesOfSession(app: App, sessionId: string): Promise<void> {
  showMainView(app, "responses");
  app.showSession(sessionId);
  await focusRows(app);
}

/** Sends the keyboard from the table that is gone to the rows, once they are there. */
async function focusRows({ rows, places }: App): Promise<void> {
  await new Promise<void>((resolve) => {
    if (rows.getState().phase !== "loading") return resolve();
    const end = rows.subscribe(({ phase }) => {
      if (phase === "loading") return;
      end();
      resolve();
    });
  });
  setTimeout(() => {
    // Who went elsewhere meanwhile stays there.
    if (document.activeElement === document.body) places.grid.current?.focus();
  });
}
