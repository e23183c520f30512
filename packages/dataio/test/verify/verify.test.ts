import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import {
  AdapterResult,
  DataIoSession,
  type Fetcher,
  type FindingCode,
  type Sender,
  Store,
  sha256Hex,
  VERIFY_STEPS,
  type VerifyReport,
  verify,
} from "../../src/index.ts";
import { fixtureJson, folderFingerprint, referenceArchive, temporaryFolder } from "../archives.ts";
import { modesHold } from "../platform.ts";

const EXPECTED = fixtureJson<Record<"small" | "edge", Record<string, unknown>>>("EXPECTED.json");
const CASES = fixtureJson<{ cases: { name: string; request_id?: string; response_id?: string; checksum?: string }[] }>(
  "edge-cases.json",
).cases;

/** Keys of EXPECTED.json that a report does not count: lists of sessions, and the database file itself. */
const NOT_COUNTED = ["session_rows", "missing_list", "corrupt_list", "sidecar_invalid_list", "db_bytes", "db_sha256"];
const camelCase = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

function countsOf(report: VerifyReport): Record<string, unknown> {
  return Object.assign({}, ...Object.values(report.counts));
}
function found(report: VerifyReport, code: FindingCode) {
  return report.findings.filter((finding) => finding.code === code);
}
const named = (report: VerifyReport, code: FindingCode) =>
  found(report, code).flatMap((finding) => finding.rows.map((row) => row.id));
const caseNamed = (name: string) => {
  const one = CASES.find((candidate) => candidate.name === name);
  if (one === undefined) throw new Error(`There is no case ${name}.`);
  return one;
};
/** Makes a file look as if it had been there for long. */
function age(path: string, ms = 3_600_000): void {
  const then = new Date(Date.now() - ms);
  utimesSync(path, then, then);
}
function sql(root: string, text: string): void {
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("foreign_keys = OFF");
  db.exec(text);
  db.close();
}
/** An archive that this library wrote: a fetch, its reuse, a failed fetch, a send. */
async function ownArchive(): Promise<string> {
  const root = temporaryFolder();
  using store = Store.create(root);
  const adapter: Fetcher & Sender = {
    fetch: async (request) => {
      if (request.kind === "broken") throw new Error("no such thing");
      return new AdapterResult({ data: Buffer.from(`payload of ${request.kind}`), contentType: "text/plain" });
    },
    send: async () => new AdapterResult({ data: Buffer.from("taken"), contentType: "text/plain" }),
  };
  const session = await DataIoSession.open({ store, source: "own", adapter, retry: { attempts: 1 } });
  await session.fetch(session.request({ kind: "one", params: { n: 1 } }));
  await session.fetch(session.request({ kind: "one", params: { n: 1 } }));
  await session.fetch(session.request({ kind: "bucketed", asOfBucket: "2020-02-02", cacheTag: "tag" }));
  await session.fetch(session.request({ kind: "broken" })).catch(() => {});
  await session.send(session.request({ kind: "order", method: "SEND" }), Buffer.from("buy"));
  await session.close();
  return root;
}

describe.each(["small", "edge"] as const)("verifying the %s archive that Python wrote", (name) => {
  it("counts what is known of it, and changes nothing", async () => {
    const root = referenceArchive(name);
    const before = folderFingerprint(root);
    const report = await verify(root);
    expect(folderFingerprint(root)).toEqual(before);
    const counts = countsOf(report);
    const known = Object.entries(EXPECTED[name]).filter(([key]) => !NOT_COUNTED.includes(key));
    expect(known.length).toBeGreaterThan(30);
    expect(Object.fromEntries(known.map(([key]) => [key, counts[camelCase(key)]]))).toEqual(Object.fromEntries(known));
    expect(report.steps.map((step) => [step.step, step.state])).toEqual(VERIFY_STEPS.map((step) => [step, "done"]));
    expect(report.intact).toBe(name === "small");
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    const total = Object.values(report.severities).reduce((sum, count) => sum + count, 0);
    expect(report.findings).toHaveLength(total);

    const checksumsOf = (code: FindingCode) => found(report, code).map((finding) => finding.details.checksum);
    expect(checksumsOf("payload_missing")).toEqual(EXPECTED[name].missing_list);
    expect(checksumsOf("payload_corrupt")).toEqual(EXPECTED[name].corrupt_list);
    expect(checksumsOf("sidecar_invalid")).toEqual(EXPECTED[name].sidecar_invalid_list);
  });
});

