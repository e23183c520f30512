/**
 * Verifying an archive as a job: in a thread of its own, with its steps as progress. Nothing is repaired; damage is what
 * the report says, and no reason for the job to fail.
 */
import { Worker } from "node:worker_threads";
import { type ArchiveLocation, DataioError, VERIFY_STEPS, type VerifyProgress, type VerifyReport } from "@mxm/dataio";
import type { JobDetail } from "../../shared/contract.ts";
import { CodedError } from "../coded-error.ts";
import type { JobHandle } from "../jobs.ts";
import type { VerifyMessage, VerifyWorkerData } from "../workers/verify-worker.ts";

export type VerifyDetail = Extract<JobDetail, { readonly kind: "verify" }>;

/**
 * Runs to the report. The thread is asked to stop and never ended by force: to end one while SQLite's addon is at work
 * ends the whole process. So a cancelled run is over once SQLite's own check, which cannot be interrupted, is.
 * @param entry the workers' file
 * @throws CodedError with what `verify` throws, CANCELLED among it
 */
export function runVerify(
  entry: URL,
  location: ArchiveLocation,
  handle: JobHandle<VerifyDetail>,
): Promise<VerifyReport> {
  const { signal } = handle;
  const workerData: VerifyWorkerData = { role: "verify", location };
  const worker = new Worker(entry, { workerData, name: "archive-verify" });
  return new Promise((resolve, reject) => {
    let outcome = () => reject(new DataioError("IO_FAILED", "The thread that verifies ended early."));
    const onAbort = () => worker.postMessage("cancel");
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    worker.on("message", (message: VerifyMessage) => {
      switch (message.type) {
        case "progress":
          report(handle, message.progress);
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

/** Steps count alike: how long each takes depends on the archive. */
function report(handle: JobHandle<VerifyDetail>, { step, done, total, bytes }: VerifyProgress): void {
  const part = total === null || total === 0 ? 0 : Math.min(1, done / total);
  const progress = { done: VERIFY_STEPS.indexOf(step) + part, total: VERIFY_STEPS.length };
  handle.report(progress, { ...handle.detail, step, bytes });
}
