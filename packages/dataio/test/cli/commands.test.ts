import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/identity.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { dataio, ended, linesOf, rowsOf, startDataio } from "./command.ts";
import { runHere } from "./in-process.ts";

interface Exported {
  readonly file: string | null;
  readonly checksum: string;
  readonly error: { readonly code: string } | null;
}

describe("dataio init and dataio sample", () => {
  it("make archives in new folders only", async () => {
    const folder = temporaryFolder();
    const made = await dataio(["init", "fresh"], { cwd: folder });
    expect(made).toMatchObject({ code: 0, stdout: `Made an archive in ${join(folder, "fresh")}\n`, stderr: "" });
    const [again, sample, empty] = await Promise.all([
      dataio(["init", "fresh"], { cwd: folder }),
      dataio(["sample", "sample", "--json"], { cwd: folder }),
      dataio(["responses", "--json"], { cwd: join(folder, "fresh") }),
    ]);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^dataio: .* is not empty; .*\n$/);
    expect(JSON.parse(empty.stdout)).toEqual([]);
    expect(JSON.parse(sample.stdout)).toEqual({ root: join(folder, "sample") });
    const sessions = await dataio(["sessions", "--ndjson"], { cwd: join(folder, "sample") });
    expect(linesOf(sessions.stdout)).toHaveLength(6);
    // An archive in a folder that has none of its own: where the environment says.
    const elsewhere = await dataio(["init"], { env: { DATAIO_ARCHIVE: join(folder, "elsewhere") } });
    expect(elsewhere.code).toBe(0);
    // The option counts here as it does for every other command.
    const option = await runHere(["-a", "there", "init"], {
      cwd: folder,
      env: { DATAIO_ARCHIVE: join(folder, "env") },
    });
    expect(option).toMatchObject({ code: 0, stdout: `Made an archive in ${join(folder, "there")}\n` });
    expect((await runHere(["-a", "one", "init", "two"], { cwd: folder })).code).toBe(2);
    expect(existsSync(join(folder, "env"))).toBe(false);
  });
});

describe("dataio export", () => {
  it("copies a selection, each payload once and verified, and replaces nothing unless told to", async () => {
    const archive = referenceArchive("small");
    const to = join(temporaryFolder(), "out");
    const ask = ["export", "-a", archive, "--source", "justetf", "--kind", "search", "--to", to, "--ndjson"];
    const name = ["--name", "{kind}-{id}.{ext}", "--no-sidecars"];
    const names = rowsOf<Exported>(await runHere([...ask, ...name, "--preview"])).map(({ file }) => file);
    const first = await runHere([...ask, ...name]);
    expect(first.code).toBe(0);
    const written = rowsOf<Exported>(first).filter(({ file }) => file !== null);
    expect(written.length).toBeGreaterThan(3);
    expect(names).toEqual(expect.arrayContaining(written.map(({ file }) => file)));
    const files = ["MANIFEST.json", "SHA256SUMS", ...written.map(({ file }) => file ?? "")];
    expect(readdirSync(to).sort()).toEqual(files.sort());
    for (const { file, checksum } of written) expect(sha256Hex(readFileSync(join(to, file ?? "")))).toBe(checksum);
    const victim = join(to, written[0]?.file ?? "");
    writeFileSync(victim, "mine");
    const [again, nothing] = await Promise.all([
      runHere([...ask, ...name]),
      runHere(["export", "-a", archive, "--to", to, "--json"]),
    ]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(again.stderr).error.code).toBe("ALREADY_EXISTS");
    expect(readFileSync(victim, "utf8")).toBe("mine");
    expect(nothing.code).toBe(2);
    expect(nothing.stdout).toBe("");
    const forced = await runHere([...ask, ...name, "--overwrite"]);
    expect(forced.code).toBe(0);
    expect(sha256Hex(readFileSync(victim))).toBe(written[0]?.checksum);
  });

  it("goes on where one is damaged, and ends with the number of problems", async () => {
    const archive = referenceArchive("edge");
    const to = join(temporaryFolder(), "all");
    const all = await runHere(["export", "--all", "-a", archive, "--to", to, "--ndjson"]);
    expect(all.code).toBe(4);
    const rows = rowsOf<Exported>(all);
    const codes = new Set(rows.map(({ error }) => error?.code));
    expect(codes).toEqual(new Set([undefined, "PAYLOAD_CORRUPT", "PAYLOAD_MISSING", "CHECKSUM_INVALID", "NOT_FOUND"]));
    expect(all.stderr).toContain(`done with ${rows.filter(({ error }) => error !== null).length} problems`);
    const table = await runHere(["export", "--all", "-a", archive, "--to", `${to}.csv`]);
    expect(table.code).toBe(0);
    expect(readFileSync(`${to}.csv`, "utf8").trimEnd().split("\r\n").length).toBeGreaterThan(rows.length);
  });

  it("goes on when nobody reads its list any more", async () => {
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"));
    // Rows whose list is longer than what a pipe holds.
    db.prepare("UPDATE responses SET id = id || '-' || hex(zeroblob(8000))").run();
    db.close();
    const to = join(temporaryFolder(), "out");
    const child = startDataio(["export", "--all", "-a", archive, "--to", to, "--ndjson", "--name={checksum}.{ext}"]);
    child.stdout.once("data", () => child.stdout.destroy());
    const result = await ended(child);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(to).filter((name) => !/MANIFEST|SHA256SUMS|\.meta\.json$/.test(name))).toHaveLength(63);
  });

  it("says of which response a payload is: of the one that was meant, not of another one with the same bytes", async () => {
    const archive = referenceArchive("edge");
    const listed = await runHere(["responses", "-a", archive, "--ndjson", "--kind", "dup"]);
    for (const { id, checksum } of rowsOf<{ id: string; checksum: string }>(listed)) {
      const { stdout } = await runHere(["export", id, "-a", archive, "--to", temporaryFolder(), "--ndjson"]);
      expect(JSON.parse(stdout)).toMatchObject({ id, checksum });
    }
  });

  it("says once what keeps all of it from being written, and refuses options that do not fit together", async () => {
    const archive = referenceArchive("small");
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "mine");
    const blocked = await runHere(["export", "--all", "-a", archive, "--to", file, "--json"]);
    expect(blocked).toMatchObject({ code: 1, stdout: "" });
    expect(JSON.parse(blocked.stderr).error.message).toContain(`Cannot export to ${file}`);
    expect(readFileSync(file, "utf8")).toBe("mine");
    const to = ["-a", archive, "--to", join(temporaryFolder(), "out")];
    for (const args of [
      ["9817c9ff", "--all"],
      ["9817c9ff", "--kind", "x"],
      ["--all", "--kind", "x"],
      ["9817c9ff", "--limit", "1"],
      ["--all", "--name", "{nope}"],
    ]) {
      expect((await runHere(["export", ...args, ...to])).code, args.join(" ")).toBe(2);
    }
  });
});

