import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, it } from "vitest";
import { writeAnswerFiles } from "../src/answer-files.ts";
import { ArchivePlace } from "../src/archive-place.ts";
import { syncDirectory } from "../src/atomic-file.ts";
import { FileThreads } from "../src/file-threads.ts";
import { archiveLocation, PayloadStore, SidecarStore, sha256Hex } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";

function setUp(durable: boolean) {
  const root = temporaryFolder();
  const directory = join(root, "responses");
  const files = {
    place: new ArchivePlace(archiveLocation(root)),
    payloads: new PayloadStore(directory, { durable }),
    sidecars: new SidecarStore(directory, { durable }),
    durable,
    threads: new FileThreads({ durable }),
  };
  const write = (text: string, meta: object) => writeAnswerFiles(files, Buffer.from(text), JSON.stringify(meta));
  return { directory, write };
}

it.each([true, false])("writes payload and sidecar, and nothing else (durable: %s)", async (durable) => {
  const { directory, write } = setUp(durable);
  const stored = await write("hello", { url: "https://a.example" });
  expect(stored).toMatchObject({ checksum: sha256Hex("hello"), sizeBytes: 5, outcome: "written" });
  expect(readdirSync(directory).sort()).toEqual([`${stored.checksum}.bin`, `${stored.checksum}.meta.json`]);
  expect(readFileSync(stored.path, "utf8")).toBe("hello");
});

it("keeps the first sidecar, adds a missing one, heals a damaged payload, writes none that is empty", async () => {
  const { directory, write } = setUp(true);
  const bare = await write("hello", {});
  const sidecar = join(directory, `${bare.checksum}.meta.json`);
  expect(existsSync(sidecar)).toBe(false);
  expect(await write("hello", { first: 1 })).toMatchObject({ outcome: "present" });
  writeFileSync(bare.path, "hel");
  expect(await write("hello", { second: 2 })).toMatchObject({ outcome: "healed" });
  expect(readFileSync(sidecar, "utf8")).toBe('{"first":1}');
  expect(readFileSync(bare.path, "utf8")).toBe("hello");
});

it("lets many write the same at once: one payload, one sidecar", async () => {
  const { directory, write } = setUp(true);
  await Promise.all(Array.from({ length: 20 }, (_, number) => write("same", { number })));
  const checksum = sha256Hex("same");
  expect(readdirSync(directory).sort()).toEqual([`${checksum}.bin`, `${checksum}.meta.json`]);
  expect(readFileSync(join(directory, `${checksum}.meta.json`), "utf8")).toMatch(/^\{"number":\d+\}$/);
});

it("leaves nothing behind when it cannot be written", async () => {
  const { directory, write } = setUp(true);
  mkdirSync(join(directory, `${sha256Hex("taken")}.bin`), { recursive: true });
  await expect(write("taken", { a: 1 })).rejects.toMatchObject({ code: "IO_FAILED" });
  expect(readdirSync(directory)).toEqual([`${sha256Hex("taken")}.bin`]);
});

it("syncs a directory once more for all who come while it is being synced", async () => {
  const folder = temporaryFolder();
  const first = syncDirectory(folder);
  // Not begun yet: whoever comes in the same turn shares it.
  expect(syncDirectory(folder)).toBe(first);
  await nextTurn();
  await Promise.resolve();
  const [second, third] = [syncDirectory(folder), syncDirectory(folder)];
  expect(second).not.toBe(first);
  expect(third).toBe(second);
  const settled: string[] = [];
  await Promise.all([first.then(() => settled.push("first")), second.then(() => settled.push("second"))]);
  expect(settled).toEqual(["first", "second"]);
  const later = syncDirectory(folder);
  expect(later).not.toBe(second);
  await later;
  await expect(syncDirectory(join(folder, "absent"))).rejects.toMatchObject({ code: "NOT_FOUND" });
});
