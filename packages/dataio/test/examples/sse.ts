/**
 * Server-sent events as a source: the metadata of each message say its event, its id and when to come back.
 * usage: sse.ts ARCHIVE URL
 */
import { SseAdapter, Store, withSession } from "../../src/index.ts";

const [archive = "archive", url = "http://127.0.0.1:8080/"] = process.argv.slice(2);
using store = Store.create(archive);
const adapter = new SseAdapter({ timeoutMs: 10_000 });

await withSession({ store, source: "news", adapter, mode: "async" }, async (session) => {
  const request = session.request({ kind: "news", method: "SUBSCRIBE", params: { url } });
  for await (const response of session.stream(request)) {
    const { adapter_meta } = JSON.parse((await store.getResponseMetadata(response.id)) ?? "{}");
    if (response.status === "stream_message") {
      const payload = await store.readPayload(response.checksum ?? "");
      console.log(adapter_meta.event, adapter_meta.id, payload.toString());
    }
    if (response.status === "stream_closed") console.log(response.status, adapter_meta.reason);
  }
});
await adapter.close();
