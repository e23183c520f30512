/**
 * Exporting 100,000 payloads (1 GiB), verified and with manifest and checksums, to a folder and to a stored zip, against
 * `cp -r` and `zip -0 -r` of the same payload files.
 */
import { spawnSync } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExportTarget, exportArchive, Store } from "@mxm/dataio";
import Database from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { alternate, type Bench, inFolder, timed } from "./figures.ts";

const PAYLOADS = 100_000;
const PAYLOAD_BYTES = Math.floor(1024 ** 3 / PAYLOADS);
const ROUNDS = 2;
/** What may be held of each payload: its name and its place in the zip's directory. */
const MEMORY_LIMIT_MIB = 256;

/** As a pipeline would have written it, with one request and one response for each payload. */
function makeArchive(root: string, payloads: number): void {
  Store.create(root, { durable: false }).close();
  mkdirSync(join(root, "responses"), { recursive: true });
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("synchronous = OFF");
  const start = Date.UTC(2026, 0, 1);
  const time = (number: number) => `${new Date(start + number * 1000).toISOString().slice(0, -1)}000+00:00`;
  const session = uuid();
  db.prepare("INSERT INTO sessions VALUES (?, 'bench', 'batch', ?, ?, ?)").run(
    session,
    time(0),
    time(0),
    time(payloads),
  );
  const request = db.prepare("INSERT INTO requests VALUES (?, ?, 'quote', 'GET', ?, NULL, ?, ?)");
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, 'ok', NULL, ?, NULL, ?, ?)");
  const random = Buffer.alloc(Math.floor(PAYLOAD_BYTES / 2) - 16);
  db.transaction(() => {
    for (let number = 0; number < payloads; number += 1) {
      const bytes = Buffer.from(`{"n":${number},"data":"${randomFillSync(random).toString("hex")}"}`);
      const checksum = createHash("sha256").update(bytes).digest("hex");
      writeFileSync(join(root, "responses", `${checksum}.bin`), bytes);
      const id = uuid();
      request.run(id, session, `{"number":${number}}`, uuid(), time(number));
      response.run(uuid(), id, checksum, time(number), bytes.length);
    }
  })();
  db.close();
}

function run(program: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(program, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`${program} ended with ${status}`);
}

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const payloads = quick ? 10_000 : PAYLOADS;
    const mib = (payloads * PAYLOAD_BYTES) / 1024 ** 2;
    const root = join(folder, "archive");
    say(`makes an archive of ${payloads} payloads`);
    makeArchive(root, payloads);
    const out = join(folder, "out.x");
    let memory = 0;
    /** MiB/s of one round; what it wrote is removed outside of the time that is taken. */
    const rate = async (work: () => Promise<unknown> | unknown) => {
      const milliseconds = await timed(work);
      rmSync(out, { recursive: true, force: true });
      return (mib / milliseconds) * 1000;
    };
    const exportTo = async (target: ExportTarget) => {
      const before = process.memoryUsage().rss;
      const report = await exportArchive(root, {
        scope: { type: "archive" },
        target,
        onProgress: () => {
          memory = Math.max(memory, process.memoryUsage().rss - before);
        },
      });
      if (report.exported !== payloads || report.problemCount > 0) throw new Error("Not everything was exported.");
    };
    const rounds = quick ? 1 : ROUNDS;
    const target = { at: "least", ratio: 0.5 } as const;
    const what = `export ${payloads.toLocaleString("en")} payloads (${Math.round(mib)} MiB), verified,`;
    say("exports to a folder");
    const toFolder = await alternate(rounds, {
      ours: () => rate(() => exportTo({ type: "folder", path: out })),
      peer: () => rate(() => run("cp", ["-r", join(root, "responses"), out], folder)),
    });
    say("exports to a zip");
    const toZip = await alternate(rounds, {
      ours: () => rate(() => exportTo({ type: "zip", path: out, compression: "store" })),
      // zip adds its own ending to a name that has none.
      peer: () => rate(() => run("zip", ["-0", "-q", "-r", out, "responses"], root)),
    });
    return [
      { what: `${what} to a folder`, against: "cp -r", ...toFolder, unit: "MiB/s", target },
      { what: `${what} to a stored zip`, against: "zip -0 -r", ...toZip, unit: "MiB/s", target },
      {
        what: "memory growth while doing so",
        against: "the limit",
        ours: memory / 1024 ** 2,
        peer: MEMORY_LIMIT_MIB,
        unit: "MiB",
        target: { at: "most", ratio: 1 },
      },
    ];
  });
export default bench;
