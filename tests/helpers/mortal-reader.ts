/** The reader worker as it is built, but that a text which is looked for ends it as an error does that nobody catches. */
import { parentPort } from "node:worker_threads";

const built = new URL("../../out/main/reader-worker.js", import.meta.url);
await import(built.href);
parentPort?.on("message", (call: { readonly method?: string; readonly args?: readonly unknown[] }) => {
  if (call.method === "find" && call.args?.[0] === "the end") throw new Error("The end was found.");
});
