import { spawn } from "node:child_process";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { ArchiveReader, Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";

const ROUNDS = 8;

/** Runs the subscription and kills it `delay` ms after its first message was acknowledged; gives what it acknowledged. */
function killedSubscription(root: string, delay: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const writer = spawn(process.execPath, [join(import.meta.dirname, "stream-crash-writer.ts"), root], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let output = "";
    writer.stdout.on("data", (chunk: Buffer) => {
      // The first line is the opening: counted from the first message on.
      const began = output.split("\n").length > 2;
      output += chunk.toString();
      if (!began && output.split("\n").length > 2) setTimeout(() => writer.kill("SIGKILL"), delay);
    });
    writer.once("error", reject);
    // The last line may be cut in the middle: then it was not acknowledged.
    writer.once("close", (_code, signal) => {
      if (signal === "SIGKILL") resolve(output.split("\n").slice(0, -1));
      else reject(new Error(`The subscription ended by itself: ${output}`));
    });
  });
}

it(`keeps what a killed subscription had archived, readable and without a hole, ${ROUNDS} times over`, {
  timeout: 120_000,
}, async () => {
  const root = temporaryFolder();
  Store.create(root).close();
  const acknowledged: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    acknowledged.push(...(await killedSubscription(root, Math.random() * 120)));
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
