/**
 * The third pass: the text of requests, of transport metadata and of failures. Takes up where it stopped, in steps between
 * which lists are read and new rows taken in; each row of the archive is read once.
 */
import type Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import { isChecksum } from "../identity.ts";
import type { SidecarStore } from "../sidecars.ts";
import { atOneMoment, FOLLOWED_TABLES, type FollowedTable } from "./archive-state.ts";
import { idOf, sumOfPrefix } from "./schema.ts";
import { metadataText, requestText } from "./searched-text.ts";
import { readTextMeta, storeTextMeta } from "./text-schema.ts";

/** Rows of one step: some 50 ms where each has a text. */
const CHUNK = 600;

/** Pages of one step of merging. */
const MERGED_PAGES = 500;
const MERGED = ["request_text", "row_text", "sidecar_text"];

/** The last row of each table whose text is in. */
type Reached = Readonly<Record<FollowedTable, number>>;
const NOTHING: Reached = { responses: 0, requests: 0, resolutions: 0, response_meta: 0 };

export class TextPass {
  readonly #archive: ReadConnection;
  readonly #db: Database.Database;
  readonly #sidecars: SidecarStore;

  /** @param db a text index, writable */
  constructor(archive: ReadConnection, db: Database.Database, sidecars: SidecarStore) {
    this.#archive = archive;
    this.#db = db;
    this.#sidecars = sidecars;
  }

