/** One payload of 1 GiB, put and read back as a stream, against `openssl dgst` and `cp` one after the other. */
import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { exportPayload, PayloadStore } from "@mxm/dataio";
import { alternate, type Bench, type Figure, inFolder, timed } from "./figures.ts";

const CHUNK = 1024 * 1024;

function makeFile(path: string, chunks: number): void {
  const descriptor = openSync(path, "w");
  const chunk = Buffer.alloc(CHUNK);
  for (let number = 0; number < chunks; number += 1) writeSync(descriptor, randomFillSync(chunk));
  closeSync(descriptor);
}

/** Chunks of 1 MiB in one buffer, so that what grows is the library's. */
async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const descriptor = openSync(path, "r");
  try {
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const length = readSync(descriptor, chunk);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** The most that the process holds beyond what it held before, in MiB, looked at every few milliseconds. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  await work();
  clearInterval(timer);
  return (most - before) / 1024 / 1024;
}

const bench: Bench = ({ quick, say }) =>
  inFolder(async (folder) => {
    const chunks = quick ? 64 : 1024;
    const source = join(folder, "source.bin");
    makeFile(source, chunks);
    const payloads = new PayloadStore(join(folder, "responses"), { durable: false });
    const target = join(folder, "target.bin");
    const rate = (milliseconds: number) => (chunks / milliseconds) * 1000;
    const peer = async (from: string) => {
      rmSync(target, { force: true });
      return rate(
        await timed(() => {
          execFileSync("openssl", ["dgst", "-sha256", from], { stdio: "ignore" });
          execFileSync("cp", [from, target]);
        }),
      );
    };
    let growths = 0;
    let checksum = "";
    const put = async () => {
      rmSync(join(folder, "responses"), { recursive: true, force: true });
      let elapsed = 0;
      const grown = await growth(async () => {
        elapsed = await timed(async () => {
          checksum = (await payloads.putStream(chunksOf(source))).checksum;
        });
      });
      growths = Math.max(growths, grown);
      return rate(elapsed);
    };
    const read = async () => {
      rmSync(target, { force: true });
      let elapsed = 0;
      const grown = await growth(async () => {
        elapsed = await timed(() => exportPayload(payloads, checksum, target, { durable: false }));
      });
      growths = Math.max(growths, grown);
      return rate(elapsed);
    };
    await put();
    say("puts");
    const rounds = quick ? 1 : 5;
    const putting = await alternate(rounds, { ours: put, peer: () => peer(source) });
    say("reads back");
    const reading = await alternate(rounds, { ours: read, peer: () => peer(payloads.pathOf(checksum)) });
    const shared = { against: "openssl dgst + cp", unit: "MiB/s", target: { at: "least", ratio: 0.7 } } as const;
    const lines: Figure[] = [
      { what: `put a payload of ${chunks} MiB as a stream, not synced`, ...putting, ...shared },
      { what: "read it back verified, into a file", ...reading, ...shared },
      {
        what: "memory growth while doing so",
        against: "the limit",
        ours: growths,
        peer: 64,
        unit: "MiB",
        target: { at: "most", ratio: 1 },
      },
    ];
    return lines;
  });
export default bench;
