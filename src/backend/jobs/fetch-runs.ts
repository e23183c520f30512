/** What is kept of fetch jobs besides the jobs themselves: their requests, and what is needed to ask for some of them again. */
import { DataioError } from "@mxm/dataio";
import { coded } from "../coded-error.ts";
import type { Jobs } from "../jobs.ts";
import type { FetchItems } from "./fetch-items.ts";

/** Requests of ended jobs that are kept, all jobs together; some hundred bytes each. */
const MOST_KEPT = 200_000;

export interface FetchRun<Order> {
  readonly items: FetchItems;
  readonly order: Order;
}

export class FetchRuns<Order> {
  readonly #jobs: Pick<Jobs, "find">;
  readonly #runs = new Map<string, FetchRun<Order>>();

  constructor(jobs: Pick<Jobs, "find">) {
    this.#jobs = jobs;
  }

  keep(jobId: string, run: FetchRun<Order>): void {
    this.#runs.set(jobId, run);
    let kept = 0;
    // The newest first.
    for (const [id, { items }] of [...this.#runs].reverse()) {
      const job = this.#jobs.find(id);
      kept += items.total;
      const isOver = job === undefined || (job.endedAt !== null && kept > MOST_KEPT);
      if (isOver && id !== jobId) this.#runs.delete(id);
    }
  }

  /** @throws JOB_UNKNOWN; NOT_FOUND for a job that has none, or whose requests are kept no longer */
  of(jobId: string): FetchRun<Order> {
    if (this.#jobs.find(jobId) === undefined) throw coded("JOB_UNKNOWN", "There is no such job.");
    const run = this.#runs.get(jobId);
    if (run !== undefined) return run;
    throw new DataioError("NOT_FOUND", "The requests of this run are not listed any more; its session has what came.");
  }
}
