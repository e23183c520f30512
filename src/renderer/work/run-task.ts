/** Hands a task to a worker. Cancelling ends the worker, whatever it is in the middle of. */
import { CallError } from "../../shared/client.ts";
import type { TaskName, TaskParams, TaskResult, WorkAnswer, WorkRequest } from "./tasks.ts";

/** A worker that has done its task and waits for another. One is enough: a person looks at one payload. */
let idle: Worker | null = null;

function takeWorker(): Worker {
  const worker = idle ?? new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "payloads" });
  idle = null;
  return worker;
}

function giveBack(worker: Worker): void {
  if (idle === null) idle = worker;
  else worker.terminate();
}

/**
 * Runs a task in a worker of its own.
 *
 * @throws CallError with the task's own code, CANCELLED when `signal` was aborted, or OUT_OF_MEMORY when the worker died.
 */
export function runTask<N extends TaskName>(
  name: N,
  params: TaskParams<N>,
  signal: AbortSignal,
): Promise<TaskResult<N>> {
  return new Promise((resolve, reject) => {
    const fail = (code: string, message: string) => reject(new CallError({ code, message, details: {} }));
    if (signal.aborted) return fail("CANCELLED", "Cancelled.");
    const worker = takeWorker();
    const settle = () => {
      signal.removeEventListener("abort", onAbort);
      worker.onmessage = null;
      worker.onerror = null;
    };
    const onAbort = () => {
      settle();
      worker.terminate();
      fail("CANCELLED", "Cancelled.");
    };
    signal.addEventListener("abort", onAbort);
    worker.onmessage = ({ data }: MessageEvent<WorkAnswer>) => {
      settle();
      giveBack(worker);
      if (data.ok) resolve(data.value as TaskResult<N>);
      else fail(data.code, data.message);
    };
    worker.onerror = (event) => {
      settle();
      worker.terminate();
      event.preventDefault();
      fail("WORKER_FAILED", event.message || "What reads this payload could not be started, or ran out of memory.");
    };
    worker.postMessage({ name, params } satisfies WorkRequest);
  });
}
