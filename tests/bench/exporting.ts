/**
 * Exporting 100,000 payloads (1 GiB), verified and with manifest and checksums, to a folder and to a stored zip, against
 * `cp -r` and `zip -0 -r` of the same payload files. It needs 8 GB and 500,000 inodes: what was written to folders stays
 * until the end, for ext4 looks long for a free inode among many that were just freed.
 */
import { execFileSync } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ExportTarget, exportArchive, Store } from "@mxm/dataio";
import Database from "better-sqlite3";
import { v7 as uuid } from "uuid";
import { alternate, type Bench, type Figure, inFolder, timed } from "./figures.ts";

const PAYLOADS = 100_000;
const PAYLOAD_BYTES = Math.floor(1024 ** 3 / PAYLOADS);
const ROUNDS = 2;
/** How much more memory a hundred thousand may take than ten thousand, which do not yet fill what is kept at hand. */
const MEMORY_RATIO = 1.1;

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

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const payloads = quick ? 10_000 : PAYLOADS;
    const mib = (payloads * PAYLOAD_BYTES) / 1024 ** 2;
    const root = join(folder, "archive");
    say(`makes an archive of ${payloads} payloads`);
    makeArchive(root, payloads);
    // Nothing of it is still to be written while others are measured.
    execFileSync("sync");
    const rate = async (work: () => Promise<unknown> | unknown) => (mib / (await timed(work))) * 1000;
    const exportTo = async (target: ExportTarget) => {
      const report = await exportArchive(root, { scope: { type: "archive" }, target });
      if (report.exported !== payloads || report.problemCount > 0) throw new Error("Not everything was exported.");
    };
    const rounds = quick ? 1 : ROUNDS;
    const target = { at: "least", ratio: 0.5 } as const;
    const what = `export ${payloads.toLocaleString("en")} payloads (${Math.round(mib)} MiB), verified,`;
    say("exports to a folder");
    const toFolder = await alternate(rounds, {
      ours: (round) => rate(() => exportTo({ type: "folder", path: join(folder, `ours-${round}`) })),
      peer: (round) => rate(() => execFileSync("cp", ["-r", join(root, "responses"), join(folder, `peer-${round}`)])),
    });
    say("exports to a zip");
    const zip = join(folder, "out.zip");
    /** One file is removed at once. */
    const zipRate = async (work: () => Promise<unknown> | unknown) => {
      const found = await rate(work);
      rmSync(zip);
      return found;
    };
    const toZip = await alternate(rounds, {
      ours: () => zipRate(() => exportTo({ type: "zip", path: zip, compression: "store" })),
      peer: () => zipRate(() => execFileSync("zip", ["-0", "-q", "-r", zip, "responses"], { cwd: root })),
    });
    const memory = (limit: number) => {
      say(`measures the memory of ${limit}`);
      const program = new URL("exporting-memory.ts", import.meta.url).pathname;
      // V8 collects late where it has room.
      const args = ["--max-old-space-size=64", "--conditions=@mxm/source", program, root, zip, String(limit)];
      const peak = Number(execFileSync(process.execPath, args, { encoding: "utf8" }));
      rmSync(zip);
      return peak;
    };
    const least = memory(payloads / 10);
    const growth = [(payloads * 3) / 10, payloads].map(
      (limit): Figure => ({
        what: `most memory while ${limit.toLocaleString("en")} are exported to a zip`,
        against: `${(payloads / 10).toLocaleString("en")} of them`,
        ours: memory(limit),
        peer: least,
        unit: "MiB",
        target: { at: "most", ratio: MEMORY_RATIO },
      }),
    );
    return [
      { what: `${what} to a folder`, against: "cp -r", ...toFolder, unit: "MiB/s", target },
      { what: `${what} to a stored zip`, against: "zip -0 -r", ...toZip, unit: "MiB/s", target },
      ...growth,
    ];
  });
export default bench;
