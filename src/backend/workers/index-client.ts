/** The main thread's end of a worker that keeps an index. A worker that dies leaves an archive without one, no more. */
import { Worker } from "node:worker_threads";
import type { ArchiveLocation, IndexStanding } from "@mxm/dataio";
import type { IndexAnswer, IndexCall, IndexTask, IndexWorkerData } from "./index-protocol.ts";

export class IndexClient {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, () => void>();
  #lastId = 0;
  #ended = false;

  /** @param entry the file of the reader worker, which takes this part as well */
  constructor(
    entry: URL,
    data: { readonly location: ArchiveLocation; readonly cacheDirectory: string },
    onStanding: (standing: IndexStanding) => void,
    onFailure: (error: unknown) => void,
    onAlone: (reason: string) => void,
  ) {
    const workerData: IndexWorkerData = { role: "index", ...data };
    this.#worker = new Worker(entry, { workerData, name: "archive-index" });
    this.#worker.on("message", (answer: IndexAnswer) => {
      if (answer.type === "standing") onStanding(answer.standing);
      else if (answer.type === "alone") onAlone(answer.reason);
      else this.#done(answer.id);
    });
    this.#worker.on("error", (error) => {
      onFailure(error);
      const reason = error instanceof Error ? error.message : String(error);
      onStanding({ state: "unavailable", code: "IO_FAILED", reason });
    });
    this.#worker.on("exit", () => {
      this.#ended = true;
      for (const id of [...this.#waiting.keys()]) this.#done(id);
    });
  }

  /** Resolves when the index has what the archive holds now, or cannot have it; and when the task is done. */
  run(task: IndexTask): Promise<void> {
    if (this.#ended) return Promise.resolve();
    this.#lastId += 1;
    const call: IndexCall = { ...task, id: this.#lastId };
    return new Promise((resolve) => {
      this.#waiting.set(call.id, resolve);
      this.#worker.postMessage(call);
    });
  }

  /** Stops what runs and ends the thread. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    const call: IndexCall = { type: "close" };
    this.#worker.postMessage(call);
    await exited;
  }

  #done(id: number): void {
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}
