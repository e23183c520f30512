/**
 * A Python program as a source.
 * usage: command.ts ARCHIVE (a folder that is empty, or does not exist yet)
 */
import { join } from "node:path";
import { CommandAdapter, float, Store, withSession } from "../../src/index.ts";

const [archive = "archive"] = process.argv.slice(2);
using store = Store.create(archive);
const adapter = new CommandAdapter({
  run: ["python3", join(import.meta.dirname, "fetch_prices.py")],
  timeoutMs: 60_000,
});

await withSession({ store, source: "prices", adapter }, async (session) => {
  const request = session.request({ kind: "price", params: { symbol: "MXM", price: float(30) } });
  const response = await session.fetch(request);
  const payload = await store.readPayload(response.checksum ?? "");
  console.log(response.status, payload.toString());
  // The program is not run again: the archive answers.
  console.log((await session.fetch(request)).resolution);
});
