/**
 * A thread that verifies one archive and ends: SQLite's own check of a large file takes seconds, in which neither the main
 * thread nor the reader's may wait. It only reads; any message ends it early.
 */
import type { MessagePort } from "node:worker_threads";
import { type ArchiveLocation, type VerifyProgress, type VerifyReport, verify } from "@mxm/dataio";
import type { ErrorShape } from "../../shared/contract.ts";
import { logToStderr, toErrorShape } from "../failure.ts";

export interface VerifyWorkerData {
  readonly role: "verify";
  readonly location: ArchiveLocation;
}
export type VerifyMessage =
  | { readonly type: "progress"; readonly progress: VerifyProgress }
  | { readonly type: "report"; readonly report: VerifyReport }
  | { readonly type: "failed"; readonly error: ErrorShape };

export async function verifyFor(port: MessagePort, { location }: VerifyWorkerData): Promise<void> {
  const post = (message: VerifyMessage) => port.postMessage(message);
  const controller = new AbortController();
  port.on("message", () => controller.abort());
  try {
    const report = await verify(location, {
      signal: controller.signal,
      onProgress: (progress) => post({ type: "progress", progress }),
    });
    post({ type: "report", report });
  } catch (error) {
    post({ type: "failed", error: toErrorShape(error, "Verifying an archive", logToStderr) });
  } finally {
    port.close();
  }
}