describe("dataio replay", () => {
  it("lists what a request was answered over time, and what it would have been answered at a moment", async () => {
    const archive = join(temporaryFolder(), "sample");
    await runHere(["sample", archive]);
    const requests = await runHere(["requests", "-a", archive, "--kind", "quote", "--ndjson"]);
    const twice = rowsOf<{ id: string; responseCount: number; hash: string }>(requests).find(
      (row) => row.responseCount === 2,
    );
    const listed = await runHere(["replay", twice?.hash ?? "", "-a", archive, "--ndjson"]);
    const [first, second] = rowsOf<{ id: string; createdAt: string }>(listed);
    const at = (moment: string) => runHere(["replay", twice?.id ?? "", "-a", archive, "--ndjson", "--as-of", moment]);
    const [before, between, after] = await Promise.all([
      at("2020-01-01"),
      at(first?.createdAt ?? ""),
      at(second?.createdAt ?? ""),
    ]);
    expect([before.code, between.code, after.code]).toEqual([3, 0, 0]);
    expect(JSON.parse(between.stdout).id).toBe(first?.id);
    expect(JSON.parse(after.stdout).id).toBe(second?.id);
  });
});

describe("dataio config", () => {
  it("prints each value with where it comes from, and where the files are", async () => {
    const home = temporaryFolder();
    mkdirSync(join(home, "mxm-dataio"));
    const file = join(home, "mxm-dataio", "default.yaml");
    writeFileSync(file, "paths:\n  data_root: /data\n  db_path: $" + "{paths.data_root}/x.sqlite\n");
    const env = { MXM_CONFIG_HOME: home };
    const [table, json, path] = await Promise.all([
      runHere(["config"], { env }),
      runHere(["config", "--json"], { env }),
      runHere(["config", "path"], { env }),
    ]);
    expect(table.stdout).toMatch(new RegExp(`paths\\.db_path +/data/x\\.sqlite +${file}\n`));
    expect(JSON.parse(json.stdout).entries).toContainEqual({
      key: "paths.db_path",
      value: "/data/x.sqlite",
      layer: "default",
      file,
    });
    expect(linesOf(path.stdout)[0]).toBe(`${file}  found`);
  });
});
