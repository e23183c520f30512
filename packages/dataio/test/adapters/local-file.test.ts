import { execFile } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adapterRequest } from "../../src/adapters/adapter.ts";
import { LocalFileAdapter, type LocalFileAdapterOptions } from "../../src/adapters/local-file.ts";

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

  it("refuses directories and pipes", async () => {
    await promisify(execFile)("mkfifo", [join(folder, "root", "pipe")]);
    await expect(fetchFile({ path: "sub" })).rejects.toMatchObject({
      code: "PARAMS_INVALID",
      message: "sub is a directory",
    });
    await expect(fetchFile({ path: "." })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    await expect(fetchFile({ path: "pipe" })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  });

  it.each([null, {}, { path: "" }, { path: 1 }, { path: "a\0b" }, ["a.csv"]])("refuses params %j", async (params) => {
    await expect(fetchFile(params)).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  });

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
