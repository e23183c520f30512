import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { isWindows, NO_SIGNALS } from "../platform.ts";
import { dataio, ended, linesOf, rowsOf, startDataio } from "./command.ts";
import { runHere } from "./in-process.ts";

interface Row {
  readonly id: string;
  readonly createdAt: string;
  readonly kind: string | null;
  readonly source: string | null;
  readonly orphan: boolean;
}

/** Old responses without a request row, as reruns of Python pipelines leave them. */
function addOrphans(archive: string, count: number): void {
  const db = new Database(join(archive, "dataio.sqlite"));
  db.pragma("foreign_keys = OFF");
  const insert = db.prepare("INSERT INTO responses VALUES (?, 'nowhere', 'ok', NULL, NULL, NULL, ?, 1)");
  db.transaction(() => {
    for (let n = 0; n < count; n += 1) insert.run(`extra-${n}`, "2020-01-01T00:00:00+00:00");
  })();
  db.close();
}

describe("dataio responses", () => {
  it("prints the same rows as a table, as one array and as lines of JSON, and changes nothing", async () => {
    const archive = referenceArchive("small");
    const before = folderFingerprint(archive);
    const [table, array, lines] = await Promise.all([
      dataio(["responses", "--archive", archive, "--limit", "3"]),
      dataio(["responses", "--json"], { cwd: archive }),
      dataio(["responses", "--ndjson"], { env: { DATAIO_ARCHIVE: archive } }),
    ]);
    expect([table.code, array.code, lines.code]).toEqual([0, 0, 0]);
    expect(table.stderr + array.stderr + lines.stderr).toBe("");
    const rows = rowsOf<Row>(lines);
    expect(rows).toHaveLength(65);
    expect(JSON.parse(array.stdout)).toEqual(rows);
    expect(rows.filter((row) => row.orphan)).toHaveLength(7);
    const [header, ...shown] = linesOf(table.stdout);
    expect(header).toMatch(/^CREATED +ID +SOURCE +METHOD +STATUS +BYTES +KIND$/);
    expect(shown.map((line) => line.slice(22, 58))).toEqual(rows.slice(0, 3).map((row) => row.id));
    // No colours where no terminal is.
    expect(table.stdout).not.toContain("\u001b");
    expect(folderFingerprint(archive)).toEqual(before);
  });

  it("takes filters, several of a kind, and a span of time", async () => {
    const archive = referenceArchive("small");
    const [kinds, day, none] = await Promise.all([
      runHere(["responses", "-a", archive, "--ndjson", "--kind", "asset", "--kind", "search", "--source", "justetf"]),
      runHere(["responses", "-a", archive, "--ndjson", "--since", "2025-10-22", "--until", "2025-10-23"]),
      runHere(["responses", "-a", archive, "--json", "--status", "nack"]),
    ]);
    const found = rowsOf<Row>(kinds);
    expect(new Set(found.map((row) => row.kind))).toEqual(new Set(["asset", "search"]));
    expect(new Set(found.map((row) => row.source))).toEqual(new Set(["justetf"]));
    const times = rowsOf<Row>(day).map((row) => row.createdAt);
    expect(times.length).toBeGreaterThan(0);
    expect(times.every((time) => time.startsWith("2025-10-22"))).toBe(true);
    expect(JSON.parse(none.stdout)).toEqual([]);
    expect(none.code).toBe(0);
    expect(none.stdout).toBe("[]\n");
  });

  it("says on standard error that a table is cut, where nobody asked for that", async () => {
    const archive = referenceArchive("small");
    addOrphans(archive, 60);
    const [cut, all] = await Promise.all([
      runHere(["responses", "-a", archive]),
      runHere(["responses", "-a", archive, "--limit", "all"]),
    ]);
    expect(linesOf(cut.stdout)).toHaveLength(101);
    expect(cut.stderr).toBe("dataio: these are the first 100, there are more; see --limit\n");
    expect(linesOf(all.stdout)).toHaveLength(126);
    expect(all.stderr).toBe("");
  });

  it("shows what an archive holds to the terminal as text, and to a program as it is", async () => {
    const hostile = "a\u001b]0;owned\u0007\u202egnp\u2028\n\u009b31m";
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"));
    db.prepare("UPDATE requests SET kind = ?").run(hostile);
    db.close();
    const [table, lines, shown] = await Promise.all([
      runHere(["requests", "-a", archive, "--limit", "1"]),
      runHere(["requests", "-a", archive, "--limit", "1", "--ndjson"]),
      runHere(["show", "-a", archive, "89615df2"]),
    ]);
    for (const { stdout } of [table, shown]) {
      expect(stdout).toContain("a\\u001b]0;owned\\u0007\\u202egnp\\u2028\\n\\u009b31m");
      expect(stdout.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e\u2028]/u);
    }
    expect(rowsOf<Row>(lines)[0]?.kind).toBe(hostile);
  });

  it("ends quietly when nobody reads any more", async () => {
    const archive = referenceArchive("small");
    addOrphans(archive, 5_000);
    const child = startDataio(["responses", "-a", archive, "--ndjson"]);
    child.stdout.once("data", () => child.stdout.destroy());
    const result = await ended(child);
    expect(result.code).toBe(0);
    expect(result.stderr).toBe("");
  });
});

