/**
 * An archive whose tables hold anything at all, of any type, in any column: its lists, rows, replay and verification
 * answer or refuse, and no list goes on for ever.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArchiveReader, Store, sha256Hex } from "../../src/index.ts";
import { ARCHIVE_COLUMNS } from "../../src/migrations.ts";
import { failureOf } from "../../src/row-facts.ts";
import { folderFingerprint, temporaryFolder } from "../archives.ts";
import { anyKey, anyText, jsonLike, spoiledJson } from "./arbitraries.ts";
import { guardPrototypes, outcomeOf, within } from "./outcome.ts";
import { type Cell, type Rows, type TableName, writeRawArchive } from "./raw-archive.ts";
import { readEverything } from "./read-everything.ts";

guardPrototypes();

const TIME = "2025-10-22T10:00:00+00:00";
const CHECKSUM = sha256Hex("payload");

/** Mostly values that make rows belong together, so that what is odd about one of them has consequences. */
const anyCell: fc.Arbitrary<Cell> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Cell>("a", "b", TIME, "2025-10-22", "ok", "acquired", "failed", CHECKSUM, 0),
  },
  { weight: 2, arbitrary: anyText },
  { weight: 2, arbitrary: fc.oneof(jsonLike, spoiledJson) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { weight: 1, arbitrary: fc.constantFrom<Cell>(null, -1, 1.5, Number.POSITIVE_INFINITY, 2n ** 63n - 1n) },
);

const rowsOf = (table: TableName) => {
  const cells = Object.fromEntries(ARCHIVE_COLUMNS[table].map((column) => [column, anyCell]));
  return fc.array(fc.record<Record<string, Cell>>(cells), { maxLength: 4 });
};
const anyRows: fc.Arbitrary<Rows> = fc.record({
  sessions: rowsOf("sessions"),
  requests: rowsOf("requests"),
  responses: rowsOf("responses"),
  resolutions: rowsOf("resolutions"),
  response_meta: rowsOf("response_meta"),
  request_identities: rowsOf("request_identities"),
});

describe("an archive of anything", () => {
  it("is read or refused, and stays as it is", async () => {
    await fc.assert(
      fc.asyncProperty(anyRows, fc.nat(2), async (rows, turn) => {
        const root = mkdtempSync(join(tmpdir(), "dataio-fuzz-"));
        try {
          writeRawArchive(root, rows);
          writeFileSync(join(root, "responses", `${CHECKSUM}.bin`), "payload");
          const before = folderFingerprint(root);
          // To verify takes longest, for it hashes payloads in a thread that has to start.
          await readEverything(root, { verify: turn === 0 });
          expect(folderFingerprint(root)).toEqual(before);
        } finally {
          rmSync(root, { recursive: true, force: true });
        }
      }),
      { numRuns: 30 },
    );
  });

  it.each<[string, Record<string, Cell>]>([
    ["times that are bytes", { created_at: Buffer.from(TIME) }],
    ["times that are numbers", { created_at: 20251022 }],
    ["ids that are bytes", { id: Buffer.from("r") }],
    ["sizes that no number holds exactly", { size_bytes: 2n ** 53n + 1n }],
    ["sequences that no number holds exactly", { sequence: 2n ** 53n + 1n }],
    ["infinite sizes", { size_bytes: Number.POSITIVE_INFINITY }],
  ])("whose responses have %s is no list without an end", async (_, odd) => {
    const root = temporaryFolder();
    const response = { id: "r", request_id: "q", status: "ok", created_at: TIME, size_bytes: 1, ...odd };
    writeRawArchive(root, { responses: Array.from({ length: 510 }, () => response) });
    await within(5000, () => readEverything(root));
  });

  it("keeps its lists when one row's metadata or failure is no JSON", async () => {
    const root = temporaryFolder();
    const times = { started_at: TIME, ended_at: TIME, as_of: TIME };
    writeRawArchive(root, {
      sessions: [{ id: "s", source: "x", mode: "sync", ...times }],
      responses: [{ id: "r", request_id: "q", status: "ok", created_at: TIME }],
      resolutions: [{ id: "a", session_id: "s", request_id: "q", kind: "failed", error_json: "{", ...times }],
      response_meta: [{ response_id: "r", meta_json: "{" }],
    });
    using reader = new ArchiveReader(root);
    expect(reader.sessions({ cursor: null, limit: 5 }).items).toMatchObject([{ id: "s", failedCount: 1 }]);
    const sort = { column: "duration", direction: "asc" } as const;
    expect((await reader.rows({ sessionId: null, sort, cursor: null, limit: 5 })).total).toBe(1);
  });
});

describe("a failure", () => {
  it("is told with all its details, whatever they are", () => {
    const details = fc.uniqueArray(fc.tuple(anyKey, jsonLike), { maxLength: 4, selector: ([key]) => key });
    fc.assert(
      fc.property(details, (members) => {
        const json = `{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
        const failure = failureOf(`{"code":"TIMEOUT","message":"m","details":${json}}`);
        expect(Object.keys(failure?.details ?? {})).toEqual(Object.keys(Object.fromEntries(members)));
        expect(Object.getPrototypeOf(failure?.details)).toBe(Object.prototype);
        for (const value of Object.values(failure?.details ?? {})) expect(Object(value)).not.toBe(value);
      }),
    );
  });
});

describe("a database", () => {
  const ENDLESS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT";
  it.each(Object.entries(ARCHIVE_COLUMNS))(
    "with a query in the place of its table %s is no archive",
    async (table, columns) => {
      const root = temporaryFolder();
      writeRawArchive(root, {});
      const db = new Database(join(root, "dataio.sqlite"));
      db.exec(`DROP TABLE ${table}`);
      db.exec(
        `CREATE VIEW ${table.toUpperCase()} AS ${ENDLESS} ${columns.map((name) => `x AS ${name}`).join(", ")} FROM n`,
      );
      db.close();
      for (const open of [() => new ArchiveReader(root).close(), () => Store.open(root).close()]) {
        expect(await outcomeOf(open)).toEqual({ state: "refused", code: "SCHEMA_UNKNOWN" });
      }
    },
  );

  it.skipIf(process.platform === "win32")("whose payload is a pipe that nobody writes to is read", async () => {
    const root = temporaryFolder();
    const response = { id: "r", request_id: "q", status: "ok", created_at: TIME, checksum: CHECKSUM };
    writeRawArchive(root, { responses: [response, { ...response, id: "other", checksum: "b".repeat(64) }] });
    execFileSync("mkfifo", [join(root, "responses", `${CHECKSUM}.bin`)]);
    execFileSync("mkfifo", [join(root, "responses", `${CHECKSUM}.meta.json`)]);
    mkdirSync(join(root, "responses", `${"b".repeat(64)}.bin`));
    await within(5000, () => readEverything(root));
    using reader = new ArchiveReader(root);
    for (const id of ["r", "other"]) {
      expect((await reader.row({ type: "response", id })).payload).toMatchObject({ state: "missing" });
    }
  });
});
