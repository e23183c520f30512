/** Archives as chance would have them written: by several programs, in any order, with rows missing and texts of odd shapes. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { checkRequestHash } from "../../src/identity.ts";
import { Store } from "../../src/index.ts";
import { migrate } from "../../src/migrations.ts";
import { temporaryFolder } from "../archives.ts";

const CONTENTS = ['{"a":1}', '{"a":2}', "x,y\n1,2\n"].map((text) => ({ text, checksum: sha256(text) }));
const CHECKSUMS = [...CONTENTS.map(({ checksum }) => checksum), sha256("missing"), "no checksum", null];
const STATUSES = ["ok", "ok", "ok", "error", "stream_message"];
const SOURCES = ["alpha", "beta"];
const KINDS = ["prices", "news"];

/** A moment of a day on which everything happens; some in shapes that Python does not write. */
export const moment = fc
  .tuple(fc.integer({ min: 0, max: 59 }), fc.constantFrom(0, 0, 0, 0, 1, 2, 3))
  .map(([minute, shape]) => {
    const clock = `10:${String(minute).padStart(2, "0")}:00`;
    return (
      [`2025-10-21T${clock}.000000+00:00`, `2025-10-21T${clock}+00:00`, `2025-10-21 ${clock}Z`, "no time"][shape] ?? ""
    );
  });
const few = fc.integer({ min: 0, max: 5 });

export const write = fc.oneof(
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
      method: fc.constantFrom("GET", "GET", "GET", "SUBSCRIBE"),
      hashed: fc.boolean(),
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
export type Write = typeof write extends fc.Arbitrary<infer T> ? T : never;

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function emptyArchive(extended: boolean): { root: string; db: Database.Database } {
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

/** Ids as Python writes them, of another shape, or of both. */
export const shapes = fc.constantFrom<Shape[]>("uuid", "uuid", "plain", "mixed");
export type Shape = "uuid" | "plain" | "mixed";

function idOfShape(shape: Shape, n: number, what: string): string {
  if (shape === "plain" || (shape === "mixed" && n % 3 === 0)) return `${what}-${n}`;
  return `${what.charCodeAt(0).toString(16).padStart(8, "0")}-0000-4000-a000-${n.toString(16).padStart(12, "0")}`;
}

/** Writes as another program would; a second row with the same key is left out, as Python does. */
export function apply(
  db: Database.Database,
  writes: readonly Write[],
  extended: boolean,
  shape: Shape,
  next: () => number,
): void {
  db.transaction(() => {
    for (const entry of writes) {
      const asId = (n: number, what: string) => idOfShape(shape, n, what);
      if (entry.table === "sessions" && "source" in entry) {
        db.prepare("INSERT OR IGNORE INTO sessions VALUES (?, ?, 'sync', '2025-10-21', ?, NULL)").run(
          asId(entry.id, "s"),
          entry.source,
          entry.time,
        );
      } else if (entry.table === "end" && "id" in entry) {
        db.prepare("UPDATE sessions SET ended_at = ? WHERE id = ?").run(entry.time, asId(entry.id, "s"));
      } else if (entry.table === "requests" && "id" in entry && "session" in entry) {
        insertRequest(db, { ...entry, id: asId(entry.id, "q"), session: asId(entry.session, "s") }, extended);
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
          entry.kind === "failed"
            ? `{"code":"${entry.request % 2 === 0 ? "CANCELLED" : "TIMEOUT"}","message":""}`
            : null,
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

/** With its hash, or without one: as an error's, or as one whose hash another source's row holds. */
function insertRequest(
  db: Database.Database,
  row: { id: string; session: string; kind: string; method: string; hashed: boolean; time: string },
  extended: boolean,
): void {
  const { id, session, kind, method, time } = row;
  if (db.prepare("SELECT 1 FROM requests WHERE id = ?").get(id) !== undefined) return;
  const check = checkRequestHash({ kind, method: method as "GET", paramsJson: "{}", bodyJson: null, hash: null });
  const hash = row.hashed && check.state === "absent" ? check.expected : null;
  const holder = db.prepare("SELECT 1 FROM requests WHERE hash = ?").get(hash);
  db.prepare("INSERT INTO requests VALUES (?, ?, ?, ?, '{}', NULL, ?, ?)").run(
    ...[id, session, kind, method, holder === undefined ? hash : null, time],
  );
  if (hash === null || holder === undefined || !extended) return;
  const sourceOf = db.prepare("SELECT s.source FROM sessions s WHERE s.id = ?").pluck();
  const source = sourceOf.get(session);
  const theirs = sourceOf.get(db.prepare("SELECT session_id FROM requests WHERE hash = ?").pluck().get(hash));
  if (source === undefined || theirs === undefined || source === theirs) return;
  db.prepare("INSERT OR IGNORE INTO request_identities VALUES (?, ?, ?)").run(source, hash, id);
}
