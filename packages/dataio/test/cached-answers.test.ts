import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { CachedAnswers } from "../src/cached-answers.ts";
import { preparing } from "../src/database.ts";
import { Store } from "../src/index.ts";
import { temporaryFolder } from "./archives.ts";

const HASH = "a".repeat(64);

/** Lookups in an archive with a request `q` of source `mine` that carries HASH, and responses `(id, created_at, status)`. */
function lookups(responses: readonly (readonly [id: unknown, createdAt: unknown, status?: string])[]) {
  const root = temporaryFolder();
  Store.create(root).close();
  const db = new Database(join(root, "dataio.sqlite"));
  onTestFinished(() => void db.close());
  db.exec(`INSERT INTO sessions VALUES ('s', 'mine', 'sync', 't', 't', NULL);
    INSERT INTO requests VALUES ('q', 's', 'k', 'GET', '{}', NULL, '${HASH}', 't')`);
  const insert = db.prepare("INSERT INTO responses VALUES (?, 'q', ?, NULL, NULL, ?, ?, 1)");
  for (const [id, createdAt, status = "ok"] of responses) insert.run(id, status, null, createdAt);
  const statements: string[] = [];
  const prepare = preparing(db);
  const cached = new CachedAnswers(
    (sql) => {
      statements.push(sql);
      return prepare(sql);
    },
    () => true,
  );
  return { cached, db, statements };
}

describe("what may answer a fetch", () => {
  const CHOICES: readonly (readonly [what: string, expected: string, responses: Parameters<typeof lookups>[0]])[] = [
    [
      "the later of two moments",
      "b",
      [
        ["a", "2026-01-01T00:00:00.1"],
        ["b", "2026-01-01T00:00:00.2"],
      ],
    ],
    [
      "of equal moments the greater id",
      "b",
      [
        ["b", "2026-01-01"],
        ["a", "2026-01-01"],
      ],
    ],
    [
      "of a text and one that goes on, the longer",
      "a",
      [
        ["z", "2026-01-01T00"],
        ["a", "2026-01-01T00:00"],
      ],
    ],
    [
      "what is good, whatever else came later",
      "a",
      [
        ["a", "2026-01-01"],
        ["b", "2026-01-02", "error"],
      ],
    ],
  ];
  it.each(CHOICES)("is %s", (_, expected, responses) => {
    const { cached, db } = lookups(responses);
    const sorted = db.prepare("SELECT id FROM responses WHERE status = 'ok' ORDER BY created_at DESC, id DESC").pluck();
    expect(sorted.get()).toBe(expected);
    expect(cached.byHash(HASH, "mine")?.id).toBe(expected);
    expect(cached.byRequestId("q")).toEqual(cached.byHash(HASH, "mine"));
  });

  it("is nothing of another source, of an unknown hash, or without a good response", () => {
    const { cached } = lookups([["a", "2026-01-01", "error"]]);
    expect(cached.byHash(HASH, "mine")).toBeUndefined();
    expect(cached.byRequestId("q")).toBeUndefined();
    const { cached: good } = lookups([["a", "2026-01-01"]]);
    expect(good.byHash(HASH, "mine")?.id).toBe("a");
    expect(good.byHash(HASH, "theirs")).toBeUndefined();
    expect(good.byHash("b".repeat(64), "mine")).toBeUndefined();
  });

  it("has its columns as text where a damaged archive holds something else", () => {
    const { cached } = lookups([[Buffer.from([0, 255]), Buffer.from([1])]]);
    expect(cached.byHash(HASH, "mine")).toEqual({
      id: "X'00FF'",
      requestId: "q",
      status: "ok",
      sequence: null,
      checksum: null,
      path: null,
      createdAt: "X'01'",
      sizeBytes: 1,
    });
  });

  it("is found by the index of the hash and that of the request alone", () => {
    const { cached, db, statements } = lookups([["a", "2026-01-01"]]);
    cached.byHash(HASH, "mine");
    const [sql = ""] = statements;
    const plan = db
      .prepare<[object], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all({ key: HASH, source: "mine" });
    const steps = plan.map(({ detail }) => detail).join("\n");
    expect(steps).toMatch(/SEARCH q USING INDEX \S+ \(hash=\?\)/);
    expect(steps).toMatch(/SEARCH r USING INDEX \S+ \(request_id=\?\)/);
    expect(steps).not.toMatch(/TEMP B-TREE|SCAN (q|r)\b/);
  });
});
