/**
 * Identities as a list, in any of its orders. Of the whole archive it is two lists in that order, merged: identities of several
 * rows, which are kept summed up, and rows that are alone with theirs. Under a filter the rows that fulfil it are summed up
 * once, and remembered for further pages.
 */
import type Database from "better-sqlite3";
import { DataioError } from "../errors.ts";
import { literal } from "./page-plan.ts";
import { NONE } from "./schema.ts";
import { NONE_CHANGED, SUMMARY_COLUMNS, SUMMED_COLUMNS, type Summary, type SummedRow, Summing } from "./summaries.ts";

/** What identities can be sorted by. */
export const IDENTITY_SORT_COLUMNS = ["last", "responses", "payloads", "changed", "source", "kind"] as const;
/** One of {@link IDENTITY_SORT_COLUMNS}: the newest first among equals, or last when the order is turned round. */
export type IdentitySortColumn = (typeof IDENTITY_SORT_COLUMNS)[number];
/** The order of a list of identities. */
export interface IdentitySort {
  readonly column: IdentitySortColumn;
  readonly direction: "asc" | "desc";
}

/** Where a page ended. */
export interface Place {
  readonly value: number | string;
  readonly last: number;
  readonly newest: number;
}

/** So few rows are sorted rather than found by an index of another order. */
const FEW_ALONE = 20_000;

/** Of a row that is alone: 1 where it is a response, and where it has a payload. */
const IS_RESPONSE = "(id & 3 = 0)";
const HAS_PAYLOAD = `(id & 3 = 0 AND sum <> ${NONE})`;

export class IdentityList {
  readonly #db: Database.Database;
  readonly #textOf: (code: number) => string;

  /** @param textOf the text of a code, empty for none */
  constructor(db: Database.Database, textOf: (code: number) => string) {
    this.#db = db;
    this.#textOf = textOf;
  }

