/** Exports of so many rows that threads read and write for them, and what is left of those that fail. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { type ExportTarget, exportArchive, Store, sha256Hex } from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";
import { mounts, smallDisk } from "../small-disk.ts";

const ROWS = 700;
const scope = { type: "archive" } as const;
/** Whether it is there and has GNU's options; zipinfo ends its help with 10. */
const has = (program: string) => [0, 10].includes(spawnSync(program, ["--help"], { stdio: "ignore" }).status ?? -1);
/** More than a batch reads; it goes another way. */
const LARGE = Buffer.alloc(1_500_000, "large");

interface ManyRows {
  readonly root: string;
  /** Of each row in the order of its time, oldest first. */
  readonly checksums: readonly string[];
}

/**
 * An archive of {@link ROWS} responses as a pipeline leaves it, written without the library: every third with a sidecar.
 * The last but one is large, every 50th has the bytes of the one before, of rows 30 and 31 the files are lost and damaged.
 */
function manyRows(): ManyRows {
  const root = join(temporaryFolder(), "archive");
  Store.create(root, { durable: false }).close();
  const responses = join(root, "responses");
  mkdirSync(responses, { recursive: true });
  const db = new Database(join(root, "dataio.sqlite"));
  const time = (row: number) =>
    `2026-01-05T10:${String(Math.floor(row / 60)).padStart(2, "0")}:${String(row % 60).padStart(2, "0")}.000000+00:00`;
  db.prepare("INSERT INTO sessions VALUES ('s', 'many', 'batch', ?, ?, NULL)").run(time(0), time(0));
  const request = db.prepare("INSERT INTO requests VALUES (?, 's', 'quote', 'GET', ?, NULL, ?, ?)");
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, 'ok', NULL, ?, NULL, ?, ?)");
  const checksums: string[] = [];
  db.transaction(() => {
    for (let row = 0; row < ROWS; row += 1) {
      const own = Buffer.from(JSON.stringify({ row, text: "x".repeat(3_000) }));
      const bytes = row === ROWS - 2 ? LARGE : own;
      const again = row > 0 && row % 50 === 0;
      const checksum = again ? (checksums[row - 1] ?? "") : sha256Hex(bytes);
      checksums.push(checksum);
      const params = JSON.stringify({ url: `https://example.com/${row}`, note: "n".repeat(300) });
      request.run(`q${row}`, params, sha256Hex(Buffer.from(params)), time(row));
      response.run(`r${row}`, `q${row}`, checksum, time(row), bytes.length);
      if (again) continue;
      writeFileSync(join(responses, `${checksum}.bin`), row === 31 ? "damaged" : bytes);
      if (row % 3 === 0) writeFileSync(join(responses, `${checksum}.meta.json`), `{"status":${row}}`);
    }
  })();
  db.close();
  rmSync(join(responses, `${checksums[30]}.bin`));
  return { root, checksums };
}

const lost = (checksums: readonly string[]) => [checksums[30] ?? "", checksums[31] ?? ""];

