/** What an index says of itself: which archive it was made from, and how far it has come. Call inside a transaction. */
import type Database from "better-sqlite3";
import { type Prepare, preparing } from "../database.ts";
import type { ArchiveState, Sample } from "./archive-state.ts";
import { INDEX_VERSION } from "./schema.ts";
import type { SessionTimes } from "./windows.ts";

export interface IndexedState {
  /** Path of the archive's database. */
  readonly archivePath: string;
  readonly state: ArchiveState;
  readonly samples: readonly Sample[];
}

export class IndexMeta {
  readonly #db: Database.Database;
  readonly #prepare: Prepare;

  constructor(db: Database.Database) {
    this.#db = db;
    this.#prepare = preparing(db);
  }

  /** Null when the file is no index of this version. */
  read(): IndexedState | null {
    try {
      const text = this.#prepare<[], string>("SELECT value FROM meta WHERE key = 'index'").pluck().get();
      const version = this.#db.pragma("user_version", { simple: true });
      // Only this class writes it.
      return text === undefined || version !== INDEX_VERSION ? null : (JSON.parse(text) as IndexedState);
    } catch {
      // A damaged file is as good as none: it is derived.
      return null;
    }
  }

  store(indexed: IndexedState, sessions: readonly SessionTimes[] | null): void {
    this.#prepare<[string], never>("INSERT OR REPLACE INTO meta (key, value) VALUES ('index', ?)").run(
      JSON.stringify({ archivePath: indexed.archivePath, state: indexed.state, samples: indexed.samples }),
    );
    this.#db.pragma(`user_version = ${INDEX_VERSION}`);
    if (sessions === null) return;
    this.#db.exec("DELETE FROM sessions");
    const insert = this.#db.prepare("INSERT INTO sessions (id, source, started, ended, open) VALUES (?, ?, ?, ?, ?)");
    for (const { rowid, source, started, ended, open } of sessions) insert.run(rowid, source, started, ended, open);
  }

  readSessions(): SessionTimes[] {
    return this.#prepare<[], SessionTimes>("SELECT id AS rowid, source, started, ended, open FROM sessions").all();
  }
}
