/**
 * The second pass: type, duration, size and integrity, which only files know. Takes up where it stopped, for a row that was
 * not looked at says so. Reads each distinct payload once as long as it is remembered.
 */
import type Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import { declaredFacts, type FileFactsReader, LIST_HASH_LIMIT, metadataObject } from "../file-facts.ts";
import { CubeWriter, readCube } from "./cube.ts";
import {
  FILE_INDEXES,
  INTEGRITY_CODES,
  type IndexRow,
  idOf,
  NONE,
  PENDING,
  type RefType,
  ROW_COLUMNS,
  refTypeOf,
  rowidOf,
  STATE_INDEX,
} from "./schema.ts";
import { makeUnusualIndexes } from "./usual.ts";
import { Words } from "./words.ts";

/** Rows of one chunk. */
const CHUNK = 500;

interface Archived {
  readonly checksum: string | null;
  readonly size: number | null;
  readonly metaJson: string | null;
}

interface Facts {
  readonly integrity: number;
  readonly type: string | null;
  readonly duration: number | null;
  readonly size: number | null;
}

export class FilePass {
  readonly #archive: ReadConnection;
  readonly #db: Database.Database;
  readonly #files: FileFactsReader;
  readonly #words: Words;
  /** The row that the first pass has come to; later ones have an index of what is pending. */
  #reached = -1;

  constructor(archive: ReadConnection, db: Database.Database, files: FileFactsReader) {
    this.#archive = archive;
    this.#db = db;
    this.#files = files;
    this.#words = new Words(db);
  }

  /** Rows whose files were not looked at yet. */
  pending(): number {
    return Number(this.#db.prepare(`SELECT IFNULL(SUM(n), 0) FROM cube WHERE integrity = ${PENDING}`).pluck().get());
  }

  /** Looks at the files of the next rows. @returns false when there was nothing left to do */
  async step(): Promise<boolean> {
    if (!hasStateIndex(this.#db)) {
      this.#db.exec(STATE_INDEX);
      return true;
    }
    const rows = this.#next();
    if (rows.length === 0) {
      this.#makeIndexes();
      return false;
    }
    const found: [IndexRow, Facts][] = [];
    const archived = this.#archived(rows);
    for (const row of rows) found.push([row, await this.#look(archived.get(row.id))]);
    this.#db.transaction(() => this.#store(found)).immediate();
    return true;
  }

  #next(): IndexRow[] {
    const next = (index: string, after: number) =>
      this.#db
        .prepare<[number, number], IndexRow>(
          `SELECT ${ROW_COLUMNS} FROM rows ${index} WHERE integrity = ${PENDING} AND id > ? ORDER BY id LIMIT ?`,
        )
        .all(after, CHUNK);
    if (hasFileIndexes(this.#db)) return next("INDEXED BY pending", -1);
    let rows = next("NOT INDEXED", this.#reached);
    // An update may have asked for a second look at earlier ones.
    if (rows.length === 0 && this.pending() > 0) rows = next("NOT INDEXED", -1);
    this.#reached = rows.at(-1)?.id ?? -1;
    return rows;
  }

  #store(found: readonly [IndexRow, Facts][]): void {
    this.#words.load();
    const cube = new CubeWriter(this.#db);
    const current = this.#db.prepare<[number], IndexRow>(`SELECT ${ROW_COLUMNS} FROM rows WHERE id = ?`);
    const update = this.#db.prepare("UPDATE rows SET integrity = ?, type = ?, duration = ?, size = ? WHERE id = ?");
    const addBytes = this.#db.prepare("UPDATE identities SET bytes = bytes + ? WHERE id = ?");
    for (const [seen, facts] of found) {
      // It may have been made anew meanwhile.
      const old = current.get(seen.id);
      if (old === undefined || old.sum !== seen.sum || old.integrity !== PENDING) continue;
      const row: IndexRow = {
        ...old,
        integrity: facts.integrity,
        type: this.#words.idOf(facts.type),
        duration: facts.duration === null ? NONE : Math.round(facts.duration * 1000),
        size: facts.size ?? old.size,
      };
      update.run(row.integrity, row.type, row.duration, row.size, row.id);
      cube.count(old, -1);
      cube.count(row, 1);
      const grown = refTypeOf(row.id) === "response" ? Math.max(row.size, 0) - Math.max(old.size, 0) : 0;
      if (grown !== 0) addBytes.run(grown, row.identity);
    }
    cube.store();
  }

  async #look(archived: Archived | undefined): Promise<Facts> {
    const { checksum = null, size = null, metaJson = null } = archived ?? {};
    const payload =
      this.#files.payloadNow(checksum, size, LIST_HASH_LIMIT) ??
      (await this.#files.payload(checksum, size, LIST_HASH_LIMIT));
    const declared = metaJson === null ? this.#files.sidecarFacts(checksum) : declaredFacts(metadataObject(metaJson));
    return {
      integrity: INTEGRITY_CODES.indexOf(payload.state),
      type: payload.sniffed?.mediaType ?? declared.mediaType,
      duration: declared.elapsedMs,
      size: payload.sizeBytes,
    };
  }

  /** What the archive says of rows, by their id. */
  #archived(rows: readonly IndexRow[]): Map<number, Archived> {
    const meta = this.#archive.isExtended()
      ? "(SELECT m.meta_json FROM response_meta m WHERE m.response_id = r.id)"
      : "NULL";
    const found = new Map<number, Archived>();
    const read = (type: RefType, name: "r" | "t", table: string) => {
      const rowids = rows.flatMap(({ id }) => (refTypeOf(id) === type ? [rowidOf(id)] : []));
      if (rowids.length === 0) return;
      const all = this.#archive
        .prepare<[string], [number, string | null, number | null, string | null]>(
          `SELECT ${name}.rowid, r.checksum, r.size_bytes, ${meta} FROM ${table} WHERE ${name}.rowid IN (SELECT value FROM json_each(?))`,
        )
        .raw()
        .all(JSON.stringify(rowids));
      for (const [rowid, checksum, size, metaJson] of all) found.set(idOf(type, rowid), { checksum, size, metaJson });
    };
    read("response", "r", "responses r");
    read("resolution", "t", "resolutions t CROSS JOIN responses r ON r.id = t.response_id");
    return found;
  }

  #makeIndexes(): void {
    if (hasFileIndexes(this.#db)) return;
    this.#db
      .transaction(() => {
        this.#db.exec(FILE_INDEXES);
        makeUnusualIndexes(this.#db, ["type"], readCube(this.#db));
      })
      .immediate();
  }
}

/** True once figures as of a moment can be counted. */
export function hasStateIndex(db: Database.Database): boolean {
  return hasIndex(db, "by_state");
}

function hasIndex(db: Database.Database, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?").get(name) !== undefined;
}

/** True once the files of all rows have been looked at. Rows that came later may still be pending. */
export function hasFileIndexes(db: Database.Database): boolean {
  return hasIndex(db, "by_duration");
}
