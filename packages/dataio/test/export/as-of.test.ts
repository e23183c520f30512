/** Exports as of a moment: what a cache would have answered with then, in the library and in the command. */
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { type ExportScope, exportArchive, measureExport, Replay, Store } from "../../src/index.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { runHere } from "../cli/in-process.ts";

const time = (hour: number) => `2026-01-05T${String(hour).padStart(2, "0")}:00:00.000000+00:00`;

/** Two requests of one session, one of another; the first was answered three times, once badly, and a request never was. */
function repeated(): string {
  const root = join(temporaryFolder(), "archive");
  Store.create(root, { durable: false }).close();
  const db = new Database(join(root, "dataio.sqlite"));
  const session = db.prepare("INSERT INTO sessions VALUES (?, 'web', 'batch', ?, ?, NULL)");
  session.run("s1", time(1), time(1));
  session.run("s2", time(1), time(1));
  const request = db.prepare("INSERT INTO requests VALUES (?, ?, ?, 'GET', ?, NULL, ?, ?)");
  request.run("q1", "s1", "quote", '{"n":1}', "a".repeat(64), time(1));
  request.run("q2", "s2", "quote", '{"n":2}', "b".repeat(64), time(2));
  request.run("q3", "s1", "never", '{"n":3}', "c".repeat(64), time(1));
  const response = db.prepare("INSERT INTO responses VALUES (?, ?, ?, NULL, ?, NULL, ?, 1)");
  response.run("first", "q1", "ok", "1".repeat(64), time(2));
  response.run("other", "q2", "ok", "2".repeat(64), time(3));
  response.run("second", "q1", "ok", "3".repeat(64), time(4));
  response.run("bad", "q1", "error", "4".repeat(64), time(5));
  db.close();
  return root;
}

async function exportedAs(root: string, scope: ExportScope): Promise<string[]> {
  const path = join(temporaryFolder(), "rows.ndjson");
  await exportArchive(root, { scope, target: { type: "ndjson", path } });
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).id);
}

const indexes = () => readdirSync(tmpdir()).filter((name) => name.startsWith("dataio-index-"));

it("exports what was there at a moment, and not what was replaced by then", async () => {
  const root = repeated();
  const before = indexes();
  const asOf = (hour: number, more = {}) => exportedAs(root, { type: "filter", filter: [], asOf: time(hour), ...more });
  expect(await asOf(1)).toEqual([]);
  expect(await asOf(2)).toEqual(["first"]);
  expect(await asOf(3)).toEqual(["other", "first"]);
  expect(await asOf(4)).toEqual(["second", "other"]);
  // A bad answer replaces no good one.
  expect(await asOf(9)).toEqual(["bad", "second", "other"]);
  expect(await asOf(9, { limit: 2 })).toEqual(["bad", "second"]);
  expect(await asOf(9, { sessionId: "s2" })).toEqual(["other"]);
  expect(await exportedAs(root, { type: "filter", filter: [] })).toEqual(["bad", "second", "other", "first"]);
  expect(await measureExport(root, { type: "filter", filter: [], asOf: time(3) })).toMatchObject({ rows: 2 });
  await expect(asOf(9, { asOf: "soon" })).rejects.toMatchObject({ code: "TIMESTAMP_INVALID" });
  expect(indexes()).toEqual(before);
});

it("agrees with what would have been replayed from an archive that Python wrote", async () => {
  const root = referenceArchive("small");
  const all = await exportedAs(root, { type: "archive" });
  using replay = new Replay(root);
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  const times = db.prepare("SELECT created_at FROM responses ORDER BY created_at").pluck().all() as string[];
  const hashes = db
    .prepare(
      "SELECT DISTINCT q.hash, s.source FROM requests q JOIN sessions s ON s.id = q.session_id WHERE q.hash <> ''",
    )
    .all() as { hash: string; source: string }[];
  db.close();
  for (const moment of [times[Math.floor(times.length / 3)], times.at(-1)]) {
    const exported = await exportedAs(root, { type: "filter", filter: [], asOf: moment ?? "" });
    const served = hashes.flatMap(({ hash, source }) => replay.asOf(moment ?? "").response(hash, source)?.id ?? []);
    expect(served.length).toBeGreaterThan(0);
    expect(exported).toEqual(expect.arrayContaining(served));
    expect(exported.every((id) => all.includes(id))).toBe(true);
  }
});

it("does so on the command line, with the same filters", async () => {
  const root = repeated();
  const run = async (...args: string[]) => {
    const to = join(temporaryFolder(), "rows.ndjson");
    const { code, stderr } = await runHere(["export", "-a", root, "--to", to, ...args]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const lines = readFileSync(to, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line).id);
  };
  expect(await run("--all", "--as-of", time(3))).toEqual(["other", "first"]);
  expect(await run("--session", "s1", "--as-of", time(9))).toEqual(["bad", "second"]);
  expect(await run("--session", "s1", "--status", "ok", "--as-of", time(9))).toEqual(["second"]);
  expect(await run("--since", time(3), "--until", time(4), "--as-of", time(9))).toEqual(["other"]);
  expect(await run("--kind", "quote", "--as-of", time(9), "--limit", "1")).toEqual(["bad"]);
  const wrong = await runHere(["export", "first", "-a", root, "--to", temporaryFolder(), "--as-of", "2026-01-05"]);
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("--as-of is for a selection");
});
