import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  AdapterResult,
  ArchiveReader,
  DataIoSession,
  type Fetcher,
  isDataioError,
  type SessionResponse,
  Store,
  verify,
} from "../src/index.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "./archives.ts";
import { mounts, smallDisk } from "./small-disk.ts";

type Acknowledged = Pick<SessionResponse, "id" | "checksum">;

const isRoot = process.getuid?.() === 0;
const hasShell = process.platform !== "win32";

function newArchive(folder = temporaryFolder()): string {
  const root = join(folder, "archive");
  Store.create(root).close();
  return root;
}

/** Answers with `bytes` bytes that no other request gets. */
function payloads(bytes: number): Fetcher {
  return {
    fetch: async (request) =>
      new AdapterResult({ data: Buffer.alloc(bytes, `${request.paramsJson} `), contentType: "text/plain" }),
  };
}

/** An open session and what it acknowledged. */
async function writer(root: string, bytes = 2_000) {
  const store = Store.open(root);
  onTestFinished(() => store.close());
  const session = await DataIoSession.open({ store, source: "faults", adapter: payloads(bytes) });
  const acknowledged: Acknowledged[] = [];
  let number = 0;
  const fetchOne = async (): Promise<void> => {
    number += 1;
    acknowledged.push(await session.fetch(session.request({ kind: "k", params: { number } })));
  };
  return { store, session, acknowledged, fetchOne };
}

/** The error that `work` throws in the end; fails the test when it is none of ours, or `times` were not enough. */
async function failure(work: () => Promise<unknown>, times = 1): Promise<{ code: string; message: string }> {
  for (let time = 0; time < times; time += 1) {
    try {
      await work();
    } catch (error) {
      if (isDataioError(error)) return error;
      throw error;
    }
  }
  throw new Error("nothing was thrown");
}

/** The archive opens, verifies, has everything that was acknowledged, and takes another response. */
async function expectWhole(root: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  expect(await verify(root)).toMatchObject({ intact: true, severities: { error: 0 } });
  const reader = new ArchiveReader(root);
  for (const { id, checksum } of acknowledged) {
    const { response, payload } = await reader.row({ type: "response", id });
    expect(response?.checksum).toBe(checksum);
    expect(payload?.state).toBe("ok");
  }
  reader.close();
  const after = await writer(root, 10);
  await after.fetchOne();
  await after.session.close();
  after.store.close();
}

/** Runs the writer in a process of its own, as `shell` starts it; gives what it printed. */
async function written(
  root: string,
  options: {
    readonly limits?: string;
    readonly uid?: number;
    readonly responses?: number;
    readonly bytes?: number;
    readonly descriptors?: number;
  },
): Promise<{ acknowledged: Acknowledged[]; failed: { code: string; message: string } | undefined }> {
  const { limits = "true", uid, responses = 200, bytes = 100, descriptors } = options;
  const script = join(import.meta.dirname, "fault-writer.ts");
  const numbers = [responses, bytes, ...(descriptors === undefined ? [] : [descriptors])].map(String);
  const child: ChildProcess = spawn(
    "sh",
    ["-c", `${limits}; exec "$@"`, "sh", process.execPath, script, root, ...numbers],
    { stdio: ["ignore", "pipe", "inherit"], ...(uid === undefined ? {} : { uid, gid: uid }) },
  );
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  const lines: (Acknowledged & { failed?: { code: string; message: string } })[] = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return {
    acknowledged: lines.filter((line) => line.failed === undefined),
    failed: lines.find((line) => line.failed !== undefined)?.failed,
  };
}

