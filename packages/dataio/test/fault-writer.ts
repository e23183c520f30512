/**
 * A fetch loop that runs until something fails, for faults that a process cannot be given from inside: limits and other
 * users. Prints a JSON line for each response that was acknowledged, and `{"failed": {code, message}}` for what ended it.
 * usage: fault-writer.ts ROOT RESPONSES BYTES [DESCRIPTORS]. With DESCRIPTORS it first opens so many files that it can open
 * only that many more.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { devNull } from "node:os";
import { AdapterResult, DataIoSession, type Fetcher, isDataioError, Store } from "../src/index.ts";

const [root = "", responses = "0", bytes = "0", descriptors] = process.argv.slice(2);
const print = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

/** Uses all descriptors up, but for `left`. */
function useDescriptorsUp(left: number): void {
  const open: number[] = [];
  try {
    for (;;) open.push(openSync(devNull, "r"));
  } catch {
    for (const descriptor of open.slice(0, left)) closeSync(descriptor);
  }
}

if (descriptors !== undefined) useDescriptorsUp(Number(descriptors));
try {
  const store = Store.open(root);
  const adapter: Fetcher = {
    fetch: async (request) => {
      const data = Buffer.alloc(Number(bytes), `${process.pid} ${request.paramsJson} `);
      return new AdapterResult({ data, contentType: "text/plain" });
    },
  };
  const session = await DataIoSession.open({ store, source: "faults", adapter });
  for (let n = 0; n < Number(responses); n += 1) {
    const { id, checksum } = await session.fetch(session.request({ kind: "k", params: { pid: process.pid, n } }));
    print({ id, checksum });
  }
  await session.close();
  store.close();
} catch (error) {
  const { code, message } = isDataioError(error) ? error : { code: "not a DataioError", message: String(error) };
  print({ failed: { code, message } });
}
