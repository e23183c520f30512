/**
 * A thread that exports from one archive, or imports into it, and ends: rows are read and written by calls that do not give
 * way, and hashing and packing cost time as well.
 */
import type { MessagePort } from "node:worker_threads";
import {
  type ArchiveLocation,
  type ExportScope,
  type ExportTarget,
  exportArchive,
  type ImportSource,
  importArchive,
} from "@mxm/dataio";
import { workFor } from "./job-thread.ts";

export interface ExportWorkerData {
  readonly role: "export";
  readonly location: ArchiveLocation;
  readonly scope: ExportScope;
  readonly target: ExportTarget;
}

export interface ImportWorkerData {
  readonly role: "import";
  readonly location: ArchiveLocation;
  readonly from: ImportSource;
  readonly dryRun: boolean;
}

export function exportFor(port: MessagePort, { location, scope, target }: ExportWorkerData): Promise<void> {
  return workFor(port, "Exporting", (running) => exportArchive(location, { scope, target, ...running }));
}

export function importFor(port: MessagePort, { location, from, dryRun }: ImportWorkerData): Promise<void> {
  return workFor(port, "Importing", (running) => importArchive(location, { from, dryRun, ...running }));
}