describe("Ctrl-C", () => {
  it("ends a long list soon, with code 130", async ({ skip }) => {
    skip(isWindows, NO_SIGNALS);
    const archive = referenceArchive("small");
    addOrphans(archive, 30_000);
    const child = startDataio(["responses", "-a", archive, "--ndjson"]);
    child.stdout.once("data", () => child.kill("SIGINT"));
    const result = await ended(child);
    expect(result.code).toBe(130);
    expect(JSON.parse(result.stderr).error).toMatchObject({ code: "CANCELLED", message: "Interrupted." });
    const rows = rowsOf<Row>(result);
    expect(rows.length).toBeLessThan(30_000);
  });
});

describe("dataio requests and dataio sessions", () => {
  it("keep the text of numbers, and say what is no JSON", async () => {
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"));
    const set = db.prepare("UPDATE requests SET params_json = ? WHERE id = ?");
    set.run('{"n":12345678901234567890,"x":30.0}', "89615df2-0727-4e0c-bb32-22e81fe0dae8");
    set.run('{"n":NaN}', "027465f1-53df-4d3c-a58d-87f10580407e");
    db.close();
    const { stdout } = await runHere(["requests", "-a", archive, "--limit", "2", "--ndjson"]);
    const [first = "", second = ""] = linesOf(stdout);
    expect(first).toContain('"params":{"n":12345678901234567890,"x":30.0}');
    expect(JSON.parse(second)).toMatchObject({ params: null, paramsText: '{"n":NaN}' });
  });

  it("list sessions with their counts", async () => {
    const archive = referenceArchive("small");
    const { stdout } = await runHere(["sessions", "-a", archive, "--source", "databento", "--ndjson"]);
    const rows = linesOf(stdout).map((line) => JSON.parse(line));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({ source: "databento", requestCount: 2, responseCount: 2, inferredResponseCount: 5 });
  });
});

describe("bytes where a text should be", () => {
  it("are shown as SQL has them, and stop nothing", async () => {
    const archive = referenceArchive("small");
    const db = new Database(join(archive, "dataio.sqlite"));
    const [request] = rowsOf<{ id: string; latestResponseId: string }>(
      await runHere(["requests", "-a", archive, "--ndjson", "--limit", "1"]),
    );
    db.prepare("UPDATE requests SET kind = x'00ff', params_json = x'7b7d' WHERE id = ?").run(request?.id);
    db.prepare("UPDATE responses SET status = x'1b', created_at = x'00' WHERE id = ?").run(request?.latestResponseId);
    db.close();
    const [requests, responses, table, shown, exported] = [
      await runHere(["requests", "-a", archive, "--json"]),
      await runHere(["responses", "-a", archive, "--ndjson"]),
      await runHere(["responses", "-a", archive]),
      await runHere(["show", request?.id ?? "", "-a", archive]),
      await runHere(["export", "--all", "-a", archive, "--to", join(temporaryFolder(), "out")]),
    ];
    expect([requests, responses, table, shown, exported].map(({ code, stderr }) => `${code} ${stderr}`)).toEqual(
      Array.from({ length: 5 }, () => "0 "),
    );
    expect(JSON.parse(requests.stdout)).toContainEqual(
      expect.objectContaining({ id: request?.id, kind: "X'00FF'", params: null, paramsText: "X'7B7D'" }),
    );
    expect(rowsOf<Row>(responses)).toContainEqual(expect.objectContaining({ status: "X'1B'", createdAt: "X'00'" }));
    expect(table.stdout).toMatch(/ X'1B' /);
  });
});

