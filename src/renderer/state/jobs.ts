/** The host's jobs. They belong to the host: a window that is reloaded finds them again. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { Job } from "../../shared/contract.ts";

export interface JobsState {
  /** Newest first. */
  readonly jobs: readonly Job[];
  load(): Promise<void>;
  told(job: Job): void;
  /** Cancels a job, or one item of it by its place. */
  cancel(jobId: string, item?: number): Promise<void>;
  /** Takes ended jobs out of the list; the host keeps its record. */
  dismissEnded(): void;
}

export function hasEnded(job: Job): boolean {
  return job.state.status !== "queued" && job.state.status !== "running";
}

export function createJobsStore(client: Pick<Client, "call">): StoreApi<JobsState> {
  const dismissed = new Set<string>();
  return createStore<JobsState>((set, get) => ({
    jobs: [],
    async load() {
      const jobs = await client.call("jobs.list", {});
      const shown = jobs.filter((job) => !dismissed.has(job.id));
      set({ jobs: shown.toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1)) });
    },
    told(job) {
      const { jobs } = get();
      const known = jobs.find((other) => other.id === job.id);
      if (known === undefined) set({ jobs: [job, ...jobs] });
      // The answer to the call that started it may come after the news that it ended.
      else if (!hasEnded(known) || hasEnded(job))
        set({ jobs: jobs.map((other) => (other.id === job.id ? job : other)) });
    },
    async cancel(jobId, item) {
      await client.call("jobs.cancel", item === undefined ? { jobId } : { jobId, item });
    },
    dismissEnded() {
      for (const job of get().jobs) if (hasEnded(job)) dismissed.add(job.id);
      set((state) => ({ jobs: state.jobs.filter((job) => !hasEnded(job)) }));
    },
  }));
}
