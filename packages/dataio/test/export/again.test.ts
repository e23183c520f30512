/** What was exported comes back whole when it is imported. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { WARCParser } from "warcio";
import {
  AdapterResult,
  exportArchive,
  type Fetcher,
  importArchive,
  requestHash,
  Store,
  verify,
  withSession,
} from "../../src/index.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";

const scope = { type: "archive" } as const;

function rowsOf(root: string) {
  const db = new Database(join(root, "dataio.sqlite"), { readonly: true });
  const column = (sql: string) => db.prepare(sql).pluck().all();
  const rows = {
    sessions: column("SELECT id FROM sessions ORDER BY id"),
    requests: column("SELECT id FROM requests ORDER BY id"),
    responses: column("SELECT id FROM responses ORDER BY id"),
    checksums: column("SELECT checksum FROM responses ORDER BY checksum"),
  };
  db.close();
  return rows;
}

function newArchive(): string {
  const root = join(temporaryFolder(), "target");
  Store.create(root, { durable: false }).close();
  return root;
}

it("exports a whole archive as a whole one: also what was asked and not answered", async () => {
  const root = referenceArchive("small");
  const path = join(temporaryFolder(), "subset");
  await exportArchive(root, { scope, target: { type: "archive", path } });
  expect(rowsOf(path)).toEqual(rowsOf(root));
  const again = newArchive();
  await importArchive(again, { from: { type: "archive", path } });
  expect(rowsOf(again)).toEqual(rowsOf(root));

  const failing = join(temporaryFolder(), "failing");
  const sessions: string[] = [];
  {
    using store = Store.create(failing, { durable: false });
    const adapter: Fetcher = { fetch: () => Promise.reject(new Error("no")) };
    for (const source of ["a", "b"]) {
      await withSession({ store, source, adapter }, async (session) => {
        sessions.push(session.session.id);
        await session.fetch(session.request({ kind: "http", params: { source } })).catch(() => {});
      });
    }
  }
  const [id = ""] = sessions;
  const one = join(temporaryFolder(), "one");
  await exportArchive(failing, { scope: { type: "sessions", ids: [id] }, target: { type: "archive", path: one } });
  expect(rowsOf(one)).toMatchObject({ sessions: [id], requests: [expect.any(String)] });
  expect(await verify(one)).toMatchObject({ intact: true });
});

it("keeps apart what two sources asked alike, also in the archive that it comes into", async () => {
  const root = join(temporaryFolder(), "two");
  const request = { kind: "http", params: { url: "https://example.com/a" } } as const;
  {
    using store = Store.create(root, { durable: false });
    for (const source of ["a", "b"]) {
      const adapter: Fetcher = { fetch: async () => new AdapterResult({ data: Buffer.from(source) }) };
      await withSession({ store, source, adapter }, (session) => session.fetch(session.request(request)));
    }
  }
  const target = newArchive();
  const from = { type: "archive", path: root } as const;
  await importArchive(target, { from });
  expect((await importArchive(target, { from })).added).toMatchObject({ requests: 0, responses: 0 });
  using store = Store.open(target);
  const hash = requestHash({ ...request, method: "GET", body: null });
  for (const source of ["a", "b"]) {
    const found = await store.getCachedResponseByRequestHash(hash, source);
    expect(String(await store.readPayload(found?.checksum ?? ""))).toBe(source);
  }
});

it("takes bytes that are decoded already for decoded, whatever their metadata say", async () => {
  const root = referenceArchive("small");
  const folder = temporaryFolder();
  const encoding = "decoded";
  const files = await exportArchive(root, { scope, target: { type: "folder", path: join(folder, "out"), encoding } });
  expect(files.problems).toEqual([]);
  const path = join(folder, "out.warc");
  const warc = await exportArchive(root, { scope, target: { type: "warc", path, encoding } });
  expect(warc).toMatchObject({ exported: rowsOf(root).responses.length, problems: [] });
  const fields = new Set<string>();
  for await (const record of new WARCParser([readFileSync(path)])) {
    if (record.warcType !== "response") continue;
    for (const [name] of record.httpHeaders?.headers ?? []) fields.add(name.toLowerCase());
  }
  // What no longer holds for the body says so.
  expect(fields).toContain("x-archive-orig-content-encoding");
  expect(fields).not.toContain("content-encoding");
  const again = newArchive();
  await importArchive(again, { from: { type: "warc", path } });
  expect(rowsOf(again).checksums).toEqual(rowsOf(root).checksums);
});

it("finds its payloads again in a folder that it wrote, with their metadata, and nothing else", async () => {
  const root = referenceArchive("small");
  const path = join(temporaryFolder(), "out");
  await exportArchive(root, { scope, target: { type: "folder", path, duplicates: "each" } });
  const again = newArchive();
  const from = { type: "folder", path } as const;
  const { added, problems } = await importArchive(again, { from });
  expect({ added: added.responses, problems }).toEqual({ added: rowsOf(root).responses.length, problems: [] });
  expect(rowsOf(again).checksums).toEqual(rowsOf(root).checksums);
  expect((await importArchive(again, { from })).added.responses).toBe(0);
  const db = new Database(join(again, "dataio.sqlite"), { readonly: true });
  const metadata = String(db.prepare("SELECT group_concat(meta_json) FROM response_meta").pluck().get());
  db.close();
  expect(metadata).toContain('"transport_status":200');
  expect(metadata).toContain('"modified_at"');
});

it("writes no field into a WARC that would end the fields, or begin another", async () => {
  const root = join(temporaryFolder(), "hostile");
  {
    using store = Store.create(root, { durable: false });
    const url = "https://example.com/a";
    const headers = { "x\r\nx-injected": "1", "x-two": "a\r\n\r\nb", "x-good": "1" };
    const adapter: Fetcher = {
      fetch: async () => new AdapterResult({ data: Buffer.from("body"), transportStatus: 200, url, headers }),
    };
    await withSession({ store, source: "web", adapter }, (session) =>
      session.fetch(session.request({ kind: "http", params: { url } })),
    );
  }
  const path = join(temporaryFolder(), "out.warc");
  await exportArchive(root, { scope, target: { type: "warc", path } });
  for await (const record of new WARCParser([readFileSync(path)])) {
    if (record.warcType !== "response") continue;
    expect(Buffer.from(await record.readFully(false)).toString()).toBe("body");
    expect([...(record.httpHeaders?.headers ?? [])].map(([name, value]) => [name, value])).toEqual([
      ["content-length", "4"],
      ["x-good", "1"],
      ["x-two", "a b"],
    ]);
  }
  const again = newArchive();
  await importArchive(again, { from: { type: "warc", path } });
  expect(rowsOf(again).checksums).toEqual(rowsOf(root).checksums);
});
