/**
 * A fetch loop to be killed: archives distinct payloads with sidecars, and acknowledges each response on stdout only
 * after `fetch` has returned. usage: crash-writer.ts ROOT
 */
import { writeSync } from "node:fs";
import { AdapterResult, DataIoSession, type Fetcher, Store } from "../src/index.ts";

const [root = ""] = process.argv.slice(2);
const store = Store.open(root);
const adapter: Fetcher = {
  fetch: async (request) =>
    new AdapterResult({
      data: Buffer.from(`${process.pid} ${request.paramsJson} `.repeat(200)),
      url: "https://a.example",
    }),
};
const session = await DataIoSession.open({ store, source: "crash", adapter });
const lane = async (first: number) => {
  for (let number = first; ; number += 4) {
    const response = await session.fetch(session.request({ kind: "k", params: { pid: process.pid, number } }));
    writeSync(1, `${response.id} ${response.checksum}\n`);
  }
};
await Promise.all([lane(0), lane(1), lane(2), lane(3)]);
