/** Texts that many rows share, by number. 0 is no text. */
import type Database from "better-sqlite3";
import { type Prepare, preparing } from "../database.ts";

export class Words {
  readonly #prepare: Prepare;
  readonly #ids = new Map<string, number>();
  readonly #texts: (string | null)[] = [null];

  constructor(db: Database.Database) {
    this.#prepare = preparing(db);
    this.load();
  }

  /** Reads those that were added since, by this or another connection. */
  load(): void {
    const rows = this.#prepare<[number], { id: number; text: string }>(
      "SELECT id, text FROM words WHERE id >= ? ORDER BY id",
    ).all(this.#texts.length);
    for (const { id, text } of rows) {
      this.#texts[id] = text;
      this.#ids.set(text, id);
    }
  }

  /** The number of a text; a new one is stored. Call inside the transaction that uses it. */
  idOf(text: string | null): number {
    if (text === null) return 0;
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.length;
    this.#prepare<[number, string], never>("INSERT INTO words (id, text) VALUES (?, ?)").run(id, text);
    this.#texts.push(text);
    this.#ids.set(text, id);
    return id;
  }

  /** The number of a text; undefined when no row ever had it. */
  find(text: string): number | undefined {
    return this.#ids.get(text);
  }

  textOf(id: number): string | null {
    return this.#texts[id] ?? null;
  }

  /** All of them, with 0 for no text. */
  entries(): IterableIterator<[number, string | null]> {
    return this.#texts.entries();
  }
}