describe.skipIf(!mounts)("a full disk (needs the right to mount a small file system)", () => {
  it.each([
    ["large payloads", 60_000],
    ["small payloads", 10],
  ])("says so, keeps what was acknowledged, and goes on once there is space: %s", async (_, bytes) => {
    const disk = smallDisk("2m");
    const ballast = join(disk, "ballast");
    const root = newArchive(disk);
    writeFileSync(ballast, Buffer.alloc(500_000));
    const { acknowledged, fetchOne, session, store } = await writer(root, bytes);
    const error = await failure(fetchOne, 5_000);
    expect(error.code).toBe("NO_SPACE");
    expect(error.message).toMatch(/space/i);
    expect(acknowledged.length).toBeGreaterThan(3);
    // Nothing half is left in the place of a payload.
    const before = await verify(root);
    expect(before).toMatchObject({ intact: true });

    rmSync(ballast);
    await fetchOne();
    await session.close();
    store.close();
    await expectWhole(root, acknowledged);
    const names = readdirSync(join(root, "responses"));
    expect(names.filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  it("refuses to create an archive where there is no space, and leaves nothing that looks like one", async () => {
    const disk = smallDisk("64k");
    writeFileSync(join(disk, "ballast"), Buffer.alloc(48 * 1024));
    const error = await failure(async () => Store.create(join(disk, "archive")));
    expect(error.code).toBe("NO_SPACE");
    rmSync(join(disk, "ballast"));
    expect(readdirSync(join(disk, "archive"))).toEqual([]);
  });
});

describe.skipIf(!mounts)("a read-only disk (needs the right to mount one)", () => {
  it("is refused by name, and written again once it may be", async () => {
    const disk = smallDisk("4m");
    const root = newArchive(disk);
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    await session.close();
    store.close();

    execFileSync("mount", ["-o", "remount,ro", disk]);
    expect((await failure(() => writer(root))).code).toBe("ACCESS_DENIED");
    // In WAL mode SQLite cannot read where it cannot write; the message says what helps.
    const unreadable = await failure(async () => new ArchiveReader(root).close());
    expect(unreadable).toMatchObject({ code: "ACCESS_DENIED", message: expect.stringContaining("copy the archive") });
    execFileSync("mount", ["-o", "remount,rw", disk]);
    await expectWhole(root, acknowledged);
  });

  it("with an archive of the Python package can be read", async () => {
    const disk = smallDisk("16m");
    cpSync(referenceArchive("small"), disk, { recursive: true });
    execFileSync("mount", ["-o", "remount,ro", disk]);
    const before = folderFingerprint(disk);
    const reader = new ArchiveReader(disk);
    expect(reader.counts().responses).toBe(65);
    reader.close();
    expect((await verify(disk)).steps.every(({ state }) => state === "done")).toBe(true);
    expect((await failure(() => writer(disk))).code).toBe("ACCESS_DENIED");
    expect(folderFingerprint(disk)).toEqual(before);
  });
});

describe.skipIf(!hasShell)("a folder that belongs to someone else", () => {
  it("is refused by name, and stays as it was", async () => {
    const folder = temporaryFolder();
    const root = newArchive(folder);
    const first = await written(root, { responses: 3 });
    expect(first).toMatchObject({ acknowledged: { length: 3 }, failed: undefined });
    const all = [folder, root, join(root, "responses")];
    for (const path of all) chmodSync(path, 0o555);
    onTestFinished(() => {
      for (const path of all) chmodSync(path, 0o755);
    });
    // Permissions do not hold root back, but a user of no name.
    const refused = await written(root, { responses: 1, ...(isRoot ? { uid: 65_534 } : {}) });
    expect(refused).toMatchObject({
      acknowledged: [],
      failed: { code: "ACCESS_DENIED", message: expect.stringContaining(root) },
    });
    for (const path of all) chmodSync(path, 0o755);
    await expectWhole(root, first.acknowledged);
  });
});

describe.skipIf(!hasShell)("a payload folder that may not be written", () => {
  it("is refused by name, and the failure is on record", async () => {
    const folder = temporaryFolder();
    const root = newArchive(folder);
    const uid = isRoot ? 65_534 : undefined;
    if (uid !== undefined) {
      chmodSync(folder, 0o755);
      for (const path of [root, join(root, "dataio.sqlite"), join(root, "responses")]) chownSync(path, uid, uid);
    }
    chmodSync(join(root, "responses"), 0o555);
    const { acknowledged, failed } = await written(root, { responses: 1, ...(uid === undefined ? {} : { uid }) });
    chmodSync(join(root, "responses"), 0o755);
    expect({ acknowledged, failed }).toMatchObject({
      acknowledged: [],
      failed: { code: "ACCESS_DENIED", message: expect.stringContaining(join(root, "responses")) },
    });
    const reader = new ArchiveReader(root);
    const [session] = reader.sessions({ cursor: null, limit: 1 }).items;
    expect(session).toMatchObject({ failedCount: 1, responseCount: 0 });
    reader.close();
    await expectWhole(root, acknowledged);
  });
});

describe("a payload folder", () => {
  it("that vanishes is made again, and what was in it is reported as missing", async () => {
    const root = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    await fetchOne();
    renameSync(join(root, "responses"), join(root, "aside"));
    await fetchOne();
    const found = await verify(root);
    expect(found).toMatchObject({ intact: false, codes: { payload_missing: 2 } });
    await session.close();
    store.close();

    for (const name of readdirSync(join(root, "aside"))) {
      renameSync(join(root, "aside", name), join(root, "responses", name));
    }
    rmSync(join(root, "aside"), { recursive: true });
    await expectWhole(root, acknowledged);
  });

  it("that vanishes in the middle of a stream fails that one, and nothing else", async () => {
    const root = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    const responses = join(root, "responses");
    async function* chunks() {
      yield Buffer.from("first ");
      renameSync(responses, join(root, "aside"));
      yield Buffer.from("second");
    }
    const error = await failure(() => store.payloads.putStream(chunks()));
    expect(error).toMatchObject({ code: "NOT_FOUND", message: expect.stringContaining(responses) });
    rmSync(responses, { recursive: true, force: true });
    renameSync(join(root, "aside"), responses);
    await fetchOne();
    await session.close();
    store.close();
    await expectWhole(root, acknowledged);
  });

  it("that is a file is refused by name", async () => {
    const root = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    const responses = join(root, "responses");
    renameSync(responses, join(root, "aside"));
    writeFileSync(responses, "not a folder");
    const error = await failure(fetchOne);
    expect(error.code).toBe("IO_FAILED");
    expect(error.message).toContain(responses);
    expect(error.message).toMatch(/not a (directory|folder)/i);
    rmSync(responses);
    renameSync(join(root, "aside"), responses);
    await fetchOne();
    await session.close();
    store.close();
    await expectWhole(root, acknowledged);
  });

  it("with a directory in a payload's place is refused by name", async () => {
    const root = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    const path = store.payloads.pathOf(acknowledged[0]?.checksum ?? "");
    renameSync(path, `${path}.aside`);
    mkdirSync(path);
    const request = session.request({ kind: "k", params: { number: 1 } });
    const error = await failure(() => session.fetch(request, { useCache: false }));
    expect(error).toMatchObject({ code: "IO_FAILED", message: expect.stringContaining(path) });
    rmSync(path, { recursive: true });
    renameSync(`${path}.aside`, path);
    await session.close();
    store.close();
    await expectWhole(root, acknowledged);
  });
});

describe.skipIf(!hasShell)("the limits of a process", () => {
  it("on the size of files are named, and stop nothing but what is too large", async () => {
    const root = newArchive();
    const { acknowledged, failed } = await written(root, { limits: "ulimit -f 400", responses: 2, bytes: 500_000 });
    expect({ acknowledged, failed }).toMatchObject({
      acknowledged: [],
      failed: { code: "IO_FAILED", message: expect.stringContaining("EFBIG") },
    });
    await expectWhole(root, acknowledged);
  });

  it("on the size of files, met by the database, lose nothing that was acknowledged", async () => {
    const root = newArchive();
    const { acknowledged, failed } = await written(root, { limits: "ulimit -f 1000", responses: 1_000 });
    expect(acknowledged.length).toBeGreaterThan(3);
    expect(failed).toMatchObject({ code: "IO_FAILED", message: expect.stringContaining("size of files") });
    await expectWhole(root, acknowledged);
  });

  it("on open files are named wherever they are met, and lose nothing that was acknowledged", async () => {
    const root = newArchive();
    const acknowledged: Acknowledged[] = [];
    const failures = new Set<string>();
    let descriptors = 0;
    // From none at all to enough: each step fails at a later place.
    for (; ; descriptors += 1) {
      const run = await written(root, { limits: "ulimit -n 80", responses: 2, descriptors });
      acknowledged.push(...run.acknowledged);
      if (run.failed === undefined) break;
      expect(run.failed).toMatchObject({ code: "IO_FAILED", message: expect.stringContaining("too many open files") });
      failures.add(run.failed.message.split(":")[0] ?? "");
    }
    expect(descriptors).toBeLessThan(12);
    expect(failures.size).toBeGreaterThan(1);
    await expectWhole(root, acknowledged);
  });
});

describe("a database", () => {
  it("that is deleted while it is open takes nothing more, and says so", async () => {
    const root = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    const { checkpointed, aside } = { checkpointed: join(root, "dataio.sqlite"), aside: join(root, "aside") };
    renameSync(checkpointed, aside);
    const error = await failure(fetchOne);
    expect(error.code).toBe("ARCHIVE_GONE");
    expect(error.message).toContain("moved, replaced or deleted");
    renameSync(aside, checkpointed);
    await fetchOne();
    await session.close();
    store.close();
    await expectWhole(root, acknowledged);
  });

  it("that was replaced by another one takes nothing more either", async () => {
    const root = newArchive();
    const other = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    renameSync(join(root, "dataio.sqlite"), join(root, "aside"));
    copyFileSync(join(other, "dataio.sqlite"), join(root, "dataio.sqlite"));
    expect((await failure(fetchOne)).message).toContain("moved, replaced or deleted");
    renameSync(join(root, "aside"), join(root, "dataio.sqlite"));
    await session.close();
    store.close();
    await expectWhole(root, acknowledged);
  });
});

describe("an archive's folder", () => {
  it.each([
    ["renamed", (root: string) => renameSync(root, `${root}-moved`)],
    [
      "renamed, with an empty folder in its place",
      (root: string) => {
        renameSync(root, `${root}-moved`);
        mkdirSync(root);
      },
    ],
    ["deleted", (root: string) => rmSync(root, { recursive: true })],
  ])("that is %s while it is open is never made again, and takes nothing", async (_how, away) => {
    const root = newArchive();
    const { acknowledged, fetchOne, session, store } = await writer(root);
    await fetchOne();
    away(root);
    const put = await failure(() => store.writePayload(Buffer.from("new")));
    expect(put).toMatchObject({ code: "ARCHIVE_GONE", message: expect.stringContaining(root) });
    expect((await failure(() => store.writeMetadata("a".repeat(64), { url: "x" }))).code).toBe("ARCHIVE_GONE");
    expect((await failure(() => store.payloads.putStream(one("streamed")))).code).toBe("ARCHIVE_GONE");
    expect((await failure(fetchOne)).code).toBe("ARCHIVE_GONE");
    // A crowd goes another way.
    const crowd = await Promise.allSettled(Array.from({ length: 20 }, fetchOne));
    const codes = crowd.map((each) =>
      each.status === "rejected" && isDataioError(each.reason) ? each.reason.code : "",
    );
    expect(new Set(codes)).toEqual(new Set(["ARCHIVE_GONE"]));
    expect(acknowledged).toHaveLength(1);
    expect(existsSync(root) ? readdirSync(root) : []).toEqual([]);
    await session.close().catch(() => {});
    store.close();
    if (existsSync(`${root}-moved`)) await expectWhole(`${root}-moved`, acknowledged);
  });

  it("that is renamed in the middle of an answer fails that one", async () => {
    const root = newArchive();
    const { store } = await writer(root);
    async function* chunks() {
      yield Buffer.from("first ");
      renameSync(root, `${root}-moved`);
      yield Buffer.from("second");
    }
    expect((await failure(() => store.payloads.putStream(chunks()))).code).toBe("ARCHIVE_GONE");
    expect(existsSync(root)).toBe(false);
  });
});

async function* one(text: string) {
  yield Buffer.from(text);
}
