/** Hashes many files on several cores with flat memory. Files are only read. */
import { availableParallelism } from "node:os";
import { throwIfCancelled, untilCancelled } from "../cancellation.ts";
import { TextThread } from "../text-thread.ts";

/** What one file says. A symlink is followed; what is no regular file is missing. */
export type HashedFile =
  | { readonly state: "hashed"; readonly sha256: string; readonly sizeBytes: number; readonly modifiedMs: number }
  | { readonly state: "missing" }
  /** `reason` is the code of the failure (`EACCES`). */
  | { readonly state: "unreadable"; readonly reason: string };

/** Threads beyond this gain nothing but seeks. */
const MAX_THREADS = 8;
const PROGRESS_MS = 100;

/**
 * Runs in each thread, as plain JavaScript. The threads of a batch take the next file from a shared counter, so none is
 * idle while another has work. `shared`: [0] the next file, [1] 256 KiB blocks read (for progress only).
 */
const THREAD = `
"use strict";
const { parentPort, workerData } = require("node:worker_threads");
const { closeSync, fstatSync, openSync, readSync, statSync } = require("node:fs");
const { createHash } = require("node:crypto");
const shared = new Int32Array(workerData);
const buffer = Buffer.allocUnsafe(262144);

function hashed(path) {
  // Looked at before it is opened: opening a pipe would wait for a writer.
  if (!statSync(path).isFile()) return { state: "missing" };
  const file = openSync(path, "r");
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    for (let read = 1; read > 0; ) {
      read = readSync(file, buffer, 0, buffer.length, null);
      if (read > 0) hash.update(buffer.subarray(0, read));
      sizeBytes += read;
      Atomics.add(shared, 1, 1);
    }
    return { state: "hashed", sha256: hash.digest("hex"), sizeBytes, modifiedMs: fstatSync(file).mtimeMs };
  } finally {
    closeSync(file);
  }
}

function factsOf(path) {
  try {
    return hashed(path);
  } catch (error) {
    const reason = String(error.code ?? error.message);
    const absent = ["ENOENT", "ENOTDIR", "ELOOP"].includes(reason);
    return absent ? { state: "missing" } : { state: "unreadable", reason };
  }
}

parentPort.on("message", (paths) => {
  const results = [];
  for (;;) {
    const index = Atomics.add(shared, 0, 1);
    if (index >= paths.length) break;
    results.push([index, factsOf(paths[index])]);
  }
  parentPort.postMessage(results);
});
`;

type Results = readonly (readonly [number, HashedFile])[];

/** Threads that hash files; started by the first batch. Dispose of it when done. */
export class FileHasher implements AsyncDisposable {
  readonly #threadCount: number;
  readonly #shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  #threads: readonly TextThread<readonly string[], Results>[] = [];

  /** @param threads default: one for each core, 8 at most */
  constructor(threads: number = Math.min(availableParallelism(), MAX_THREADS)) {
    this.#threadCount = threads;
  }

  /**
   * The facts of each file, in the order of `paths`. One batch at a time.
   * @param options.onProgress about every 100 ms, with the bytes read of this batch (rounded up to 256 KiB a file)
   * @throws CANCELLED at once, also in the middle of a large file; the hasher is then of no further use
   */
  async hash(
    paths: readonly string[],
    options: { readonly signal?: AbortSignal | undefined; readonly onProgress?: (bytes: number) => void } = {},
  ): Promise<readonly HashedFile[]> {
    const { signal, onProgress } = options;
    throwIfCancelled(signal);
    if (paths.length === 0) return [];
    if (this.#threads.length === 0) {
      this.#threads = Array.from({ length: this.#threadCount }, () => new TextThread(THREAD, this.#shared));
    }
    const counters = new Int32Array(this.#shared).fill(0);
    const timer = setInterval(() => onProgress?.((counters[1] ?? 0) * 262_144), PROGRESS_MS);
    try {
      const answers = Promise.all(this.#threads.map((thread) => thread.ask(paths)));
      const parts = await (signal === undefined ? answers : untilCancelled(answers, signal));
      const files: HashedFile[] = new Array(paths.length);
      for (const [index, facts] of parts.flat()) files[index] = facts;
      return files;
    } finally {
      clearInterval(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }
}
