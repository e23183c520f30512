/**
 * The tables of the text indexes: files beside a browse index, derived like it, that can be deleted at any time. They hold
 * trigrams of texts and where those stand, so that any part of a text is found; the texts themselves stay in the archive.
 */
import Database from "better-sqlite3";

/** A text index of another version is made anew. */
export const TEXT_VERSION = 1;
/** Code points of the shortest text that trigrams can find. */
export const SHORTEST_TEXT = 3;

const trigrams = (name: string) =>
  `CREATE VIRTUAL TABLE ${name} USING fts5(text, content='', columnsize=0, tokenize='trigram');
   INSERT INTO ${name} (${name}, rank) VALUES ('hashsize', 16777216);`;

const META = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;";

/** Requests and metadata. Row ids of `rows` are those of the browse index; `sum` is its column. */
export const TEXT_TABLES = `
${META}
${/* By the request's rowid. */ trigrams("request_text")}
${/* By the row's id: a response's own metadata, or why an ask failed. */ trigrams("row_text")}
${/* By the id in \`sidecars\`. */ trigrams("sidecar_text")}
CREATE TABLE sidecars (id INTEGER PRIMARY KEY, sum INTEGER NOT NULL UNIQUE);
CREATE TABLE own (row INTEGER PRIMARY KEY);
CREATE TABLE links (row INTEGER PRIMARY KEY, response INTEGER NOT NULL);
CREATE INDEX links_to ON links (response);
`;

/** Contents of payloads, by the id in `payloads`; `state` says why one has no text. */
export const PAYLOAD_TABLES = `
${META}
${trigrams("payload_text")}
CREATE TABLE payloads (id INTEGER PRIMARY KEY, sum INTEGER NOT NULL UNIQUE, state INTEGER NOT NULL);
`;

/** Opens a text index for writing, and makes it when there is none that can be used. */
export function openTextFile(path: string, tables: string): Database.Database {
  const db = new Database(path, { timeout: 5_000 });
  try {
    // Lists are read while it is written. What a power cut damages is made anew.
    db.pragma("journal_mode = WAL");
    db.pragma("synchronous = NORMAL");
    db.pragma("cache_size = -32768");
    db.pragma("wal_autocheckpoint = 8000");
    db.transaction(() => {
      if (db.pragma("user_version", { simple: true }) !== 0) return;
      db.exec(tables);
      db.pragma(`user_version = ${TEXT_VERSION}`);
    }).immediate();
    if (db.pragma("user_version", { simple: true }) !== TEXT_VERSION) throw new Error("it has another version");
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** JSON under a key of `meta`; undefined where there is none. */
export function readTextMeta(db: Database.Database, key: string): unknown {
  const text = db.prepare<[string], string>("SELECT value FROM meta WHERE key = ?").pluck().get(key);
  return text === undefined ? undefined : JSON.parse(text);
}

export function storeTextMeta(db: Database.Database, key: string, value: unknown): void {
  db.prepare("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)").run(key, JSON.stringify(value));
}
