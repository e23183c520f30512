/** Fetch and archive distinct 1 KiB payloads with a sidecar, against a bare loop of the same calls, and against cacache. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { AdapterResult, DataIoSession, type Fetcher, requestHash, Store, sha256Hex } from "@mxm/dataio";
import Database from "better-sqlite3";
import cacache from "cacache";
import { v7 as uuid } from "uuid";
import { alternate, type Bench, inFolder, timed } from "./figures.ts";

const META = { content_type: "application/json", transport_status: 200, url: "https://a.example/data", elapsed_ms: 12 };

let payloads = 0;
/** 1 KiB of text that no other payload has. */
function payload(): string {
  payloads += 1;
  return `${payloads} `.padEnd(1024, "0123456789");
}

const adapter: Fetcher = {
  fetch: async () =>
    new AdapterResult({
      data: Buffer.from(payload()),
      contentType: META.content_type,
      transportStatus: META.transport_status,
      url: META.url,
      elapsedMs: META.elapsed_ms,
    }),
};

/** Fetches a second through the library, so many at a time. */
async function ours(root: string, count: number, inFlight: number, durable: boolean): Promise<number> {
  using store = Store.create(root, { durable });
  await using session = await DataIoSession.open({ store, source: "bench", adapter });
  const requests = Array.from({ length: count }, (_, number) => session.request({ kind: "k", params: { number } }));
  const elapsed = await timed(() => session.fetchAll(requests, { concurrency: inFlight }));
  return (count / elapsed) * 1000;
}

function writeSynced(
  directory: string,
  name: string,
  data: Uint8Array,
  publish: (temporary: string, target: string) => void,
) {
  const temporary = join(directory, `.${name}.tmp`);
  const descriptor = openSync(temporary, "wx");
  writeSync(descriptor, data);
  fsyncSync(descriptor);
  closeSync(descriptor);
  publish(temporary, join(directory, name));
}

/** The same system calls and the same rows, one after the other, with nothing around them. */
async function bareLoop(root: string, count: number): Promise<number> {
  // The library makes the tables; what is measured is a loop without it.
  Store.create(root).close();
  const directory = join(root, "responses");
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("synchronous = FULL");
  db.exec("INSERT INTO sessions VALUES ('s', 'bench', 'sync', 't', 't', NULL)");
  const begin = db.prepare("BEGIN IMMEDIATE");
  const commit = db.prepare("COMMIT");
  const known = db.prepare("SELECT id FROM requests WHERE hash = ?");
  const request = db.prepare("INSERT INTO requests VALUES (?, 's', 'k', 'GET', ?, NULL, ?, ?)");
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, 'ok', NULL, ?, ?, ?, ?)");
  const meta = db.prepare("INSERT INTO response_meta VALUES (?, ?)");
  const resolution = db.prepare(
    "INSERT INTO resolutions VALUES (?, 's', ?, ?, 'acquired', NULL, NULL, '{\"cache\":\"default\"}', ?, ?)",
  );
  const elapsed = await timed(() => {
    for (let number = 0; number < count; number += 1) {
      const params = { number };
      const hash = requestHash({ kind: "k", method: "GET", params, body: null });
      known.get(hash);
      const data = Buffer.from(payload());
      const checksum = sha256Hex(data);
      const path = join(directory, `${checksum}.bin`);
      const text = JSON.stringify(META);
      for (const name of [`${checksum}.bin`, `${checksum}.meta.json`]) {
        statSync(join(directory, name), { throwIfNoEntry: false });
      }
      writeSynced(directory, `${checksum}.bin`, data, renameSync);
      writeSynced(directory, `${checksum}.meta.json`, Buffer.from(text), (from, to) => {
        linkSync(from, to);
        unlinkSync(from);
      });
      const folder = openSync(directory, "r");
      fsyncSync(folder);
      closeSync(folder);
      const [requestId, responseId, now] = [uuid(), uuid(), new Date().toISOString()];
      begin.run();
      request.run(requestId, JSON.stringify(params), hash, now);
      response.run(responseId, requestId, checksum, path, now, data.length);
      meta.run(responseId, text);
      resolution.run(uuid(), requestId, responseId, now, now);
      commit.run();
    }
  });
  db.close();
  return (count / elapsed) * 1000;
}

/** Puts a second into a cache of npm's, so many at a time. It never syncs. */
async function cacachePuts(root: string, count: number, inFlight: number): Promise<number> {
  mkdirSync(root);
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const number = next;
      next += 1;
      await cacache.put(root, `k:${number}`, payload(), { metadata: META });
    }
  };
  const elapsed = await timed(() => Promise.all(Array.from({ length: inFlight }, lane)));
  return (count / elapsed) * 1000;
}

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const rounds = quick ? 1 : 5;
    const count = quick ? 100 : 1_000;
    let made = 0;
    const fresh = () => {
      made += 1;
      return join(folder, String(made));
    };
    // Nothing is removed before the end: ext4 searches long for a free inode while many were freed a moment ago.
    const measured = (side: (root: string) => Promise<number>) => {
      // What a side leaves for the disk to write must not slow down the one that comes next.
      execFileSync("sync", ["-f", folder]);
      return side(fresh());
    };
    const bare = () => measured((root) => bareLoop(root, count));
    // Loaded, compiled and warm before anything is measured.
    await measured((root) => ours(root, 100, 16, true));
    say("durable, one at a time");
    const single = await alternate(rounds, { ours: () => measured((root) => ours(root, count, 1, true)), peer: bare });
    say("durable, 16 in flight");
    const many = await alternate(rounds, {
      ours: () => measured((root) => ours(root, count * 2, 16, true)),
      peer: bare,
    });
    say("without syncing, 16 in flight");
    // Short ones, and many: within one, each side may meet a garbage collection, a checkpoint or a busy disk, or not.
    const unsynced = await alternate(quick ? 1 : 9, {
      ours: () => measured((root) => ours(root, count * 2, 16, false)),
      peer: () => measured((root) => cacachePuts(root, count * 2, 16)),
    });
    const unit = "fetches/s";
    return [
      {
        what: "durable fetch and archive, one at a time",
        against: "bare loop",
        ...single,
        unit,
        target: { at: "least", ratio: 0.8 },
      },
      {
        what: "the same, 16 in flight",
        against: "bare loop, one at a time",
        ...many,
        unit,
        target: { at: "least", ratio: 2.5 },
      },
      {
        what: "the same, 16 in flight, nothing synced",
        against: "cacache.put, 16 in flight",
        ...unsynced,
        unit,
        target: { at: "least", ratio: 1.5 },
      },
    ];
  });
export default bench;
