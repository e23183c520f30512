import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished, vi } from "vitest";
import { temporaryPath } from "../src/atomic-file.ts";
import { FileThreads, type NewFile } from "../src/file-threads.ts";
import { temporaryFolder } from "./archives.ts";

function setUp(durable = true) {
  const folder = temporaryFolder();
  const threads = new FileThreads({ durable });
  onTestFinished(() => threads.close());
  const file = (name: string, text: string, existing: NewFile["existing"] = "refuse", directory = folder) => ({
    temporary: temporaryPath(directory, name),
    target: join(directory, name),
    data: Buffer.from(text),
    existing,
  });
  const here: string[] = [];
  const write = (files: NewFile[]) =>
    threads.write(files, async () => {
      here.push(files.map(({ target }) => target.slice(folder.length + 1)).join());
      return "here";
    });
  const crowd = (size = 8) => Promise.all(Array.from({ length: size }, (_, at) => write([file(`crowd-${at}`, "x")])));
  /** The first crowds start the threads, and are written without them. */
  const started = async () => {
    await vi.waitFor(async () => expect((await crowd()).includes(undefined)).toBe(true), { timeout: 20_000 });
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
    here.length = 0;
  };
  return { folder, threads, file, write, here, crowd, started };
}

it.each([true, false])(
  "writes a crowd's files in threads, whole and under their names alone (durable: %s)",
  async (durable) => {
    const { folder, file, write, here, started } = setUp(durable);
    await started();
    const names = Array.from({ length: 40 }, (_, at) => `f${at}`);
    const results = await Promise.all(
      names.map((name) => write([file(name, `payload of ${name}`), file(`${name}.meta`, name, "keep")])),
    );
    expect(results.every((result) => result === undefined)).toBe(true);
    expect(here).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(names.flatMap((name) => [name, `${name}.meta`]).sort());
    for (const name of names) {
      expect(readFileSync(join(folder, name), "utf8")).toBe(`payload of ${name}`);
      expect(readFileSync(join(folder, `${name}.meta`), "utf8")).toBe(name);
    }
  },
);

it("leaves few, and large ones, to whoever has them", async () => {
  const { file, write, here } = setUp();
  expect(await Promise.all([write([file("a", "1")]), write([file("b", "2")])])).toEqual(["here", "here"]);
  const large = await Promise.all(Array.from({ length: 6 }, (_, at) => write([file(`l${at}`, "x".repeat(300_000))])));
  expect(large).toEqual(Array(6).fill("here"));
  expect(here).toHaveLength(8);
});

it("replaces, keeps or refuses what has the name, and goes on in threads", async () => {
  const { folder, file, write, here, crowd, started } = setUp();
  await started();
  for (const name of ["replaced", "kept", "refused"]) writeFileSync(join(folder, name), "old");
  const results = await Promise.all([
    write([file("replaced", "new", "replace")]),
    write([file("kept", "new", "keep")]),
    write([file("refused", "new"), file("beside", "new", "keep")]),
    write([file("other", "new")]),
  ]);
  expect(results).toEqual([undefined, undefined, "here", undefined]);
  expect(here).toEqual(["refused,beside"]);
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  expect(["replaced", "kept", "refused", "other"].map(text)).toEqual(["new", "old", "old", "new"]);
  expect(existsSync(join(folder, "beside"))).toBe(false);
  expect(readdirSync(folder)).toHaveLength(4);
  await crowd();
  expect(here).toHaveLength(1);
});

it("leaves nothing behind of what fails, and what comes then to whoever has it", async () => {
  const { folder, file, write, here, crowd, started } = setUp();
  await started();
  mkdirSync(join(folder, "taken"));
  const results = await Promise.all([
    write([file("first", "1"), file("taken", "2", "replace")]),
    ...["a", "b", "c"].map((name) => write([file(name, "x")])),
  ]);
  expect(results[0]).toBe("here");
  expect(here).toContain("first,taken");
  expect(readdirSync(folder).filter((name) => name.startsWith("."))).toEqual([]);
  here.length = 0;
  await crowd();
  expect(here).toHaveLength(8);
});

it("settles everything when it is closed in the middle, and takes nothing more", async () => {
  const { folder, threads, file, write, here, started } = setUp();
  await started();
  const under = Array.from({ length: 60 }, (_, at) => write([file(`f${at}`, "x".repeat(10_000))]));
  setTimeout(() => threads.close(), 20);
  const results = await Promise.all(under);
  const written = results.filter((result) => result === undefined).length;
  expect(written + here.length).toBe(60);
  expect(readdirSync(folder)).toHaveLength(written);
  expect(await write([file("late", "x")])).toBe("here");
});

it("keeps nobody waiting for threads that are being started", async () => {
  const { here, crowd } = setUp();
  expect(await crowd()).toEqual(Array(8).fill("here"));
  expect(here).toHaveLength(8);
});

it("does not keep a program from ending", async () => {
  const threads = fileURLToPath(new URL("../src/file-threads.ts", import.meta.url));
  const program = `
    const { FileThreads } = await import(${JSON.stringify(threads)});
    const threads = new FileThreads({ durable: false });
    const file = (at) => ({ temporary: ".t" + at, target: "f" + at, data: Buffer.from("x"), existing: "refuse" });
    const started = () => Promise.all([0, 1, 2, 3, 4].map((at) => threads.write([], async () => "here")));
    while ((await started()).includes("here")) await new Promise(setImmediate);
    await Promise.all([0, 1, 2, 3, 4].map((at) => threads.write([file(at)], () => { throw new Error("here"); })));
    console.log("written");`;
  const folder = temporaryFolder();
  const began = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], {
    cwd: folder,
    timeout: 20_000,
  });
  expect(stdout).toBe("written\n");
  expect(readdirSync(folder).sort()).toEqual(["f0", "f1", "f2", "f3", "f4"]);
  expect(performance.now() - began).toBeLessThan(15_000);
});