describe("exporting many rows", () => {
  it("writes what their files hold, once each, in order, and lists what it could not", async () => {
    const { root, checksums } = manyRows();
    const parent = temporaryFolder();
    const out = join(parent, "out");
    const names: (string | null)[] = [];
    const report = await exportArchive(root, {
      scope,
      target: { type: "folder", path: out, template: "{kind}/{status}.{ext}" },
      onItem: ({ name }) => void names.push(name),
    });
    const duplicates = ROWS / 50 - 1;
    expect(report).toMatchObject({ exported: ROWS - 2 - duplicates, duplicates, problemCount: 2 });
    expect(report.problems.map(({ code, checksum }) => [checksum, code]).sort()).toEqual(
      [
        [checksums[30], "PAYLOAD_MISSING"],
        [checksums[31], "PAYLOAD_CORRUPT"],
      ].sort(),
    );
    const { files } = JSON.parse(readFileSync(join(out, "MANIFEST.json"), "utf8")) as {
      files: { path: string | null; sha256: string; response: string; sidecar?: string }[];
    };
    // Newest first, as they were asked for.
    expect(files.map(({ response }) => response)).toEqual(
      checksums
        .map((_, row) => `r${row}`)
        .filter((id) => id !== "r30" && id !== "r31")
        .reverse(),
    );
    expect(names.filter((name) => name !== null)).toEqual(files.flatMap(({ path }) => path ?? []));
    // One name for all: numbers tell them apart, in their order.
    expect(files[0]?.path).toBe("quote/ok.json");
    expect(files[2]?.path).toBe("quote/ok (2).json");
    let sidecars = 0;
    for (const { path, sha256, response, sidecar } of files) {
      if (path === null) continue;
      const row = Number(response.slice(1));
      expect(sha256).toBe(checksums[row]);
      expect(sha256Hex(readFileSync(join(out, path)))).toBe(sha256);
      // Of equal bytes the newer row comes first; the sidecar is that of the bytes.
      const owner = row > 0 && row % 50 === 0 ? row - 1 : row;
      expect(sidecar !== undefined).toBe(owner % 3 === 0);
      if (sidecar === undefined) continue;
      sidecars += 1;
      expect(readFileSync(join(out, sidecar), "utf8")).toBe(`{"status":${owner}}`);
    }
    expect(sidecars).toBeGreaterThan(200);
    if (has("sha256sum")) {
      execFileSync("sha256sum", ["--check", "--quiet", "--strict", "SHA256SUMS"], { cwd: out });
    }
    expect(readdirSync(parent)).toEqual(["out"]);
  });

  it.each(["store", "deflate"] as const)("writes the same into a zip: %s", async (compression) => {
    const { root, checksums } = manyRows();
    const parent = temporaryFolder();
    const path = join(parent, "out.zip");
    const report = await exportArchive(root, { scope, target: { type: "zip", path, compression, template: "{id}" } });
    expect(report.problemCount).toBe(2);
    expect(readdirSync(parent)).toEqual(["out.zip"]);
    if (!has("unzip")) return;
    expect(execFileSync("unzip", ["-tq", path], { encoding: "utf8" })).toContain("No errors detected");
    execFileSync("unzip", ["-q", path, "-d", join(parent, "unpacked")]);
    const unpacked = readdirSync(join(parent, "unpacked")).filter((name) => /^r\d+$/.test(name));
    expect(unpacked.length).toBe(new Set(checksums).size - lost(checksums).length);
    for (const name of unpacked) {
      expect(sha256Hex(readFileSync(join(parent, "unpacked", name)))).toBe(checksums[Number(name.slice(1))]);
    }
    if (has("zipinfo")) {
      const method = compression === "store" ? "stor" : "defN";
      expect(execFileSync("zipinfo", [path, "r7"], { encoding: "utf8" })).toContain(method);
    }
  });

  const TARGETS: readonly ExportTarget["type"][] = ["folder", "zip", "har", "warc", "ndjson", "csv", "archive"];

  it("leaves nothing of what is cancelled in the middle", async () => {
    const { root } = manyRows();
    for (const type of TARGETS) {
      const parent = temporaryFolder();
      const cancelled = new AbortController();
      let items = 0;
      const onItem = () => {
        items += 1;
        if (items === 450) cancelled.abort();
      };
      const target = { type, path: join(parent, "out") } as ExportTarget;
      const exporting = exportArchive(root, { scope, target, signal: cancelled.signal, onItem });
      await expect(exporting, type).rejects.toMatchObject({ code: "CANCELLED" });
      expect(readdirSync(parent), type).toEqual([]);
    }
  });

  it.runIf(mounts).each(TARGETS)("leaves nothing where the disk is full, and what was there: %s", async (type) => {
    const { root } = manyRows();
    // Full only behind the first rows, which go another way.
    const disk = smallDisk(type === "folder" ? "3m" : type === "zip" ? "1536k" : "256k");
    const target = { type, path: join(disk, "out"), compression: "store" } as ExportTarget;
    await expect(exportArchive(root, { scope, target })).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(readdirSync(disk)).toEqual([]);
    if (type === "archive") return;
    const mine = type === "folder" ? join(disk, "out", "mine") : target.path;
    if (type === "folder") mkdirSync(target.path);
    writeFileSync(mine, "mine");
    const replacing = { ...target, existing: "replace" } as ExportTarget;
    await expect(exportArchive(root, { scope, target: replacing })).rejects.toMatchObject({ code: "NO_SPACE" });
    expect(readFileSync(mine, "utf8")).toBe("mine");
    expect(readdirSync(disk)).toEqual(["out"]);
    if (type === "folder") expect(readdirSync(target.path)).toEqual(["mine"]);
  });

  it("never touches a file that is there, and replaces one only where that was asked for", async () => {
    const { root } = manyRows();
    for (const type of TARGETS) {
      if (type === "folder" || type === "archive") continue;
      const path = join(temporaryFolder(), "out");
      writeFileSync(path, "mine");
      const target = { type, path } as ExportTarget;
      await expect(exportArchive(root, { scope, target }), type).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
      expect(readFileSync(path, "utf8"), type).toBe("mine");
      await exportArchive(root, { scope, target: { ...target, existing: "replace" } });
      expect(readFileSync(path).length, type).toBeGreaterThan(1_000);
    }
  });
});
