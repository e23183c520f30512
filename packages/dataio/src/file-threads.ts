/**
 * Threads that write small files for one store, while many are written at once. A synced file takes its thread for as long
 * as the disk takes, and Node's own pool has four; files that are not synced would take a third of the main thread's time.
 */
import { Worker } from "node:worker_threads";

/** A file that is to appear whole under its name. */
export interface NewFile {
  /** Where it is written; taken away again where that fails. */
  readonly temporary: string;
  readonly target: string;
  readonly data: Uint8Array;
  /** What becomes of a file that has the name already: it is replaced, or kept; or nothing of the job is done. */
  readonly existing: "replace" | "keep" | "refuse";
}

/** Fewer at once are written sooner by whoever has them. */
const CROWD = 4;
/** Syncs under way at once share what the disk does for each; more threads than this gain nothing. */
const SYNCING_THREADS = 4;
/** Larger files are written by the store itself, in pieces. */
const MAX_BYTES = 256 * 1024;
/** So long threads without work are kept, in milliseconds. */
const IDLE_MS = 3_000;

/**
 * Answers each message (how many files each job has, and of all these files what each has and their bytes) with one code for
 * each job: null, or why it failed. Of a job that failed no temporary file is left.
 */
const THREAD = `
const fs = require("node:fs");
const { parentPort } = require("node:worker_threads");

function write(path, bytes, durable) {
  const descriptor = fs.openSync(path, "wx");
  try {
    for (let done = 0; done < bytes.length; ) done += fs.writeSync(descriptor, bytes, done);
    if (durable) fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function publish({ temporary, target, existing }) {
  if (existing !== "keep") return fs.renameSync(temporary, target);
  try {
    fs.linkSync(temporary, target);
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  fs.unlinkSync(temporary);
}

parentPort.on("message", ({ counts, temporaries, targets, existings, sizes, bytes, durable }) => {
  let [file, at] = [0, 0];
  const outcomes = counts.map((count) => {
    const files = [];
    const parts = [];
    for (const end = file + count; file < end; file += 1) {
      files.push({ temporary: temporaries[file], target: targets[file], existing: existings[file] });
      parts.push(bytes.subarray(at, (at += sizes[file])));
    }
    try {
      for (const { target, existing } of files) {
        if (existing === "refuse" && fs.lstatSync(target, { throwIfNoEntry: false }) !== undefined) return "EEXIST";
      }
      files.forEach(({ temporary }, index) => write(temporary, parts[index], durable));
      files.forEach(publish);
      return null;
    } catch (error) {
      for (const { temporary } of files) fs.rmSync(temporary, { force: true });
      return String(error.code);
    }
  });
  parentPort.postMessage(outcomes);
});
`;

interface Job {
  readonly files: readonly NewFile[];
  settle(written: boolean): void;
}

interface Thread {
  readonly worker: Worker;
  /** Starting one takes as long as writing hundreds of files, so nobody waits for it. */
  isReady: boolean;
  /** What it was given and has not answered, in order. */
  readonly messages: (readonly Job[])[];
}

/** The threads of one store; started by the first crowd. */
export class FileThreads {
  readonly #durable: boolean;
  #queue: Job[] = [];
  #threads: Thread[] = [];
  /** Jobs that someone is at, here or in a thread. */
  #busy = 0;
  #idle: NodeJS.Timeout | undefined;
  #given = false;

  constructor(options: { readonly durable: boolean }) {
    this.#durable = options.durable;
  }

  /**
   * Writes files, gives them their names in order, and syncs each before (their directory is left to the caller).
   * @param here does the same without a thread: where there is no crowd or no thread yet, and where one refused or failed, so
   *   that its errors are the ones that are told
   * @returns what `here` gave; undefined where a thread did it
   */
  async write<T>(files: readonly NewFile[], here: () => Promise<T>): Promise<T | undefined> {
    this.#busy += 1;
    try {
      const isSmall = files.every(({ data }) => data.byteLength <= MAX_BYTES);
      return isSmall && !this.#given && (await this.#offer(files)) ? undefined : await here();
    } finally {
      this.#busy -= 1;
    }
  }

