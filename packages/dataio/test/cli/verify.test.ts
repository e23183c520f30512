import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { VerifyReport } from "../../src/verify/report.ts";
import { fixtureJson, folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { dataio } from "./command.ts";
import { runHere } from "./in-process.ts";

/** Keys of EXPECTED.json that are no counts: lists, and the database file itself. */
const NOT_COUNTED = ["session_rows", "missing_list", "corrupt_list", "sidecar_invalid_list", "db_bytes", "db_sha256"];

describe.each(["small", "edge"] as const)("dataio verify --json on the %s archive", (name) => {
  it("has the counts that are expected, the rows and files of each finding, and nothing changed", async () => {
    const archive = referenceArchive(name);
    const before = folderFingerprint(archive);
    const { code, stdout, stderr } = await dataio(["verify", "-a", archive, "--json"]);
    expect(folderFingerprint(archive)).toEqual(before);
    expect([code, stderr]).toEqual([name === "small" ? 0 : 4, ""]);
    const report: VerifyReport = JSON.parse(stdout);
    const expected = fixtureJson<Record<string, Record<string, unknown>>>("EXPECTED.json")[name] ?? {};
    const known = Object.entries(expected).filter(([key]) => !NOT_COUNTED.includes(key));
    const counts: Record<string, unknown> = Object.assign({}, ...Object.values(report.counts));
    const camelCase = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    expect(known.length).toBeGreaterThan(30);
    expect(Object.fromEntries(known.map(([key]) => [key, counts[camelCase(key)]]))).toEqual(Object.fromEntries(known));
    for (const [code_, list] of [
      ["payload_missing", expected.missing_list],
      ["payload_corrupt", expected.corrupt_list],
      ["sidecar_invalid", expected.sidecar_invalid_list],
    ] as const) {
      const found = report.findings.filter((finding) => finding.code === code_);
      expect(found.map(({ details }) => details.checksum).sort()).toEqual(list);
      for (const { rows, files, details } of found) {
        expect(rows[0]).toMatchObject({ table: "responses", id: expect.any(String) });
        expect(files[0]).toContain(details.checksum);
      }
    }
    for (const finding of report.findings) expect(finding.rows.length + finding.files.length).toBeGreaterThan(0);
  });
});

describe("dataio verify", () => {
  it("says what is wrong, to people and to programs, ends with code 4, and changes nothing", async () => {
    const archive = referenceArchive("edge");
    const before = folderFingerprint(archive);
    const [text, json] = await Promise.all([
      dataio(["verify", "-a", archive]),
      dataio(["verify", "-a", archive, "--json"]),
    ]);
    expect([text.code, json.code]).toEqual([4, 4]);
    expect(text.stderr + json.stderr).toBe("");
    const report = JSON.parse(json.stdout);
    expect(report).toMatchObject({ version: 1, intact: false, codes: { payload_missing: 1, payload_corrupt: 2 } });
    expect(text.stdout).toMatch(/^STEP +STATE +MS$/m);
    expect(text.stdout).toMatch(/^payloads +done/m);
    expect(text.stdout).toMatch(/^error +payload_missing +responses 23235aed-\S+ +Payload ce43efcc/m);
    expect(text.stdout).toContain(`NOT INTACT: ${report.severities.error} errors`);
    expect(text.stdout).toMatch(/^Looked at 7 sessions, 69 requests, 85 responses, 79 payloads, \d+ bytes hashed$/m);
    expect(folderFingerprint(archive)).toEqual(before);
  });

  it("looks at a part, in the steps that were asked for", async () => {
    const archive = referenceArchive("small");
    const part = await runHere(["verify", "-a", archive, "--json", "--source", "ibkr", "--step", "payloads", "rows"]);
    expect(part.code).toBe(0);
    const report = JSON.parse(part.stdout);
    expect(report).toMatchObject({ intact: true, scope: { steps: ["payloads", "rows"], sources: ["ibkr"] } });
    expect(report.counts).toMatchObject({ rows: { responses: 7 }, sidecars: null });
    const one = await runHere(["verify", "-a", archive, "--session", "9ef3", "--payload", "9817c9ff", "--json"]);
    expect(JSON.parse(one.stdout).counts.rows).toMatchObject({ sessions: 1, responses: 1 });
    const [step, source] = [
      await runHere(["verify", "-a", archive, "--step", "payload"]),
      await runHere(["verify", "-a", archive, "--source", "nobody"]),
    ];
    expect([step.code, source.code]).toEqual([2, 3]);
    expect(step.stderr).toContain("Allowed choices are schema, integrity");
  });

  it("lists only so many findings of one kind, and says how many there are", async () => {
    const archive = referenceArchive("edge");
    const { stdout } = await runHere(["verify", "-a", archive, "--step", "sidecars", "--max-findings", "1"]);
    expect(stdout.match(/sidecar_invalid {2,}/g)).toHaveLength(1);
    expect(stdout).toContain("3 more of sidecar_invalid are not listed; see --max-findings");
  });

  it("reports a database that cannot be read at all", async () => {
    const archive = referenceArchive("small");
    writeFileSync(join(archive, "dataio.sqlite"), "this was a database once");
    const { code, stdout } = await runHere(["verify", "-a", archive]);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^error +database_unreadable/m);
    expect(stdout.match(/is not an SQLite database/g)).toHaveLength(1);
    const listed = await runHere(["responses", "-a", archive]);
    expect(listed).toMatchObject({ code: 4, stdout: "" });
    expect(listed.stderr).toMatch(/^dataio: .* is not an SQLite database\.\n$/);
  });
});

