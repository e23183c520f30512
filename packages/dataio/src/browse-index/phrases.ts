/** Which documents of a text index contain a text: all of them where they are few, else asked one by one. */
import type Database from "better-sqlite3";
import { SHORTEST_TEXT } from "./text-schema.ts";

/** Ids whose documents are looked at together: neighbours are often asked for, and a statement costs as much as 200 of them. */
const BLOCK = 256;

/** The text as one phrase; nothing in it is syntax. Null where it is too short to be found by trigrams. */
export function phraseOf(text: string): string | null {
  if ([...text].length < SHORTEST_TEXT || text.includes("\0")) return null;
  return `"${text.replaceAll('"', '""')}"`;
}

/** The documents of one table that have a phrase. */
export class Phrase {
  readonly #all: Database.Statement<[string, number], number>;
  readonly #between: Database.Statement<[string, number, number], number>;
  readonly #phrase: string;
  /** A bit for each id, by block. */
  readonly #blocks = new Map<number, Uint8Array>();

  constructor(db: Database.Database, table: string, phrase: string) {
    this.#all = db
      .prepare<[string, number], number>(`SELECT rowid FROM ${table} WHERE ${table} MATCH ? LIMIT ?`)
      .pluck();
    // A number is bound as a real one, of which FTS5 takes no limit: it would pass all documents each time.
    this.#between = db
      .prepare<[string, number, number], number>(
        `SELECT rowid FROM ${table} WHERE ${table} MATCH ? AND rowid BETWEEN CAST(? AS INTEGER) AND CAST(? AS INTEGER)`,
      )
      .pluck();
    this.#phrase = phrase;
  }

  /** Ids of those documents, `limit` of them at most. */
  ids(limit: number): number[] {
    return this.#all.all(this.#phrase, limit);
  }

  has(id: number): boolean {
    const number = Math.floor(id / BLOCK);
    const block = this.#blocks.get(number) ?? this.#load(number);
    const at = id % BLOCK;
    return ((block[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
  }

  #load(number: number): Uint8Array {
    const block = new Uint8Array(BLOCK / 8);
    const first = number * BLOCK;
    for (const id of this.#between.all(this.#phrase, first, first + BLOCK - 1)) {
      const at = id - first;
      block[at >> 3] = (block[at >> 3] ?? 0) | (1 << (at & 7));
    }
    this.#blocks.set(number, block);
    return block;
  }
}
