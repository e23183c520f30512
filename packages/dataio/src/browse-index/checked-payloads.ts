/** Takes in what a check of whole files found, so that filters by integrity say the same as it. */
import type Database from "better-sqlite3";
import { CubeWriter } from "./cube.ts";
import { fromBothParts, readBoundaries } from "./scattered.ts";
import { FIRST_PROBLEM, INTEGRITY_CODES, type IndexRow, PENDING, ROW_COLUMNS, sumOfPrefix } from "./schema.ts";

/** A payload that was looked at. */
export interface CheckedPayload {
  readonly checksum: string;
  readonly state: "ok" | "missing" | "corrupt";
}

/**
 * Sets what was found. Rows said to be damaged that are not among those are looked at again, where `all` were checked.
 * @param db a browse index, writable
 */
export function takeInChecked(db: Database.Database, checked: readonly CheckedPayload[], all: boolean): void {
  const cube = new CubeWriter(db);
  const update = db.prepare<[number, number]>("UPDATE rows SET integrity = ? WHERE id = ?");
  const set = (rows: readonly IndexRow[], integrity: number) => {
    for (const row of rows) {
      if (row.integrity === integrity) continue;
      update.run(integrity, row.id);
      cube.count(row, -1);
      cube.count({ ...row, integrity }, 1);
    }
  };
  db.transaction(() => {
    const bySum = db.prepare<[{ sum: number }], IndexRow>(
      fromBothParts(
        "sum",
        readBoundaries(db),
        (from, part) => `SELECT ${ROW_COLUMNS} FROM ${from} WHERE ${part} AND sum = @sum`,
      ),
    );
    const sums = new Set(checked.map(({ checksum }) => sumOfPrefix(checksum)));
    if (all) {
      const damaged = db
        .prepare<[], IndexRow>(
          `SELECT ${ROW_COLUMNS} FROM rows INDEXED BY by_integrity WHERE integrity >= ${FIRST_PROBLEM} AND integrity <> ${INTEGRITY_CODES.indexOf("unaddressable")}`,
        )
        .all();
      set(
        damaged.filter(({ sum }) => !sums.has(sum)),
        PENDING,
      );
    }
    for (const { checksum, state } of checked) {
      set(bySum.all({ sum: sumOfPrefix(checksum) }), INTEGRITY_CODES.indexOf(state));
    }
    cube.store();
  }).immediate();
}
