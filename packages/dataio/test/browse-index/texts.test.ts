/** Rows by a text that stands in their request, their metadata or their failure: just those, whatever the text. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { BrowseIndex } from "../../src/browse-index/browse-index.ts";
import type { FilterTerm, RowFilter } from "../../src/browse-index/filter.ts";
import { sumOfPrefix } from "../../src/browse-index/schema.ts";
import { metadataText, requestText } from "../../src/browse-index/searched-text.ts";
import { TextPass } from "../../src/browse-index/text-pass.ts";
import { openTextFile, TEXT_TABLES } from "../../src/browse-index/text-schema.ts";
import { Store, sha256Hex } from "../../src/index.ts";
import { archiveLocation } from "../../src/location.ts";
import { migrate } from "../../src/migrations.ts";
import { SidecarStore } from "../../src/sidecars.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { type IndexedArchive, indexOf } from "./index-helpers.ts";

const nowhere = () => ({ ids: [], sessions: [], requests: [], sum: null });

async function searched(root: string) {
  const index: IndexedArchive = await indexOf(root);
  const path = join(temporaryFolder(), "index.text");
  const db = openTextFile(path, TEXT_TABLES);
  const pass = new TextPass(index.archive, db, new SidecarStore(archiveLocation(root).responsesDirectory));
  onTestFinished(() => {
    db.close();
  });
  const read = () => {
    while (pass.step());
  };
  const pending = pass.pending();
  read();
  /** Ids of the rows, by both ways: those that are few, and those that are asked one by one. */
  const find = (filter: RowFilter) => {
    const answers = [undefined, 0].map((few) => {
      const lookups = { session: () => undefined, request: () => undefined, pasted: nowhere };
      const browse = new BrowseIndex(index.path, lookups, { text: path, payloads: null }, few);
      const page = browse.page({
        sessionId: null,
        filter,
        sort: { column: "time", direction: "desc" },
        cursor: null,
        limit: 500,
      });
      const facets = browse.facets({ sessionId: null, filter });
      browse.close();
      expect(page.total).toBe(page.places.length);
      expect(facets.facets.kind.reduce((sum, { count }) => sum + count, 0)).toBe(page.total);
      return page.places.map(({ type, rowid }) => `${type} ${rowid}`).sort();
    });
    expect(answers[1]).toEqual(answers[0]);
    return answers[0] ?? [];
  };
  return { index, db, pass, pending, read, find };
}

const text = (value: string, not = false): FilterTerm => ({ key: "text", value, not });

describe.each(["small", "edge"] as const)("the %s archive", (name) => {
  it("is searched in requests, sidecars and words", async () => {
    const root = referenceArchive(name);
    const { index, find, pending, pass } = await searched(root);
    expect(pending).toBeGreaterThan(0);
    expect(pass.pending()).toBe(0);
    const sidecars = new SidecarStore(archiveLocation(root).responsesDirectory);
    const requests = new Map(
      index.archive.db
        .prepare<[], { rowid: number; params: string | null; body: string | null }>(
          "SELECT rowid, params_json AS params, body_json AS body FROM requests",
        )
        .all()
        .map(({ rowid, params, body }) => [rowid, requestText(params, body)]),
    );
    const metadata = new Map<number, string>();
    for (const checksum of index.archive.db.prepare<[], string>("SELECT checksum FROM responses").pluck().all()) {
      if (!/^[0-9a-f]{64}$/.test(checksum)) continue;
      const sidecar = sidecars.readSync(checksum);
      if (sidecar.state !== "missing" && sidecar.text !== null)
        metadata.set(sumOfPrefix(checksum), metadataText(sidecar.text));
    }
    const words = new Map(index.db.prepare<[], [number, string]>("SELECT id, text FROM words").raw().all());
    const rows = index.db
      .prepare<[], Record<string, number>>("SELECT * FROM rows WHERE id & 3 = 0")
      .all()
      .map((row) => ({
        id: `response ${(row.id ?? 0) / 4}`,
        texts: [
          requests.get(row.identity ?? 0) ?? "",
          metadata.get(row.sum ?? 0) ?? "",
          ...["source", "kind", "method", "status", "type"].map((key) => words.get(row[key] ?? 0) ?? ""),
        ],
      }));
    const all = rows.flatMap(({ texts }) => texts).filter((part) => part.length > 4);
    const wanted = new Set(["nowhere at all", "http", "justetf", 'x"', "%", '"url"']);
    for (let n = 0; n < 40; n += 1) {
      const part = all[(n * 7919) % all.length] ?? "";
      const start = (n * 31) % Math.max(1, part.length - 3);
      wanted.add(part.slice(start, start + 3 + (n % 9)));
    }
    for (const value of wanted) {
      if (value.includes("\n") || [...value].length < 3) continue;
      const folded = value.toLowerCase();
      const expected = rows
        .filter(({ texts }) => texts.some((part) => part.toLowerCase().includes(folded)))
        .map(({ id }) => id)
        .sort();
      expect(find([text(value)]), value).toEqual(expected);
      expect(find([text(value, true)]), `not ${value}`).toEqual(
        rows
          .map(({ id }) => id)
          .filter((id) => !expected.includes(id))
          .sort(),
      );
    }
  });
});