it("names the rows and files of each finding", async () => {
  const root = referenceArchive("edge");
  const report = await verify(root);
  const response = (name: string) => caseNamed(name).response_id;
  expect(named(report, "payload_missing")).toEqual([response("payload_missing")]);
  expect(named(report, "payload_corrupt").sort()).toEqual(
    [response("payload_corrupt"), response("payload_truncated")].sort(),
  );
  expect(named(report, "checksum_null")).toEqual([response("checksum_null")]);
  expect(named(report, "checksum_unusable").sort()).toEqual(
    ["checksum_traversal", "checksum_short", "checksum_empty"].map(response).sort(),
  );
  expect(named(report, "size_null")).toEqual([response("size_null")]);
  expect(named(report, "size_differs").sort()).toEqual([response("size_wrong"), response("payload_truncated")].sort());
  expect(named(report, "orphan_response")).toEqual([response("orphan_response")]);
  expect(named(report, "orphan_request")).toEqual([caseNamed("orphan_request").request_id]);
  expect(named(report, "request_without_response")).toEqual([caseNamed("no_response").request_id]);
  expect(named(report, "hash_uncheckable").sort()).toEqual(
    ["params_invalid_json", "params_empty_string"].map((name) => caseNamed(name).request_id).sort(),
  );
  expect(named(report, "hash_mismatch")).toContain(caseNamed("hash_wrong").request_id);
  expect(report.counts.hashes).toEqual({
    hashForms: { "0.2": 56, "0.3": 1, "0.3-bucket": 1, "python-3.10": 1 },
    hashMismatches: 6,
    hashesUncheckable: 2,
    hashesAbsent: 2,
  });
  const corrupt = found(report, "payload_corrupt").find((one) => one.rows[0]?.id === response("payload_truncated"));
  const file = join(root, "responses", `${caseNamed("payload_truncated").checksum}.bin`);
  expect(corrupt?.files).toEqual([file]);
  expect(corrupt?.details).toMatchObject({ actual: sha256Hex(readFileSync(file)), sizeBytes: 200 });
  const strays = found(report, "other_entry").map((finding) => finding.details.name);
  expect(strays.sort()).toEqual(
    ["ABC.bin", `${"d".repeat(64)}.bin`, `${"f".repeat(64)}.bin.part`, "notes.txt", "subdir"].sort(),
  );
  for (const { files } of report.findings) for (const path of files) expect(path.startsWith(root)).toBe(true);
});

it("finds an archive of our own intact, with its sent payload, its reuses and its own hash form", async () => {
  const root = await ownArchive();
  const report = await verify(root);
  expect(report.findings.filter((finding) => finding.severity !== "info")).toEqual([]);
  expect(report.counts.payloads).toMatchObject({ okChecksums: 3, sentChecksums: 1 });
  expect(report.counts.hashes).toMatchObject({ hashForms: { "0.2": 1, "0.3-bucket": 1 }, hashesAbsent: 2 });

  const sent = join(root, "responses", `${sha256Hex("buy")}.bin`);
  writeFileSync(sent, "sell");
  age(sent);
  const damaged = await verify(root);
  expect(found(damaged, "payload_corrupt")).toMatchObject([{ rows: [{ table: "resolutions" }], files: [sent] }]);
  expect(damaged.counts.payloads).toMatchObject({ okChecksums: 3, corruptChecksums: 0 });
});

