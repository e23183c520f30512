/** Where the lines and figures of an overview lead to. */
import type { BrowseRow, RowFilter } from "../../../shared/contract.ts";
import { type App, PLAIN_VIEW } from "../../state/app.ts";
import { asOfOf } from "../../state/as-of.ts";
import { goToFound } from "../../state/finding.ts";

/** Shows the archive at a glance in the place of the rows, or the rows again. */
export function toggleOverview(app: App): void {
  const { overviewShown, jobPage, set } = app.ui.getState();
  set({ overviewShown: !overviewShown || jobPage !== null, jobPage: null });
}

/** Shows the rows of the whole archive that fulfil a filter, in the place of what they were shown with before. */
export function showRows(app: App, filter: RowFilter): void {
  const { archive } = app.archives.getState();
  const asOf = asOfOf(app);
  if (archive !== null) void app.showView(archive.path, { ...PLAIN_VIEW, filter, asOf });
}

/** Shows a row in the list of its session, and in the inspector. */
export function showRow(app: App, row: BrowseRow): void {
  const { type, id } = row.ref;
  void app.attempt("The row could not be shown", () => goToFound(app, { type, id, row: row.ref }));
}

/** A condition on a text of the archive; null is none. */
export function wordTerm(key: "source" | "status", value: string | null): RowFilter[number] {
  return { key, value: value ?? "", not: false };
}
