/**
 * The rows of an archive for long work beside other processes: read in short pages, so that no read transaction stays
 * open between them and no writer waits; a locked moment is waited for without blocking the thread. Only the rows that
 * were there at the start, so that a row whose turn has not come yet is never taken for a broken one.
 *
 * What has to be remembered is in temporary tables outside the archive, which SQLite moves to disk when they grow.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../cancellation.ts";
import { openForReading, type ReadConnection, whenUnlocked } from "../database.ts";
import { DataioError } from "../errors.ts";
import type { ArchiveLocation } from "../location.ts";
import { schemaVersion } from "../migrations.ts";

/** Rows read at once: about a millisecond. */
const PAGE_ROWS = 500;
/** SQLite itself waits no longer than this for a lock, in milliseconds; the rest of the waiting leaves the thread free. */
const BUSY_MS = 20;
/** How long the thread is kept without a turn for others, in milliseconds. */
const TURN_MS = 15;

/** Tables that are read by pages. */
export type PagedTable = "sessions" | "requests" | "responses" | "resolutions" | "response_meta";

type Value = string | number | bigint | Uint8Array | null;
type Params = Readonly<Record<string, Value>>;

/** SQL that shows a primary key as text, whatever it is. */
export const idText = (column: string) => `CASE typeof(${column}) WHEN 'text' THEN ${column} ELSE quote(${column}) END`;

/** Open for reading until disposed of. Make one with {@link ArchiveRows.open}. */
export class ArchiveRows implements Disposable {
  readonly location: ArchiveLocation;
  readonly connection: ReadConnection;
  /** True once our additive tables are there. */
  readonly extended: boolean;
  /** True when only a part of the archive is looked at; see {@link narrow}. */
  narrowed = false;
  readonly #signal: AbortSignal | undefined;
  readonly #lastRow: ReadonlyMap<PagedTable, string>;
  #turnAt = performance.now();

  private constructor(location: ArchiveLocation, connection: ReadConnection, signal: AbortSignal | undefined) {
    this.location = location;
    this.connection = connection;
    this.#signal = signal;
    const { db } = connection;
    // One transaction, so that the last rows belong together: a response is never there without its request.
    const begun = db.transaction(() => {
      const extended = schemaVersion(db) > 0;
      const tables: PagedTable[] = ["sessions", "requests", "responses"];
      if (extended) tables.push("resolutions", "response_meta");
      const last = (table: PagedTable) =>
        String(db.prepare(`SELECT CAST(MAX(rowid) AS TEXT) FROM ${table}`).pluck().get() ?? "0");
      return { extended, lastRow: new Map(tables.map((table) => [table, last(table)])) };
    })();
    this.extended = begun.extended;
    this.#lastRow = begun.lastRow;
  }

  /** @throws what {@link openForReading} throws; CANCELLED */
  static async open(location: ArchiveLocation, signal: AbortSignal | undefined): Promise<ArchiveRows> {
    const open = () => {
      const connection = openForReading(location, { busyMs: BUSY_MS });
      try {
        connection.db.pragma("temp_store = FILE");
        return new ArchiveRows(location, connection, signal);
      } catch (error) {
        connection.close();
        throw error;
      }
    };
    return await whenUnlocked(location.databasePath, open, { signal });
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }

  /** The rows of a short statement. @throws DATABASE_LOCKED, NOT_A_DATABASE (damaged), CANCELLED */
  async all<T>(sql: string, params: Params = {}): Promise<T[]> {
    return await this.read(() => this.connection.prepare<[Params], T>(sql).all(params));
  }

