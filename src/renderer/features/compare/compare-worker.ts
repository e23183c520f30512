/** The thread that compares: one order, one answer. Whoever wants it no longer ends it. */
import { type ComparisonOrder, compare } from "./comparison.ts";

self.addEventListener("message", (event: MessageEvent<ComparisonOrder>) => {
  self.postMessage(compare(event.data));
});
