/** Where jobs lead to: their pages, and what they left in their archives. */
import type { Job, JobDetail, RowRef } from "../../shared/contract.ts";
import type { App } from "./app.ts";
import { compareWith } from "./comparing.ts";
import { selectOnly } from "./selection.ts";

type FetchDetail = Extract<JobDetail, { readonly kind: "fetch" }>;

/** Shows the page of a job in the place of the rows, in the archive that it belongs to. */
export function showJobPage(app: App, job: Job): void {
  void inArchiveOf(app, job, () => {
    app.ui.getState().set({ jobPage: job.id });
  });
}

/** Shows the session of a job, and a row of it. */
export function showSessionOf(
  app: App,
  job: Job,
  { sessionId }: Pick<FetchDetail, "sessionId">,
  row: RowRef | null = null,
): void {
  void inArchiveOf(app, job, (archiveId) => app.goTo({ archiveId, sessionId, row }));
}

/** Shows a row of a fetch beside the response that came before it. The page of the job stays, where it is shown. */
export function compareOfJob(app: App, job: Job, detail: FetchDetail, row: RowRef, previous: RowRef): void {
  void inArchiveOf(app, job, async (archiveId) => {
    if (app.ui.getState().jobPage === job.id) app.select(selectOnly(row));
    else await app.goTo({ archiveId, sessionId: detail.sessionId, row });
    compareWith(app, previous);
  });
}

/** What is shown of a job that a person has just started: the page of a fetch of several requests, else the list of jobs. */
export function showStarted(app: App, job: Job): void {
  if (job.detail.kind === "fetch" && job.detail.only === null) showJobPage(app, job);
  else app.ui.getState().set({ jobsShown: true });
}

/** Goes on in the archive of a job, which is opened where it is not; where it cannot be, that is said and nothing else is done. */
export async function inArchiveOf(
  app: App,
  { archivePath }: Job,
  proceed: (archiveId: string) => unknown,
): Promise<void> {
  if (archivePath === null) return;
  const { archives } = app;
  if (archives.getState().archive?.path !== archivePath) await archives.getState().open(archivePath);
  const { archive } = archives.getState();
  if (archive?.path === archivePath) await proceed(archive.id);
}
