/** A thread that keeps the index of one archive, so that neither lists nor the main thread wait for a build. */
import type { MessagePort } from "node:worker_threads";
import { IndexKeeper } from "@mxm/dataio";
import type { IndexAnswer, IndexCall, IndexTask, IndexWorkerData } from "./index-protocol.ts";

export function keepIndex(port: MessagePort, { location, cacheDirectory }: IndexWorkerData): void {
  const post = (answer: IndexAnswer) => port.postMessage(answer);
  const keeper = new IndexKeeper({
    location,
    cacheDirectory,
    onStanding: (standing) => post({ type: "standing", standing }),
    onAlone: (reason) => post({ type: "alone", reason }),
  });
  port.on("message", (call: IndexCall) => {
    if (call.type === "close") void keeper.close().then(() => port.close());
    else void run(keeper, call).then(() => post({ type: "done", id: call.id }));
  });
}

function run(keeper: IndexKeeper, task: IndexTask): Promise<void> {
  switch (task.type) {
    case "refresh":
      return keeper.refresh();
    case "searchContents":
      return keeper.searchContents(task.settings);
    case "takeInChecked":
      return keeper.takeInChecked(task.checked, task.all);
  }
}
