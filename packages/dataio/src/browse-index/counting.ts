/**
 * How many rows a selection has, and of which combination of coded values: from the cube where that can tell, else by passing rows
 * up to a bound.
 */
import type Database from "better-sqlite3";
import type { CubeCell } from "./cube.ts";
import { WORD_KEYS } from "./filter.ts";
import { bestWay, indexedBy, type Known, selectedCells } from "./page-plan.ts";
import { DIMENSIONS } from "./schema.ts";
import type { Condition, Selection } from "./selection.ts";

/** Rows under conditions that no count is kept for are counted up to here. */
const COUNTED = 10_000;
/** Facets under such conditions are counted over so many rows at most. */
const FACETED = 100_000;
/** Rows that are asked one by one whether they contain a text are asked up to here, to be counted and for facets. */
const ASKED = 2_000;
const ASKED_FACETS = 10_000;
/** What conditions on texts are asked of. */
const ASKED_COLUMNS = [...new Set(["id", "identity", "sum", "session", ...WORD_KEYS, ...DIMENSIONS])].join(", ");

/** Counts rows of one state of the index. */
export class Counting {
  readonly #db: Database.Database;
  readonly #known: Known;
  readonly #cells: readonly CubeCell[];

  constructor(db: Database.Database, known: Known, cells: readonly CubeCell[]) {
    this.#db = db;
    this.#known = known;
    this.#cells = cells;
  }

  /** @param atLeast rows that were seen */
  total(selection: Selection, atLeast: number): { total: number; more: boolean } {
    const { cells, exact } = selectedCells(selection, this.#cells);
    const atMost = cells.reduce((sum, cell) => sum + cell.n, 0);
    if (exact || atMost === 0) return { total: atMost, more: false };
    let total = 0;
    const slow = selection.conditions.filter((condition) => condition.slow);
    if (slow.length > 0) return this.#totalOfAsked(selection, slow, atLeast);
    for (const stream of bestWay(selection, this.#known).streams) {
      const rows = `SELECT 1 FROM ${indexedBy(stream)} WHERE ${conditions(selection, stream.where)} LIMIT ${COUNTED + 1 - total}`;
      total += Number(this.#db.prepare(`SELECT COUNT(*) FROM (${rows})`).pluck().get());
      if (total > COUNTED) return { total: COUNTED, more: true };
    }
    return { total, more: false };
  }

  #totalOfAsked(selection: Selection, slow: readonly Condition[], atLeast: number): { total: number; more: boolean } {
    const asked = this.#askedRows(selection, ASKED);
    const { total = 0, passed = 0 } =
      this.#db
        .prepare<[], { total: number; passed: number }>(
          `SELECT COUNT(*) FILTER (WHERE ${slow.map(({ sql }) => `(${sql})`).join(" AND ")}) AS total, COUNT(*) AS passed FROM (${asked})`,
        )
        .get() ?? {};
    return passed < ASKED ? { total, more: false } : { total: Math.max(total, atLeast), more: true };
  }

  /** Rows that fulfil all but the slow conditions, up to a number; the newest, where that is for nothing. */
  #askedRows(selection: Selection, limit: number): string {
    const quick = { ...selection, conditions: selection.conditions.filter(({ slow }) => slow !== true) };
    const way = bestWay(selection, this.#known);
    const order = way.timeOrdered ? "ORDER BY time DESC" : "";
    const streams = way.streams.map(
      (stream) =>
        `SELECT * FROM (SELECT ${ASKED_COLUMNS} FROM ${indexedBy(stream)} WHERE ${conditions(quick, stream.where)} ${order} LIMIT ${limit})`,
    );
    return `SELECT * FROM (${streams.join(" UNION ALL ")}) LIMIT ${limit}`;
  }

  /** A cube of the rows that fulfil what no cell can tell. */
  cellsOf(selection: Selection): { cells: CubeCell[]; exact: boolean } {
    const names = DIMENSIONS.join(", ");
    const undecided = { ...selection, conditions: selection.conditions.filter(({ cell }) => cell === null) };
    const slow = undecided.conditions.filter((condition) => condition.slow);
    if (slow.length > 0) return this.#countAsked(undecided, slow);
    const rows = bestWay(undecided, this.#known)
      .streams.map(
        (stream) =>
          `SELECT * FROM (SELECT id & 3 AS ref, ${names} FROM ${indexedBy(stream)} WHERE ${conditions(undecided, stream.where)} LIMIT ${FACETED})`,
      )
      .join(" UNION ALL ");
    const cells = this.#db
      .prepare<[], CubeCell>(`SELECT ref, ${names}, COUNT(*) AS n FROM (${rows}) GROUP BY ref, ${names}`)
      .all();
    return { cells, exact: cells.reduce((sum, cell) => sum + cell.n, 0) < FACETED };
  }

  #countAsked(undecided: Selection, slow: readonly Condition[]): { cells: CubeCell[]; exact: boolean } {
    const names = DIMENSIONS.join(", ");
    const asked = this.#askedRows(undecided, ASKED_FACETS);
    const cells = this.#db
      .prepare<[], CubeCell>(
        `SELECT id & 3 AS ref, ${names}, COUNT(*) AS n FROM (${asked}) WHERE ${slow.map(({ sql }) => `(${sql})`).join(" AND ")} GROUP BY 1, ${names}`,
      )
      .all();
    const passed = Number(this.#db.prepare(`SELECT COUNT(*) FROM (${asked})`).pluck().get());
    return { cells, exact: passed < ASKED_FACETS };
  }
}

/** A selection and further conditions as SQL. */
export function conditions(selection: Selection, where: string): string {
  return [...(where === "" ? [] : [where]), ...selection.conditions.map(({ sql }) => `(${sql})`)].join(" AND ") || "1";
}