  /** Identities of the whole archive behind a place, and how many there are in all. */
  page(sort: IdentitySort, after: Place | null, limit: number): { found: Summary[]; total: number } {
    const found = [...this.#kept(sort, after, limit), ...this.#alone(sort, after, limit)];
    return { found: this.sorted(found, sort, after, limit), total: this.#count() };
  }

  /** All identities of the archive, in order. */
  order({ column, direction }: IdentitySort): number[] {
    const union = (what: string, kept: string, alone: string, index: string) =>
      `SELECT ${what} FROM (
         SELECT ${kept} AS value, last, newest, id FROM identities ${index}
         UNION ALL SELECT ${alone}, time, id, identity FROM rows INDEXED BY by_alone WHERE identity > 0 AND shared = 0
         ORDER BY ${column === "last" ? "" : `value ${direction}, `}last ${direction}, newest ${direction})`;
    if (isWord(column)) {
      const byCode = new Map<number, number[]>();
      for (const [code, id] of this.#db
        .prepare<[], [number, number]>(union("value, id", column, column, "NOT INDEXED"))
        .raw()
        .iterate()) {
        const ids = byCode.get(code);
        if (ids === undefined) byCode.set(code, [id]);
        else ids.push(id);
      }
      const sign = direction === "asc" ? 1 : -1;
      return [...byCode]
        .map(([code, ids]) => ({ text: this.#textOf(code), ids }))
        .sort((a, b) => sign * compareValues(a.text, b.text))
        .flatMap(({ ids }) => ids);
    }
    const alone = { last: "0", responses: IS_RESPONSE, payloads: HAS_PAYLOAD, changed: literal(NONE_CHANGED) }[column];
    // Both have an index of the order of times, in which they are merged and not sorted.
    const kept = column === "last" ? "0" : column;
    const index = column === "last" ? "INDEXED BY identities_by_last" : "NOT INDEXED";
    return this.#db
      .prepare<[], number>(union("id", kept, alone, index))
      .pluck()
      .all();
  }

  /** These identities as they are now; without those that are gone. */
  summaries(ids: readonly number[]): Summary[] {
    const list = ids.join(",");
    const kept = this.#db
      .prepare<[], Summary>(`SELECT ${SUMMARY_COLUMNS} FROM identities NOT INDEXED WHERE id IN (${list})`)
      .all();
    const byIdentity = new Map(kept.map((summary) => [summary.identity, summary]));
    const alone = ids.filter((id) => !byIdentity.has(id));
    const rows = this.#db
      .prepare<[], SummedRow>(
        `SELECT ${SUMMED_COLUMNS} FROM rows INDEXED BY by_identity WHERE identity IN (${[0, ...alone].join(",")}) AND identity > 0`,
      )
      .all();
    for (const row of rows) byIdentity.set(row.identity, new Summing(row).summary);
    return ids.flatMap((id) => byIdentity.get(id) ?? []);
  }

  /** The first `limit` behind a place, in order. */
  sorted(
    summaries: readonly Summary[],
    sort: IdentitySort,
    after: Place | null = null,
    limit = summaries.length,
  ): Summary[] {
    const sign = sort.direction === "asc" ? 1 : -1;
    const compare = (a: Place, b: Place) =>
      sign * (compareValues(a.value, b.value) || a.last - b.last || a.newest - b.newest);
    return summaries
      .map((summary) => ({ summary, place: this.#placeOf(summary, sort) }))
      .filter(({ place }) => after === null || compare(place, after) > 0)
      .sort((a, b) => compare(a.place, b.place))
      .slice(0, limit)
      .map(({ summary }) => summary);
  }

  /** The cursor that continues behind it. */
  cursorAt(summary: Summary, sort: IdentitySort): string {
    const { value, last, newest } = this.#placeOf(summary, sort);
    return JSON.stringify(["identities", sort.column, sort.direction, value, last, newest]);
  }

  #placeOf(summary: Summary, { column }: IdentitySort): Place {
    const { last, newest } = summary;
    const value = summary[column];
    return { value: isWord(column) ? this.#textOf(value) : value, last, newest };
  }

  #count(): number {
    const count = (sql: string) => Number(this.#db.prepare(sql).pluck().get());
    return (
      count("SELECT COUNT(*) FROM identities") +
      count("SELECT COUNT(*) FROM rows INDEXED BY by_alone WHERE identity > 0 AND shared = 0")
    );
  }

  /**
   * Only the order of times has an index: every new row would have to be put into the others as well. In those all identities
   * are passed and the best ones kept, some 10 ms for 300,000.
   */
  #kept(sort: IdentitySort, after: Place | null, limit: number): Summary[] {
    const { column, direction } = sort;
    if (isWord(column)) return this.#keptByText(column, direction, after, limit);
    const keys = column === "last" ? ["last", "newest"] : [column, "last", "newest"];
    const place = [...(column === "last" ? [] : [Number(after?.value)]), after?.last ?? 0, after?.newest ?? 0];
    const behind =
      after === null
        ? ""
        : `WHERE (${keys.join(", ")}) ${direction === "asc" ? ">" : "<"} (${place.map(literal).join(", ")})`;
    return this.#db
      .prepare<[], Summary>(
        `SELECT ${SUMMARY_COLUMNS} FROM identities ${column === "last" ? "INDEXED BY identities_by_last" : "NOT INDEXED"} ${behind}
         ORDER BY ${keys.map((key) => `${key} ${direction}`).join(", ")} LIMIT ${limit}`,
      )
      .all();
  }

  /**
   * Of the first texts all identities are passed and the best ones kept; then of twice as many, until there are enough.
   */
  #keptByText(column: "source" | "kind", direction: "asc" | "desc", after: Place | null, limit: number): Summary[] {
    const sign = direction === "asc" ? 1 : -1;
    const codes = this.#db
      .prepare<[], number>(`SELECT DISTINCT ${column} FROM cube`)
      .pluck()
      .all()
      .map((code) => ({ code, text: this.#textOf(code) }))
      .filter(({ text }) => after === null || sign * compareValues(text, after.value) >= 0)
      .sort((a, b) => sign * compareValues(a.text, b.text));
    const found: Summary[] = [];
    for (let at = 0, most = 1; at < codes.length && found.length < limit; at += most, most *= 2) {
      const batch = codes.slice(at, at + most);
      const ranks = batch.map(({ code }, rank) => `WHEN ${code} THEN ${rank}`).join(" ");
      const begun = after === null ? undefined : batch.find(({ text }) => text === after.value)?.code;
      const behind =
        after === null || begun === undefined
          ? ""
          : `AND (${column} <> ${begun} OR (last, newest) ${direction === "asc" ? ">" : "<"} (${literal(after.last)}, ${literal(after.newest)}))`;
      found.push(
        ...this.#db
          .prepare<[], Summary>(
            `SELECT ${SUMMARY_COLUMNS} FROM identities NOT INDEXED
             WHERE ${column} IN (${batch.map(({ code }) => code).join(",")}) ${behind}
             ORDER BY CASE ${column} ${ranks} END, last ${direction}, newest ${direction} LIMIT ${limit - found.length}`,
          )
          .all(),
      );
    }
    return found;
  }

  #alone(sort: IdentitySort, after: Place | null, limit: number): Summary[] {
    const { column, direction } = sort;
    const alone = "identity > 0 AND shared = 0";
    const read = (where: string, index: string, place: readonly number[] | null, most: number) => {
      const behind =
        place === null ? "" : `AND (time, id) ${direction === "asc" ? ">" : "<"} (${place.map(literal).join(", ")})`;
      return this.#db
        .prepare<[], SummedRow>(
          `SELECT ${SUMMED_COLUMNS} FROM rows INDEXED BY ${index} WHERE ${alone} AND ${where} ${behind}
           ORDER BY time ${direction}, id ${direction} LIMIT ${most}`,
        )
        .all()
        .map((row) => new Summing(row).summary);
    };
    if (isWord(column)) {
      const few = this.#db
        .prepare(`SELECT COUNT(*) FROM (SELECT 1 FROM rows INDEXED BY by_alone WHERE ${alone} LIMIT ${FEW_ALONE + 1})`)
        .pluck();
      const index = Number(few.get()) <= FEW_ALONE ? "by_alone" : `by_${column}`;
      const codes = this.#db.prepare<[], number>(`SELECT DISTINCT ${column} FROM cube`).pluck().all();
      return this.#walk(codes, sort, after, limit, (code, place, most) =>
        read(`${column} = ${code}`, index, place, most),
      );
    }
    if (column === "last") return read("1", "by_alone", after === null ? null : [after.last, after.newest], limit);
    // What a row that is alone can come to.
    const values = column === "changed" ? [NONE_CHANGED] : [0, 1];
    const one = column === "responses" ? IS_RESPONSE : HAS_PAYLOAD;
    return this.#walk(values, sort, after, limit, (value, place, most) =>
      read(column === "changed" ? "1" : value === 1 ? one : `NOT ${one}`, "by_alone", place, most),
    );
  }

  /** Reads one value after the other until there are enough. */
  #walk(
    values: readonly number[],
    { column, direction }: IdentitySort,
    after: Place | null,
    limit: number,
    read: (value: number, place: readonly number[] | null, most: number) => Summary[],
  ): Summary[] {
    const sign = direction === "asc" ? 1 : -1;
    const keyed = values.map((value) => ({ value, key: isWord(column) ? this.#textOf(value) : value }));
    const found: Summary[] = [];
    for (const { value, key } of keyed.sort((a, b) => sign * compareValues(a.key, b.key))) {
      const order = after === null ? 1 : sign * compareValues(key, after.value);
      if (order < 0) continue;
      found.push(
        ...read(value, order === 0 && after !== null ? [after.last, after.newest] : null, limit - found.length),
      );
      if (found.length >= limit) break;
    }
    return found;
  }
}

/** @throws PARAMS_INVALID when it was not made by a list in this order */
export function decodePlace(cursor: string, sort: IdentitySort): Place {
  try {
    const [mark, column, direction, value, last, newest]: unknown[] = JSON.parse(cursor);
    if (
      mark === "identities" &&
      column === sort.column &&
      direction === sort.direction &&
      typeof value === (isWord(sort.column) ? "string" : "number") &&
      typeof last === "number" &&
      typeof newest === "number"
    ) {
      return { value: value as string | number, last, newest };
    }
  } catch {
    // Falls through: what is no JSON array was not made here either.
  }
  throw new DataioError("PARAMS_INVALID", "This cursor was not made by this list.");
}

function isWord(column: IdentitySortColumn): column is "source" | "kind" {
  return column === "source" || column === "kind";
}

function compareValues(a: number | string, b: number | string): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
}