it("finds rows of the additive tables that point nowhere", async () => {
  const root = await ownArchive();
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("foreign_keys = OFF");
  const [taken] = db.prepare<[], { id: string }>("SELECT id FROM responses WHERE status = 'ack'").all();
  db.prepare("DELETE FROM responses WHERE id = ?").run(taken?.id);
  db.prepare("INSERT INTO request_identities VALUES ('other', 'hash', 'nowhere')").run();
  db.close();
  const report = await verify(root, { scope: { steps: ["dangling"] } });
  expect(report.intact).toBe(false);
  expect(report.counts).toMatchObject({ dangling: { danglingRows: 3 }, rows: null, payloads: null });
  const tables = found(report, "dangling_row").map(({ rows, details }) => [rows[0]?.table, details]);
  expect(tables).toEqual([
    ["resolutions", { response_id: taken?.id }],
    ["response_meta", { response_id: taken?.id }],
    ["request_identities", { request_id: "nowhere" }],
  ]);
});

it("tells unfinished files and young ones from strays", async () => {
  const root = await ownArchive();
  const responses = join(root, "responses");
  const temporary = ".incoming.01890000-0000-7000-8000-000000000000.tmp";
  const old = `${"a".repeat(64)}.bin`;
  const fresh = `${"b".repeat(64)}.bin`;
  for (const name of [temporary, old, fresh]) writeFileSync(join(responses, name), name);
  age(join(responses, old));
  age(join(responses, temporary));
  symlinkSync("nowhere", join(responses, `${"c".repeat(64)}.bin`));
  const report = await verify(root, { scope: { steps: ["strays"] } });
  const strays = report.findings.map(({ code, severity, details }) => [code, severity, details.name]);
  expect(strays.sort()).toEqual(
    [
      ["other_entry", "warning", `${"c".repeat(64)}.bin`],
      ["stray_payload", "info", fresh],
      ["stray_payload", "warning", old],
      ["temporary_file", "info", temporary],
    ].sort(),
  );
  expect(report.counts.strays).toMatchObject({ payloadFilesUnreferenced: 2, temporaryFiles: 1 });
});

it("follows a symlink, and never waits for a pipe or a folder", async () => {
  const root = await ownArchive();
  const path = join(root, "responses", `${sha256Hex("payload of one")}.bin`);
  const elsewhere = join(temporaryFolder(), "elsewhere");
  writeFileSync(elsewhere, "payload of one");
  rmSync(path);
  symlinkSync(elsewhere, path);
  expect((await verify(root)).intact).toBe(true);
  rmSync(path);
  mkdirSync(path);
  expect((await verify(root)).codes).toMatchObject({ payload_missing: 1, other_entry: 1 });
  if (process.platform === "win32") return;
  rmSync(path, { recursive: true });
  execFileSync("mkfifo", [path]);
  expect((await verify(root)).codes).toMatchObject({ payload_missing: 1, other_entry: 1 });
});

it("says that a file cannot be read", async () => {
  const root = await ownArchive();
  const path = join(root, "responses", `${sha256Hex("payload of one")}.bin`);
  chmodSync(path, 0);
  const readable = !modesHold;
  const report = await verify(root);
  expect(report.intact).toBe(readable);
  expect(found(report, "payload_unreadable").map((finding) => finding.files)).toEqual(readable ? [] : [[path]]);
});

