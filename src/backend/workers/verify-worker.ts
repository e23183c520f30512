/**
 * A thread that verifies one archive and ends: SQLite's own check of a large file takes seconds, in which neither the main
 * thread nor the reader's may wait. It only reads.
 */
import type { MessagePort } from "node:worker_threads";
import { type ArchiveLocation, verify } from "@mxm/dataio";
import { workFor } from "./job-thread.ts";

export interface VerifyWorkerData {
  readonly role: "verify";
  readonly location: ArchiveLocation;
}

export function verifyFor(port: MessagePort, { location }: VerifyWorkerData): Promise<void> {
  return workFor(port, "Verifying an archive", (running) => verify(location, running));
}