  /** Takes nothing more. Threads end, those that are at something when it is done. */
  close(): void {
    this.#given = true;
    this.#stop();
  }

  /** @returns whether the files were written */
  #offer(files: readonly NewFile[]): Promise<boolean> {
    return new Promise((settle) => {
      this.#queue.push({ files, settle });
      // Behind everything that goes on in this turn: then it is known how many there are.
      if (this.#queue.length === 1) process.nextTick(() => this.#hand());
    });
  }

  #hand(): void {
    const jobs = this.#queue;
    this.#queue = [];
    const isCrowd = this.#busy >= CROWD && !this.#given;
    if (isCrowd) clearTimeout(this.#idle);
    const ready = isCrowd ? this.#readyThreads() : [];
    if (ready.length === 0) {
      for (const { settle } of jobs) settle(false);
      return;
    }
    const isIdle = ready.every(({ messages }) => messages.length === 0);
    // Halves for the one thread: what it has done with the first is taken on here while it is at the second.
    const shares = Math.min(this.#durable ? SYNCING_THREADS : isIdle ? 2 : 1, jobs.length);
    for (let share = 0; share < shares; share += 1) {
      const part = jobs.slice(
        Math.floor((share * jobs.length) / shares),
        Math.floor(((share + 1) * jobs.length) / shares),
      );
      const [freest] = ready.sort((a, b) => a.messages.length - b.messages.length);
      if (freest !== undefined) this.#post(freest, part);
    }
  }

  /** Those that may be given something. The first crowd starts them all. */
  #readyThreads(): Thread[] {
    const wanted = this.#durable ? SYNCING_THREADS : 1;
    try {
      while (this.#threads.length < wanted) this.#start();
    } catch {
      // The system has no more of what a thread needs.
      this.close();
      return [];
    }
    return this.#threads.filter(({ isReady }) => isReady);
  }

  #start(): void {
    const worker = new Worker(THREAD, { eval: true, execArgv: [] });
    const thread: Thread = { worker, isReady: false, messages: [] };
    worker.unref();
    const lost = () => {
      this.#threads = this.#threads.filter((other) => other !== thread);
      for (const jobs of thread.messages.splice(0)) for (const { settle } of jobs) settle(false);
    };
    worker.on("online", () => {
      thread.isReady = true;
      this.#restIfIdle();
    });
    worker.on("message", (outcomes: readonly (string | null)[]) => {
      const jobs = thread.messages.shift() ?? [];
      if (thread.messages.length === 0) worker.unref();
      for (const [index, { settle }] of jobs.entries()) settle(outcomes[index] === null);
      // What failed once may fail each time (no hard links, no space): then the way through a thread is only a detour.
      if (outcomes.some((outcome) => outcome !== null && outcome !== "EEXIST")) this.close();
      this.#restIfIdle();
    });
    worker.on("error", () => this.close());
    worker.on("exit", lost);
    this.#threads.push(thread);
  }

  #post(thread: Thread, jobs: readonly Job[]): void {
    const files = jobs.flatMap((job) => job.files);
    const bytes = new Uint8Array(files.reduce((sum, { data }) => sum + data.byteLength, 0));
    let at = 0;
    for (const { data } of files) {
      bytes.set(data, at);
      at += data.byteLength;
    }
    if (thread.messages.length === 0) thread.worker.ref();
    thread.messages.push(jobs);
    // Lists of texts and numbers: an object for each file would take twice the time to hand over.
    const message = {
      counts: jobs.map((job) => job.files.length),
      temporaries: files.map(({ temporary }) => temporary),
      targets: files.map(({ target }) => target),
      existings: files.map(({ existing }) => existing),
      sizes: files.map(({ data }) => data.byteLength),
      bytes,
      durable: this.#durable,
    };
    thread.worker.postMessage(message, [bytes.buffer]);
  }

  #restIfIdle(): void {
    if (this.#given) this.#stop();
    if (this.#given || this.#threads.some(({ messages }) => messages.length > 0)) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#stop(), IDLE_MS).unref();
  }

  #stop(): void {
    clearTimeout(this.#idle);
    for (const { worker, messages } of this.#threads) if (messages.length === 0) void worker.terminate();
  }
}
