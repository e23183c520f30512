/** HARs and WARCs as other programs write them, and as nobody should. */
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { type ImportForm, importArchive, Store, verify } from "../../src/index.ts";
import { temporaryFolder } from "../archives.ts";

/** What became of a file: its rows as method, address, body and bytes, and the problems. */
async function imported(type: ImportForm, bytes: Buffer | string) {
  const folder = temporaryFolder();
  const path = join(folder, `in.${type}`);
  writeFileSync(path, bytes);
  const root = join(folder, "archive");
  Store.create(root, { durable: false }).close();
  const report = await importArchive(root, { from: { type, path } });
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  const rows = db
    .prepare<[], { method: string; params: string; body: string | null; checksum: string }>(
      `SELECT q.method, q.params_json AS params, q.body_json AS body, r.checksum
       FROM responses r JOIN requests q ON q.id = r.request_id ORDER BY r.rowid`,
    )
    .all();
  const sessions = db.prepare("SELECT COUNT(*) FROM sessions").pluck().get();
  const spans = db
    .prepare<[], Record<"from" | "to" | "asOf", string>>(
      'SELECT started_at AS "from", ended_at AS "to", as_of AS asOf FROM sessions',
    )
    .all()
    .map(({ from, to, asOf }) => [from, to, asOf].map((time) => time.replace(".000000+00:00", "")));
  const metadata = db.prepare("SELECT group_concat(meta_json) FROM response_meta").pluck().get();
  db.close();
  expect(await verify(root)).toMatchObject({ intact: true });
  const files = join(root, "responses");
  return {
    problems: report.problems.map(({ item, code }) => [item, code]),
    rows: rows.map(({ method, params, body, checksum }) => [
      method,
      JSON.parse(params).url,
      body,
      readFileSync(join(files, `${checksum}.bin`), "latin1"),
    ]),
    sessions,
    spans,
    metadata: String(metadata),
    payloads: rows.length === 0 ? [] : readdirSync(files).filter((name) => !name.endsWith(".meta.json")),
  };
}

interface RecordInit {
  readonly type?: string;
  readonly id?: string;
  readonly uri?: string;
  readonly date?: string;
  readonly fields?: readonly string[];
  readonly length?: number | string;
}

