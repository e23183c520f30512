/** A thread that keeps the index of one archive, so that neither lists nor the main thread wait for a build. */
import type { MessagePort } from "node:worker_threads";
import { IndexKeeper } from "@mxm/dataio";
import type { IndexAnswer, IndexCall, IndexWorkerData } from "./index-protocol.ts";

export function keepIndex(port: MessagePort, { location, cacheDirectory }: IndexWorkerData): void {
  const post = (answer: IndexAnswer) => port.postMessage(answer);
  const keeper = new IndexKeeper({
    location,
    cacheDirectory,
    onStanding: (standing) => post({ type: "standing", standing }),
  });
  port.on("message", (call: IndexCall) => {
    switch (call.type) {
      case "refresh":
        void keeper.refresh().then(() => post({ type: "refreshed", id: call.id }));
        return;
      case "close":
        void keeper.close().then(() => port.close());
    }
  });
}
