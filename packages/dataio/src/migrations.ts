/**
 * The tables of an archive. Those that Python knows are created exactly as Python does and never altered; ours are
 * additive, ordered steps, and their version is kept in the archive. An archive with a higher version is refused.
 */
import type Database from "better-sqlite3";
import { DataioError } from "./errors.ts";

/** The tables and indexes of mxm-dataio 0.1 to 0.3, for new archives. */
const PYTHON_TABLES = `
CREATE TABLE IF NOT EXISTS sessions (
  id TEXT PRIMARY KEY,
  source TEXT NOT NULL,
  mode TEXT NOT NULL,
  as_of TEXT NOT NULL,
  started_at TEXT NOT NULL,
  ended_at TEXT
);
CREATE TABLE IF NOT EXISTS requests (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  method TEXT NOT NULL,
  params_json TEXT,
  body_json TEXT,
  hash TEXT UNIQUE,
  created_at TEXT NOT NULL,
  FOREIGN KEY(session_id) REFERENCES sessions(id)
);
CREATE TABLE IF NOT EXISTS responses (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL,
  status TEXT NOT NULL,
  sequence INTEGER,
  checksum TEXT,
  path TEXT,
  created_at TEXT NOT NULL,
  size_bytes INTEGER,
  FOREIGN KEY(request_id) REFERENCES requests(id)
);
CREATE INDEX IF NOT EXISTS idx_requests_hash ON requests(hash);
CREATE INDEX IF NOT EXISTS idx_requests_session ON requests(session_id);
CREATE INDEX IF NOT EXISTS idx_responses_request ON responses(request_id);
CREATE INDEX IF NOT EXISTS idx_responses_created ON responses(created_at);
CREATE INDEX IF NOT EXISTS idx_responses_checksum ON responses(checksum);
`;

/** The tables that hold what was archived, Python's and ours, with their columns in order. */
export const ARCHIVE_COLUMNS = {
  sessions: ["id", "source", "mode", "as_of", "started_at", "ended_at"],
  requests: ["id", "session_id", "kind", "method", "params_json", "body_json", "hash", "created_at"],
  responses: ["id", "request_id", "status", "sequence", "checksum", "path", "created_at", "size_bytes"],
  resolutions: [
    "id",
    "session_id",
    "request_id",
    "response_id",
    "kind",
    "error_json",
    "sent_checksum",
    "policy_json",
    "started_at",
    "ended_at",
  ],
  response_meta: ["response_id", "meta_json"],
  request_identities: ["source", "hash", "request_id"],
} as const;

/** Columns without which a database is no archive. */
const { sessions, requests, responses } = ARCHIVE_COLUMNS;
const REQUIRED_COLUMNS: Readonly<Record<string, readonly string[]>> = { sessions, requests, responses };

/** What the steps add, besides what they may add to it later. */
const ADDED_TABLES = ["archive_meta", "resolutions", "response_meta", "request_identities", "imports", "imported_rows"];

/** Step N brings an archive from version N to N + 1. Steps are appended, never edited. */
const STEPS: readonly string[] = [
  `
CREATE TABLE resolutions (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions(id),
  request_id TEXT NOT NULL REFERENCES requests(id),
  response_id TEXT REFERENCES responses(id),
  kind TEXT NOT NULL,
  error_json TEXT,
  sent_checksum TEXT,
  policy_json TEXT,
  started_at TEXT NOT NULL,
  ended_at TEXT NOT NULL
);
CREATE INDEX idx_resolutions_session ON resolutions(session_id, started_at);
CREATE INDEX idx_resolutions_request ON resolutions(request_id, started_at);
CREATE INDEX idx_resolutions_response ON resolutions(response_id);
CREATE TABLE response_meta (
  response_id TEXT PRIMARY KEY REFERENCES responses(id),
  meta_json TEXT NOT NULL
);
-- A hash that another source's request row holds already (the column is UNIQUE across sources).
CREATE TABLE request_identities (
  source TEXT NOT NULL,
  hash TEXT NOT NULL,
  request_id TEXT NOT NULL REFERENCES requests(id),
  PRIMARY KEY (source, hash)
) WITHOUT ROWID;
`,
  `
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  -- archive, har, warc or folder
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  imported_at TEXT NOT NULL
);
-- Where a row came from that was not acquired here.
CREATE TABLE imported_rows (
  row_table TEXT NOT NULL,
  row_id TEXT NOT NULL,
  import_id TEXT NOT NULL REFERENCES imports(id),
  original_id TEXT NOT NULL,
  PRIMARY KEY (row_table, row_id)
) WITHOUT ROWID;
`,
];

/** The version that this library writes. */
export const SCHEMA_VERSION = STEPS.length;

