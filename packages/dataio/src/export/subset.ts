/**
 * A smaller archive: the rows of the export with what they belong to, their payloads and sidecars. Values are copied as they
 * are stored. It is a folder that Python and every version of this library open, in one file: not in WAL mode.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { throwIfCancelled } from "../cancellation.ts";
import { fromSqliteError } from "../database.ts";
import { DataioError, fromSystemError } from "../errors.ts";
import { isChecksum } from "../identity.ts";
import { archiveLocation } from "../location.ts";
import { ARCHIVE_COLUMNS } from "../migrations.ts";
import type { PayloadStore } from "../payloads.ts";
import type { SidecarStore } from "../sidecars.ts";
import { Store } from "../store.ts";
import type { EntryReader, ExportEntry } from "./entries.ts";
import { FolderTree } from "./file-tree.ts";
import { openContent, storedChunks, Unexportable } from "./payload-content.ts";
import type { ExportScope, ExportTarget } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";

type Table = keyof typeof ARCHIVE_COLUMNS;
type StoredRow = Readonly<Record<string, string | number | Buffer | null>>;
/** Far above any transport metadata. */
const MAX_SIDECAR_BYTES = 16 * 1024 * 1024;
const ROWS_OF_A_COMMIT = 1_000;

/** Writes an archive. Make one with {@link SubsetArchive.create}. */
export class SubsetArchive implements ExportSink {
  readonly #scope: ExportScope;
  readonly #reader: EntryReader;
  readonly #payloads: PayloadStore;
  readonly #sidecars: SidecarStore;
  readonly #signal: AbortSignal | undefined;
  readonly #tree: FolderTree;
  readonly #db: Database.Database;
  readonly #copied = new Set<string>();
  #pending = 0;

  private constructor(
    scope: ExportScope,
    reader: EntryReader,
    files: SubsetFiles,
    tree: FolderTree,
    db: Database.Database,
  ) {
    this.#scope = scope;
    this.#reader = reader;
    this.#payloads = files.payloads;
    this.#sidecars = files.sidecars;
    this.#signal = files.signal;
    this.#tree = tree;
    this.#db = db;
  }

  /** @throws ALREADY_EXISTS where something is in the folder; ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(
    target: ExportTarget,
    scope: ExportScope,
    reader: EntryReader,
    files: SubsetFiles,
  ): Promise<SubsetArchive> {
    const tree = new FolderTree(target.path, "refuse");
    try {
      Store.create(tree.staging, { durable: false }).close();
      const db = new Database(archiveLocation(tree.staging).databasePath);
      db.pragma("journal_mode = DELETE");
      db.pragma("synchronous = OFF");
      // Orphans are normal: a response may name a request that is not there.
      db.pragma("foreign_keys = OFF");
      db.exec("BEGIN");
      return new SubsetArchive(scope, reader, files, tree, db);
    } catch (error) {
      await tree.discard();
      throw error;
    }
  }

  async add(entry: ExportEntry): Promise<Written> {
    const { ref } = entry;
    if (ref === null) throw new Unexportable("NOT_FOUND", "No response has this payload, so no row of an archive can.");
    let bytes = 0;
    if (entry.checksum !== null) bytes = await this.#copyPayload(entry.checksum);
    if (entry.responseId !== null) await this.#copyResponse(entry.responseId);
    else if (ref.type === "request") await this.#copyRequest(ref.id);
    if (ref.type === "resolution") await this.#copyResolutions("id", ref.id);
    this.#pending += 1;
    if (this.#pending % ROWS_OF_A_COMMIT === 0) this.#write(() => this.#db.exec("COMMIT; BEGIN"));
    return { name: null, bytes };
  }

  async finish(): Promise<void> {
    const scope = this.#scope;
    if (scope.type === "archive") await this.#copyUnanswered(null);
    else if (scope.type === "sessions") await this.#copyUnanswered(new Set(scope.ids));
    this.#write(() => {
      this.#db.exec("COMMIT");
      this.#db.close();
    });
    await this.#tree.finish();
  }

  async discard(): Promise<void> {
    if (this.#db.open) this.#db.close();
    await this.#tree.discard();
  }

  /** Sessions, with what they asked and nothing answered: no response leads to it. @param ids null for all */
  async #copyUnanswered(ids: ReadonlySet<string> | null): Promise<void> {
    for (const [table, sql] of Object.entries(UNANSWERED)) {
      if (table === "resolutions" && !this.#reader.extended) continue;
      for (let after = Number.MIN_SAFE_INTEGER; ; ) {
        throwIfCancelled(this.#signal);
        const page = await this.#reader.all<UnansweredRow>(sql, { after });
        for (const { id, sessionId, isWanted } of page) {
          if (isWanted === 0 || typeof id !== "string" || ids?.has(sessionId ?? "") === false) continue;
          if (table === "sessions") await this.#copy("sessions", "id", id);
          else if (table === "requests") await this.#copyRequest(id);
          else await this.#copyResolutions("id", id);
        }
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.pageKey;
        this.#write(() => this.#db.exec("COMMIT; BEGIN"));
      }
    }
  }

  async #copyResponse(id: string): Promise<void> {
    const [row] = await this.#copy("responses", "id", id);
    if (row === undefined) throw new Unexportable("NOT_FOUND", `The archive has no response ${id}.`);
    if (typeof row.request_id === "string") await this.#copyRequest(row.request_id);
    if (!this.#reader.extended) return;
    await this.#copy("response_meta", "response_id", id);
    await this.#copyResolutions("response_id", id);
  }

  async #copyRequest(id: string): Promise<void> {
    const [row] = await this.#copy("requests", "id", id);
    if (typeof row?.session_id === "string") await this.#copy("sessions", "id", row.session_id);
    if (row !== undefined && this.#reader.extended) await this.#copy("request_identities", "request_id", id);
  }

  /** With what each of them points to, so that none is left dangling. */
  async #copyResolutions(column: "id" | "response_id", id: string): Promise<void> {
    for (const row of await this.#copy("resolutions", column, id)) {
      if (typeof row.session_id === "string") await this.#copy("sessions", "id", row.session_id);
      if (typeof row.request_id === "string") await this.#copyRequest(row.request_id);
      if (typeof row.sent_checksum !== "string") continue;
      try {
        await this.#copyPayload(row.sent_checksum);
      } catch (error) {
        // What was answered is there; that what was sent is lost does not make it less.
        if (!(error instanceof Unexportable)) throw error;
      }
    }
  }

