/**
 * A thread with its own read-only connection to one archive. Everything that may scan runs here, so that the main
 * thread never waits. Calls are answered one after another.
 */
import { parentPort, workerData } from "node:worker_threads";
import { ArchiveReader } from "@mxm/dataio";
import { logToStderr, toErrorShape } from "../failure.ts";
import type { ReaderAnswer, ReaderCall, ReaderWorkerData } from "./reader-protocol.ts";

const port = parentPort;
if (port === null) throw new Error("This file runs as a worker thread.");
const post = (answer: ReaderAnswer) => port.postMessage(answer);

function openReader(): ArchiveReader | null {
  try {
    const { location }: ReaderWorkerData = workerData;
    const reader = new ArchiveReader(location);
    post({ type: "opened" });
    return reader;
  } catch (error) {
    post({ type: "refused", error: toErrorShape(error, "Opening an archive", logToStderr) });
    return null;
  }
}

const reader = openReader();
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
function answer(target: ArchiveReader, call: ReaderCall): unknown {
  return Reflect.apply(target[call.method], target, call.args);
}