describe("dataio repair", () => {
  it("restores payloads from an archive, a folder or a file, and says first what it would do", async () => {
    const archive = referenceArchive("small");
    const backup = referenceArchive("small");
    const checksum = "492d5ea496056f1a6a6592241032fab764c321596317930b4fa0e1e8bc3b7470";
    const payload = join(archive, "responses", `${checksum}.bin`);
    const good = join(backup, "responses", `${checksum}.bin`);
    const folder = temporaryFolder();
    copyFileSync(good, join(folder, "somewhere"));
    const before = folderFingerprint(archive);
    rmSync(payload);
    const planned = await dataio(["repair", "-a", archive, "--from", backup, "--dry-run"]);
    expect(planned.code).toBe(0);
    expect(planned.stdout).toMatch(new RegExp(`^planned +missing payload ${checksum} +from ${good}$`, "m"));
    for (const source of [backup, folder, join(folder, "somewhere")]) {
      writeFileSync(payload, "damaged");
      const done = await runHere(["repair", "-a", archive, "--from", source, "--json"]);
      expect(JSON.parse(done.stdout)).toMatchObject({ complete: true, payloads: [{ checksum, outcome: "done" }] });
      expect(done.code).toBe(0);
      expect(readFileSync(payload)).toEqual(readFileSync(good));
    }
    expect(Object.keys(folderFingerprint(archive))).toEqual(Object.keys(before));
    rmSync(payload);
    const left = await runHere(["repair", "-a", archive, "--from", temporaryFolder()]);
    expect(left.code).toBe(4);
    expect(left.stdout).toMatch(/^left +missing payload/m);
  });

  it("ends sessions, and asks what is to be repaired when nobody says", async () => {
    const archive = referenceArchive("small");
    const asked = await runHere(["repair", "-a", archive, "--close-session", "d5292293"]);
    expect(asked.stdout).toMatch(/^done +session d5292293-8adb-4b4d-8a50-92f6a51ada79 +ended at 2025-10-25T06:00:0/m);
    const again = await runHere(["repair", "-a", archive, "--close-idle", "1d", "--remove-temporary", "1d"]);
    expect(again).toMatchObject({ code: 0, stdout: "There is nothing to repair.\n" });
    expect((await runHere(["repair", "-a", archive])).code).toBe(2);
    expect((await runHere(["repair", "-a", archive, "--from", "/nonexistent"])).code).toBe(3);
  });
});
