/**
 * Exports and imports as jobs, each in a thread of its own. What cannot be exported or imported is what the report says, and
 * no reason for the job to fail.
 */
import type {
  ArchiveLocation,
  ExportProgress,
  ExportReport,
  ExportScope,
  ExportTarget,
  ImportProgress,
  ImportReport,
} from "@mxm/dataio";
import type { JobDetail } from "../../shared/contract.ts";
import type { JobHandle } from "../jobs.ts";
import type { ExportWorkerData, ImportWorkerData } from "../workers/transfer-worker.ts";
import { runThread } from "./thread.ts";

export type ExportDetail = Extract<JobDetail, { readonly kind: "export" }>;
export type ImportDetail = Extract<JobDetail, { readonly kind: "import" }>;

export interface ExportOrder {
  /** The workers' file. */
  readonly entry: URL;
  readonly location: ArchiveLocation;
  readonly scope: ExportScope;
  readonly target: ExportTarget;
  /** How many rows there are, where that is known; the export itself may not know. */
  readonly rows: number | null;
}

/** Runs to the report. @throws CodedError with what `exportArchive` throws, CANCELLED among it: nothing is left then */
export async function runExport(order: ExportOrder, handle: JobHandle<ExportDetail>): Promise<ExportReport> {
  const { entry, location, scope, target, rows } = order;
  const workerData: ExportWorkerData = { role: "export", location, scope, target };
  const report = await runThread<ExportProgress, ExportReport>({
    entry,
    workerData,
    name: "archive-export",
    signal: handle.signal,
    onProgress: ({ done, total, bytes }) =>
      // Rows may have come since they were counted.
      handle.report(
        { done, total: total ?? (rows === null ? null : Math.max(rows, done)) },
        { ...handle.detail, bytes },
      ),
  });
  const { exported, duplicates, bytes, problemCount } = report;
  const done = exported + duplicates;
  const outcome = { exported, duplicates, bytes, problemCount };
  handle.report({ done, total: done }, { ...handle.detail, bytes, outcome });
  return report;
}

/** Runs to the report. @throws CodedError with what `importArchive` throws, CANCELLED among it: whole rows stay then */
export async function runImport(
  entry: URL,
  location: ArchiveLocation,
  handle: JobHandle<ImportDetail>,
): Promise<ImportReport> {
  const { from, dryRun } = handle.detail;
  const workerData: ImportWorkerData = { role: "import", location, from, dryRun };
  const report = await runThread<ImportProgress, ImportReport>({
    entry,
    workerData,
    name: "archive-import",
    signal: handle.signal,
    onProgress: ({ done, bytes }) => handle.report({ done, total: null }, { ...handle.detail, bytes }),
  });
  const { added, present, bytes, problemCount } = report;
  const done = added.responses + present;
  handle.report({ done, total: done }, { ...handle.detail, bytes, outcome: { added, present, bytes, problemCount } });
  return report;
}
