/** Files that are to be sent: what is read is what was chosen, and what a browser puts is kept no longer than it is needed. */
import { existsSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sha256Hex } from "@mxm/dataio";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../packages/dataio/test/archives.ts";
import { createUploads, SentFiles } from "../../src/backend/sent-files.ts";
import type { ErrorShape, SentFile } from "../../src/shared/contract.ts";
import { MOST_SENT_BYTES, uploadUrl } from "../../src/shared/upload-url.ts";

function setUp(readOnly = false) {
  const directory = join(temporaryFolder(), "sent");
  const files = new SentFiles(directory);
  onTestFinished(() => files.close());
  const upload = createUploads(files, { readOnly, log: () => {} });
  const put = (name: string, body: NonNullable<RequestInit["body"]>, method = "PUT") =>
    upload(new Request(`http://127.0.0.1/${uploadUrl(name)}`, { method, body, duplex: "half" }));
  return { directory, files, put };
}

async function* blocks(count: number) {
  const block = new Uint8Array(1024 * 1024);
  for (let index = 0; index < count; index += 1) yield block;
}

it("takes what a browser puts, says what it is, and removes it at the end", async () => {
  const { directory, files, put } = setUp();
  const answer = await put("../../etc/ord\u00e9r.json", '{"qty": 3}');
  expect(answer.status).toBe(200);
  const file = (await answer.json()) as SentFile;
  const facts = {
    name: "ord\u00e9r.json",
    sizeBytes: 10,
    mediaType: "application/json",
    checksum: sha256Hex('{"qty": 3}'),
  };
  expect(file).toMatchObject(facts);
  expect((await files.read(file.id)).bytes.toString()).toBe('{"qty": 3}');
  expect(readdirSync(directory)).toHaveLength(1);
  // Of many the first are gone.
  for (let more = 0; more < 8; more += 1) await put("more", `${more}`);
  await expect(files.read(file.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(readdirSync(directory, { recursive: true })).toHaveLength(9);
  await files.close();
  expect(readdirSync(directory)).toEqual([]);
});

it("refuses what is too large, wherever it shows, and leaves nothing of it", async () => {
  const { directory, files, put } = setUp();
  const tooMany = MOST_SENT_BYTES / 1024 / 1024 + 1;
  const streamed = await put("large", ReadableStream.from(blocks(tooMany)));
  expect([streamed.status, ((await streamed.json()) as ErrorShape).message]).toEqual([
    413,
    expect.stringContaining("At most 64 MiB"),
  ]);
  expect(readdirSync(directory, { recursive: true })).toHaveLength(1);
  await expect(files.take("large", blocks(tooMany))).rejects.toMatchObject({ code: "TOO_LARGE" });
  expect((await put("x", "y", "POST")).status).toBe(405);
  const locked = setUp(true);
  expect((await locked.put("x", "y")).status).toBe(403);
  expect(existsSync(locked.directory)).toBe(false);
});

it("reads a file of this machine as it was chosen, or not at all", async () => {
  const { files } = setUp();
  const path = join(temporaryFolder(), "quotes.csv");
  writeFileSync(path, "a,b\n1,2\n3,4\n");
  const file = await files.choose(path);
  expect(file).toMatchObject({ name: "quotes.csv", sizeBytes: 12, mediaType: "text/csv" });
  expect((await files.read(file.id)).bytes.toString()).toBe("a,b\n1,2\n3,4\n");
  writeFileSync(path, "a,b\n1,2\n3,5\n");
  await expect(files.read(file.id)).rejects.toMatchObject({ shape: { code: "SEND_CHANGED" } });
  await expect(files.choose(join(path, ".."))).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  await expect(files.choose(`${path}.none`)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

it("takes files also after another host took its folder for one that was left over", async () => {
  const { directory, files, put } = setUp();
  await put("first", "1");
  const [own = ""] = readdirSync(directory);
  const longAgo = new Date(Date.now() - 2 * 86_400_000);
  utimesSync(join(directory, own), longAgo, longAgo);
  const other = new SentFiles(directory);
  onTestFinished(() => other.close());
  await other.take("theirs", blocks(1));
  expect(readdirSync(directory)).not.toContain(own);
  const answer = await put("second", "2");
  const file = (await answer.json()) as SentFile;
  expect((await files.read(file.id)).bytes.toString()).toBe("2");
});
