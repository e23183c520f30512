/** Loaded into the host before all else: keeps for how long its main thread was busy with one thing, and tells when asked. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

if (isMainThread) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  process.on("message", (asked) => {
    if (asked === "longest") process.send?.({ longestMs: delay.max / 1e6 });
    delay.reset();
  });
  // Asking must not keep the host from ending.
  process.channel?.unref();
}
