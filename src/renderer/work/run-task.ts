/** Hands a task to a worker. Cancelling ends it, whatever it is in the middle of. */
import { CallError } from "../../shared/client.ts";
import type { TaskName, TaskParams, TaskResult, WorkAnswer, WorkRequest } from "./tasks.ts";

/** A worker that waits for a task, so that none waits for a worker. One is enough: a person looks at one payload. */
let idle: Worker | null = null;

/** A cancelled task may come to its end within so many milliseconds, which is sooner than another worker has started. */
const END_MS = 100;

function startWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "payloads" });
}

function takeWorker(): Worker {
  const worker = idle ?? startWorker();
  idle = null;
  return worker;
}

function giveBack(worker: Worker): void {
  if (idle === null) idle = worker;
  else worker.terminate();
}

/** Starts a worker before there is anything to do for it. */
export function warmUp(): void {
  idle ??= startWorker();
}

/**
 * Runs a task in a worker of its own. One that was cancelled has a moment to end, before its worker is ended.
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
      const end = setTimeout(() => worker.terminate(), END_MS);
      worker.onmessage = () => {
        clearTimeout(end);
        worker.onmessage = null;
        worker.onerror = null;
        giveBack(worker);
      };
      // Of what nobody waits for, nobody hears that it failed.
      worker.onerror = (event) => event.preventDefault();
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
