import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterRequest } from "../../src/adapters/adapter.ts";
import { LocalFileAdapter, type LocalFileAdapterOptions } from "../../src/adapters/local-file.ts";
import { Store, sha256Hex, withSession } from "../../src/index.ts";
import { isWindows, modesHold } from "../platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "dataio-files-")));
  await mkdir(join(folder, "root", "sub"), { recursive: true });
  await writeFile(join(folder, "root", "a.csv"), "id\n1\n");
  await writeFile(join(folder, "root", "sub", "Ä ü.JSON"), "{}");
  await writeFile(join(folder, "secret.txt"), "secret");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function fetchFile(
  params: unknown,
  options: LocalFileAdapterOptions = { root: join(folder, "root") },
  signal?: AbortSignal,
) {
  const request = adapterRequest({ kind: "file", method: "GET", paramsJson: JSON.stringify(params), bodyJson: null });
  return new LocalFileAdapter(options).fetch(request, { signal: signal ?? new AbortController().signal });
}

describe("LocalFileAdapter", () => {
  it("gives the bytes of a file and what is known about it", async () => {
    await utimes(join(folder, "root", "a.csv"), 1_761_064_684.5, 1_761_064_684.5);
    const result = await fetchFile({ path: "a.csv" });
    expect(Buffer.from(result.data).toString()).toBe("id\n1\n");
    expect(result.metaDict()).toEqual({
      content_type: "text/csv",
      url: pathToFileURL(join(folder, "root", "a.csv")).href,
      elapsed_ms: expect.any(Number),
      adapter_meta: { size_bytes: 5, modified_at: "2025-10-21T16:38:04.500000+00:00" },
    });
    expect(Number.isInteger(result.elapsedMs)).toBe(true);
  });

  it("says of a file that changed while it was read that it may be of two minds", async () => {
    const path = join(folder, "root", "growing.log");
    await writeFile(path, Buffer.alloc(32 * 1024 * 1024));
    let done = false;
    const reading = fetchFile({ path: "growing.log" }).finally(() => {
      done = true;
    });
    while (!done) await appendFile(path, "one more\n");
    const result = await reading;
    expect([result.status, result.adapterMeta?.changed_while_read]).toEqual(["partial", true]);
    const quiet = await fetchFile({ path: "growing.log" });
    expect([quiet.status, quiet.adapterMeta?.changed_while_read]).toEqual([undefined, undefined]);
  });

  it("takes relative and absolute paths within the root, whatever their names", async () => {
    const result = await fetchFile({ path: "sub/../sub/Ä ü.JSON" });
    expect(result).toMatchObject({ contentType: "application/json" });
    expect(result.url).toMatch(/\/sub\/%C3%84%20%C3%BC\.JSON$/);
    const absolute = await fetchFile({ path: join(folder, "root", "a.csv") });
    expect(absolute.data).toHaveLength(5);
  });

  it.each([
    ["data.ndjson", "application/x-ndjson"],
    ["data.csv.gz", "application/gzip"],
    ["data.parquet", "application/vnd.apache.parquet"],
    ["page.htm", "text/html"],
    ["logo.SVG", "image/svg+xml"],
    ["unknown.xyz", undefined],
    ["README", undefined],
  ])("calls %s %s", async (name, contentType) => {
    await writeFile(join(folder, "root", name), "x");
    expect((await fetchFile({ path: name })).contentType).toBe(contentType);
  });

  it("does not leave its root, not by dots, not by an absolute path, not through a symlink", async () => {
    await symlink(join(folder, "secret.txt"), join(folder, "root", "link.txt"));
    await symlink(folder, join(folder, "root", "up"));
    for (const path of [
      "../secret.txt",
      "sub/../../secret.txt",
      join(folder, "secret.txt"),
      "link.txt",
      "up/secret.txt",
      "..",
    ]) {
      await expect(fetchFile({ path }), path).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    }
  });

  it("does not mistake a neighbour with the root's name as prefix for the root", async () => {
    await mkdir(join(folder, "root-2"));
    await writeFile(join(folder, "root-2", "x.txt"), "x");
    await writeFile(join(folder, "root", "..x"), "dots");
    await expect(fetchFile({ path: "../root-2/x.txt" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    expect((await fetchFile({ path: "..x" })).data).toHaveLength(4);
  });

  it("follows symlinks that stay within the root, and a root that is one itself", async () => {
    await symlink(join(folder, "root", "a.csv"), join(folder, "root", "latest.csv"));
    await symlink(join(folder, "root"), join(folder, "alias"));
    expect((await fetchFile({ path: "latest.csv" })).data).toHaveLength(5);
    expect((await fetchFile({ path: "a.csv" }, { root: join(folder, "alias") })).data).toHaveLength(5);
    expect(
      (await fetchFile({ path: join(folder, "alias", "a.csv") }, { root: join(folder, "alias") })).data,
    ).toHaveLength(5);
  });

  it("reads absolute paths only when it has no root", async () => {
    expect((await fetchFile({ path: join(folder, "secret.txt") }, {})).data).toHaveLength(6);
    await expect(fetchFile({ path: "secret.txt" }, {})).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  });

  it("says what is not there", async () => {
    await expect(fetchFile({ path: "none.csv" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(fetchFile({ path: "a.csv" }, { root: join(folder, "none") })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it.skipIf(isWindows)("refuses what is neither file nor folder", async () => {
    await promisify(execFile)("mkfifo", [join(folder, "root", "pipe")]);
    await expect(fetchFile({ path: "pipe" })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
      message: "pipe is neither a file nor a folder",
    });
  });

  it("refuses a pattern within a file", async () => {
    await expect(fetchFile({ path: "a.csv", glob: "*" })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
      message: "a.csv is no folder",
    });
  });

  it.each([null, {}, { path: "" }, { path: 1 }, { path: "a\0b" }, ["a.csv"], { glob: "" }, { glob: "*", dot: 1 }])(
    "refuses params %j",
    async (params) => {
      await expect(fetchFile(params)).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    },
  );

  it("keeps to its size limit", async () => {
    const root = join(folder, "root");
    await truncate(join(root, "a.csv"), 3_000_000);
    await expect(fetchFile({ path: "a.csv" }, { root, maxBytes: 2_999_999 })).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
    expect((await fetchFile({ path: "a.csv" }, { root, maxBytes: 3_000_000 })).data).toHaveLength(3_000_000);
  });

  it.runIf(process.platform === "linux")("keeps to its size limit with a file that claims to be empty", async () => {
    await expect(fetchFile({ path: "/proc/self/status" }, { maxBytes: 10 })).rejects.toMatchObject({
      code: "TOO_LARGE",
    });
    expect((await fetchFile({ path: "/proc/self/status" }, {})).data.length).toBeGreaterThan(10);
  });

  it("can be cancelled, before and while it reads", async () => {
    const options = { root: join(folder, "root") };
    await expect(fetchFile({ path: "a.csv" }, options, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    await truncate(join(folder, "root", "a.csv"), 256 * 1024 * 1024);
    const controller = new AbortController();
    const reading = fetchFile({ path: "a.csv" }, options, controller.signal);
    setTimeout(() => controller.abort("enough"), 5);
    await expect(reading).rejects.toMatchObject({ code: "CANCELLED", cause: "enough" });
  });

  it("describes itself", () => {
    expect(new LocalFileAdapter({ root: folder }).describe()).toBe(`Local files in ${folder}`);
    expect(new LocalFileAdapter().describe()).toBe("Local files");
  });
});

describe("folders and globs", () => {
  const pathsOf = async (params: unknown, options?: LocalFileAdapterOptions) => {
    const { data } = await fetchFile(params, options);
    const listing: { files: { path: string }[] } = JSON.parse(Buffer.from(data).toString());
    return listing.files.map((file) => file.path);
  };

  it("give a listing, the same bytes for the same files", async () => {
    const root = join(folder, "root");
    await utimes(join(root, "a.csv"), 1_761_064_684.5, 1_761_064_684.5);
    await utimes(join(root, "sub", "Ä ü.JSON"), 1_600_000_000, 1_600_000_000);
    const result = await fetchFile({ path: "." });
    expect(Buffer.from(result.data).toString()).toBe(
      '{"files":[' +
        '{"modified_at":"2025-10-21T16:38:04.500000+00:00","path":"a.csv",' +
        `"sha256":"${sha256Hex("id\n1\n")}","size_bytes":5},` +
        '{"modified_at":"2020-09-13T12:26:40.000000+00:00","path":"sub/\\u00c4 \\u00fc.JSON",' +
        `"sha256":"${sha256Hex("{}")}","size_bytes":2}]}`,
    );
    expect(result.metaDict()).toEqual({
      content_type: "application/json",
      url: `${pathToFileURL(root).href}/`,
      elapsed_ms: expect.any(Number),
      adapter_meta: { files: 2, total_bytes: 7 },
    });
    expect(Buffer.from((await fetchFile({ glob: "**" })).data)).toEqual(result.data);
    expect(await pathsOf({ path: "sub" })).toEqual(["Ä ü.JSON"]);
  });

  it("follow the pattern, in the order of their paths", async () => {
    const root = join(folder, "root");
    for (const name of ["b", "a"]) await mkdir(join(root, name));
    // In a name Windows has no backslash.
    const names = ["[x].csv", "a.b.csv", ...(isWindows ? [] : ["a\\b.csv"])];
    for (const path of [...names, "b/1.csv", "a/2.csv", "a/10.csv", "C.CSV", ".hidden.csv"]) {
      await writeFile(join(root, path), "");
    }
    expect(await pathsOf({ glob: "**/*.csv" })).toEqual(["a.csv", "a/10.csv", "a/2.csv", "b/1.csv", ...names].sort());
    expect(await pathsOf({ glob: "{a,b}/[0-9].csv" })).toEqual(["a/2.csv", "b/1.csv"]);
    expect(await pathsOf({ path: "a", glob: "{1..3}.csv" })).toEqual(["2.csv"]);
    expect(await pathsOf({ glob: "\\[x\\].csv" })).toEqual(["[x].csv"]);
    expect(await pathsOf({ glob: "none/*" })).toEqual([]);
    expect(await pathsOf({ glob: "a.csv/*" })).toEqual([]);
  });

  it("leave out what begins with a dot unless asked for", async () => {
    const root = join(folder, "root");
    await mkdir(join(root, ".git"));
    await writeFile(join(root, ".git", "x.csv"), "");
    await writeFile(join(root, ".x.csv"), "");
    expect(await pathsOf({ glob: "**/*.csv" })).toEqual(["a.csv"]);
    expect(await pathsOf({ glob: "!(sub)/**" })).toEqual(["a.csv"]);
    expect(await pathsOf({ glob: ".git/*" })).toEqual([]);
    expect(await pathsOf({ glob: "**/*.csv", dot: true })).toEqual([".git/x.csv", ".x.csv", "a.csv"]);
    expect(await pathsOf({ path: ".git" })).toEqual(["x.csv"]);
  });

  it("list no symlinks, and never lead outside of the root", async () => {
    const root = join(folder, "root");
    await mkdir(join(folder, "outside"));
    await writeFile(join(folder, "outside", "o.csv"), "");
    await symlink(join(folder, "outside"), join(root, "out"));
    await symlink(join(folder, "secret.txt"), join(root, "secret.csv"));
    await symlink(join(root, "a.csv"), join(root, "latest.csv"));
    await symlink(root, join(root, "loop"));
    expect(await pathsOf({ glob: "**/*.csv" })).toEqual(["a.csv"]);
    expect(await pathsOf({ path: "." })).toEqual(["a.csv", "sub/Ä ü.JSON"]);
    await expect(fetchFile({ glob: "out/*.csv" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(fetchFile({ path: "out" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await expect(fetchFile({ path: "out", glob: "*" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    for (const glob of ["../outside/*", "sub/../../outside/*", "{..,sub}/*", "\\.\\./*", "/etc/*", "C:/*", "!a.csv"]) {
      await expect(fetchFile({ glob }), glob).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    }
  });

  it.runIf(modesHold)("say what they may not read", async () => {
    await chmod(join(folder, "root", "sub"), 0);
    await expect(fetchFile({ glob: "**" })).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await chmod(join(folder, "root", "sub"), 0o700);
  });

  // To Windows a name that is too long is one that is not there.
  it.skipIf(isWindows)("say what they cannot read instead of leaving it out", async () => {
    await expect(fetchFile({ glob: `${"x".repeat(300)}/*` })).rejects.toMatchObject({
      code: "IO_FAILED",
      message: expect.stringContaining("ENAMETOOLONG"),
    });
    // A name that is no UTF-8 cannot be asked for; not every file system has such names.
    const name = Buffer.concat([Buffer.from(join(folder, "root", "bad-")), Buffer.from([0xff])]);
    await writeFile(name, "x").catch(() => {});
    if (!existsSync(name)) return;
    await expect(fetchFile({ glob: "**" })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("keep to their limit, and can be cancelled", async () => {
    const root = join(folder, "root");
    await expect(fetchFile({ path: "." }, { root, maxFiles: 1 })).rejects.toMatchObject({
      code: "TOO_LARGE",
      details: { files: 2, limitFiles: 1 },
    });
    expect(await pathsOf({ path: "." }, { root, maxFiles: 2 })).toHaveLength(2);
    await truncate(join(root, "a.csv"), 512 * 1024 * 1024);
    const controller = new AbortController();
    const listing = fetchFile({ path: "." }, { root }, controller.signal);
    setTimeout(() => controller.abort("enough"), 5);
    await expect(listing).rejects.toMatchObject({ code: "CANCELLED", cause: "enough" });
  });

  it("need no root, with an absolute path", async () => {
    expect(await pathsOf({ path: folder, glob: "root/*.csv" }, {})).toEqual(["root/a.csv"]);
    await expect(fetchFile({ glob: "*" }, {})).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  });

  it("become one request for each file", async () => {
    const root = join(folder, "root");
    const adapter = new LocalFileAdapter({ root });
    await writeFile(join(root, "sub", "b.csv"), "b");
    expect(await adapter.fileRequests({ glob: "**/*.csv" })).toEqual([
      { kind: "file", params: { path: "a.csv" } },
      { kind: "file", params: { path: "sub/b.csv" } },
    ]);
    expect(await adapter.fileRequests({ path: "sub/../sub", glob: "*.csv" }, { kind: "csv" })).toEqual([
      { kind: "csv", params: { path: "sub/b.csv" } },
    ]);
    const [absolute] = await new LocalFileAdapter().fileRequests({ path: join(root, "sub"), glob: "*.csv" });
    expect(absolute?.params.path).toBe(join(root, "sub", "b.csv").replaceAll(sep, "/"));
    await expect(adapter.fileRequests({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "CANCELLED",
    });

    using store = Store.create(join(folder, "archive"));
    const archived = await withSession({ store, source: "files", adapter }, async (session) => {
      const bytes: string[] = [];
      for (const init of await adapter.fileRequests({ glob: "**/*.csv" })) {
        const response = await session.fetch(session.request(init));
        bytes.push((await store.readPayload(response.checksum ?? "")).toString());
      }
      return bytes;
    });
    expect(archived).toEqual(["id\n1\n", "b"]);
  });
});
