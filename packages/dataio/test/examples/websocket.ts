/**
 * A WebSocket as a source: what to subscribe with is part of the request, and each message is archived before it is seen.
 * usage: websocket.ts ARCHIVE URL
 */
import { Store, WebSocketAdapter, withSession } from "../../src/index.ts";

const [archive = "archive", url = "ws://127.0.0.1:8080/"] = process.argv.slice(2);
using store = Store.create(archive);
const adapter = new WebSocketAdapter({ pingIntervalMs: 20_000 });

await withSession({ store, source: "trades", adapter, mode: "async" }, async (session) => {
  const request = session.request({
    kind: "trades",
    method: "SUBSCRIBE",
    params: { url, subscribe: { channel: "trades" } },
  });
  for await (const response of session.stream(request)) {
    // Besides the messages there are stream_open and stream_closed.
    if (response.status !== "stream_message") continue;
    console.log(response.sequence, (await store.readPayload(response.checksum ?? "")).toString());
    // Leaving the loop ends the subscription.
    if (response.sequence === 2) break;
  }
});
