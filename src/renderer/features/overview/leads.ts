/** Where the lines and figures of an overview lead to. */
import type { BrowseRow, RowFilter } from "../../../shared/contract.ts";
import { type App, PLAIN_VIEW, type View } from "../../state/app.ts";
import { asOfOf } from "../../state/as-of.ts";
import { goToFound } from "../../state/finding.ts";

/** A table of the whole archive; what is left out is as usual: responses, all of them, the newest first. */
export type Lead = Partial<Pick<View, "main" | "filter" | "sort" | "requestSort" | "sessionSort">>;

/** Shows a table, in the place of what it was shown with before. */
export function follow(app: App, lead: Lead): void {
  const { archive } = app.archives.getState();
  const asOf = asOfOf(app);
  if (archive !== null) void app.showView(archive.path, { ...PLAIN_VIEW, ...lead, asOf });
}

/** Shows the responses of the whole archive that fulfil a filter. */
export function showRows(app: App, filter: RowFilter): void {
  follow(app, { filter });
}

/** Shows a row in the list of its session, and in the inspector. */
export function showRow(app: App, row: BrowseRow): void {
  const { type, id } = row.ref;
  void app.attempt("The row could not be shown", () => goToFound(app, { type, id, row: row.ref }));
}

/** The failures, as everything that counts them has them. */
export const HAS_FAILED: RowFilter = [{ key: "is", value: "failed", not: false }];

/** A condition on a text of the archive; null is none. */
export function wordTerm(key: "source" | "status", value: string | null): RowFilter[number] {
  return { key, value: value ?? "", not: false };
}
