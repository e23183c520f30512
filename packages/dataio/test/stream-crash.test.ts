import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { ArchiveReader, Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";
import { killedWriter } from "./killed-writer.ts";

const ROUNDS = 5;
/** The first line is the opening. */
const FIRST_MESSAGE = 2;

it(`keeps what a killed subscription had archived, readable and without a hole, ${ROUNDS} times over`, {
  timeout: 120_000,
}, async () => {
  const root = temporaryFolder();
  Store.create(root).close();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    acknowledged.push(...(await killedWriter("stream-crash-writer.ts", root, Math.random() * 120, FIRST_MESSAGE)));
  }
  expect(acknowledged.length).toBeGreaterThan(2 * ROUNDS);

  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  expect(db.pragma("foreign_key_check")).toEqual([]);
  const rows = db
    .prepare<[], { id: string; request_id: string; status: string; sequence: number | null; checksum: string }>(
      "SELECT id, request_id, status, sequence, checksum FROM responses ORDER BY created_at, id",
    )
    .all();
  const checksums = new Map(rows.map((row) => [row.id, row.checksum]));
  for (const line of acknowledged) {
    const [id = "", checksum = ""] = line.split(" ");
    expect(checksums.get(id)).toBe(checksum);
  }
  using reader = new ArchiveReader(root);
  for (const checksum of checksums.values()) expect((await reader.payloads.verify(checksum)).state).toBe("ok");

  // Of each subscription everything up to some message is there; none has an end, for nobody lived to record it.
  const subscriptions = Map.groupBy(rows, (row) => row.request_id);
  expect(subscriptions.size).toBe(ROUNDS);
  for (const [opening, ...messages] of subscriptions.values()) {
    expect(opening).toMatchObject({ status: "stream_open", sequence: null });
    expect(messages.map(({ sequence }) => sequence)).toEqual(messages.map((_, index) => index));
    expect(messages.every(({ status }) => status === "stream_message")).toBe(true);
  }
  expect(db.prepare("SELECT COUNT(*) FROM resolutions").pluck().get()).toBe(0);
  expect(db.prepare("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL").pluck().get()).toBe(ROUNDS);
  db.close();

  for (const session of reader.sessions({ cursor: null, limit: ROUNDS }).items) {
    const page = await reader.rows({
      sessionId: session.id,
      sort: { column: "time", direction: "asc" },
      cursor: null,
      limit: 500,
    });
    expect(page.total).toBe(session.responseCount);
    expect(page.items[0]?.status).toBe("stream_open");
  }
});
