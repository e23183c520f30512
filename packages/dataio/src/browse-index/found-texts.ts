/**
 * Rows that contain a text, for the conditions of a filter: where they are few, their ids in a temporary table; where they are
 * many, a function that tells of one row at a time, so that a page in order of time passes no more than it shows.
 */
import type Database from "better-sqlite3";
import type { CubeCell } from "./cube.ts";
import { WORD_KEYS } from "./filter.ts";
import { fromBothParts, readBoundaries } from "./scattered.ts";
import type { FoundText, PastedPlaces } from "./selection.ts";
import type { FoundDocuments, TextSearch, TextSource } from "./text-index.ts";
import { readUsual, USUAL_COLUMNS, type UsualCodes, unusualSql } from "./usual.ts";

/** Texts whose rows are kept at hand. */
const KEPT = 12;
/** Documents that are looked up at once. */
const MOST_DOCUMENTS = 10_000;

const NOWHERE: PastedPlaces = { ids: [], sessions: [], requests: [], sum: null };

export class FoundTexts {
  readonly #db: Database.Database;
  readonly #few: number;
  readonly #kept = new Map<string, FoundText & { readonly table: string | null; readonly search: TextSearch | null }>();
  readonly #searches = new Map<number, TextSearch>();
  #version = "";
  #lastNumber = 0;

  /**
   * @param db a connection to a browse index, which may be read-only
   * @param few rows up to which they are listed
   */
  constructor(db: Database.Database, few: number) {
    this.#db = db;
    this.#few = few;
    db.function("contains_text", { directOnly: true }, (number: number, id: number, identity: number, sum: number) =>
      this.#searches.get(number)?.matches(id, identity, sum) === true ? 1 : 0,
    );
  }

  /**
   * @param version of all that is looked in; what was found in another is forgotten
   * @param codes of words that contain it
   */
  find(
    source: TextSource,
    version: string,
    text: string,
    codes: ReadonlySet<number>,
    pasted: PastedPlaces = NOWHERE,
    cells: readonly CubeCell[] = [],
  ): FoundText | null {
    if (version !== this.#version) this.clear();
    this.#version = version;
    const key = JSON.stringify([text, [...codes], pasted, source.version()]);
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const search = source.search(text);
    if (search === null) return null;
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    this.#searches.set(number, search);
    const byWord = wordConditions(codes, readUsual(this.#db));
    const wordRows = cells.reduce(
      (sum, cell) => (WORD_KEYS.some((name) => codes.has(cell[name])) ? sum + cell.n : sum),
      0,
    );
    const documents = wordRows > this.#few ? null : search.documents(MOST_DOCUMENTS);
    const count = documents === null ? null : this.#gather(`found_${number}`, documents, byWord, pasted);
    const found = {
      table: count === null ? null : `temp.found_${number}`,
      search,
      number,
      ...(count === null
        ? {
            sql: [...byWord, ...placeConditions(pasted), `contains_text(${number}, id, identity, sum)`].join(" OR "),
            few: null,
          }
        : { sql: `id IN (SELECT id FROM temp.found_${number})`, few: count }),
    };
    this.#kept.set(key, found);
    this.#forgetOldest();
    return found;
  }

  /** Forgets all; the tables of a transaction that was rolled back are gone anyway. */
  clear(): void {
    for (const { table } of this.#kept.values()) if (table !== null) this.#drop(table);
    this.#kept.clear();
    this.#searches.clear();
  }

  /** @returns how many rows there are; null where they are more than a few, and were not kept */
  #gather(table: string, documents: FoundDocuments, byWord: readonly string[], pasted: PastedPlaces): number | null {
    this.#db.exec(`CREATE TABLE temp.${table} (id INTEGER PRIMARY KEY)`);
    let count = 0;
    const add = (from: string, values: readonly number[] | null = null) => {
      if (count > this.#few || values?.length === 0) return;
      const sql = `INSERT OR IGNORE INTO temp.${table} SELECT id FROM ${from} LIMIT ${this.#few + 1}`;
      const params = values === null ? [] : [JSON.stringify(values)];
      count += this.#db.prepare<string[]>(sql).run(...params).changes;
    };
    const listed = "(SELECT value FROM json_each(?))";
    add(`rows INDEXED BY by_identity WHERE identity > 0 AND identity IN ${listed}`, documents.requests);
    add(`rows NOT INDEXED WHERE id IN ${listed}`, documents.ids);
    this.#addSums(documents, add);
    for (const condition of byWord) add(`rows WHERE ${condition}`);
    for (const condition of placeConditions(pasted)) add(`rows WHERE ${condition}`);
    if (count <= this.#few) return count;
    this.#drop(`temp.${table}`);
    return null;
  }

  #addSums({ sums, isExempt }: FoundDocuments, add: (from: string, values: readonly number[]) => void): void {
    if (sums.length === 0) return;
    const ids = this.#db
      .prepare<[{ sums: string }], number>(
        `${fromBothParts(
          "sum",
          readBoundaries(this.#db),
          (rows, part) => `SELECT id FROM ${rows} WHERE ${part} AND sum IN (SELECT value FROM json_each(@sums))`,
        )} LIMIT ${this.#few + 1}`,
      )
      .pluck()
      .all({ sums: JSON.stringify(sums) });
    const isCut = ids.length > this.#few;
    const meant = isCut ? ids : ids.filter((id) => !isExempt(id));
    add("rows NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))", meant);
  }

  #forgetOldest(): void {
    if (this.#kept.size <= KEPT) return;
    const oldest = this.#kept.entries().next();
    if (oldest.done) return;
    const [key, { table, number }] = oldest.value;
    this.#kept.delete(key);
    this.#searches.delete(number);
    if (table !== null) this.#drop(table);
  }

  #drop(table: string): void {
    this.#db.exec(`DROP TABLE IF EXISTS ${table}`);
  }
}

function wordConditions(codes: ReadonlySet<number>, usual: UsualCodes): string[] {
  if (codes.size === 0) return [];
  return WORD_KEYS.map((key) => {
    const condition = `${key} IN (${[...codes].join(",")})`;
    const column = USUAL_COLUMNS.find((name) => name === key);
    return column === undefined || codes.has(usual[column])
      ? condition
      : `(${condition} AND ${unusualSql(column, usual)})`;
  });
}

function placeConditions({ ids, sessions, requests, sum }: PastedPlaces): string[] {
  const places = [
    ["id", ids],
    ["session", sessions],
    ["identity", requests],
    ["sum", sum === null ? [] : [sum]],
  ] as const;
  return places.flatMap(([column, values]) => (values.length === 0 ? [] : [`${column} IN (${values.join(",")})`]));
}
