/**
 * The CSV files of a folder: what there is, and then the bytes of each.
 * usage: local-file.ts ARCHIVE FOLDER
 */
import { LocalFileAdapter, Store, withSession } from "../../src/index.ts";

const [archive = "archive", folder = "."] = process.argv.slice(2);
using store = Store.create(archive);
const adapter = new LocalFileAdapter({ root: folder });

await withSession({ store, source: "files", adapter }, async (session) => {
  const listing = await session.fetch(session.request({ kind: "listing", params: { glob: "**/*.csv" } }));
  const { files } = JSON.parse((await store.readPayload(listing.checksum ?? "")).toString());
  console.log(`${files.length} files`);

  const requests = await adapter.fileRequests({ glob: "**/*.csv" });
  for (const outcome of await session.fetchAll(requests.map((init) => session.request(init)))) {
    if (outcome.state === "rejected") throw outcome.error;
    console.log(outcome.response.resolution, outcome.response.sizeBytes);
  }
});
