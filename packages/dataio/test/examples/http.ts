/**
 * A web service as a source: the address and its query are the request, what it answers is the payload.
 * usage: http.ts ARCHIVE BASE_URL
 */
import { HttpAdapter, Store, withSession } from "../../src/index.ts";

const [archive = "archive", baseUrl = "http://127.0.0.1:8080/"] = process.argv.slice(2);
using store = Store.create(archive);
const adapter = new HttpAdapter({ baseUrl, headers: { accept: "application/json" }, timeoutMs: 10_000 });

await withSession({ store, source: "rates", adapter }, async (session) => {
  const request = session.request({
    kind: "rates",
    params: { url: "v1/rates", query: { base: "EUR", day: "2026-01-02" } },
  });
  const response = await session.fetch(request);
  console.log(response.status, (await store.readPayload(response.checksum ?? "")).toString());
  // An answer that is an error is archived as well, and is never found as data.
  const missing = await session.fetch(session.request({ kind: "rates", params: { url: "v2/rates" } }));
  console.log(missing.status, JSON.parse((await store.getResponseMetadata(missing.id)) ?? "{}").transport_status);
});
await adapter.close();