describe("an archive with metadata of its own", () => {
  function written() {
    const root = join(temporaryFolder(), "archive");
    Store.create(root).close();
    const db = new Database(join(root, "dataio.sqlite"));
    db.pragma("foreign_keys = OFF");
    db.transaction(() => migrate(db, "test", "2025-10-21T00:00:00.000000+00:00"))();
    const checksum = sha256Hex(Buffer.from("x"));
    mkdirSync(join(root, "responses"), { recursive: true });
    writeFileSync(join(root, "responses", `${checksum}.meta.json`), '{"headers":{"etag":"W/\\"first\\""}}');
    const at = "2025-10-21T10:00:00.000000+00:00";
    db.exec(`INSERT INTO sessions VALUES ('s', 'alpha', 'sync', '2025-10-21', '${at}', NULL);
      INSERT INTO requests VALUES ('q', 's', 'prices', 'GET', '{"city":"Z\\u00fcrich","q":"50%_\\"off\\" OR x*"}', NULL, 'h', '${at}');
      INSERT INTO responses VALUES ('r1', 'q', 'ok', NULL, '${checksum}', NULL, '${at}', 1);
      INSERT INTO responses VALUES ('r2', 'q', 'ok', NULL, '${checksum}', NULL, '${at}', 1);
      INSERT INTO response_meta VALUES ('r2', '{"url":"https://me:secret@example.test/a","headers":{"etag":"second","Authorization":"Bearer topsecret","Set-Cookie":["sid=hidden"]}}');`);
    db.prepare(
      `INSERT INTO resolutions (id, session_id, request_id, response_id, kind, error_json, started_at, ended_at)
       VALUES ('a1', 's', 'q', 'r2', 'reused', NULL, '${at}', '${at}'), ('a2', 's', 'q', NULL, 'failed', '{"code":"CONNECTION_REFUSED","message":"Nobody listens"}', '${at}', '${at}')`,
    ).run();
    onTestFinished(() => {
      db.close();
    });
    return { root, db };
  }

  it("finds each response by its own, asks by the response that they got, and failures by their reason", async () => {
    const { root } = written();
    const { find } = await searched(root);
    const others: RowFilter = [{ key: "status", value: "ok", not: true }];
    expect(find([text("first")])).toEqual(["response 1"]);
    expect(find([text("SECOND")])).toEqual(["response 2"]);
    expect(find([text("second"), { key: "is", value: "reused", not: false }])).toEqual(["resolution 1"]);
    expect(find([text("nobody listens"), { key: "is", value: "unanswered", not: false }])).toEqual(["resolution 2"]);
    expect(find([text("first", true), ...others.map((term) => ({ ...term, not: false }))])).toEqual(["response 2"]);
    for (const secret of ["topsecret", "hidden", "me:secret"]) expect(find([text(secret)]), secret).toEqual([]);
    expect(find([text("example.test/a")])).toEqual(["response 2"]);
  });

  it("takes a text as it is: no part of it is syntax", async () => {
    const { root } = written();
    const { find } = await searched(root);
    const both = ["response 1", "response 2"];
    for (const value of ["zürich", 'W/"', '50%_"off" OR x*', "x*", "%_", 'f" OR']) {
      expect(find([text(value)]), value).toEqual(value === 'W/"' ? ["response 1"] : value.length < 3 ? [] : both);
    }
    for (const value of ["50__", "x* NEAR y", "text:city", "zürich*"]) expect(find([text(value)]), value).toEqual([]);
  });

  it("takes in what comes later, metadata behind its response as well", async () => {
    const { root, db } = written();
    const { index, find, pass, read } = await searched(root);
    db.exec(`INSERT INTO requests VALUES ('q2', 's', 'news', 'GET', '{"late":"arrival"}', NULL, 'h2', '2025-10-21T11:00:00+00:00');
      INSERT INTO responses VALUES ('r3', 'q2', 'ok', NULL, NULL, NULL, '2025-10-21T11:00:00+00:00', NULL);
      INSERT INTO response_meta VALUES ('r1', '{"headers":{"etag":"corrected"}}')`);
    expect(index.update()).toBe("current");
    expect(pass.pending()).toBe(3);
    read();
    expect(find([text("arrival")])).toEqual(["response 3"]);
    expect(find([text("corrected")])).toEqual(["response 1"]);
    expect(find([text("first")])).toEqual([]);
  });
});

describe("what is searched of a request", () => {
  it("has no credentials, in whatever shape headers are written", () => {
    const shapes = [
      '{"headers":{"Authorization":"S3CRET","accept":"text/csv"}}',
      '{"headers":[["cookie","S3CRET"],["accept","text/csv"]]}',
      '{"headers":[{"name":"X-Api-Key","value":"S3CRET"},{"name":"accept","value":"text/csv"}]}',
      '{"headers":["Authorization: S3CRET","accept: text/csv"]}',
      '{"headers":{"\\u0041uthorization":"S3CRET","accept":"text/csv"}}',
      '{"url":"https://me:S3CRET@host/","accept":"text/csv"}',
    ];
    for (const shape of shapes) {
      expect(requestText(shape, null), shape).not.toContain("S3CRET");
      expect(requestText(null, shape), shape).toContain("text/csv");
      expect(metadataText(shape), shape).not.toContain("S3CRET");
    }
    // Where it cannot be taken to pieces, none of it is.
    expect(requestText('{"authorization":"S3CRET"', null)).not.toContain("S3CRET");
  });

  it("keeps numbers and characters as they are", () => {
    expect(requestText('{"a":30.0,"b":"\\u00e9\\ud83d\\ude00"}', null)).toBe('{"a":30.0,"b":"é😀"}');
    expect(requestText('{"a":"line\\nbreak","n":1e-07}', null)).toBe('{"a":"line\\nbreak","n":1e-07}\nline\nbreak');
  });
});
