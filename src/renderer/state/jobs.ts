/** The host's jobs. They belong to the host: a window that is reloaded finds them again. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { Job } from "../../shared/contract.ts";
import { isQuestion } from "../../shared/job-questions.ts";
import { shapeOf } from "./failures.ts";

export interface JobsState {
  /** Newest first; also what only asked, see `isListed`. */
  readonly jobs: readonly Job[];
  /** False until the host answered. */
  readonly isLoaded: boolean;
  load(): Promise<void>;
  told(job: Job): void;
  /** The host has forgotten these. */
  toldCleared(jobIds: readonly string[]): void;
  /** Cancels a job, or one item of it by its place. */
  cancel(jobId: string, item?: number): Promise<void>;
  /** Has the host forget an ended job, or all that have ended. */
  clear(jobId?: string): Promise<void>;
}

export function hasEnded(job: Job): boolean {
  return job.state.status !== "queued" && job.state.status !== "running";
}

/** Whether it stands in the list of jobs: what only asked is known to whoever asked, once it has ended. */
export function isListed(job: Job): boolean {
  return !hasEnded(job) || !isQuestion(job.detail);
}

export function createJobsStore(client: Pick<Client, "call">): StoreApi<JobsState> {
  return createStore<JobsState>((set, get) => ({
    jobs: [],
    isLoaded: false,
    async load() {
      set({ jobs: await client.call("jobs.list", {}), isLoaded: true });
    },
    told(job) {
      const { jobs } = get();
      const known = jobs.find((other) => other.id === job.id);
      if (known === undefined) set({ jobs: [job, ...jobs] });
      // The answer to the call that started it may come after the news that it ended.
      else if (!hasEnded(known) || hasEnded(job))
        set({ jobs: jobs.map((other) => (other.id === job.id ? job : other)) });
    },
    toldCleared(jobIds) {
      const cleared = new Set(jobIds);
      set((state) => ({ jobs: state.jobs.filter((job) => !cleared.has(job.id)) }));
    },
    async cancel(jobId, item) {
      try {
        await client.call("jobs.cancel", item === undefined ? { jobId } : { jobId, item });
      } catch (error) {
        // What the host does not know any more has ended.
        if (shapeOf(error).code !== "JOB_UNKNOWN") throw error;
      }
    },
    async clear(jobId) {
      await client.call("jobs.clear", jobId === undefined ? {} : { jobId });
    },
  }));
}
