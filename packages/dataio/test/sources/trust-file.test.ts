import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { TrustFile, trustFilePath } from "../../src/index.ts";
import { underFolderLock } from "../../src/sources/folder-lock.ts";
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

it("keeps what all of several processes allow that find the lock of one who died", async () => {
  const processes = await Promise.all([0, 1, 2].map(() => granter()));
  for (let round = 0; round < 8; round += 1) {
    const folder = temporaryFolder();
    const path = join(folder, "trusted.json");
    mkdirSync(`${path}.lock`);
    utimesSync(`${path}.lock`, 1, 1);
    const allowed = processes.map((_, of) => [0, 1, 2, 3].map((number) => digest(of * 4 + number)));
    await Promise.all(processes.map((grant, of) => grant({ path, folder, digests: allowed[of] ?? [] })));
    const kept = Object.values(JSON.parse(readFileSync(path, "utf8"))).flat();
    expect(kept.toSorted()).toEqual(allowed.flat());
    expect(readdirSync(folder)).toEqual(["trusted.json"]);
  }
});

it("does not write what it read before its lock was broken, and leaves the lock of another be", async () => {
  const lock = join(temporaryFolder(), "lock");
  const broken = await underFolderLock(lock, async (isHeld) => {
    const before = await isHeld();
    // As after a long sleep of the machine: another found it abandoned, and works now.
    rmdirSync(lock);
    mkdirSync(lock);
    utimesSync(lock, 10_000_000_000, 10_000_000_000);
    return [before, await isHeld()];
  });
  expect(broken).toEqual([true, false]);
  expect(readdirSync(dirname(lock))).toEqual(["lock"]);
  // One who died while breaking it keeps nobody from doing so.
  const breaking = `${lock}.breaking`;
  mkdirSync(breaking);
  for (const folder of [lock, breaking]) utimesSync(folder, 1, 1);
  expect(await underFolderLock(lock, (isHeld) => isHeld())).toBe(true);
  expect(readdirSync(dirname(lock))).toEqual([]);
});

/** Starts a process that allows what it is told. */
async function granter() {
  const program = join(import.meta.dirname, "trust-granter.ts");
  const child = spawn(process.execPath, ["--conditions=@mxm/source", program], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => {
    child.kill();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await lines.next();
  return async (order: { readonly path: string; readonly folder: string; readonly digests: readonly string[] }) => {
    child.stdin.write(`${JSON.stringify(order)}\n`);
    expect(await lines.next()).toEqual({ done: false, value: "done" });
  };
}
