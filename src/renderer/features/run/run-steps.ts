/** What a person does on the page of a run. */
import type { CallParams, Job, RowRef } from "../../../shared/contract.ts";
import type { App } from "../../state/app.ts";
import { whenTrusted, whenWritable } from "../../state/commands.ts";
import { compareOfJob, inArchiveOf } from "../../state/job-pages.ts";
import { rowOfItem } from "../../state/run.ts";
import type { RunLine } from "./run-list.ts";

/** The response before that of a line which changed; null for every other line. */
export function previousOf({ state }: RunLine): RowRef | null {
  return state.status === "acquired" && state.change === "changed" ? state.previous : null;
}

/** Shows the response of a line beside the one before it. */
export function compareLine(app: App, line: RunLine): void {
  const { jobId } = app.run.getState();
  const job = app.jobs.getState().jobs.find(({ id }) => id === jobId);
  const [row, previous] = [rowOfItem(line), previousOf(line)];
  if (job?.detail.kind !== "fetch" || row === null || previous === null) return;
  app.run.getState().activate(line.place);
  compareOfJob(app, job, job.detail, row, previous);
}

/** Cancels a run, or one request of it. */
export function cancelRun(app: App, jobId: string, place?: number): void {
  void app.attempt("It could not be cancelled", () => app.jobs.getState().cancel(jobId, place));
}

/** Asks again, as the run asked, for those requests of an ended run that failed or were cancelled, or for those at some places. */
export function fetchRest(app: App, job: Job, of: CallParams<"fetch.rest">["of"]): void {
  void inArchiveOf(app, job, (archiveId) =>
    whenWritable(app, () => {
      void app.attempt("The fetch could not be started", () =>
        whenTrusted(app, () => app.startJob(() => app.client.call("fetch.rest", { archiveId, jobId: job.id, of }))),
      );
    }),
  );
}
