/**
 * The main thread's end of a reader worker.
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

export class ReaderClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /**
   * Starts a worker on an archive.
   * @param entry the worker's file (built, or the source itself where Node runs TypeScript)
   * @throws CodedError with the code of why the archive could not be opened
   */
  static async start(entry: URL, location: ArchiveLocation): Promise<ReaderClient> {
    const workerData: ReaderWorkerData = { role: "reader", location };
    const client = new ReaderClient(new Worker(entry, { workerData, name: "archive-reader" }));
    await new Promise<void>((resolve, reject) => client.#listen({ resolve: () => resolve(), reject }));
    return client;
  }

  /** Asks the reader. @throws CodedError; DataioError CLOSED when the worker is gone */
  call<M extends ReaderMethod>(method: M, ...args: ReaderArgs<M>): Promise<ReaderResult<M>> {
    if (this.#ended) return Promise.reject(closed());
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
    if (this.#ended) return;
    this.#ended = true;
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    this.#worker.postMessage("close");
    await exited;
  }

  #listen(opening: Waiting): void {
    this.#worker.on("message", (answer: ReaderAnswer) => {
      switch (answer.type) {
        case "opened":
          return opening.resolve(undefined);
        case "refused":
          return opening.reject(new CodedError(answer.error));
        case "value":
          return this.#take(answer.id)?.resolve(answer.value);
        case "error":
          return this.#take(answer.id)?.reject(new CodedError(answer.error));
      }
    });
    const end = (error: unknown) => {
      this.#ended = true;
      opening.reject(error);
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
    };
    this.#worker.on("error", end);
    this.#worker.on("exit", () => end(closed()));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}

function closed(): DataioError {
  return new DataioError("CLOSED", "The archive was closed.");
}