describe("reading commands", () => {
  it.each(["small", "edge"] as const)("change no byte of the %s archive", async (name) => {
    const archive = referenceArchive(name);
    const before = folderFingerprint(archive);
    const [row] = rowsOf<Row & { requestId: string }>(
      await runHere(["responses", "-a", archive, "--ndjson", "--method", "GET"]),
    );
    const id = row?.id ?? "";
    const requests = rowsOf<Row>(await runHere(["requests", "-a", archive, "--ndjson"]));
    const request = requests[0]?.id ?? "";
    for (const args of [
      ["sessions"],
      ["requests", "--status", "ok"],
      ["responses", "--json", "--since", "2025-10-22"],
      ["show", id],
      ["show", request],
      ["cat", id],
      ["replay", request],
      ["replay", request, "--as-of", "2030-01-01"],
      ["verify", "--full"],
      ["export", "--all", "--to", join(temporaryFolder(), "out")],
      ["repair", "--from", archive, "--close-idle", "1s", "--remove-temporary", "1s", "--dry-run"],
      ["__complete", "responses", "--source", ""],
    ]) {
      const { code } = await runHere(args, { cwd: archive });
      expect([0, 3, 4], args.join(" ")).toContain(code);
      expect(folderFingerprint(archive), args.join(" ")).toEqual(before);
    }
  });
});

describe("which archive", () => {
  it("is said by the option, the environment, the configuration, or the folder, in this order", async () => {
    const archive = referenceArchive("small");
    const home = temporaryFolder();
    const config = join(home, "mxm-dataio");
    mkdirSync(config);
    writeFileSync(join(config, "default.yaml"), `paths:\n  data_root: ${archive}\n`);
    const elsewhere = { DATAIO_ARCHIVE: join(home, "nothing") };
    const [option, early, env, file, none] = await Promise.all([
      runHere(["sessions", "--archive", archive], { env: elsewhere }),
      runHere(["--archive", archive, "sessions"], { env: elsewhere }),
      runHere(["sessions"], { env: { ...elsewhere, MXM_CONFIG_HOME: home } }),
      runHere(["sessions"], { env: { MXM_CONFIG_HOME: home } }),
      runHere(["sessions"], { cwd: home }),
    ]);
    expect([option.code, early.code, file.code]).toEqual([0, 0, 0]);
    expect(env.code).toBe(3);
    expect(env.stderr).toMatch(/^dataio: There is no folder .*nothing\.\n$/);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/^dataio: no archive: name one with --archive .*\$DATAIO_ARCHIVE.*\n$/);
  });

  it("is none where the name is empty, as a variable is that was never set", async () => {
    const archive = referenceArchive("small");
    const here = { cwd: temporaryFolder(), env: { DATAIO_ARCHIVE: archive } };
    for (const args of [
      ["sessions", "--archive", ""],
      ["repair", "-a", "", "--close-idle", "1d"],
      ["repair", "--from", ""],
      ["init", ""],
      ["sample", ""],
      ["export", "--all", "--to", ""],
    ]) {
      const { code, stderr } = await runHere(args, here);
      expect(`${code} ${stderr}`, args.join(" ")).toMatch(/^2 dataio: .* is empty\n$/);
    }
    expect(readdirSync(here.cwd)).toEqual([]);
  });
});

describe("errors", () => {
  it("are one line, JSON for who asked for JSON, with a code that stays", async () => {
    const archive = referenceArchive("small");
    const [option, command, json, moment, nothing] = await Promise.all([
      runHere(["responses", "--nonsense"]),
      runHere(["respones"]),
      runHere(["show", "--json", "zzz", "-a", archive]),
      runHere(["responses", "-a", archive, "--since", "yesterday"]),
      runHere([]),
    ]);
    expect([option.code, command.code, json.code, moment.code, nothing.code]).toEqual([2, 2, 3, 2, 2]);
    expect(option.stderr).toBe("dataio: unknown option '--nonsense'; see dataio --help\n");
    expect(command.stderr).toBe("dataio: unknown command 'respones' (Did you mean responses?); see dataio --help\n");
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "NOT_FOUND" } });
    expect(moment.stderr).toMatch(/^dataio: "yesterday" is no moment; .*\n$/);
    expect(nothing.stdout).toBe("");
    expect(nothing.stderr).toContain("Usage: dataio");
  });
});