  /** Rows of the archive whose text is not in yet. */
  pending(): number {
    const [reached, ends] = [this.#reached(), this.#ends()];
    return FOLLOWED_TABLES.reduce((sum, table) => sum + Math.max(0, ends[table] - reached[table]), 0);
  }

  /** True once everything that was there at some time has been read; later rows may still be missing. */
  isComplete(): boolean {
    return isTextComplete(this.#db);
  }

  /** Reads the next rows. @returns false when there was nothing left to do */
  step(): boolean {
    return this.#db.transaction(() => atOneMoment(this.#archive, () => this.#step())).immediate();
  }

  #step(): boolean {
    const reached = this.#reached();
    const ends = this.#ends();
    const table = FOLLOWED_TABLES.find((name) => reached[name] < ends[name]);
    if (table === undefined) {
      if (!this.isComplete()) storeTextMeta(this.#db, "complete", true);
      return this.#merge();
    }
    const last = this.#read(table, reached[table], ends[table]);
    storeTextMeta(this.#db, "reached", { ...reached, [table]: last });
    return true;
  }

  /** Once all is read, makes one of the many parts in which it was written: a search then looks in one place. */
  #merge(): boolean {
    const state = Number(readTextMeta(this.#db, "merged") ?? 0);
    const table = MERGED[state >> 1];
    if (table === undefined) return false;
    const isFirst = state % 2 === 0;
    const changes = this.#db.prepare<[], number>("SELECT total_changes()").pluck();
    const before = changes.get() ?? 0;
    this.#prepare(`INSERT INTO ${table} (${table}, rank) VALUES ('merge', ?)`).run(
      isFirst ? -MERGED_PAGES : MERGED_PAGES,
    );
    // As SQLite says of it: less than two changes mean that nothing was left to merge.
    const isDone = (changes.get() ?? 0) - before < 2;
    storeTextMeta(this.#db, "merged", isDone ? (state | 1) + 1 : state | 1);
    return true;
  }

  /** @returns the last row that was read */
  #read(table: FollowedTable, after: number, end: number): number {
    const rows = (sql: string) =>
      this.#archive.prepare<[number, number], readonly unknown[]>(`${sql} LIMIT ${CHUNK}`).raw().all(after, end);
    const [read, take] = this.#reading(table);
    const found = rows(read);
    for (const row of found) take(row);
    return found.length < CHUNK ? end : Number(found.at(-1)?.[0]);
  }

  #reading(table: FollowedTable): [sql: string, take: (row: readonly unknown[]) => void] {
    const within = "rowid > ? AND n.rowid <= ? ORDER BY n.rowid";
    switch (table) {
      case "requests":
        return [
          `SELECT n.rowid, n.params_json, n.body_json FROM requests n WHERE n.${within}`,
          ([rowid, params, body]) =>
            this.#add("request_text", Number(rowid), requestText(textOrNull(params), textOrNull(body))),
        ];
      case "responses": {
        const meta = this.#archive.isExtended()
          ? "(SELECT m.meta_json FROM response_meta m WHERE m.response_id = n.id)"
          : "NULL";
        return [
          `SELECT n.rowid, n.checksum, ${meta} FROM responses n WHERE n.${within}`,
          ([rowid, checksum, own]) => {
            if (typeof own === "string") this.#addOwn(Number(rowid), own);
            else this.#addSidecar(checksum);
          },
        ];
      }
      case "response_meta":
        // Nearly all were read with their response.
        return [
          `SELECT n.rowid, r.rowid, n.meta_json FROM response_meta n LEFT JOIN responses r ON r.id = n.response_id WHERE n.${within}`,
          ([, response, own]) => {
            if (response !== null && typeof own === "string") this.#addOwn(Number(response), own);
          },
        ];
      case "resolutions":
        return [
          `SELECT n.rowid, n.kind, n.error_json, r.rowid FROM resolutions n LEFT JOIN responses r ON r.id = n.response_id WHERE n.${within}`,
          ([rowid, kind, error, response]) => {
            const row = idOf("resolution", Number(rowid));
            if (response === null && typeof error === "string") this.#add("row_text", row, metadataText(error));
            else if (kind === "reused" && response !== null) this.#link(row, idOf("response", Number(response)));
          },
        ];
    }
  }

  #addOwn(response: number, json: string): void {
    const row = idOf("response", response);
    const { changes } = this.#prepare("INSERT OR IGNORE INTO own (row) VALUES (?)").run(row);
    if (changes > 0) this.#add("row_text", row, metadataText(json));
  }

  /** What a sidecar says holds for all responses with these bytes that have no metadata of their own. */
  #addSidecar(checksum: unknown): void {
    if (typeof checksum !== "string" || !isChecksum(checksum)) return;
    const sum = sumOfPrefix(checksum);
    if (this.#prepare("SELECT 1 FROM sidecars WHERE sum = ?").get(sum) !== undefined) return;
    const sidecar = this.#sidecarText(checksum);
    if (sidecar === null) return;
    const { lastInsertRowid } = this.#prepare("INSERT INTO sidecars (sum) VALUES (?)").run(sum);
    this.#add("sidecar_text", Number(lastInsertRowid), metadataText(sidecar));
  }

  #sidecarText(checksum: string): string | null {
    try {
      const sidecar = this.#sidecars.readSync(checksum);
      return sidecar.state === "missing" ? null : sidecar.text;
    } catch {
      // A file that cannot be read has no text; the file pass says what is wrong with it.
      return null;
    }
  }

  #link(row: number, response: number): void {
    this.#prepare("INSERT OR REPLACE INTO links (row, response) VALUES (?, ?)").run(row, response);
  }

  #add(table: "request_text" | "row_text" | "sidecar_text", rowid: number, text: string): void {
    if (text !== "") this.#prepare(`INSERT INTO ${table} (rowid, text) VALUES (?, ?)`).run(rowid, text);
  }

  readonly #statements = new Map<string, Database.Statement<unknown[]>>();
  #prepare(sql: string): Database.Statement<unknown[]> {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#db.prepare<unknown[]>(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #reached(): Reached {
    // Only this class writes it.
    return (readTextMeta(this.#db, "reached") as Reached | undefined) ?? NOTHING;
  }

  #ends(): Reached {
    const extended = this.#archive.isExtended();
    const end = (table: FollowedTable, isThere = true) =>
      isThere ? Number(this.#archive.prepare(`SELECT IFNULL(MAX(rowid), 0) FROM ${table}`).pluck().get()) : 0;
    return {
      responses: end("responses"),
      requests: end("requests"),
      resolutions: end("resolutions", extended),
      response_meta: end("response_meta", extended),
    };
  }
}

/** See {@link TextPass.isComplete}. */
export function isTextComplete(db: Database.Database): boolean {
  return readTextMeta(db, "complete") === true;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
