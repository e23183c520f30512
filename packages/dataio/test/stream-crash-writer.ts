/**
 * A subscription to be killed: archives messages for as long as it lives, and acknowledges each response on stdout only
 * after it was yielded. usage: stream-crash-writer.ts ROOT
 */
import { writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { AdapterResult, DataIoSession, Store, type Streamer } from "../src/index.ts";

const [root = ""] = process.argv.slice(2);
const store = Store.open(root);
const adapter: Streamer = {
  async *stream() {
    for (let number = 0; ; number += 1) {
      yield new AdapterResult({ data: Buffer.from(`${process.pid} ${number}`), contentType: "text/plain" });
      await nextTurn();
    }
  },
};
const session = await DataIoSession.open({ store, source: "crash", adapter, mode: "async" });
const request = session.request({ kind: "k", method: "SUBSCRIBE", params: { pid: process.pid } });
for await (const { id, checksum } of session.stream(request)) writeSync(1, `${id} ${checksum}\n`);
