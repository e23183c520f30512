/** An index that was brought up to date is the one that a new build gives, whatever was written in which order. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Store } from "../../src/index.ts";
import { migrate } from "../../src/migrations.ts";
import { referenceArchive, temporaryFolder } from "../archives.ts";
import { contentsOf, countedCube, indexOf } from "./index-helpers.ts";

const CONTENTS = ['{"a":1}', '{"a":2}', "x,y\n1,2\n"].map((text) => ({ text, checksum: sha256(text) }));
const CHECKSUMS = [...CONTENTS.map(({ checksum }) => checksum), sha256("missing"), "no checksum", null];
const STATUSES = ["ok", "ok", "ok", "error", "stream_message"];
const SOURCES = ["alpha", "beta"];
const KINDS = ["prices", "news"];

/** A moment of a day on which everything happens; some in shapes that Python does not write. */
const moment = fc
  .tuple(fc.integer({ min: 0, max: 59 }), fc.constantFrom(0, 0, 0, 0, 1, 2, 3))
  .map(([minute, shape]) => {
    const clock = `10:${String(minute).padStart(2, "0")}:00`;
    return (
      [`2025-10-21T${clock}.000000+00:00`, `2025-10-21T${clock}+00:00`, `2025-10-21 ${clock}Z`, "no time"][shape] ?? ""
    );
  });
const few = fc.integer({ min: 0, max: 5 });

const write = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      table: fc.constant("sessions"),
      id: few,
      source: fc.constantFrom(...SOURCES),
      time: moment,
    }),
  },
  { weight: 1, arbitrary: fc.record({ table: fc.constant("end"), id: few, time: moment }) },
  {
    weight: 3,
    arbitrary: fc.record({
      table: fc.constant("requests"),
      id: few,
      session: few,
      kind: fc.constantFrom(...KINDS),
      time: moment,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      table: fc.constant("responses"),
      request: few,
      status: fc.constantFrom(...STATUSES),
      checksum: fc.constantFrom(...CHECKSUMS),
      time: moment,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      table: fc.constant("resolutions"),
      session: few,
      request: few,
      response: fc.option(fc.nat(10)),
      kind: fc.constantFrom("acquired", "reused", "failed"),
      time: moment,
    }),
  },
  { weight: 1, arbitrary: fc.record({ table: fc.constant("response_meta"), response: fc.nat(10) }) },
);
type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function emptyArchive(extended: boolean): { root: string; db: Database.Database } {
  const root = join(temporaryFolder(), "archive");
  Store.create(root).close();
  const db = new Database(join(root, "dataio.sqlite"));
  db.pragma("foreign_keys = OFF");
  if (extended) db.transaction(() => migrate(db, "test", "2025-10-21T00:00:00.000000+00:00"))();
  else
    db.exec("DROP TABLE response_meta; DROP TABLE resolutions; DROP TABLE request_identities; DROP TABLE archive_meta");
  mkdirSync(join(root, "responses"), { recursive: true });
  for (const { text, checksum } of CONTENTS) writeFileSync(join(root, "responses", `${checksum}.bin`), text);
  const sidecar = join(root, "responses", `${CONTENTS[0]?.checksum}.meta.json`);
  writeFileSync(sidecar, '{"elapsed_ms":12.5,"content_type":"application/json"}');
  return { root, db };
}

/** Writes as another program would; a second row with the same key is left out, as Python does. */
function apply(db: Database.Database, writes: readonly Write[], extended: boolean, next: () => number): void {
  db.transaction(() => {
    for (const entry of writes) {
      const asId = (n: number, what: string) => `${what}-${n}`;
      if (entry.table === "sessions" && "source" in entry) {
        db.prepare("INSERT OR IGNORE INTO sessions VALUES (?, ?, 'sync', '2025-10-21', ?, NULL)").run(
          asId(entry.id, "s"),
          entry.source,
          entry.time,
        );
      } else if (entry.table === "end" && "id" in entry) {
        db.prepare("UPDATE sessions SET ended_at = ? WHERE id = ?").run(entry.time, asId(entry.id, "s"));
      } else if (entry.table === "requests" && "id" in entry && "session" in entry) {
        db.prepare("INSERT OR IGNORE INTO requests VALUES (?, ?, ?, 'GET', '{}', NULL, NULL, ?)").run(
          asId(entry.id, "q"),
          asId(entry.session, "s"),
          entry.kind,
          entry.time,
        );
      } else if ("checksum" in entry) {
        const n = next();
        db.prepare("INSERT INTO responses VALUES (?, ?, ?, NULL, ?, NULL, ?, ?)").run(
          asId(n, "r"),
          asId(entry.request, "q"),
          entry.status,
          entry.checksum,
          entry.time,
          entry.checksum === null ? null : 7,
        );
      } else if ("response" in entry && "kind" in entry && extended) {
        db.prepare("INSERT INTO resolutions VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, ?, ?)").run(
          asId(next(), "a"),
          asId(entry.session, "s"),
          asId(entry.request, "q"),
          entry.response === null ? null : asId(entry.response, "r"),
          entry.kind,
          entry.kind === "failed" ? '{"code":"CANCELLED","message":""}' : null,
          entry.time,
          entry.time,
        );
      } else if (entry.table === "response_meta" && "response" in entry && extended) {
        db.prepare("INSERT OR IGNORE INTO response_meta VALUES (?, ?)").run(
          asId(entry.response, "r"),
          '{"elapsed_ms":7,"content_type":"text/csv"}',
        );
      }
    }
  })();
}

describe.each([
  ["an archive with our tables", true],
  ["an archive that only Python wrote", false],
])("updating the index of %s", (_name, extended) => {
  it("gives what building it anew gives", { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(write, { maxLength: 12 }), { minLength: 1, maxLength: 5 }),
        async (batches) => {
          const { root, db } = emptyArchive(extended);
          try {
            let n = 0;
            const next = () => n++;
            const kept = await indexOf(root);
            for (const [at, batch] of batches.entries()) {
              apply(db, batch, extended, next);
              expect(kept.update()).toBe("current");
              if (at % 2 === 0) await kept.lookAtFiles();
            }
            await kept.lookAtFiles();
            const fresh = await indexOf(root);
            await fresh.lookAtFiles();
            expect(contentsOf(kept.db)).toEqual(contentsOf(fresh.db));
            expect(contentsOf(kept.db).cube).toEqual(countedCube(kept.db));
          } finally {
            db.close();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("an index that does not match", () => {
  it.each([
    ["a response is gone", "DELETE FROM responses WHERE rowid = 20"],
    ["the last response is gone", "DELETE FROM responses WHERE rowid = (SELECT MAX(rowid) FROM responses)"],
    ["a request is gone", "DELETE FROM requests WHERE rowid = 3"],
    ["a session is gone", "DELETE FROM sessions WHERE rowid = 2"],
    [
      "a response was written over",
      "UPDATE responses SET id = 'other' WHERE rowid = (SELECT MAX(rowid) FROM responses)",
    ],
  ])("says so: %s", async (_what, sql) => {
    const root = referenceArchive("small");
    const kept = await indexOf(root);
    expect(kept.update()).toBe("current");
    const db = new Database(join(root, "dataio.sqlite"));
    db.pragma("foreign_keys = OFF");
    db.exec(sql);
    db.close();
    expect(kept.update()).toBe("mismatch");
  });
});
