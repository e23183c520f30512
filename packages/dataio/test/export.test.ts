import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { decodedChunks, exportPayload, PayloadStore } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";

describe("exporting a payload", () => {
  it("writes exactly its bytes, over a file of that name", async () => {
    const folder = temporaryFolder();
    const payloads = new PayloadStore(join(folder, "responses"));
    const data = Buffer.alloc(3_000_000, "0123456789");
    const { checksum } = await payloads.put(data);
    const target = join(folder, "out.bin");
    writeFileSync(target, "older");
    expect(await exportPayload(payloads, checksum, target)).toBe(data.length);
    expect(readFileSync(target).equals(data)).toBe(true);
  });

  it("leaves nothing behind when the payload is damaged, missing, or the export is cancelled", async () => {
    const folder = temporaryFolder();
    const payloads = new PayloadStore(join(folder, "responses"));
    const { checksum, path } = await payloads.put(Buffer.from("right"));
    const target = join(folder, "target", "out.bin");
    writeFileSync(path, "wrong");
    await expect(exportPayload(payloads, checksum, target)).rejects.toMatchObject({ code: "PAYLOAD_CORRUPT" });
    await expect(exportPayload(payloads, "0".repeat(64), target)).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
    const signal = AbortSignal.abort();
    await expect(exportPayload(payloads, checksum, target, { signal })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(readdirSync(join(folder, "target"))).toEqual([]);
    expect(await exportPayload(payloads, checksum, target, { verify: false })).toBe(5);
    expect(readFileSync(target, "utf8")).toBe("wrong");
  });

  it.each(["gzip", "zstd"] as const)(
    "writes what %s data decodes to, and nothing of what is broken",
    async (decode) => {
      const folder = temporaryFolder();
      const payloads = new PayloadStore(join(folder, "responses"));
      const pack = decode === "gzip" ? gzipSync : zstdCompressSync;
      // Two parts after one another, as logs are packed; one of them is large for what it is packed in.
      const parts = [Buffer.alloc(20_000_000, "bomb "), Buffer.from("the end")];
      const packed = Buffer.concat(parts.map((part) => pack(part)));
      const { checksum, path } = await payloads.put(packed);
      const target = join(folder, "target", "out.bin");
      const size = await exportPayload(payloads, checksum, target, { decode });
      expect(size).toBe(20_000_007);
      expect(readFileSync(target).equals(Buffer.concat(parts))).toBe(true);

      const cut = await payloads.put(packed.subarray(0, packed.length - 12));
      const plain = await payloads.put(Buffer.from("no packed data"));
      for (const broken of [cut, plain]) {
        const failed = exportPayload(payloads, broken.checksum, join(folder, "target", "cut"), { decode });
        await expect(failed).rejects.toMatchObject({ code: "PAYLOAD_UNDECODABLE" });
      }
      // Verified are the bytes that are archived, not those that they decode to.
      writeFileSync(path, pack("else"));
      const damaged = exportPayload(payloads, checksum, join(folder, "target", "damaged"), { decode });
      await expect(damaged).rejects.toMatchObject({ code: "PAYLOAD_CORRUPT" });
      const missing = exportPayload(payloads, "0".repeat(64), join(folder, "target", "missing"), { decode });
      await expect(missing).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
      expect(readdirSync(join(folder, "target"))).toEqual(["out.bin"]);
    },
  );

  it("writes nothing of a bomb, and says the limit", async () => {
    const folder = temporaryFolder();
    const payloads = new PayloadStore(join(folder, "responses"));
    const member = gzipSync(Buffer.alloc(1024 * 1024));
    const { checksum } = await payloads.put(Buffer.concat(Array.from({ length: 257 }, () => member)));
    const target = join(folder, "target", "out.bin");
    await expect(exportPayload(payloads, checksum, target, { decode: "gzip" })).rejects.toMatchObject({
      code: "TOO_LARGE",
      message: "Decoded, the payload is larger than 256 MiB. It can be saved as it is stored.",
    });
    expect(readdirSync(join(folder, "target"))).toEqual([]);
  });

  it("ends the reading with whoever takes the decoded chunks", async () => {
    let ended = false;
    async function* packed() {
      try {
        for (;;) yield gzipSync(Buffer.alloc(100_000, "again"));
      } finally {
        ended = true;
      }
    }
    for await (const chunk of decodedChunks(packed(), "gzip")) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(ended).toBe(true);
  });
});
