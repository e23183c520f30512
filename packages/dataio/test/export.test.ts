import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportPayload, PayloadStore } from "../src/index.ts";
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
});
