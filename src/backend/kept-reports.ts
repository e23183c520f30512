/** Reports of ended jobs, which may be long and so are not part of the jobs: those of the last few are kept. */
import { DataioError } from "@mxm/dataio";
import { coded } from "./coded-error.ts";
import type { Jobs } from "./jobs.ts";

/** A report may have some thousands of entries. */
const KEPT = 8;

export class KeptReports<R> {
  readonly #jobs: Pick<Jobs, "list">;
  readonly #reports = new Map<string, R>();

  constructor(jobs: Pick<Jobs, "list">) {
    this.#jobs = jobs;
  }

  keep(jobId: string, report: R): void {
    this.#reports.set(jobId, report);
    for (const old of [...this.#reports.keys()].slice(0, -KEPT)) this.#reports.delete(old);
  }

  /** @throws NOT_FOUND for a job without one; JOB_UNKNOWN */
  of(jobId: string): R {
    const report = this.#reports.get(jobId);
    if (report !== undefined) return report;
    if (this.#jobs.list().some((job) => job.id === jobId)) {
      throw new DataioError("NOT_FOUND", "This run has no report, or it is too long ago.");
    }
    throw coded("JOB_UNKNOWN", "There is no such job.");
  }
}