describe("a part", () => {
  it("is the named steps only, and the rest is said to be skipped", async () => {
    const report = await verify(referenceArchive("edge"), { scope: { steps: ["sidecars", "schema"] } });
    expect(report.steps.filter((step) => step.state !== "skipped").map((step) => step.step)).toEqual([
      "schema",
      "sidecars",
    ]);
    expect(Object.keys(report.codes)).toEqual(["sidecar_invalid"]);
    expect(report.counts.payloads).toBeNull();
    expect(report.intact).toBe(true);
  });

  it("is a session with what it asked for and got", async () => {
    const root = referenceArchive("small");
    const [session] = (EXPECTED.small.session_rows as { id: string; requests: number; responses: number }[]) ?? [];
    const report = await verify(root, { scope: { sessionIds: [session?.id ?? ""] } });
    expect(report.counts.rows).toMatchObject({
      sessions: 1,
      requests: session?.requests,
      responses: session?.responses,
    });
    expect(report.counts.payloads?.okResponses).toBe(session?.responses);
    expect(report.counts.strays).toBeNull();
    expect(report.intact).toBe(true);
  });

  it("is a session that was answered from the archive", async () => {
    const root = await ownArchive();
    using store = Store.open(root);
    const adapter: Fetcher = { fetch: async () => new AdapterResult({ data: Buffer.from("other") }) };
    const session = await DataIoSession.open({ store, source: "own", adapter });
    await session.fetch(session.request({ kind: "one", params: { n: 1 } }));
    await session.close();
    const report = await verify(root, { scope: { sessionIds: [session.session.id] } });
    expect(report.counts.rows).toMatchObject({ sessions: 1, requests: 0, responses: 1 });
    expect(report.counts.payloads?.okChecksums).toBe(1);
  });

  it("is a source", async () => {
    const report = await verify(referenceArchive("small"), { scope: { sources: ["ibkr", "databento"] } });
    expect(report.counts.rows).toMatchObject({
      sessions: 3,
      requestsPerSource: { databento: 19, ibkr: 7 },
      responsesPerSource: { databento: 19, ibkr: 7 },
    });
  });

  it("is what has a checksum", async () => {
    const { checksum = "", response_id } = caseNamed("payload_truncated");
    const report = await verify(referenceArchive("edge"), { scope: { checksums: [checksum] } });
    expect(report.counts.rows).toMatchObject({ sessions: 1, requests: 1, responses: 1 });
    expect(named(report, "payload_corrupt")).toEqual([response_id]);
  });

  it("has to exist", async () => {
    const root = referenceArchive("small");
    const scopes = [
      [{ sessionIds: ["nobody"] }, "NOT_FOUND"],
      [{ sources: ["justetf", "nobody"] }, "NOT_FOUND"],
      [{ checksums: ["a".repeat(64)] }, "NOT_FOUND"],
      [{ checksums: ["../dataio.sqlite"] }, "CHECKSUM_INVALID"],
      [{ steps: ["everything"] }, "PARAMS_INVALID"],
    ] as const;
    for (const [scope, code] of scopes) {
      await expect(verify(root, { scope: scope as object }), JSON.stringify(scope)).rejects.toMatchObject({ code });
    }
    await expect(verify(root, { concurrency: 0 })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
    await expect(verify(temporaryFolder())).rejects.toMatchObject({ code: "NOT_AN_ARCHIVE" });
  });
});

describe("a damaged database", () => {
  it("is found, not thrown, wherever it is damaged", async () => {
    const whole = readFileSync(join(referenceArchive("edge"), "dataio.sqlite"));
    const root = referenceArchive("edge");
    const path = join(root, "dataio.sqlite");
    for (let page = 0; page < whole.length / 4096; page += 1) {
      const bytes = Buffer.from(whole);
      bytes.fill(0xa5, page * 4096, (page + 1) * 4096);
      writeFileSync(path, bytes);
      const report = await verify(root, { integrity: "full" });
      expect(report.intact, `page ${page}`).toBe(false);
      expect(readFileSync(path).equals(bytes)).toBe(true);
    }
    truncateSync(path, 20_000);
    expect((await verify(root)).intact).toBe(false);
    writeFileSync(path, "no database at all".repeat(100));
    expect((await verify(root)).codes).toEqual({ database_unreadable: 1 });
  });

  it("is one without the tables, or with those of a later version", async () => {
    const root = await ownArchive();
    sql(root, "UPDATE archive_meta SET value = '99' WHERE key = 'schema_version'");
    const report = await verify(root);
    expect(report.codes).toEqual({ schema_too_new: 1 });
    expect(report.steps.every((step) => step.state === "failed")).toBe(true);
    sql(root, "DROP TABLE responses");
    expect((await verify(root)).codes).toEqual({ schema_unknown: 1 });
  });

  it("may lack only an index", async () => {
    const root = referenceArchive("small");
    sql(root, "DROP INDEX idx_responses_checksum");
    sql(root, "DROP INDEX idx_requests_hash");
    const report = await verify(root);
    // The hash column has the index of its UNIQUE constraint.
    expect(found(report, "index_missing").map((finding) => finding.details)).toEqual([
      { table: "responses", column: "checksum" },
    ]);
    expect(report.counts.payloads?.okResponses).toBe(65);
  });

  it("may hold values of any type, which hang or fail nothing", async () => {
    const root = referenceArchive("small");
    const db = new Database(join(root, "dataio.sqlite"));
    const ids = db.prepare<[], string>("SELECT id FROM responses ORDER BY rowid LIMIT 4").pluck().all();
    const set = db.prepare("UPDATE responses SET checksum = CAST(? AS TEXT) WHERE id = ?");
    // Not UTF-8: as a string it would be another text.
    set.run(Buffer.from("ff00ff", "hex"), ids[0]);
    set.run(Buffer.from("ff00fe", "hex"), ids[1]);
    db.prepare("UPDATE responses SET checksum = x'01ff' WHERE id = ?").run(ids[2]);
    db.prepare("UPDATE responses SET id = x'02', size_bytes = 'large' WHERE id = ?").run(ids[3]);
    db.close();
    const report = await verify(root);
    expect(report.counts.payloads).toMatchObject({ unusableChecksumResponses: 3, okResponses: 62 });
    expect(found(report, "size_differs")).toMatchObject([
      { rows: [{ table: "responses", id: "X'02'" }], details: { recorded: "large" } },
    ]);
  });
});

it("lists at most so many findings of a code, and says how many more there are", async () => {
  const report = await verify(referenceArchive("edge"), { maxFindings: 2 });
  expect(report.codes.stray_sidecar).toBe(6);
  expect(found(report, "stray_sidecar")).toHaveLength(2);
  expect(report.unlisted).toMatchObject({ stray_sidecar: 4, stray_payload: 3 });
  expect(report.unlisted.size_differs).toBeUndefined();
});

it("names at most 100 rows of a payload that many responses share", async () => {
  const root = temporaryFolder();
  {
    using store = Store.create(root);
    const { path, checksum } = await store.writePayload(Buffer.from("shared"));
    const at = store.clock();
    await store.insertSession({ id: "s", source: "x", mode: "sync", asOf: at, startedAt: at, endedAt: at });
    await store.insertRequest({
      id: "q",
      sessionId: "s",
      kind: "k",
      method: "GET",
      paramsJson: "{}",
      bodyJson: null,
      hash: null,
      createdAt: at,
    });
    for (let n = 0; n < 130; n += 1) {
      const row = { id: `r${n}`, requestId: "q", status: "ok", sequence: n, checksum, path: null };
      await store.insertResponse({ ...row, createdAt: at, sizeBytes: 6 });
    }
    writeFileSync(path, "damaged");
    age(path);
  }
  const report = await verify(root);
  const [finding] = found(report, "payload_corrupt");
  expect(finding?.rows).toHaveLength(100);
  expect(finding?.moreRows).toBe(30);
  expect(report.counts.payloads).toMatchObject({ corruptChecksums: 1, corruptResponses: 130 });
});

describe("a long run", () => {
  it("tells how far it has come", async () => {
    const root = await ownArchive();
    const seen: string[] = [];
    await verify(root, { onProgress: ({ step, done }) => seen.push(`${step} ${done}`) });
    expect(seen[0]).toBe("rows 1");
  });

  it("is cancelled at once, also within a file", async () => {
    const root = temporaryFolder();
    {
      using store = Store.create(root);
      const adapter: Fetcher = { fetch: async () => new AdapterResult({ data: Buffer.from("x") }) };
      const session = await DataIoSession.open({ store, source: "large", adapter });
      const response = await session.fetch(session.request({ kind: "k" }));
      await session.close();
      // A sparse file of 64 GiB takes a minute to hash.
      truncateSync(join(root, "responses", `${response.checksum}.bin`), 64 * 1024 ** 3);
    }
    const controller = new AbortController();
    const run = verify(root, {
      signal: controller.signal,
      onProgress: ({ step, bytes }) => {
        if (step === "payloads" && bytes > 0) controller.abort(new Error("enough"));
      },
    });
    await expect(run).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(verify(root, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(existsSync(join(root, "dataio.sqlite-wal"))).toBe(false);
  }, 20_000);
});