  /** What `action` reads through {@link connection}; it runs again when it meets a lock. @throws as {@link all} */
  async read<T>(action: () => T): Promise<T> {
    await this.turn();
    return await whenUnlocked(this.location.databasePath, action, { signal: this.#signal });
  }

  /** The number that a short statement yields; 0 for none. */
  async number(sql: string, params: Params = {}): Promise<number> {
    const [row] = await this.all<{ n: number | null }>(sql, params);
    return row?.n ?? 0;
  }

  /** Changes temporary tables: runs the statement, once for each of `params`. */
  async scratch(sql: string, params: readonly Params[] = [{}]): Promise<void> {
    await this.read(() =>
      this.connection.scratch(() => {
        // All of them or none, so that it may be tried again.
        this.connection.db.transaction(() => {
          const statement = this.connection.db.prepare(sql);
          for (const one of params) statement.run(one);
        })();
      }),
    );
  }

  /**
   * The rows of a table under the alias `t`, page by page in the order in which they were written.
   * @param columns select list; `joins` may add tables to choose from
   */
  async *pages<T>(table: PagedTable, columns: string, joins = ""): AsyncGenerator<T[], void, undefined> {
    const narrowed = this.#isNarrowed(table);
    const key = narrowed ? "x.row" : "t.rowid";
    const from = narrowed ? `temp.scope_${table} x CROSS JOIN ${table} t ON t.rowid = x.row` : `${table} t`;
    // As text: a rowid may be larger than what a number holds.
    const sql = `SELECT CAST(${key} AS TEXT) AS pageKey, ${columns} FROM ${from} ${joins}
      WHERE ${key} > CAST(@after AS INTEGER) AND ${key} <= CAST(@last AS INTEGER) ORDER BY ${key} LIMIT ${PAGE_ROWS}`;
    const last = this.#lastRow.get(table) ?? "0";
    let after = String(-(2n ** 63n));
    for (;;) {
      const rows = await this.all<T & { pageKey: string }>(sql, { after, last });
      const end = rows.at(-1)?.pageKey;
      if (end === undefined) return;
      if (BigInt(end) <= BigInt(after)) throw this.#outOfOrder();
      after = end;
      yield rows;
      if (rows.length < PAGE_ROWS) return;
    }
  }

  /**
   * The distinct texts that responses have as checksum, in order, with the number of responses that have each. Whether
   * they are checksums is not said.
   */
  async *checksumPages(): AsyncGenerator<{ checksum: string; responses: number }[], void, undefined> {
    const narrowed = this.#isNarrowed("responses");
    const from = narrowed ? "temp.scope_responses" : "responses";
    const rowid = narrowed ? "row" : "rowid";
    const page = (comparison: ">=" | ">") =>
      // Compared as bytes: a text that is not UTF-8 would change on its way through a string. Blobs come after all texts.
      `SELECT checksum, CAST(checksum AS BLOB) AS pageKey, COUNT(*) AS responses FROM ${from}
       WHERE checksum ${comparison} CAST(@after AS TEXT) AND checksum < x'' AND +${rowid} <= CAST(@last AS INTEGER)
       GROUP BY checksum ORDER BY checksum LIMIT ${PAGE_ROWS}`;
    const last = this.#lastRow.get("responses") ?? "0";
    let after: Buffer = Buffer.alloc(0);
    for (let comparison: ">=" | ">" = ">="; ; comparison = ">") {
      const rows = await this.all<{ checksum: string; responses: number; pageKey: Buffer }>(page(comparison), {
        after,
        last,
      });
      const end = rows.at(-1)?.pageKey;
      if (end === undefined) return;
      if (comparison === ">" && Buffer.compare(end, after) <= 0) throw this.#outOfOrder();
      after = end;
      yield rows;
      if (rows.length < PAGE_ROWS) return;
    }
  }

  /** How many rows of a table are looked at; more by those that came since the start. */
  async count(table: PagedTable): Promise<number> {
    return await this.number(`SELECT COUNT(*) AS n FROM ${this.#isNarrowed(table) ? `temp.scope_${table}` : table}`);
  }

  /** Gives other work a turn now and then. @throws CANCELLED */
  async turn(): Promise<void> {
    throwIfCancelled(this.#signal);
    if (performance.now() - this.#turnAt < TURN_MS) return;
    await nextTurn();
    this.#turnAt = performance.now();
    throwIfCancelled(this.#signal);
  }

  #isNarrowed(table: PagedTable): boolean {
    return this.narrowed && (table === "sessions" || table === "requests" || table === "responses");
  }

  /** Only a damaged index does that, and following it might never end. */
  #outOfOrder(): DataioError {
    return new DataioError("NOT_A_DATABASE", `${this.location.databasePath} is damaged: its rows are out of order.`);
  }
}
