import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { AdapterResult, ArchiveReader, Store, type Streamer, withSession } from "../src/index.ts";
import { framesSql } from "../src/stream-frames.ts";
import { temporaryFolder } from "./archives.ts";

it("gives any part of a subscription in its order, and passes the rows of no other request", async () => {
  using store = Store.create(temporaryFolder());
  const adapter: Streamer = {
    async *stream() {
      yield new AdapterResult({ data: Buffer.alloc(0), status: "stream_open", url: "ws://x/" });
      for (let number = 0; number < 40; number += 1) yield Buffer.from(`message ${number} ${"ü".repeat(200)}`);
      yield Uint8Array.of(0xff, 1);
      yield new AdapterResult({
        data: Buffer.alloc(0),
        status: "stream_closed",
        adapterMeta: { reason: "lost", close_code: 1006, error: { message: "reset" }, nested: [1], clean: false },
      });
    },
  };
  const requestIds: string[] = [];
  await withSession({ store, source: "feed", adapter }, async (session) => {
    const request = () => session.request({ kind: "k", method: "SUBSCRIBE" });
    const streams = [session.stream(request()), session.stream(request())];
    await Promise.all(
      streams.map(async (stream) => {
        let id = "";
        for await (const response of stream) id = response.requestId;
        requestIds.push(id);
      }),
    );
  });
  using reader = new ArchiveReader(store.location);
  const [requestId = ""] = requestIds;
  const all = reader.frames({ requestId, from: null, skip: 0, limit: 500 });
  expect(all.map(({ sequence }) => sequence)).toEqual([null, ...Array.from({ length: 41 }, (_, place) => place), null]);
  const from = all[30]?.id ?? "";
  expect(reader.frames({ requestId, from, skip: 2, limit: 3 })).toEqual(all.slice(32, 35));
  expect(reader.frames({ requestId, from, skip: 50, limit: 3 })).toEqual([]);
  expect(all[0]?.said).toEqual({ url: "ws://x/" });
  // Cut between two characters, not within one.
  expect(all[5]?.head).toEqual({ form: "text", text: expect.stringMatching(/^message 4 ü{115}$/) });
  expect(all[41]?.head).toEqual({ form: "hex", text: "ff 01" });
  expect(all[42]?.said).toEqual({ reason: "lost", close_code: 1006, error: "reset", clean: false });
  expect(all[42]).toMatchObject({ status: "stream_closed", sizeBytes: 0, head: { form: "text", text: "" } });

  const db = new Database(store.location.databasePath, { readonly: true });
  const plan = db
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${framesSql(true)}`)
    .all({ requestId, from, limit: 5, skip: 0 })
    .map(({ detail }) => detail)
    .join("\n");
  db.close();
  expect(plan).toContain("SEARCH r USING INDEX idx_responses_request (request_id=? AND rowid>?)");
  expect(plan).not.toMatch(/SCAN|TEMP B-TREE/);
});
