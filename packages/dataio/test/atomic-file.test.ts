import { spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type AtomicFileOptions,
  claimAndRename,
  isTemporaryName,
  PendingFile,
  renameOver,
} from "../src/atomic-file.ts";
import { isWindows } from "./platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dataio-atomic-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const bytes = (text: string) => Buffer.from(text);
const textOf = (name: string) => readFile(join(folder, name), "utf8");

async function written<T>(
  target: string,
  data: Uint8Array,
  options: AtomicFileOptions,
  publish: (file: PendingFile) => Promise<T>,
): Promise<T> {
  const file = await PendingFile.create(dirname(target), { ...options, label: basename(target) });
  try {
    await file.write(data);
    return await publish(file);
  } finally {
    file.discard();
  }
}
const replaced = (target: string, data: Uint8Array, options: AtomicFileOptions = {}) =>
  written(target, data, options, (file) => file.replace(target));
const published = (target: string, data: Uint8Array) => written(target, data, {}, (file) => file.publishNew(target));

describe("replacing a file", () => {
  it.each([{ durable: true }, { durable: false }])(
    "creates and replaces a file, leaving only it ($durable)",
    async (options) => {
      await replaced(join(folder, "a.bin"), bytes("first"), options);
      await replaced(join(folder, "a.bin"), bytes("second"), options);
      expect(await textOf("a.bin")).toBe("second");
      expect(await readdir(folder)).toEqual(["a.bin"]);
    },
  );

  it("creates missing directories", async () => {
    await replaced(join(folder, "x", "y", "a.bin"), bytes("1"));
    expect(await textOf("x/y/a.bin")).toBe("1");
  });

  it("removes the temporary file when the name cannot be taken", async () => {
    await mkdir(join(folder, "a.bin"));
    // Windows says of a folder only that it may not be replaced.
    const code = isWindows ? "ACCESS_DENIED" : "IO_FAILED";
    await expect(replaced(join(folder, "a.bin"), bytes("1"))).rejects.toMatchObject({ code });
    expect(await readdir(folder)).toEqual(["a.bin"]);
  });

  it("reports a directory that cannot be made", async () => {
    await writeFile(join(folder, "file"), "");
    // Windows does not say that a file stands in the way.
    const code = isWindows ? expect.any(String) : "IO_FAILED";
    await expect(replaced(join(folder, "file", "a.bin"), bytes("1"))).rejects.toMatchObject({ code });
    await expect(replaced(join(folder, "file", "x", "a.bin"), bytes("1"))).rejects.toThrow("Cannot create");
  });

  it("accepts the longest names that a file system takes", async () => {
    const name = `${"ü".repeat(125)}.json`;
    await replaced(join(folder, name), bytes("1"));
    expect(await readdir(folder)).toEqual([name]);
  });
});

describe("publishing a new file", () => {
  it("leaves an existing file as it is", async () => {
    await writeFile(join(folder, "a.json"), "old");
    expect(await published(join(folder, "a.json"), bytes("new"))).toBe(false);
    expect(await textOf("a.json")).toBe("old");
    expect(await readdir(folder)).toEqual(["a.json"]);
  });

  it("lets exactly one of many concurrent writers win, and keeps its bytes whole", async () => {
    const contents = Array.from({ length: 16 }, (_, index) => String(index).repeat(5000));
    const wins = await Promise.all(contents.map((content) => published(join(folder, "a.json"), bytes(content))));
    expect(wins.filter(Boolean)).toHaveLength(1);
    expect(await textOf("a.json")).toBe(contents[wins.indexOf(true)]);
    expect(await readdir(folder)).toEqual(["a.json"]);
  });
});

describe("claimAndRename", () => {
  it("lets exactly one of many writers win", async () => {
    const files = Array.from({ length: 8 }, (_, index) => join(folder, `t${index}`));
    await Promise.all(files.map((file, index) => writeFile(file, `content ${index}`)));
    const wins = files.map((file) => claimAndRename(file, join(folder, "a.json")));
    expect(wins.filter(Boolean)).toHaveLength(1);
    expect(await textOf("a.json")).toBe(`content ${wins.indexOf(true)}`);
  });

  it("gives the claimed name back when the rename fails", async () => {
    const claim = () => claimAndRename(join(folder, "absent"), join(folder, "a.json"));
    expect(claim).toThrow(expect.objectContaining({ code: "ENOENT" }));
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a file that something else looks at", () => {
  /** Renaming that is refused so many times. */
  const refused = (times: number, code: string) => {
    let left = times;
    return (from: string, to: string) => {
      left -= 1;
      if (left >= 0) throw Object.assign(new Error("refused"), { code });
      renameSync(from, to);
    };
  };
  const renamed = (times: number, code: string, isWindows: boolean, to = "a.bin") => {
    const rename = refused(times, code);
    return () => renameOver(join(folder, "from"), join(folder, to), { rename, isWindows });
  };

  it("is replaced after a moment on Windows, and nowhere else is that tried twice", async () => {
    await writeFile(join(folder, "from"), "new");
    await mkdir(join(folder, "folder"));
    expect(renamed(1, "EPERM", false)).toThrow("refused");
    expect(renamed(1, "ENOSPC", true)).toThrow("refused");
    expect(renamed(1, "EPERM", true, "folder")).toThrow("refused");
    expect(renamed(99, "EBUSY", true)).toThrow("refused");
    renamed(3, "EPERM", true)();
    expect(await textOf("a.bin")).toBe("new");
  });
});

describe("temporary names", () => {
  it("are recognised, and nothing else is", async () => {
    const file = await PendingFile.create(folder, { label: "incoming", durable: false });
    const [name = ""] = await readdir(folder);
    expect(isTemporaryName(name)).toBe(true);
    await file.discard();
    await file.discard();
    expect(await readdir(folder)).toEqual([]);

    for (const other of ["a.bin", ".hidden.tmp", `${name.slice(1)}`, `${name}.bak`, `${"0".repeat(64)}.bin.tmp`]) {
      expect(isTemporaryName(other), other).toBe(false);
    }
  });

  it("are all that a killed process leaves behind", async () => {
    const module = new URL("../src/atomic-file.ts", import.meta.url).href;
    const script = `
      const { PendingFile } = await import(${JSON.stringify(module)});
      const file = await PendingFile.create(process.argv[1], { label: "a.bin" });
      await file.write(Buffer.alloc(100_000));
      process.stdout.write("half");
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script, folder]);
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const names = await readdir(folder);
    expect(names).toHaveLength(1);
    expect(names.every(isTemporaryName)).toBe(true);
  });
});
