import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { WARCParser } from "warcio";
import { csvCell } from "../../src/export/rows-file.ts";
import {
  AdapterResult,
  type ExportReport,
  type ExportScope,
  type ExportTarget,
  exportArchive,
  type Fetcher,
  measureExport,
  previewExport,
  Store,
  sha256Hex,
  verify,
  withSession,
} from "../../src/index.ts";
import { folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { runHere } from "../cli/in-process.ts";

/** Whether it is there and has GNU's options; zipinfo ends its help with 10. */
const has = (program: string) => [0, 10].includes(spawnSync(program, ["--help"], { stdio: "ignore" }).status ?? -1);
const run = (program: string, args: readonly string[], cwd?: string) =>
  execFileSync(program, args, { encoding: "utf8", ...(cwd === undefined ? {} : { cwd }) });
const files = (folder: string) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
/** Nothing that is unfinished is left. */
const leftovers = (folder: string) => readdirSync(folder).filter((name) => name.startsWith("."));

const TEXT = JSON.stringify({ price: 30.5, text: "=1+1" });
const CODECS = { gzip: gzipSync, br: brotliCompressSync, zstd: zstdCompressSync } as const;

/** Web answers in several encodings, equal bytes, a large one, a text that is no exchange, and one that is lost. */
async function webArchive(): Promise<{ root: string; large: string }> {
  const root = join(temporaryFolder(), "archive");
  using store = Store.create(root, { durable: false });
  const adapter: Fetcher = {
    fetch: async ({ paramsJson }) => {
      const { url = "", codec = "" } = JSON.parse(paramsJson ?? "");
      if (url === "") return new AdapterResult({ data: Buffer.from("=cmd"), contentType: "text/csv" });
      if (codec === "large")
        return new AdapterResult({ data: Buffer.alloc(2_500_000, codec), transportStatus: 200, url });
      const pack = CODECS[codec as keyof typeof CODECS];
      return new AdapterResult({
        data: pack === undefined ? Buffer.from(TEXT) : pack(TEXT),
        contentType: "application/json",
        transportStatus: 200,
        url,
        elapsedMs: 12,
        headers: {
          "content-type": "application/json",
          "transfer-encoding": "chunked",
          ...(pack === undefined ? {} : { "content-encoding": codec }),
        },
      });
    },
  };
  await withSession({ store, source: "web/..", adapter }, async (session) => {
    for (const codec of ["none", "again", "gzip", "br", "zstd", "large"]) {
      const params = { url: `https://example.com/v1/${codec}?q=1`, codec, headers: { "x-key": "k" } };
      await session.fetch(session.request({ kind: "quote", params }));
    }
    await session.fetch(session.request({ kind: "=note", params: { n: 1 } }));
  });
  return { root, large: sha256Hex(Buffer.alloc(2_500_000, "large")) };
}

const all = { type: "archive" } as const;
const exportTo = (root: string, target: ExportTarget): Promise<ExportReport> =>
  exportArchive(root, { scope: all, target });

describe("exporting payloads as files", () => {
  it("writes each once, verified, with sidecar, manifest and sums, and leaves the archive alone", async () => {
    const root = referenceArchive("edge");
    const before = folderFingerprint(root);
    const parent = temporaryFolder();
    const out = join(parent, "out");
    const report = await exportTo(root, { type: "folder", path: out });
    expect(folderFingerprint(root)).toEqual(before);
    expect(new Set(report.problems.map(({ code }) => code))).toEqual(
      new Set(["PAYLOAD_CORRUPT", "PAYLOAD_MISSING", "CHECKSUM_INVALID", "NOT_FOUND"]),
    );
    expect(report.problemCount).toBe(report.problems.length);
    const manifest: { files: { path: string | null; sha256: string; sidecar?: string }[] } = JSON.parse(
      readFileSync(join(out, "MANIFEST.json"), "utf8"),
    );
    const written = manifest.files.filter(({ path }) => path !== null);
    expect(written).toHaveLength(report.exported);
    expect(manifest.files).toHaveLength(report.exported + report.duplicates);
    for (const { path, sha256 } of written) expect(sha256Hex(readFileSync(join(out, path ?? "")))).toBe(sha256);
    const sidecars = written.filter(({ sidecar }) => sidecar !== undefined).length;
    expect(sidecars).toBeGreaterThan(0);
    expect(files(out)).toHaveLength(report.exported + sidecars + 2);
    if (has("sha256sum")) run("sha256sum", ["--check", "--quiet", "--strict", "SHA256SUMS"], out);
    expect(leftovers(parent)).toEqual([]);
  });

  it("decodes content encodings where asked, and says what could not be", async () => {
    const { root } = await webArchive();
    const out = join(temporaryFolder(), "out");
    const template = "{kind}-{name}.{ext}";
    const stored = await exportTo(root, { type: "folder", path: out, template });
    expect(stored).toMatchObject({ exported: 6, duplicates: 1, problemCount: 0 });
    expect(readdirSync(out)).toContain("quote-gzip.gz");
    const decoded = join(temporaryFolder(), "out");
    await exportTo(root, { type: "folder", path: decoded, encoding: "decoded", sidecars: false, template });
    expect(readdirSync(decoded).sort()).toEqual([
      "=note-=note.txt",
      "MANIFEST.json",
      "SHA256SUMS",
      ...["again", "br", "gzip"].map((codec) => `quote-${codec}.json`),
      "quote-large.txt",
      "quote-zstd.json",
    ]);
    for (const codec of ["gzip", "br", "zstd"]) {
      expect(readFileSync(join(decoded, `quote-${codec}.json`), "utf8")).toBe(TEXT);
    }
    if (has("sha256sum")) run("sha256sum", ["--check", "--quiet", "SHA256SUMS"], decoded);
  });

  it("decodes no bomb: it goes out as it is stored, and the problem says the limit", async () => {
    const root = join(temporaryFolder(), "archive");
    // 300 MiB of nothing, in members of which each is small.
    const member = gzipSync(Buffer.alloc(1024 * 1024));
    const bomb = Buffer.concat(Array.from({ length: 300 }, () => member));
    const plain = gzipSync(TEXT);
    const adapter: Fetcher = {
      fetch: async ({ kind }) =>
        new AdapterResult({
          data: kind === "plain" ? plain : bomb.subarray(0, kind === "chain" ? bomb.length - member.length : undefined),
          transportStatus: 200,
          url: `https://example.com/${kind}`,
          headers: { "content-encoding": kind === "chain" ? Array<string>(50_000).fill("gzip").join(", ") : "gzip" },
        }),
    };
    using store = Store.create(root, { durable: false });
    await withSession({ store, source: "web", adapter }, async (session) => {
      for (const kind of ["bomb", "chain", "plain"]) {
        await session.fetch(session.request({ kind, params: { url: `https://example.com/${kind}` } }));
      }
    });
    const folder = temporaryFolder();
    const target = { template: "{kind}.{ext}", encoding: "decoded", sidecars: false } as const;
    let largest = process.memoryUsage().rss;
    const before = largest;
    const watch = setInterval(() => {
      largest = Math.max(largest, process.memoryUsage().rss);
    }, 5);
    const reports = {
      folder: await exportTo(root, { type: "folder", path: join(folder, "out"), ...target }),
      zip: await exportTo(root, { type: "zip", path: join(folder, "out.zip"), ...target }),
      warc: await exportTo(root, { type: "warc", path: join(folder, "out.warc"), encoding: "decoded" }),
    };
    clearInterval(watch);
    expect(largest - before).toBeLessThan(128 * 1024 * 1024);
    for (const { exported, problems } of Object.values(reports)) {
      expect(exported).toBe(3);
      expect(problems.map(({ code, message }) => [code, message])).toEqual([
        ["PARAMS_INVALID", expect.stringMatching(/^Exported as stored: .* more than 5 encodings/)],
        ["TOO_LARGE", "Exported as stored: decoded it is larger than 256 MiB."],
      ]);
    }
    expect(readdirSync(join(folder, "out")).sort()).toEqual([
      "MANIFEST.json",
      "SHA256SUMS",
      "bomb.gz",
      "chain.gz",
      "plain.json",
    ]);
    const har = await exportTo(root, { type: "har", path: join(folder, "out.har") });
    expect(har.problems.map(({ code, message }) => [code, message])).toEqual([
      ["PARAMS_INVALID", expect.stringMatching(/more than 5 encodings/)],
      ["TOO_LARGE", "Exported as stored: decoded it is larger than 128 MiB."],
    ]);
    const { log } = JSON.parse(readFileSync(join(folder, "out.har"), "utf8"));
    expect(log.entries.map(({ response }: { response: { content: object } }) => response.content)).toMatchObject([
      { text: TEXT },
      { encoding: "base64", comment: expect.stringMatching(/^As received/) },
      { encoding: "base64", size: bomb.length, comment: "As received: decoded it is larger than 128 MiB." },
    ]);
  });

  it("never touches what is there unless told to, and leaves nothing of what failed or was cancelled", async () => {
    const { root } = await webArchive();
    const parent = temporaryFolder();
    const out = join(parent, "out");
    mkdirSync(join(out, "sub"), { recursive: true });
    writeFileSync(join(out, "quote-gzip.gz"), "mine");
    const target = { type: "folder", path: out, template: "{kind}-{name}.{ext}", sidecars: false } as const;
    await expect(exportTo(root, target)).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    await exportTo(root, { ...target, existing: "add" });
    expect(readFileSync(join(out, "quote-gzip.gz"), "utf8")).toBe("mine");
    expect(readdirSync(out)).toContain("quote-gzip (2).gz");
    await exportTo(root, { ...target, existing: "replace" });
    expect(readFileSync(join(out, "quote-gzip.gz"), "utf8")).not.toBe("mine");
    const outside = temporaryFolder();
    const linked = join(parent, "linked");
    mkdirSync(linked);
    symlinkSync(outside, join(linked, "web_"));
    for (const name of readdirSync(linked)) expect(name).toBe("web_");
    await exportTo(root, { type: "folder", path: linked, template: "web_/{id}.{ext}", existing: "replace" }).catch(
      () => {},
    );
    expect(readdirSync(outside)).toEqual([]);
    for (const type of ["folder", "zip", "ndjson", "har", "warc", "archive"] as const) {
      const cancelled = new AbortController();
      const path = join(parent, `cancelled-${type}`);
      const onItem = () => cancelled.abort();
      const options = { scope: all, target: { type, path }, signal: cancelled.signal, onItem };
      await expect(exportArchive(root, options)).rejects.toMatchObject({ code: "CANCELLED" });
    }
    expect(readdirSync(parent).sort()).toEqual(["linked", "out"]);
    expect(leftovers(out)).toEqual([]);
  });

  it.each(["store", "deflate"] as const)("writes zips that other programs read: %s", async (compression) => {
    const { root } = await webArchive();
    const parent = temporaryFolder();
    const path = join(parent, "out.zip");
    const report = await exportTo(root, { type: "zip", path, compression });
    expect(report.problemCount).toBe(0);
    const to = join(parent, "unpacked");
    if (has("unzip")) {
      expect(run("unzip", ["-t", path])).toContain("No errors detected");
      run("unzip", ["-q", path, "-d", to]);
      if (has("sha256sum")) run("sha256sum", ["--check", "--quiet", "SHA256SUMS"], to);
    }
    if (has("python3")) {
      const program =
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(len(z.namelist()))";
      expect(Number(run("python3", ["-c", program, path]))).toBe(6 * 2 + 2);
    }
    await expect(exportTo(root, { type: "zip", path })).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    expect(readdirSync(parent).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("exporting rows", () => {
  it("writes a line of JSON for each, and cells that no spreadsheet runs", async () => {
    const { root } = await webArchive();
    const folder = temporaryFolder();
    await exportTo(root, { type: "ndjson", path: join(folder, "rows.ndjson") });
    const rows = readFileSync(join(folder, "rows.ndjson"), "utf8").trimEnd().split("\n");
    expect(rows).toHaveLength(7);
    expect(JSON.parse(rows[0] ?? "")).toMatchObject({ kind: "=note", params: { n: 1 }, contentType: "text/csv" });
    await exportTo(root, { type: "csv", path: join(folder, "rows.csv") });
    const csv = readFileSync(join(folder, "rows.csv"), "utf8");
    expect(csv).toContain(",'=note,");
    expect(csv).toContain('"{""n"":1}"');
    expect([csvCell("=1", true), csvCell("=1", false), csvCell(-1, true), csvCell("a\nb", true)]).toEqual([
      "'=1",
      "=1",
      "-1",
      '"a\nb"',
    ]);
  });

  it("writes a row once, however often it or its session is named", async () => {
    const { root } = await webArchive();
    const folder = temporaryFolder();
    const written = async (name: string, scope: ExportScope) => {
      const path = join(folder, name);
      await exportArchive(root, { scope, target: { type: "ndjson", path } });
      const lines = readFileSync(path, "utf8").trimEnd().split("\n");
      return lines.map((line): { response: string; session: string } => JSON.parse(line));
    };
    const rows = await written("all.ndjson", all);
    const session = rows[0]?.session ?? "";
    const twice = { type: "sessions", ids: [session, session] } as const;
    expect(await written("sessions.ndjson", twice)).toEqual(rows);
    expect(await measureExport(root, twice)).toMatchObject({ rows: rows.length });
    const refs = rows.map(({ response }) => ({ type: "response", id: response }) as const);
    const again = { type: "rows", rows: [...refs, ...refs.toReversed()] } as const;
    expect(await written("rows.ndjson", again)).toEqual(rows);
    expect(await measureExport(root, again)).toEqual(await measureExport(root, { type: "rows", rows: refs }));
    expect(await previewExport(root, { scope: again, limit: 100 })).toHaveLength(rows.length);
  });

  it("writes a smaller archive that is intact, and that Python opens", async () => {
    const root = referenceArchive("small");
    const path = join(temporaryFolder(), "subset");
    const list = { type: "list", filter: { kinds: ["search"] } } as const;
    const report = await exportArchive(root, { scope: list, target: { type: "archive", path } });
    expect(report.problemCount).toBe(0);
    const verified = await verify(path);
    expect(verified).toMatchObject({
      intact: true,
      findings: verified.findings.filter(({ severity }) => severity === "info"),
    });
    expect(verified.counts.rows?.responses).toBe(report.exported);
    if (!has("python3")) return;
    const program =
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('select count(*) from responses').fetchone()[0], c.execute('pragma integrity_check').fetchone()[0])";
    expect(run("python3", ["-c", program, join(path, "dataio.sqlite")]).trim()).toBe(`${report.exported} ok`);
    expect(readdirSync(path).sort()).toEqual(["dataio.sqlite", "responses"]);
  });

  it("writes a HAR of what went over HTTP, decoded, and lists what did not", async () => {
    const { root } = await webArchive();
    const path = join(temporaryFolder(), "out.har");
    const report = await exportTo(root, { type: "har", path });
    expect(report).toMatchObject({ exported: 6, problemCount: 1 });
    const { log } = JSON.parse(readFileSync(path, "utf8"));
    expect(log.version).toBe("1.2");
    for (const entry of log.entries) {
      expect(Date.parse(entry.startedDateTime)).toBeGreaterThan(0);
      expect(entry.request).toMatchObject({ method: "GET", headers: [{ name: "x-key", value: "k" }], headersSize: -1 });
      if (entry.request.url.includes("large")) continue;
      expect(entry.response.content).toMatchObject({ text: TEXT, size: TEXT.length, mimeType: "application/json" });
      expect(entry.time).toBe(12);
    }
  });

  it.each([
    ["again.sh", /^curl /gm, "#!/usr/bin/env bash\ncurl "],
    ["again.mjs", /^const response\d* = /gm, "const response = "],
    ["again.py", /^response\d* = /gm, "import requests\n\nresponse = "],
  ] as const)("writes what was asked over HTTP, each once, as a script: %s", async (name, call, start) => {
    const { root } = await webArchive();
    using store = Store.open(root);
    const adapter: Fetcher = { fetch: async () => Buffer.from("{}") };
    await withSession({ store, source: "web/..", adapter, cache: { mode: "bypass" } }, async (session) => {
      const params = { url: "https://example.com/v1/none?q=1", codec: "none", headers: { "x-key": "k" } };
      await session.fetch(session.request({ kind: "quote", params }));
    });
    const path = join(temporaryFolder(), name);
    const { code, stderr } = await runHere(["export", "--all", "--to", path, "-a", root]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("1 problem: 6 exported")]);
    const text = readFileSync(path, "utf8");
    expect(text.startsWith(start)).toBe(true);
    expect(text.endsWith("\n")).toBe(true);
    expect(text.match(call)).toHaveLength(6);
    if (name.endsWith(".mjs")) expect(text).toContain("const response6 = ");
    for (const program of name.endsWith(".py") ? ["python3"] : name.endsWith(".sh") ? ["bash"] : []) {
      if (!has(program)) continue;
      run(
        program,
        program === "bash" ? ["-n", path] : ["-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", path],
      );
    }
  });

  it.each([
    ["out.warc", "stored"],
    ["out.warc.gz", "decoded"],
  ] as const)("writes a WARC that its own reader reads: %s, %s", async (name, encoding) => {
    const { root, large } = await webArchive();
    const path = join(temporaryFolder(), name);
    const report = await exportTo(root, { type: "warc", path, encoding });
    expect(report).toMatchObject({ exported: 7, problemCount: 0 });
    const types: Record<string, number> = {};
    const bodies: string[] = [];
    for await (const record of new WARCParser([readFileSync(path)])) {
      expect(record.warcHeaders.protocol).toBe("WARC/1.1");
      types[record.warcType] = (types[record.warcType] ?? 0) + 1;
      const content = await record.readFully(true);
      if (record.warcType !== "response") continue;
      expect(record.httpHeaders?.statusCode).toBe(200);
      bodies.push(content.length > 1e6 ? sha256Hex(content) : Buffer.from(content).toString("utf8"));
    }
    expect(types).toEqual({ warcinfo: 1, response: 6, request: 6, resource: 1, metadata: 7 });
    // Of the encodings its reader knows gzip alone.
    expect(bodies.filter((body) => body === TEXT)).toHaveLength(encoding === "decoded" ? 5 : 3);
    expect(bodies).toContain(large);
  });
});
