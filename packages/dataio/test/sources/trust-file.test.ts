import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TrustFile, trustFilePath } from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";

const digest = (number: number) => number.toString(16).padStart(64, "0");

it("stands among a person's configuration", () => {
  const { path } = new TrustFile(trustFilePath({ MXM_CONFIG_HOME: "/c" }));
  expect(path).toBe(join("/c", "mxm-dataio", "trusted.json"));
});

it("keeps what many allow at the same time, each by a file object of its own", async () => {
  const path = join(temporaryFolder(), "deep", "trusted.json");
  const folders = ["/a", "/b", "/c"];
  const grants = Array.from({ length: 30 }, (_, number) => [folders[number % 3] ?? "", digest(number)] as const);
  await Promise.all(grants.map(([folder, each]) => new TrustFile(path).grant(folder, each)));
  const trust = new TrustFile(path);
  for (const [folder, each] of grants) expect(await trust.has(folder, each)).toBe(true);
  expect(await trust.has("/a", digest(1))).toBe(false);
});

it("knows an archive however its folder is reached", async () => {
  const folder = temporaryFolder();
  const [archive, link] = [join(folder, "archive"), join(folder, "link")];
  mkdirSync(archive);
  symlinkSync(archive, link);
  const trust = new TrustFile(join(folder, "trusted.json"));
  await trust.grant(link, digest(1));
  expect([await trust.has(archive, digest(1)), await trust.has(link, digest(1))]).toEqual([true, true]);
});

it("waits for nobody who died while writing, and overwrites nothing that it cannot read", async () => {
  const path = join(temporaryFolder(), "trusted.json");
  mkdirSync(`${path}.lock`);
  utimesSync(`${path}.lock`, 1, 1);
  const trust = new TrustFile(path);
  await trust.grant("/a", digest(1));
  expect(await trust.has("/a", digest(1))).toBe(true);
  writeFileSync(path, "[]");
  await expect(trust.grant("/a", digest(2))).rejects.toMatchObject({ code: "CONFIG_INVALID" });
  expect(readFileSync(path, "utf8")).toBe("[]");
});
