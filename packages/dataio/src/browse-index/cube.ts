/**
 * How many rows there are of each combination of coded values. Few combinations occur, so counts and facets of a filter on
 * such values are exact and cost no scan, whatever the size of the archive.
 */
import type Database from "better-sqlite3";
import { DIMENSIONS, type Dimension, type IndexRow } from "./schema.ts";

/** One combination. `ref` is the position in REF_TYPES. */
export type CubeCell = Record<Dimension | "ref", number> & { n: number };

/** Counts while rows are written, and stores what changed. */
export class CubeWriter {
  readonly #db: Database.Database;
  readonly #changes = new Map<string, CubeCell>();

  constructor(db: Database.Database) {
    this.#db = db;
  }

  /** Counts a row in (`by` 1) or out (-1). */
  count(row: IndexRow, by: 1 | -1): void {
    const { source, kind, method, status, type, integrity, change, flags } = row;
    const ref = row.id % 4;
    const key = `${ref},${source},${kind},${method},${status},${type},${integrity},${change},${flags}`;
    const cell = this.#changes.get(key);
    if (cell === undefined) {
      this.#changes.set(key, { ref, source, kind, method, status, type, integrity, change, flags, n: by });
    } else cell.n += by;
  }

  /** Writes what was counted since. Call inside the transaction that wrote the rows. */
  store(): void {
    const names = ["ref", ...DIMENSIONS];
    const add = this.#db.prepare<[CubeCell]>(
      `INSERT INTO cube (${names.join(", ")}, n) VALUES (${names.map((name) => `@${name}`).join(", ")}, @n)
       ON CONFLICT DO UPDATE SET n = n + excluded.n`,
    );
    for (const cell of this.#changes.values()) if (cell.n !== 0) add.run(cell);
    if (this.#changes.size > 0) this.#db.prepare("DELETE FROM cube WHERE n = 0").run();
    this.#changes.clear();
  }
}

/** All combinations that occur. */
export function readCube(db: Database.Database): CubeCell[] {
  return db.prepare<[], CubeCell>("SELECT * FROM cube").all();
}
