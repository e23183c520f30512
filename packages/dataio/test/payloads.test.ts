import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PayloadStore } from "../src/payloads.ts";
import { extractReference, fixtureJson } from "./archives.ts";
import { isWindows } from "./platform.ts";

const sha256 = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
const ABSENT = "0".repeat(64);
const EMPTY = sha256(Buffer.alloc(0));

let folder: string;
let store: PayloadStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dataio-payloads-"));
  store = new PayloadStore(join(folder, "responses"), { durable: false });
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const names = () => readdir(store.directory);

async function* chunksOf(data: Uint8Array, size: number) {
  for (let start = 0; start < data.length; start += size) yield data.subarray(start, start + size);
}

/** A file under the name of `wanted` with other bytes in it, as a crashed writer or a bad disk leaves it. */
async function damaged(wanted: Uint8Array, actual: Uint8Array): Promise<string> {
  const checksum = sha256(wanted);
  await mkdir(store.directory, { recursive: true });
  await writeFile(store.pathOf(checksum), actual);
  return checksum;
}

describe("pathOf", () => {
  it("names the file after the checksum", () => {
    expect(store.pathOf(EMPTY)).toBe(join(folder, "responses", `${EMPTY}.bin`));
  });

  it.each(["", "abc", "../dataio.sqlite", EMPTY.toUpperCase(), `${EMPTY}\n`, `${EMPTY}0`])(
    "refuses %j",
    async (checksum) => {
      expect(() => store.pathOf(checksum)).toThrow(expect.objectContaining({ code: "CHECKSUM_INVALID" }));
      await expect(store.stat(checksum)).rejects.toMatchObject({ code: "CHECKSUM_INVALID" });
      await expect(store.read(checksum)).rejects.toMatchObject({ code: "CHECKSUM_INVALID" });
      await expect(store.verify(checksum)).rejects.toMatchObject({ code: "CHECKSUM_INVALID" });
    },
  );
});

describe.each([
  { how: "put", put: (data: Uint8Array) => store.put(data) },
  { how: "putStream", put: (data: Uint8Array) => store.putStream(chunksOf(data, 7)) },
])("$how", ({ put }) => {
  const data = Buffer.from("the exact bytes, \0 and all");

  it("stores the bytes under their checksum", async () => {
    const stored = await put(data);
    const path = store.pathOf(sha256(data));
    expect(stored).toEqual({ checksum: sha256(data), sizeBytes: data.length, path, outcome: "written" });
    expect(await readFile(path)).toEqual(data);
    expect(await names()).toEqual([`${sha256(data)}.bin`]);
  });

  it("stores an empty payload", async () => {
    expect(await put(Buffer.alloc(0))).toMatchObject({ checksum: EMPTY, sizeBytes: 0, outcome: "written" });
    expect(await put(Buffer.alloc(0))).toMatchObject({ outcome: "present" });
  });

  it("syncs to disk by default", async () => {
    store = new PayloadStore(join(folder, "deep", "responses"));
    expect(await put(data)).toMatchObject({ outcome: "written" });
    expect(await store.read(sha256(data))).toEqual(data);
  });

  it("leaves right bytes untouched", async () => {
    const { path } = await put(data);
    const before = await stat(path, { bigint: true });
    expect(await put(data)).toMatchObject({ outcome: "present" });
    expect(await stat(path, { bigint: true })).toMatchObject({ ino: before.ino, mtimeNs: before.mtimeNs });
    expect(await names()).toHaveLength(1);
  });

  it.each([
    { what: "a truncated file", actual: data.subarray(0, 5) },
    { what: "an empty file", actual: Buffer.alloc(0) },
    { what: "other bytes of the same length", actual: Buffer.from(data).fill(1, 3, 4) },
    { what: "a longer file", actual: Buffer.concat([data, data]) },
  ])("heals $what", async ({ actual }) => {
    const checksum = await damaged(data, actual);
    expect(await put(data)).toMatchObject({ checksum, outcome: "healed" });
    expect(await store.read(checksum)).toEqual(data);
    expect(await names()).toHaveLength(1);
  });

  it("replaces a symlink to wrong bytes and not what it points to", async () => {
    await mkdir(store.directory);
    await writeFile(join(folder, "elsewhere"), "precious");
    await symlink(join(folder, "elsewhere"), store.pathOf(sha256(data)));
    expect(await put(data)).toMatchObject({ outcome: "healed" });
    expect(await readFile(join(folder, "elsewhere"), "utf8")).toBe("precious");
  });

  it("refuses a directory under the payload's name", async () => {
    await mkdir(store.pathOf(sha256(data)), { recursive: true });
    await expect(put(data)).rejects.toMatchObject({
      code: "IO_FAILED",
      message: expect.stringContaining("a directory"),
    });
    expect(await names()).toHaveLength(1);
  });

  it("may run many times at once for the same bytes", async () => {
    const stored = await Promise.all(Array.from({ length: 8 }, () => put(data)));
    expect(new Set(stored.map(({ checksum }) => checksum))).toEqual(new Set([sha256(data)]));
    expect(await names()).toEqual([`${sha256(data)}.bin`]);
    expect(await store.verify(sha256(data))).toMatchObject({ state: "ok" });
  });
});

