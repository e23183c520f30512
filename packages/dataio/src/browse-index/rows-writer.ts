/** Writes rows of an index and keeps their counts in step. Call inside a transaction, and `store` before it ends. */
import type Database from "better-sqlite3";
import { CubeWriter } from "./cube.ts";
import { COLUMNS, type IndexRow, NEVER, ROW_COLUMNS } from "./schema.ts";

/** One statement for so many new rows: it is the calls that cost. */
const AT_ONCE = 40;

/** What others of its identity say of a row. */
type Place = Pick<IndexRow, "change" | "until" | "shared">;

export class RowsWriter {
  readonly #cube: CubeWriter;
  readonly #one: Database.Statement<(number | null)[]>;
  readonly #many: Database.Statement<(number | null)[]>;
  readonly #get: Database.Statement<[number], IndexRow>;
  readonly #setPlace: Database.Statement<[number, number | null, number, number]>;
  readonly #setUntil: Database.Statement<[number | null, number]>;
  readonly #setShared: Database.Statement<[number, number]>;
  readonly #delete: Database.Statement<[number]>;

  constructor(db: Database.Database) {
    this.#cube = new CubeWriter(db);
    const values = `(${COLUMNS.map(() => "?").join(",")})`;
    const into = `INTO rows (${COLUMNS.join(",")}) VALUES`;
    this.#one = db.prepare(`INSERT OR REPLACE ${into} ${values}`);
    // A caller whose rows fail ends its transaction: with FAIL SQLite need not be able to take back this statement alone.
    this.#many = db.prepare(`INSERT OR FAIL ${into} ${Array(AT_ONCE).fill(values).join(",")}`);
    this.#get = db.prepare(`SELECT ${ROW_COLUMNS} FROM rows WHERE id = ?`);
    this.#setPlace = db.prepare("UPDATE rows SET change = ?, until = ?, shared = ? WHERE id = ?");
    this.#setUntil = db.prepare("UPDATE rows SET until = ? WHERE id = ?");
    this.#setShared = db.prepare("UPDATE rows SET shared = ? WHERE id = ?");
    this.#delete = db.prepare("DELETE FROM rows WHERE id = ?");
  }

  get(id: number): IndexRow | undefined {
    return this.#get.get(id);
  }

  /** Rows that are known not to be there yet. */
  add(rows: readonly IndexRow[]): void {
    let at = 0;
    for (; at + AT_ONCE <= rows.length; at += AT_ONCE) {
      const values: (number | null)[] = [];
      for (const row of rows.slice(at, at + AT_ONCE)) pushValues(values, row);
      this.#many.run(...values);
    }
    for (const row of rows.slice(at)) this.#one.run(...pushValues([], row));
    for (const row of rows) this.count(row);
  }

  /** Counts a row that was written elsewhere. */
  count(row: IndexRow): void {
    this.#cube.count(row, 1);
  }

  /** Writes a row over `old`, the one that has its id now. */
  replace(old: IndexRow | undefined, row: IndexRow): void {
    if (old !== undefined) {
      if (COLUMNS.every((name) => old[name] === row[name])) return;
      this.#cube.count(old, -1);
    }
    this.#one.run(...pushValues([], row));
    this.#cube.count(row, 1);
  }

  /** Writes what others say of a row, and with it two small indexes at most instead of all of them. */
  setPlace(old: Place & Pick<IndexRow, "id">, { change, until, shared }: Place): void {
    if (old.change === change && old.until === until && old.shared === shared) return;
    const end = until === NEVER ? null : until;
    if (old.change === change && old.shared === shared) {
      this.#setUntil.run(end, old.id);
      return;
    }
    const row = old.change === change ? undefined : this.get(old.id);
    this.#setPlace.run(change, end, shared, old.id);
    if (row === undefined) return;
    this.#cube.count(row, -1);
    this.#cube.count({ ...row, change }, 1);
  }

  setShared(id: number, shared: 0 | 1): void {
    this.#setShared.run(shared, id);
  }

  remove(old: IndexRow): void {
    this.#delete.run(old.id);
    this.#cube.count(old, -1);
  }

  /** Stores the counts. */
  store(): void {
    this.#cube.store();
  }
}

/** In the order of COLUMNS; written out because it runs for every row. */
function pushValues(values: (number | null)[], row: IndexRow): (number | null)[] {
  values.push(
    row.id,
    row.time,
    row.session,
    row.source,
    row.kind,
    row.method,
    row.status,
    row.size,
    row.sum,
    row.identity,
    row.change,
    row.flags,
    row.integrity,
    row.type,
    row.duration,
    row.until === NEVER ? null : row.until,
    row.shared,
  );
  return values;
}
