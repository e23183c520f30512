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

/** One step of SQLite's cannot be interrupted; a thread that is in it when cancelled is ended after this time. */
const PATIENCE_MS = 2_000;

/**
 * Runs to the report.
 * @param entry the worker's file
 * @throws CodedError with what `verify` throws, CANCELLED among it
 */
export async function runVerify(
  entry: URL,
  location: ArchiveLocation,
  handle: JobHandle<VerifyDetail>,
): Promise<VerifyReport> {
  const workerData: VerifyWorkerData = { role: "verify", location };
  const worker = new Worker(entry, { workerData, name: "archive-verify" });
  let patience: NodeJS.Timeout | null = null;
  const onAbort = () => {
    worker.postMessage("cancel");
    patience = setTimeout(() => void worker.terminate(), PATIENCE_MS);
  };
  try {
    return await new Promise<VerifyReport>((resolve, reject) => {
      if (handle.signal.aborted) onAbort();
      else handle.signal.addEventListener("abort", onAbort, { once: true });
      worker.on("message", (message: VerifyMessage) => {
        switch (message.type) {
          case "progress":
            return report(handle, message.progress);
          case "report":
            return resolve(message.report);
          case "failed":
            return reject(new CodedError(message.error));
        }
      });
      worker.on("error", reject);
      worker.on("exit", () => reject(new DataioError("CANCELLED", "The verification was stopped.")));
    });
  } finally {
    handle.signal.removeEventListener("abort", onAbort);
    if (patience !== null) clearTimeout(patience);
    await worker.terminate();
  }
}

/** Steps count alike: how long each takes depends on the archive. */
function report(handle: JobHandle<VerifyDetail>, { step, done, total, bytes }: VerifyProgress): void {
  const part = total === null || total === 0 ? 0 : Math.min(1, done / total);
  const progress = { done: VERIFY_STEPS.indexOf(step) + part, total: VERIFY_STEPS.length };
  handle.report(progress, { ...handle.detail, step, bytes });
}
