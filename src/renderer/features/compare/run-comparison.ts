/** Compares in a thread of its own, which ends with the signal. */
import type { Comparison, ComparisonOrder } from "./comparison.ts";

/** @throws the signal's reason when it aborts; Error when the thread fails, for example out of memory. */
export function runComparison(order: ComparisonOrder, signal: AbortSignal): Promise<Comparison> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    const worker = new Worker(new URL("./compare-worker.ts", import.meta.url), { type: "module", name: "compare" });
    const end = (settle: () => void) => {
      signal.removeEventListener("abort", onAbort);
      worker.terminate();
      settle();
    };
    const onAbort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", onAbort, { once: true });
    worker.addEventListener("message", (event: MessageEvent<Comparison>) => end(() => resolve(event.data)));
    worker.addEventListener("error", (event) => {
      end(() => reject(new Error(`The comparison failed: ${event.message || "its thread ended"}`)));
    });
    worker.postMessage(order);
  });
}
