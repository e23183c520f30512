/**
 * Long work: started here, reported at most ten times a second, cancelled by its signal, and remembered after its end until
 * a person clears it, unless it only asked. A job belongs to the host, not to a window; closing one does not stop it.
 */
import { randomUUID } from "node:crypto";
import type { Job, JobDetail, JobState } from "../shared/contract.ts";
import { isQuestion } from "../shared/job-questions.ts";
import { coded } from "./coded-error.ts";
import { CANCELLED, type Log, toErrorShape } from "./failure.ts";

const REPORT_MS = 100;
/** Ended jobs that are kept; more than a person starts, and a bound for a host that runs for months. */
const KEPT = 1_000;

/** What running work holds in its hand. */
export interface JobHandle<D extends JobDetail> {
  readonly signal: AbortSignal;
  readonly detail: D;
  /** Aborts when one item of the work, by its place, is cancelled by itself. */
  itemSignal(place: number): AbortSignal;
  /** Says how far it is and replaces the detail. */
  report(progress: { readonly done: number; readonly total: number | null }, detail: D): void;
}

export interface JobsOptions {
  /** A job started, moved or ended. */
  onChange(job: Job): void;
  /** Ended jobs were forgotten because a person wanted it. */
  onCleared(jobIds: readonly string[]): void;
  /** Keeps the archive of a job open, and says where it is; it may be closed once `release` was called. */
  holdArchive(archiveId: string): { readonly path: string; release(): void };
  readonly log: Log;
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
  readonly #options: JobsOptions;
  #isClosing = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** Newest first. */
  list(): Job[] {
    return [...this.#entries.values()].map((entry) => entry.job).reverse();
  }

  /** Those that have not ended, newest first, also those that only ask. */
  running(): Job[] {
    return this.list().filter((job) => job.endedAt === null);
  }

  find(jobId: string): Job | undefined {
    return this.#entries.get(jobId)?.job;
  }

  /** Starts work on the next tick, and answers with the job as it stands before. @throws CLOSING */
  start<D extends JobDetail>(title: string, detail: D, work: (handle: JobHandle<D>) => Promise<void>): Job {
    if (this.#isClosing) throw coded("CLOSING", "The app is ending; nothing new is started.");
    const archive = "archiveId" in detail ? this.#options.holdArchive(detail.archiveId) : null;
    const controller = new AbortController();
    const job: Job = {
      id: randomUUID(),
      title,
      startedAt: new Date().toISOString(),
      endedAt: null,
      state: { status: "queued" },
      archivePath: archive?.path ?? null,
      detail,
    };
    const entry: Entry = { job, controller, items: new Map(), finished: Promise.resolve(), pending: null };
    this.#entries.set(job.id, entry);
    this.#forgetOld();
    entry.finished = this.#run(entry, detail, work).finally(() => archive?.release());
    return job;
  }

  /** Asks a job, or one item of it, to stop; it ends as cancelled once its work has wound down. @throws JOB_UNKNOWN */
  cancel(jobId: string, item?: number): void {
    const entry = this.#find(jobId);
    (item === undefined ? entry.controller : itemOf(entry, item)).abort();
  }

  /** Forgets an ended job, or all of them. @throws JOB_UNKNOWN, and JOB_RUNNING for one that has not ended */
  clear(jobId?: string): void {
    if (jobId !== undefined && this.#find(jobId).job.endedAt === null) {
      throw coded("JOB_RUNNING", "This job has not ended; cancel it first.");
    }
    const cleared = this.list().filter((job) => job.endedAt !== null && (jobId === undefined || job.id === jobId));
    for (const job of cleared) this.#entries.delete(job.id);
    if (cleared.length > 0) this.#options.onCleared(cleared.map((job) => job.id));
  }

  /** Stops all jobs, waits for them, and starts no others. */
  async close(): Promise<void> {
    this.#isClosing = true;
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
      const shape = signal.aborted ? CANCELLED : toErrorShape(error, entry.job.title, this.#options.log);
      state = shape.code === CANCELLED.code ? { status: "cancelled" } : { status: "failed", error: shape };
    }
    entry.job = { ...entry.job, endedAt: new Date().toISOString() };
    // Before that is told: whoever hears of the end finds the list as it is from then on.
    if (isQuestion(detail)) this.#entries.delete(entry.job.id);
    this.#set(entry, state, detail, true);
  }

  #set(entry: Entry, state: JobState, detail: JobDetail, now: boolean): void {
    entry.job = { ...entry.job, state, detail };
    if (now) {
      if (entry.pending !== null) clearTimeout(entry.pending);
      entry.pending = null;
      this.#options.onChange(entry.job);
    } else {
      entry.pending ??= setTimeout(() => {
        entry.pending = null;
        this.#options.onChange(entry.job);
      }, REPORT_MS);
    }
  }

  #find(jobId: string): Entry {
    const entry = this.#entries.get(jobId);
    if (entry === undefined) throw coded("JOB_UNKNOWN", "There is no such job.");
    return entry;
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
