/**
 * The page of a job has a selection of its own: what was selected in the lists is not to be seen beside it, and no command is
 * to act on it unseen. It is selected again where the page is left for the same archive.
 */
import type { App } from "./app.ts";
import { rowOfItem } from "./run.ts";
import { NOTHING_SELECTED, type Selection, selectOnly } from "./selection.ts";

/** Keeps the selections apart; returns what ends that. @param openArchive the id of the archive that is open */
export function selectByPage(
  { run, selection, ui }: Pick<App, "run" | "selection" | "ui">,
  openArchive: () => string | undefined,
): () => void {
  let behind: { readonly archiveId: string | undefined; readonly selection: Selection } | null = null;
  return ui.subscribe(({ jobPage }, { jobPage: before }) => {
    if (jobPage === before) return;
    const { active, anchor, selected, setQuietly } = selection.getState();
    if (before === null) behind = { archiveId: openArchive(), selection: { active, anchor, selected } };
    if (jobPage === null) {
      if (behind !== null && behind.archiveId === openArchive()) setQuietly(behind.selection);
      behind = null;
      return;
    }
    const { jobId, items, activePlace } = run.getState();
    const row = jobId === jobPage && activePlace !== null ? rowOfItem(items[activePlace]) : null;
    setQuietly(row === null ? NOTHING_SELECTED : selectOnly(row));
  });
}
