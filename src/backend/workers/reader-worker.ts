/**
 * A thread with its own read-only connection to one archive. Everything that may scan runs here, so that the main
 * thread never waits. Calls are answered one after another. The same file is started once more for each archive, to keep
 * its index, and once for each integrity run, export and import: what is built has one worker.
 */
import { parentPort, workerData } from "node:worker_threads";
import { ArchiveReader } from "@mxm/dataio";
import { logToStderr, toErrorShape } from "../failure.ts";
import { Browsing } from "./browsing.ts";
import type { IndexWorkerData } from "./index-protocol.ts";
import { keepIndex } from "./index-worker.ts";
import type { ReaderAnswer, ReaderCall, ReaderWorkerData } from "./reader-protocol.ts";
import { type ExportWorkerData, exportFor, type ImportWorkerData, importFor } from "./transfer-worker.ts";
import { type VerifyWorkerData, verifyFor } from "./verify-worker.ts";

const port = parentPort;
if (port === null) throw new Error("This file runs as a worker thread.");
const post = (answer: ReaderAnswer) => port.postMessage(answer);

function openReader({ location }: ReaderWorkerData): Browsing | null {
  try {
    const reader = new Browsing(new ArchiveReader(location), logToStderr);
    post({ type: "opened" });
    return reader;
  } catch (error) {
    post({ type: "refused", error: toErrorShape(error, "Opening an archive", logToStderr) });
    return null;
  }
}

const data: ReaderWorkerData | IndexWorkerData | VerifyWorkerData | ExportWorkerData | ImportWorkerData = workerData;
if (data.role === "index") keepIndex(port, data);
if (data.role === "verify") void verifyFor(port, data);
if (data.role === "export") void exportFor(port, data);
if (data.role === "import") void importFor(port, data);
const reader = data.role === "reader" ? openReader(data) : null;
if (reader !== null) {
  let last: Promise<void> = Promise.resolve();
  port.on("message", (call: ReaderCall | "close") => {
    last = last.then(async () => {
      if (call === "close") {
        reader.close();
        port.close();
        return;
      }
      try {
        post({ type: "value", id: call.id, value: await answer(reader, call) });
      } catch (error) {
        post({ type: "error", id: call.id, error: toErrorShape(error, call.method, logToStderr) });
      }
    });
  });
}

/** The other side is typed by ReaderMethod; the arguments were checked by the contract. */
function answer(target: Browsing, call: ReaderCall): unknown {
  return Reflect.apply(target[call.method], target, call.args);
}