/** The version from which on imports are on record. */
export const IMPORTS_SINCE = 2;

const META_TABLE = "CREATE TABLE archive_meta (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID";

function hasTable(db: Database.Database, name: string): boolean {
  return db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}

/**
 * The version of our additive tables; 0 when only Python wrote.
 * @throws SCHEMA_UNKNOWN when the version is no number.
 */
export function schemaVersion(db: Database.Database): number {
  return hasTable(db, "archive_meta") ? statedVersion(db) : 0;
}

function statedVersion(db: Database.Database): number {
  const text = db.prepare("SELECT value FROM archive_meta WHERE key = 'schema_version'").pluck().get();
  const version = Number(text);
  if (text === undefined || text === null || !Number.isSafeInteger(version) || version < 1) {
    throw new DataioError("SCHEMA_UNKNOWN", `The archive states no usable schema version (${String(text)}).`);
  }
  return version;
}

const NAMES = [...Object.keys(REQUIRED_COLUMNS), ...ADDED_TABLES].map((name) => `'${name}'`).join(", ");
/** What has the name of one of our tables, and whether it is one: a view may be a query that never ends. */
const TABLES = `SELECT name, type = 'table' AND rootpage > 0 AS isStored FROM sqlite_schema
  WHERE type IN ('table', 'view') AND name COLLATE NOCASE IN (${NAMES})`;
/** Can be prepared exactly where all required columns are there: the quickest way to know. */
const REQUIRED = `SELECT ${Object.entries(REQUIRED_COLUMNS)
  .flatMap(([table, columns]) => columns.map((column) => `${table}.${column}`))
  .join(", ")} FROM ${Object.keys(REQUIRED_COLUMNS).join(", ")}`;

/**
 * Refuses a database whose tables are not those of an archive, and archives of a newer version.
 * @returns the version of our additive tables, as {@link schemaVersion}
 * @throws SCHEMA_UNKNOWN, SCHEMA_TOO_NEW
 */
export function checkSchema(db: Database.Database): number {
  const tables = db.prepare<[], { name: string; isStored: 0 | 1 }>(TABLES).all();
  const odd = tables.find(({ isStored }) => isStored === 0);
  if (odd !== undefined) {
    throw new DataioError("SCHEMA_UNKNOWN", `"${odd.name}" is no stored table: the database is not a DataIO archive.`, {
      details: { table: odd.name },
    });
  }
  requireColumns(db);
  const version = tables.some(({ name }) => name === "archive_meta") ? statedVersion(db) : 0;
  if (version > SCHEMA_VERSION) {
    throw new DataioError(
      "SCHEMA_TOO_NEW",
      `The archive has schema version ${version}; this version reads up to ${SCHEMA_VERSION}.`,
      { details: { version, supported: SCHEMA_VERSION } },
    );
  }
  return version;
}

function requireColumns(db: Database.Database): void {
  try {
    db.prepare(REQUIRED);
    return;
  } catch (error) {
    // Which ones are missing is looked up below; whatever else is wrong shows there too.
    if (!(error instanceof Error)) throw error;
  }
  for (const [table, required] of Object.entries(REQUIRED_COLUMNS)) {
    const columns = new Set(db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table));
    const missing = required.filter((column) => !columns.has(column));
    if (missing.length > 0) {
      throw new DataioError(
        "SCHEMA_UNKNOWN",
        columns.size === 0
          ? `The database has no table "${table}": it is not a DataIO archive.`
          : `The table "${table}" lacks the columns ${missing.join(", ")}: it is not a DataIO archive.`,
        { details: { table } },
      );
    }
  }
  db.prepare(REQUIRED);
}

/** Creates the tables that Python knows, where they are missing. Call inside a write transaction. */
export function createPythonTables(db: Database.Database): void {
  db.exec(PYTHON_TABLES);
}

/**
 * Brings our additive tables up to date. Call inside a write transaction, so that all of it happens or nothing.
 * @param createdBy recorded once, as `created_by`
 * @param now timestamp text, recorded once, as `created_at`
 */
export function migrate(db: Database.Database, createdBy: string, now: string): void {
  const from = schemaVersion(db);
  if (from === SCHEMA_VERSION) return;
  if (from === 0) {
    db.exec(META_TABLE);
    const insert = db.prepare("INSERT INTO archive_meta (key, value) VALUES (?, ?)");
    insert.run("schema_version", "0");
    insert.run("created_by", createdBy);
    insert.run("created_at", now);
  }
  for (const step of STEPS.slice(from)) db.exec(step);
  db.prepare("UPDATE archive_meta SET value = ? WHERE key = 'schema_version'").run(String(SCHEMA_VERSION));
}
