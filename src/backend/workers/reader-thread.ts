/**
 * The main thread's end of one reader worker, from its start to its end.
 */
import { Worker } from "node:worker_threads";
import { type ArchiveLocation, DataioError } from "@mxm/dataio";
import { CodedError } from "../coded-error.ts";
import type {
  ReaderAnswer,
  ReaderArgs,
  ReaderCall,
  ReaderMethod,
  ReaderResult,
  ReaderWorkerData,
} from "./reader-protocol.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class ReaderThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #isClosed = false;
  #end: unknown;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /**
   * Starts a worker on an archive.
   * @param onDeath hears why it ended, unless it was closed or could not open the archive
   * @throws CodedError with the code of why the archive could not be opened; READER_ENDED for a worker that ended before
   */
  static async start(entry: URL, location: ArchiveLocation, onDeath: (error: unknown) => void): Promise<ReaderThread> {
    const workerData: ReaderWorkerData = { role: "reader", location };
    const thread = new ReaderThread(new Worker(entry, { workerData, name: "archive-reader" }));
    await new Promise<void>((resolve, reject) => thread.#listen({ resolve: () => resolve(), reject }, onDeath));
    return thread;
  }

  /** Why it is gone, without having been closed; null while it is there. */
  get death(): unknown {
    return this.#isClosed ? null : (this.#end ?? null);
  }

  /** @throws CodedError; READER_ENDED when the worker ended, CLOSED when it was closed */
  call<M extends ReaderMethod>(method: M, ...args: ReaderArgs<M>): Promise<ReaderResult<M>> {
    if (this.#isClosed) return Promise.reject(closed());
    if (this.#end !== undefined) return Promise.reject(this.#end);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      // The worker runs the method of that name, so the value has that method's type.
      this.#waiting.set(id, { resolve: (value) => resolve(value as ReaderResult<M>), reject });
      const call: ReaderCall = { id, method, args };
      this.#worker.postMessage(call);
    });
  }

  /** Lets running calls end, closes the connection and ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed || this.#end !== undefined) return;
    this.#isClosed = true;
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.postMessage("close");
    await exited;
  }

  #listen(opening: Waiting, onDeath: (error: unknown) => void): void {
    let isRefused = false;
    this.#worker.on("message", (answer: ReaderAnswer) => {
      switch (answer.type) {
        case "opened":
          return opening.resolve(undefined);
        case "refused":
          isRefused = true;
          return opening.reject(new CodedError(answer.error));
        case "value":
          return this.#take(answer.id)?.resolve(answer.value);
        case "error":
          return this.#take(answer.id)?.reject(new CodedError(answer.error));
      }
    });
    const end = (error: unknown, cause: unknown = error) => {
      if (this.#end === undefined && !this.#isClosed && !isRefused) onDeath(cause);
      this.#end ??= error;
      opening.reject(error);
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
    };
    this.#worker.on("error", (error) => end(ended(error instanceof Error ? error.message : String(error)), error));
    this.#worker.on("exit", (code) => end(this.#isClosed ? closed() : ended(`exit code ${code}`)));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

export function closed(): DataioError {
  return new DataioError("CLOSED", "The archive was closed.");
}

function ended(reason: string): CodedError {
  const message = `The thread that reads the archive ended unexpectedly (${reason}).`;
  return new CodedError({ code: "READER_ENDED", message, details: { reason } });
}
