/**
 * Long work: started here, reported at most ten times a second, cancelled by its signal, and remembered after its end.
 * A job belongs to the host, not to a window; closing one does not stop it.
 */
import { randomUUID } from "node:crypto";
import type { Job, JobDetail, JobState } from "../shared/contract.ts";
import { coded } from "./coded-error.ts";
import { CANCELLED, type Log, toErrorShape } from "./failure.ts";

const REPORT_MS = 100;
/** Ended jobs that are kept. */
const KEPT = 50;

/** What running work holds in its hand. */
export interface JobHandle<D extends JobDetail> {
  readonly signal: AbortSignal;
  readonly detail: D;
  /** Aborts when one item of the work, by its place, is cancelled by itself. */
  itemSignal(place: number): AbortSignal;
  /** Says how far it is and replaces the detail. */
  report(progress: { readonly done: number; readonly total: number | null }, detail: D): void;
}

interface Entry {
  job: Job;
  readonly controller: AbortController;
  /** Of single items, by their places; made when first needed. */
  readonly items: Map<number, AbortController>;
  finished: Promise<void>;
  pending: NodeJS.Timeout | null;
}

export class Jobs {
  readonly #entries = new Map<string, Entry>();
  readonly #onChange: (job: Job) => void;
  readonly #log: Log;

  constructor(onChange: (job: Job) => void, log: Log) {
    this.#onChange = onChange;
    this.#log = log;
  }

  /** Newest first. */
  list(): Job[] {
    return [...this.#entries.values()].map((entry) => entry.job).reverse();
  }

  /** Starts work on the next tick, and answers with the job as it stands before. */
  start<D extends JobDetail>(title: string, detail: D, work: (handle: JobHandle<D>) => Promise<void>): Job {
    const controller = new AbortController();
    const job: Job = {
      id: randomUUID(),
      title,
      startedAt: new Date().toISOString(),
      endedAt: null,
      state: { status: "queued" },
      detail,
    };
    const entry: Entry = { job, controller, items: new Map(), finished: Promise.resolve(), pending: null };
    this.#entries.set(job.id, entry);
    this.#forgetOld();
    entry.finished = this.#run(entry, detail, work);
    return job;
  }

  /** Asks a job, or one item of it, to stop; it ends as cancelled once its work has wound down. @throws JOB_UNKNOWN */
  cancel(jobId: string, item?: number): void {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) throw coded("JOB_UNKNOWN", "There is no such job.");
    (item === undefined ? entry.controller : itemOf(entry, item)).abort();
  }

  /** Stops all jobs and waits for them. */
  async close(): Promise<void> {
    for (const entry of this.#entries.values()) entry.controller.abort();
    await Promise.all([...this.#entries.values()].map((entry) => entry.finished));
  }

  async #run<D extends JobDetail>(
    entry: Entry,
    first: D,
    work: (handle: JobHandle<D>) => Promise<void>,
  ): Promise<void> {
    const { signal } = entry.controller;
    let detail = first;
    const handle: JobHandle<D> = {
      signal,
      get detail() {
        return detail;
      },
      itemSignal: (place) => itemOf(entry, place).signal,
      report: (progress, next) => {
        detail = next;
        this.#set(entry, { status: "running", ...progress }, next, false);
      },
    };
    let state: JobState;
    try {
      await Promise.resolve();
      this.#set(entry, { status: "running", done: 0, total: null }, detail, true);
      await work(handle);
      state = signal.aborted ? { status: "cancelled" } : { status: "succeeded" };
    } catch (error) {
      const shape = signal.aborted ? CANCELLED : toErrorShape(error, entry.job.title, this.#log);
      state = shape.code === CANCELLED.code ? { status: "cancelled" } : { status: "failed", error: shape };
    }
    entry.job = { ...entry.job, endedAt: new Date().toISOString() };
    this.#set(entry, state, detail, true);
  }

  #set(entry: Entry, state: JobState, detail: JobDetail, now: boolean): void {
    entry.job = { ...entry.job, state, detail };
    if (now) {
      if (entry.pending !== null) clearTimeout(entry.pending);
      entry.pending = null;
      this.#onChange(entry.job);
    } else {
      entry.pending ??= setTimeout(() => {
        entry.pending = null;
        this.#onChange(entry.job);
      }, REPORT_MS);
    }
  }

  #forgetOld(): void {
    const ended = [...this.#entries.values()].filter((entry) => entry.job.endedAt !== null);
    for (const entry of ended.slice(0, Math.max(0, ended.length - KEPT))) this.#entries.delete(entry.job.id);
  }
}

function itemOf({ items }: Entry, place: number): AbortController {
  const known = items.get(place);
  if (known !== undefined) return known;
  const controller = new AbortController();
  items.set(place, controller);
  return controller;
}