function warcRecord(block: string, init: RecordInit = {}): string {
  const { type = "response", id = "<urn:uuid:1>", uri = "https://e.com/a", date = "2026-01-01T00:00:00Z" } = init;
  const lines = [
    "WARC/1.1",
    `WARC-Type: ${type}`,
    `WARC-Record-ID: ${id}`,
    `WARC-Date: ${date}`,
    `WARC-Target-URI: ${uri}`,
    ...(init.fields ?? []),
    `Content-Length: ${init.length ?? Buffer.byteLength(block, "latin1")}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${block}\r\n\r\n`;
}

const answer = (body: string, fields = "") => `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n${fields}\r\n${body}`;
const asked = "POST /a HTTP/1.1\r\nHost: e.com\r\nAuthorization: Bearer not-to-be-kept\r\n\r\nq=1";
const other = (body: string, init: RecordInit = {}) =>
  warcRecord(answer(body), { uri: "https://e.com/b", id: "<urn:uuid:2>", ...init });
const bytes = (text: string) => Buffer.from(text, "latin1");

it("knows a request of a WARC by either record naming the other, in either order, and keeps no credentials", async () => {
  const to = (id: string) => [`WARC-Concurrent-To: ${id}`];
  const request = (fields: string[] = []) => warcRecord(asked, { type: "request", id: "<urn:uuid:r>", fields });
  for (const warc of [
    warcRecord(answer("x")) + request(to("<urn:uuid:1>")),
    request() + warcRecord(answer("x"), { fields: to("<urn:uuid:r>") }),
    request(to("<urn:uuid:1>")) + warcRecord(answer("x")),
  ]) {
    const { rows, problems, metadata } = await imported("warc", warc);
    expect({ rows, problems }).toEqual({ rows: [["POST", "https://e.com/a", '"q=1"', "x"]], problems: [] });
    expect(metadata).toContain('"authorization":"[redacted]"');
    expect(metadata).not.toContain("not-to-be-kept");
  }
  const strange = await imported("warc", request(to("<urn:uuid:z>")) + warcRecord(answer("x")));
  expect(strange.rows).toEqual([["GET", "https://e.com/a", null, "x"]]);
});

it("imports what is whole of a WARC, and says where it is not", async () => {
  const whole = other("whole");
  const kept = ["GET", "https://e.com/b", null, "whole"];
  const digest = (block: string) => [
    `WARC-Block-Digest: sha-256:${createHash("sha256").update(block, "latin1").digest("hex")}`,
  ];
  const chunked = (body: string) => answer(body, "Transfer-Encoding: chunked\r\n");
  const cases: readonly (readonly [string, string | Buffer, unknown[], unknown[]])[] = [
    [
      "cut in a body",
      (whole + warcRecord(answer("y".repeat(900)))).slice(0, -500),
      [kept],
      [["record 2", "PAYLOAD_UNDECODABLE"]],
    ],
    ["cut in a head", `${whole}WARC/1.1\r\nWARC-Type: resp`, [kept], [["record 2", "PAYLOAD_UNDECODABLE"]]],
    ["too long", whole + warcRecord(answer("y"), { length: 10 ** 15 }), [kept], [["record 2", "PAYLOAD_UNDECODABLE"]]],
    [
      "without a length",
      whole + warcRecord(answer("y"), { length: "-5" }),
      [kept],
      [["record 2", "PAYLOAD_UNDECODABLE"]],
    ],
    ["no HTTP", warcRecord("no message at all") + whole, [kept], [["record 1", "PARAMS_INVALID"]]],
    [
      "another digest",
      warcRecord(answer("y"), { fields: digest("z") }) + whole,
      [kept],
      [["record 1", "PAYLOAD_CORRUPT"]],
    ],
    ["its digest", other("whole", { fields: digest(answer("whole")) }), [kept], []],
    [
      "no moment",
      warcRecord(answer("y"), { date: "9999-12-31T23:59:59-23:00" }) + whole,
      [kept],
      [["record 1", "TIMESTAMP_INVALID"]],
    ],
    [
      "no web address",
      warcRecord(answer("y"), { uri: "javascript:1" }) + whole,
      [kept],
      [["record 1", "PARAMS_INVALID"]],
    ],
    ["chunks", warcRecord(chunked("3\r\nwho\r\n2;x=y\r\nle\r\n0\r\n\r\n"), { uri: "https://e.com/b" }), [kept], []],
    ["chunks that were joined", warcRecord(chunked("whole"), { uri: "https://e.com/b" }), [kept], []],
    ["a cut chunk", warcRecord(chunked("ff\r\ny")) + whole, [kept], [["record 1", "PARAMS_INVALID"]]],
    [
      "packed",
      Buffer.concat([gzipSync(bytes(whole)), gzipSync(bytes(warcRecord(answer("y"))))]),
      [kept, ["GET", "https://e.com/a", null, "y"]],
      [],
    ],
    [
      "packed and cut",
      Buffer.concat([gzipSync(bytes(whole)), gzipSync(bytes(warcRecord(answer("y")))).subarray(0, -20)]),
      [kept],
      [["record 2", "PAYLOAD_UNDECODABLE"]],
    ],
  ];
  for (const [what, warc, rows, problems] of cases) {
    const found = await imported("warc", typeof warc === "string" ? bytes(warc) : warc);
    expect([what, found.rows, found.problems]).toEqual([what, rows, problems]);
    // Nothing is left of what was not imported.
    expect(found.payloads).toHaveLength(rows.length);
  }
  for (const none of ["", "hello\n".repeat(100), "WARC/1.1\r\nWARC-Type: response\r\n\r\n"]) {
    await expect(imported("warc", none)).rejects.toMatchObject({ code: "PARAMS_INVALID" });
  }
});

it("imports what can be used of a HAR, and says what cannot", async () => {
  const entry = (
    change: { time?: unknown; method?: string; url?: string; request?: object; content?: object; status?: number } = {},
  ) => ({
    startedDateTime: change.time ?? "2026-01-01T00:00:00.000Z",
    request: { method: change.method ?? "GET", url: change.url ?? "https://e.com/a", headers: [], ...change.request },
    response: { status: change.status ?? 200, headers: [], content: change.content ?? { size: 1, text: "x" } },
  });
  const form = { mimeType: "application/x-www-form-urlencoded", params: [{ name: "a", value: "1 2" }] };
  const entries: readonly (readonly [string, unknown, boolean])[] = [
    ["good", entry(), true],
    ["a form", entry({ method: "POST", request: { postData: form } }), true],
    ["base64", entry({ url: "https://e.com/b", content: { size: 3, text: "YWJj\n", encoding: "base64" } }), true],
    ["no base64", entry({ content: { size: 3, text: "!!", encoding: "base64" } }), false],
    ["another encoding", entry({ content: { size: 3, text: "x", encoding: "rot13" } }), false],
    ["no moment", entry({ time: "yesterday" }), false],
    ["a moment beyond all years", entry({ time: "9999-12-31T23:59:59-23:00" }), false],
    ["no method", entry({ method: "" }), false],
    ["no address", entry({ url: "" }), false],
    ["no web address", entry({ url: "data:text/plain,hi" }), false],
    ["blocked", entry({ status: 0, content: { size: 0 } }), false],
    ["no body", entry({ content: { size: 9 } }), false],
    ["nothing", null, false],
  ];
  const { rows, problems } = await imported("har", JSON.stringify({ log: { entries: entries.map(([, one]) => one) } }));
  expect(rows).toEqual([
    ["GET", "https://e.com/a", null, "x"],
    ["POST", "https://e.com/a", '"a=1+2"', "x"],
    ["GET", "https://e.com/b", null, "abc"],
  ]);
  const unusable = entries.flatMap(([, , isUsable], index) => (isUsable ? [] : [[`entry ${index}`, "PARAMS_INVALID"]]));
  expect(problems).toEqual(unusable);
  expect(await imported("har", JSON.stringify({ log: { entries: [] } }))).toMatchObject({ rows: [], sessions: 0 });
});

it("has the session that stands for a file last from its earliest answer to its latest, in whatever order they come", async () => {
  const dates = ["2026-01-02T00:00:00Z", "2026-01-03T00:00:05Z", "2026-01-01T00:00:00Z"];
  const records = dates.map((date, at) => other(`body ${at}`, { date, id: `<urn:uuid:${at}>` })).join("");
  const warc = await imported("warc", bytes(records));
  expect(warc.rows.length).toBe(3);
  expect(warc.spans).toEqual([["2026-01-01T00:00:00", "2026-01-03T00:00:05", "2026-01-01T00:00:00"]]);
  const cut = await imported("warc", bytes(records.slice(0, -20)));
  expect(cut.spans).toEqual([["2026-01-02T00:00:00", "2026-01-03T00:00:05", "2026-01-02T00:00:00"]]);

  const entry = (startedDateTime: string, time: number) => ({
    startedDateTime,
    time,
    request: { method: "GET", url: `https://e.com/${startedDateTime}` },
    response: { status: 200, content: { text: startedDateTime } },
  });
  const har = (...entries: unknown[]) => imported("har", JSON.stringify({ log: { entries } }));
  // The one that began last is not the one that ended last.
  const some = await har(
    entry("2026-01-01T00:00:07+00:00", 1_000),
    entry("2026-01-01T00:00:05+00:00", 6_000),
    entry("2026-01-01T00:00:06+00:00", -1),
  );
  expect(some.spans).toEqual([["2026-01-01T00:00:05", "2026-01-01T00:00:11", "2026-01-01T00:00:05"]]);
  const odd = await har(entry("2026-01-01T00:00:07+00:00", 1e300));
  expect(odd.spans).toEqual([["2026-01-01T00:00:07", "2026-01-01T00:00:07", "2026-01-01T00:00:07"]]);
});

it("has the session that stands for a folder last as long as its files were written, and none for an empty one", async () => {
  const folder = join(temporaryFolder(), "files");
  mkdirSync(folder);
  const root = join(folder, "..", "archive");
  Store.create(root, { durable: false }).close();
  const from = { type: "folder", path: folder } as const;
  expect((await importArchive(root, { from })).added).toMatchObject({ sessions: 0 });
  for (const [name, day] of [
    ["a", 2],
    ["b", 3],
    ["c", 1],
  ] as const) {
    writeFileSync(join(folder, name), name);
    utimesSync(join(folder, name), new Date(Date.UTC(2026, 0, day)), new Date(Date.UTC(2026, 0, day)));
  }
  await importArchive(root, { from });
  expect((await importArchive(root, { from })).added).toMatchObject({ sessions: 0, responses: 0 });
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  const sessions = db.prepare("SELECT started_at, ended_at, as_of FROM sessions").raw().all();
  db.close();
  const day = (of: number) => `2026-01-0${of}T00:00:00.000000+00:00`;
  expect(sessions).toEqual([[day(1), day(3), day(1)]]);
});
