/**
 * A job in a thread of its own. The thread is asked to stop and never ended by force: to end one while SQLite's addon is at
 * work ends the whole process.
 */
import { Worker } from "node:worker_threads";
import { DataioError } from "@mxm/dataio";
import { CodedError } from "../coded-error.ts";
import type { ThreadMessage } from "../workers/job-thread.ts";

export interface ThreadOrder<P> {
  /** The workers' file. */
  readonly entry: URL;
  /** What the thread is told; its `role` names what it does. */
  readonly workerData: { readonly role: string };
  readonly name: string;
  readonly signal: AbortSignal;
  onProgress(progress: P): void;
}

/**
 * Runs to the report.
 * @throws CodedError with what the work throws, CANCELLED among it
 */
export function runThread<P, R>(order: ThreadOrder<P>): Promise<R> {
  const { entry, workerData, name, signal } = order;
  const worker = new Worker(entry, { workerData, name });
  return new Promise((resolve, reject) => {
    let outcome = () => reject(new DataioError("IO_FAILED", "The thread that did the work ended early."));
    const onAbort = () => worker.postMessage("cancel");
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    worker.on("message", (message: ThreadMessage<P, R>) => {
      switch (message.type) {
        case "progress":
          order.onProgress(message.progress);
          break;
        case "report":
          outcome = () => resolve(message.report);
          break;
        case "failed":
          outcome = () => reject(new CodedError(message.error));
          break;
      }
    });
    worker.on("error", (error) => {
      outcome = () => reject(error);
    });
    worker.on("exit", () => {
      signal.removeEventListener("abort", onAbort);
      outcome();
    });
  });
}
