import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ZipTree } from "../../src/export/zip-file.ts";
import { temporaryFolder } from "../archives.ts";

/** Whether it is there and has GNU's options; zipinfo ends its help with 10. */
const has = (program: string) => [0, 10].includes(spawnSync(program, ["--help"], { stdio: "ignore" }).status ?? -1);

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer, void, undefined> {
  for (const text of texts) yield Buffer.from(text);
}

it("has the fields of 64 bits where there are many files, or a large one may come", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "many.zip");
  const zip = new ZipTree(path, { existing: "refuse", compression: "store", modified: new Date(0) });
  for (let number = 0; number < 66_000; number += 1) zip.addBytes(`${number % 10}/é${number}`, Buffer.from("x"));
  const failing = async function* () {
    yield Buffer.alloc(2_000_000);
    throw new Error("broken");
  };
  await expect(zip.addChunks("half", failing(), 1)).rejects.toThrow("broken");
  // As if 5 GB were to come: their sizes have room.
  expect(await zip.addChunks("large", chunks("ab", "c"), 5_000_000_000)).toMatchObject({ sizeBytes: 3 });
  await zip.finish();
  await zip.discard();
  expect(readdirSync(folder)).toEqual(["many.zip"]);
  if (has("unzip")) {
    expect(execFileSync("unzip", ["-tq", path], { encoding: "utf8" })).toContain("No errors detected");
    expect(execFileSync("unzip", ["-p", path, "large"], { encoding: "utf8" })).toBe("abc");
  }
  if (has("zipinfo")) expect(execFileSync("zipinfo", ["-h", path], { encoding: "utf8" })).toContain("66001");
  if (!has("python3")) return;
  const program =
    "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); n = z.namelist(); print(len(n), n[1], z.read('large').decode())";
  expect(
    execFileSync("python3", ["-c", program, path], {
      encoding: "utf8",
      env: { ...process.env, PYTHONIOENCODING: "utf8" },
    }).trim(),
  ).toBe("66001 1/é1 abc");
});