  async #copy(table: Table, column: string, value: string): Promise<readonly StoredRow[]> {
    const mark = `${table} ${column} ${value}`;
    const columns = ARCHIVE_COLUMNS[table];
    const isKnown = table !== "responses" && this.#copied.has(mark);
    const rows = isKnown
      ? []
      : await this.#reader.all<StoredRow>(`SELECT ${columns.join(", ")} FROM ${table} WHERE ${column} = @value`, {
          value,
        });
    if (isKnown) return rows;
    if (table === "sessions" || table === "requests") this.#copied.add(mark);
    const insert = `INSERT OR IGNORE INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
    this.#write(() => {
      const statement = this.#db.prepare(insert);
      for (const row of rows) statement.run(...columns.map((name) => row[name] ?? null));
    });
    return rows;
  }

  async #copyPayload(checksum: string): Promise<number> {
    if (!isChecksum(checksum)) throw new Unexportable("CHECKSUM_INVALID", "The row has no usable checksum.");
    const mark = `payload ${checksum.slice(0, 32)}`;
    if (this.#copied.has(mark)) return 0;
    const content = openContent(this.#payloads, checksum);
    const name = `responses/${checksum}`;
    if (content.whole !== null) this.#tree.addBytes(`${name}.bin`, content.whole);
    else await this.#tree.addChunks(`${name}.bin`, storedChunks(this.#payloads, content, this.#signal));
    const sidecar = this.#sidecars.pathOf(checksum);
    try {
      const found = statSync(sidecar, { throwIfNoEntry: false });
      // As it is, valid or not.
      if (found?.isFile() === true && found.size <= MAX_SIDECAR_BYTES) {
        this.#tree.addBytes(`${name}.meta.json`, readFileSync(sidecar));
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot copy ${sidecar}`);
    }
    this.#copied.add(mark);
    return content.sizeBytes;
  }

  #write(action: () => void): void {
    try {
      action();
    } catch (error) {
      const reason = fromSqliteError(error, join(this.#tree.staging, "dataio.sqlite"));
      throw reason instanceof DataioError ? reason : fromSystemError(reason, "Cannot write the archive");
    }
  }
}

interface UnansweredRow {
  readonly pageKey: number;
  readonly id: unknown;
  readonly sessionId: string | null;
  readonly isWanted: 0 | 1;
}

/** All rows in small pages, so that no read takes long. What a response stood for that could not be copied was answered. */
const UNANSWERED = {
  sessions: `SELECT rowid AS pageKey, id, id AS sessionId, 1 AS isWanted
    FROM sessions WHERE rowid > @after ORDER BY rowid LIMIT 500`,
  requests: `SELECT q.rowid AS pageKey, q.id, q.session_id AS sessionId,
      NOT EXISTS (SELECT 1 FROM responses r WHERE r.request_id = q.id) AS isWanted
    FROM requests q WHERE q.rowid > @after ORDER BY q.rowid LIMIT 500`,
  resolutions: `SELECT rowid AS pageKey, id, session_id AS sessionId, response_id IS NULL AS isWanted
    FROM resolutions WHERE rowid > @after ORDER BY rowid LIMIT 500`,
} as const;

interface SubsetFiles {
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  readonly signal: AbortSignal | undefined;
}
