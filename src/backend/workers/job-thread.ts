/** The inner end of a thread that does one piece of long work and ends; any message ends it early. */
import type { MessagePort } from "node:worker_threads";
import type { ErrorShape } from "../../shared/contract.ts";
import { logToStderr, toErrorShape } from "../failure.ts";

export type ThreadMessage<P, R> =
  | { readonly type: "progress"; readonly progress: P }
  | { readonly type: "report"; readonly report: R }
  | { readonly type: "failed"; readonly error: ErrorShape };

/** Does the work and tells how it goes. `doing` is for the log, as in “Verifying an archive failed”. */
export async function workFor<P, R>(
  port: MessagePort,
  doing: string,
  work: (running: { readonly signal: AbortSignal; readonly onProgress: (progress: P) => void }) => Promise<R>,
): Promise<void> {
  const post = (message: ThreadMessage<P, R>) => port.postMessage(message);
  const controller = new AbortController();
  port.on("message", () => controller.abort());
  try {
    const report = await work({
      signal: controller.signal,
      onProgress: (progress) => post({ type: "progress", progress }),
    });
    post({ type: "report", report });
  } catch (error) {
    post({ type: "failed", error: toErrorShape(error, doing, logToStderr) });
  } finally {
    port.close();
  }
}