describe("put", () => {
  it("lets other work run while it hashes a large payload", async () => {
    const data = Buffer.alloc(32 * 1024 * 1024, "large");
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const { checksum } = await store.put(data);
    const turnsOfPut = turns;
    const read = await store.read(checksum);
    clearInterval(timer);
    expect(checksum).toBe(sha256(data));
    expect(read.equals(data)).toBe(true);
    expect(turnsOfPut).toBeGreaterThan(3);
  });
});

describe("putStream", () => {
  it("refuses more than the limit and leaves nothing behind", async () => {
    const data = Buffer.alloc(100, 1);
    await expect(store.putStream(chunksOf(data, 10), { limitBytes: 99 })).rejects.toMatchObject({
      code: "TOO_LARGE",
      details: { limitBytes: 99 },
    });
    expect(await names()).toEqual([]);
    expect(await store.putStream(chunksOf(data, 10), { limitBytes: 100 })).toMatchObject({ sizeBytes: 100 });
  });

  it("can be cancelled while the next chunk never comes, and leaves nothing behind", async () => {
    const controller = new AbortController();
    async function* hanging() {
      yield Buffer.from("a");
      setImmediate(() => controller.abort());
      await new Promise(() => {});
    }
    await expect(store.putStream(hanging(), { signal: controller.signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(await names()).toEqual([]);
  });

  it("does not begin when it is cancelled already", async () => {
    const signal = AbortSignal.abort();
    await expect(store.putStream(chunksOf(Buffer.from("a"), 1), { signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await expect(names()).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("passes a failure of the source on and leaves nothing behind", async () => {
    const broken = new Error("connection lost");
    async function* failing() {
      yield Buffer.from("a");
      throw broken;
    }
    await expect(store.putStream(failing())).rejects.toBe(broken);
    expect(await names()).toEqual([]);
  });
});

describe("stat", () => {
  it("tells present from missing, and creates nothing", async () => {
    expect(await store.stat(ABSENT)).toEqual({ state: "missing" });
    expect(store.statSync(ABSENT)).toEqual({ state: "missing" });
    await expect(names()).rejects.toMatchObject({ code: "ENOENT" });
    const { checksum } = await store.put(Buffer.from("abc"));
    expect(await store.stat(checksum)).toEqual({ state: "present", sizeBytes: 3 });
    expect(store.statSync(checksum)).toEqual({ state: "present", sizeBytes: 3 });
  });

  it("follows symlinks and counts everything but a regular file as missing", async () => {
    const name = (digit: string) => digit.repeat(64);
    await mkdir(store.pathOf(name("d")), { recursive: true });
    await writeFile(join(folder, "target"), "12345");
    await symlink(join(folder, "target"), store.pathOf(name("a")));
    await symlink(join(folder, "nowhere"), store.pathOf(name("b")));
    await symlink(store.pathOf(name("c")), store.pathOf(name("c")));
    // Where there are none, it is missing as well.
    if (!isWindows) execFileSync("mkfifo", [store.pathOf(name("e"))]);
    expect(await store.stat(name("a"))).toEqual({ state: "present", sizeBytes: 5 });
    for (const digit of ["b", "c", "d", "e"]) {
      expect(await store.stat(name(digit)), digit).toEqual({ state: "missing" });
      expect(store.statSync(name(digit)), digit).toEqual({ state: "missing" });
      await expect(store.read(name(digit)), digit).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
      expect(await store.verify(name(digit)), digit).toEqual({ state: "missing" });
    }
  });
});

describe("read", () => {
  it("gives verified bytes", async () => {
    const data = Buffer.alloc(300_000, "xyz");
    const { checksum } = await store.put(data);
    expect(await store.read(checksum)).toEqual(data);
    expect(await store.read(checksum, { limitBytes: data.length })).toEqual(data);
    await expect(store.read(checksum, { limitBytes: data.length - 1 })).rejects.toMatchObject({ code: "TOO_LARGE" });
  });

  it("refuses wrong bytes and says whose they are", async () => {
    const checksum = await damaged(Buffer.from("right"), Buffer.from("wrong"));
    await expect(store.read(checksum)).rejects.toMatchObject({
      code: "PAYLOAD_CORRUPT",
      details: { checksum, actual: sha256(Buffer.from("wrong")), sizeBytes: 5 },
    });
  });

  it("names a missing payload", async () => {
    await expect(store.read(ABSENT)).rejects.toMatchObject({ code: "PAYLOAD_MISSING", details: { checksum: ABSENT } });
  });
});

describe("readRange", () => {
  it.each([
    [0, 3, "012"],
    [4, 6, "45"],
    [8, 100, "89"],
    [-5, 2, "01"],
    [10, 20, ""],
    [50, 60, ""],
    [5, 5, ""],
    [6, 4, ""],
  ])("clamps %i..%i to the file", async (start, endExclusive, expected) => {
    const { checksum } = await store.put(Buffer.from("0123456789"));
    expect((await store.readRange(checksum, start, endExclusive)).toString()).toBe(expected);
  });

  it("serves bytes that do not match the checksum too", async () => {
    const checksum = await damaged(Buffer.from("right"), Buffer.from("wr"));
    expect((await store.readRange(checksum, 0, 5)).toString()).toBe("wr");
    await expect(store.readRange(ABSENT, 0, 1)).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
  });
});

describe("readChunks", () => {
  const data = Buffer.alloc(2.5 * 1024 * 1024, "0123456789abcdef");

  async function collect(checksum: string, range?: { start?: number; endExclusive?: number }) {
    const chunks: Buffer[] = [];
    for await (const chunk of store.readChunks(checksum, range)) chunks.push(chunk);
    return { bytes: Buffer.concat(chunks), sizes: chunks.map(({ length }) => length) };
  }

  it("streams a payload in chunks of 1 MiB", async () => {
    const { checksum } = await store.put(data);
    const { bytes, sizes } = await collect(checksum);
    expect(bytes.equals(data)).toBe(true);
    expect(sizes).toEqual([1024 * 1024, 1024 * 1024, 512 * 1024]);
  });

  it("streams a range, clamped", async () => {
    const { checksum } = await store.put(data);
    expect((await collect(checksum, { start: 3, endExclusive: 7 })).bytes.toString()).toBe("3456");
    expect((await collect(checksum, { start: data.length - 2, endExclusive: 1e9 })).bytes.toString()).toBe("ef");
    expect((await collect(checksum, { start: 1e9 })).sizes).toEqual([]);
    expect((await collect((await store.put(Buffer.alloc(0))).checksum)).sizes).toEqual([]);
  });

  it("takes the memory of a chunk for a later one where that is asked for, and only there", async () => {
    const { checksum } = await store.put(data);
    const memory = async (recycle: boolean) => {
      const buffers = new Set<ArrayBufferLike>();
      const bytes: Buffer[] = [];
      for await (const chunk of store.readChunks(checksum, { recycle })) {
        buffers.add(chunk.buffer);
        bytes.push(Buffer.from(chunk));
      }
      expect(Buffer.concat(bytes).equals(data)).toBe(true);
      return buffers.size;
    };
    expect(await memory(true)).toBe(2);
    expect(await memory(false)).toBe(3);
  });

  it("can be left early", async () => {
    const { checksum } = await store.put(data);
    for await (const chunk of store.readChunks(checksum)) {
      expect(chunk.length).toBe(1024 * 1024);
      break;
    }
  });

  it("says so when the payload is missing or becomes shorter", async () => {
    await expect(collect(ABSENT)).rejects.toMatchObject({ code: "PAYLOAD_MISSING" });
    const { checksum, path } = await store.put(data);
    const chunks = store.readChunks(checksum);
    await chunks.next();
    await truncate(path, 1024 * 1024);
    // The second one may have been read already.
    const rest = async () => {
      for await (const _ of chunks);
    };
    await expect(rest()).rejects.toMatchObject({ code: "IO_FAILED" });
  });
});

describe("verify", () => {
  it("tells right bytes, wrong bytes and no bytes apart", async () => {
    const { checksum } = await store.put(Buffer.alloc(600_000, 7));
    expect(await store.verify(checksum)).toEqual({ state: "ok", sizeBytes: 600_000 });
    expect(await store.verify((await store.put(Buffer.alloc(0))).checksum)).toEqual({ state: "ok", sizeBytes: 0 });
    expect(await store.verify(ABSENT)).toEqual({ state: "missing" });
    const wrong = await damaged(Buffer.from("right"), Buffer.from("wrong"));
    expect(await store.verify(wrong)).toEqual({
      state: "corrupt",
      sizeBytes: 5,
      actual: sha256(Buffer.from("wrong")),
    });
  });

  it("reports progress up to the whole", async () => {
    const { checksum } = await store.put(Buffer.alloc(600_000, 7));
    const reports: number[][] = [];
    await store.verify(checksum, { onProgress: (...report) => reports.push(report) });
    expect(reports).toEqual([
      [262_144, 600_000],
      [524_288, 600_000],
      [600_000, 600_000],
    ]);
  });

  it("can be cancelled between blocks", async () => {
    const { checksum } = await store.put(Buffer.alloc(600_000, 7));
    const controller = new AbortController();
    let blocks = 0;
    const onProgress = () => {
      blocks += 1;
      controller.abort();
    };
    await expect(store.verify(checksum, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(blocks).toBe(1);
  });

  it("finds in the edge archive exactly what is known about it", async () => {
    extractReference("edge", folder);
    const edge = new PayloadStore(join(folder, "edge", "responses"));
    const expected = fixtureJson<{ edge: { corrupt_list: string[]; missing_list: [string] } }>("EXPECTED.json").edge;
    const found = { ok: 0, corrupt: [] as string[], missing: 0 };
    for (const name of await readdir(edge.directory)) {
      const checksum = /^([0-9a-f]{64})\.bin$/.exec(name)?.[1];
      if (checksum === undefined) continue;
      const { state } = await edge.verify(checksum);
      if (state === "ok") found.ok += 1;
      else if (state === "missing") found.missing += 1;
      else found.corrupt.push(checksum);
    }
    expect(found.corrupt.sort()).toEqual(expected.corrupt_list);
    // The directory that has a payload's name.
    expect(found.missing).toBe(1);
    expect(await edge.verify(expected.missing_list[0])).toEqual({ state: "missing" });
  });
});
