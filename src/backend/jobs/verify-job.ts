/**
 * Verifying an archive as a job: in a thread of its own, with its steps as progress. Nothing is repaired; damage is what
 * the report says, and no reason for the job to fail.
 */
import { type ArchiveLocation, VERIFY_STEPS, type VerifyProgress, type VerifyReport } from "@mxm/dataio";
import type { JobDetail } from "../../shared/contract.ts";
import type { JobHandle } from "../jobs.ts";
import type { VerifyWorkerData } from "../workers/verify-worker.ts";
import { runThread } from "./thread.ts";

export type VerifyDetail = Extract<JobDetail, { readonly kind: "verify" }>;

/**
 * Runs to the report. A cancelled run is over once SQLite's own check, which cannot be interrupted, is.
 * @param entry the workers' file
 * @throws CodedError with what `verify` throws, CANCELLED among it
 */
export function runVerify(
  entry: URL,
  location: ArchiveLocation,
  handle: JobHandle<VerifyDetail>,
): Promise<VerifyReport> {
  const workerData: VerifyWorkerData = { role: "verify", location };
  return runThread<VerifyProgress, VerifyReport>({
    entry,
    workerData,
    name: "archive-verify",
    signal: handle.signal,
    onProgress: (progress) => report(handle, progress),
  });
}

/** Steps count alike: how long each takes depends on the archive. */
function report(handle: JobHandle<VerifyDetail>, { step, done, total, bytes }: VerifyProgress): void {
  const part = total === null || total === 0 ? 0 : Math.min(1, done / total);
  const progress = { done: VERIFY_STEPS.indexOf(step) + part, total: VERIFY_STEPS.length };
  handle.report(progress, { ...handle.detail, step, bytes });
}
