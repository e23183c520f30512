/** Indexes of test archives: built, brought up to date, and read back as texts. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { onTestFinished } from "vitest";
import { buildIndex } from "../../src/browse-index/builder.ts";
import { FilePass } from "../../src/browse-index/file-pass.ts";
import { IndexedReader } from "../../src/browse-index/indexed-reader.ts";
import { divideAt, SCATTERED_COLUMNS } from "../../src/browse-index/scattered.ts";
import { DIMENSIONS, type IndexRow, refTypeOf, rowidOf } from "../../src/browse-index/schema.ts";
import { IndexUpdater } from "../../src/browse-index/updater.ts";
import { Words } from "../../src/browse-index/words.ts";
import { openForReading, type ReadConnection } from "../../src/database.ts";
import { FileFactsReader } from "../../src/file-facts.ts";
import { checkRequestHash } from "../../src/identity.ts";
import { archiveLocation } from "../../src/location.ts";
import type { Request } from "../../src/model.ts";
import { PayloadStore } from "../../src/payloads.ts";
import { ArchiveReader } from "../../src/reader.ts";
import { SidecarStore } from "../../src/sidecars.ts";
import { temporaryFolder } from "../archives.ts";

export interface IndexedArchive {
  readonly path: string;
  readonly archive: ReadConnection;
  readonly db: Database.Database;
  /** Takes in what is new. */
  update(): "current" | "mismatch";
  /** Looks at all files that were not looked at. */
  lookAtFiles(): Promise<void>;
  /** Done at the end of a test where it was not before. */
  close(): void;
}

/**
 * A new index of an archive, in a folder of its own.
 * @param long see IndexUpdater
 */
export async function indexOf(root: string, long?: number): Promise<IndexedArchive> {
  const location = archiveLocation(root);
  const path = join(temporaryFolder(), "index.sqlite");
  const archive = openForReading(location);
  await buildIndex(archive, location.databasePath, path);
  archive.close();
  divide(path);
  return openIndex(root, path, long);
}

/** Makes half of the rows recent ones, as if they had come later. */
export function divide(path: string): void {
  const db = new Database(path);
  db.pragma("synchronous = OFF");
  const middle = Number(db.prepare("SELECT IFNULL(MAX(id), 0) / 2 FROM rows").pluck().get());
  db.transaction(() => {
    for (const column of SCATTERED_COLUMNS) divideAt(db, column, Math.floor(middle));
  })();
  db.close();
}

/** The index of an archive that is at `path`. @param long see IndexUpdater */
export function openIndex(root: string, path: string, long?: number): IndexedArchive {
  const location = archiveLocation(root);
  const archive = openForReading(location);
  const db = new Database(path);
  // No test looks at what is left after a power cut.
  db.pragma("synchronous = OFF");
  const close = () => {
    db.close();
    archive.close();
  };
  onTestFinished(close);
  const updater = new IndexUpdater(archive, location.databasePath, db, long);
  const directory = location.responsesDirectory;
  return {
    path,
    archive,
    db,
    update() {
      for (;;) {
        const { state } = updater.step();
        if (state !== "behind") return state;
      }
    },
    async lookAtFiles() {
      const files = new FileFactsReader(new PayloadStore(directory), new SidecarStore(directory));
      const pass = new FilePass(archive, db, files);
      while (await pass.step());
    },
    close,
  };
}

/** Everything an index holds, with texts for codes: equal for equal archives. */
export function contentsOf(db: Database.Database) {
  const words = new Words(db);
  const named = (row: Record<string, number>) => ({
    ...row,
    ...Object.fromEntries(
      ["source", "kind", "method", "status", "type"].map((name) => [name, words.textOf(row[name] ?? 0)]),
    ),
  });
  const rows = db.prepare<[], IndexRow>("SELECT * FROM rows ORDER BY id").all();
  const cells = db.prepare<[], Record<string, number>>("SELECT * FROM cube").all().map(named);
  return {
    rows: rows.map((row) => ({ ...named(row), ref: refTypeOf(row.id), rowid: rowidOf(row.id) })),
    cube: cells.map((cell) => JSON.stringify(cell)).sort(),
    identities: db.prepare<[], Record<string, number>>("SELECT * FROM identities ORDER BY id").all().map(named),
    totals: db
      .prepare(
        "SELECT * FROM session_totals WHERE responses <> 0 OR failures <> 0 OR reused <> 0 OR bytes <> 0 ORDER BY session",
      )
      .all(),
    sessions: db
      .prepare<[], { id: number; source: number; started: number; ended: number }>("SELECT * FROM sessions ORDER BY id")
      .all()
      .map((session) => ({ ...session, source: words.textOf(session.source) })),
  };
}

/** The smallest rowid of a request that asks the same of the same source, by request id; found by looking at all. */
export function identitiesOf(archive: ReadConnection): Map<string, number> {
  const rows = archive
    .prepare<[], Request & { rowid: number; source: string | null; other: string | null }>(
      `SELECT q.rowid, q.id, q.kind, q.method, q.params_json AS paramsJson, q.body_json AS bodyJson, q.hash, s.source,
         ${archive.isExtended() ? "(SELECT i.hash FROM request_identities i WHERE i.request_id = q.id)" : "NULL"} AS other
       FROM requests q LEFT JOIN sessions s ON s.id = q.session_id ORDER BY q.rowid`,
    )
    .all();
  const first = new Map<string, number>();
  return new Map(
    rows.map((row) => {
      const check = checkRequestHash({ ...row, hash: null });
      const hash = row.hash ?? row.other ?? (check.state === "absent" ? check.expected : null);
      const isAlone = row.source === null || row.method === "SUBSCRIBE" || hash === null;
      const key = isAlone ? row.id : `${row.source} ${hash}`;
      if (!first.has(key)) first.set(key, row.rowid);
      return [row.id, first.get(key) ?? 0];
    }),
  );
}

/** The cube as it follows from the rows. */
export function countedCube(db: Database.Database): string[] {
  const words = new Words(db);
  const cells = db
    .prepare<[], Record<string, number>>(
      `SELECT id & 3 AS ref, ${DIMENSIONS.join(", ")}, COUNT(*) AS n FROM rows GROUP BY 1, ${DIMENSIONS.join(", ")}`,
    )
    .all();
  const texts = ["source", "kind", "method", "status", "type"];
  return cells
    .map((cell) =>
      JSON.stringify({
        ...cell,
        ...Object.fromEntries(texts.map((name) => [name, words.textOf(cell[name] ?? 0)])),
      }),
    )
    .sort();
}

/** An archive with a whole index, and the readers of both. */
export interface ReadBothWays {
  readonly reader: ArchiveReader;
  readonly indexed: IndexedReader;
  readonly index: IndexedArchive;
}

export async function readBothWays(root: string): Promise<ReadBothWays> {
  const index = await indexOf(root);
  await index.lookAtFiles();
  const reader = new ArchiveReader(root);
  const indexed = new IndexedReader(reader, index.path);
  onTestFinished(() => {
    indexed.close();
    reader.close();
  });
  return { reader, indexed, index };
}
