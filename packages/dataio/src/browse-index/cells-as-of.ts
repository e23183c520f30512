/**
 * The cube as of a moment. Each of its cells is one run of the index `by_state`, in the order of time, whose entries say until
 * when a row was there: some 100 ms for a million rows, and nothing else of them is read.
 */
import type Database from "better-sqlite3";
import type { CubeCell } from "./cube.ts";
import { FIRST_TIME } from "./schema.ts";
import { notReplacedAt } from "./selection.ts";

type State = Pick<CubeCell, "ref" | "source" | "status" | "change" | "flags">;

/** Rows of one state that were there at a moment; at least one. */
export interface CellAsOf extends State {
  readonly n: number;
  /** Of the oldest and the newest of them. */
  readonly first: number;
  readonly last: number;
}

/** What there was at a moment of each state that occurs. */
export function cellsAsOf(
  db: Pick<Database.Database, "prepare">,
  cells: readonly CubeCell[],
  moment: number,
): CellAsOf[] {
  const states = new Map(
    cells.map(({ ref, source, status, change, flags }) => [
      `${ref} ${source} ${status} ${change} ${flags}`,
      { ref, source, status, change, flags },
    ]),
  );
  return [...states.values()].flatMap((state) => {
    const read = (what: string, order = "") =>
      Number(
        db
          .prepare<[number, number]>(`${timesOf(state, moment, what)} ${order}`)
          .pluck()
          .get(FIRST_TIME, moment),
      );
    const n = read("COUNT(*)");
    if (n === 0) return [];
    return [
      { ...state, n, first: read("time", "ORDER BY time LIMIT 1"), last: read("time", "ORDER BY time DESC LIMIT 1") },
    ];
  });
}

/**
 * Reads rows of one state that were there at a moment, in the order of their times. Parameters: the first time, and the last,
 * which may not be later than the moment.
 */
export function timesOf({ ref, source, status, change, flags }: State, moment: number, what: string): string {
  return `SELECT ${what} FROM rows INDEXED BY by_state WHERE source = ${source} AND status = ${status} AND change = ${change}
    AND flags = ${flags} AND time >= ? AND time <= ? AND ${notReplacedAt(moment)} AND id & 3 = ${ref}`;
}
