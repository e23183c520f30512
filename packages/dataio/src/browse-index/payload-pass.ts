/**
 * The pass over contents of payloads, for archives where a person asked for it. Each distinct payload is read once: its bytes
 * never change, so what was read stays when the browse index is made anew.
 */
import { statSync } from "node:fs";
import type Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import { isChecksum, sha256Hex } from "../identity.ts";
import type { PayloadStore } from "../payloads.ts";
import { type PayloadText, type PayloadTextSettings, payloadText } from "./payload-text.ts";
import { sumOfPrefix } from "./schema.ts";
import { readTextMeta, storeTextMeta } from "./text-schema.ts";

/** Responses of one step, where nothing is to be read. */
const CHUNK = 5_000;
/** Payloads of one step, and UTF-16 units of their texts: some 100 ms. */
const PAYLOADS = 200;
const UNITS = 400_000;
/** Values of `state`. */
const WHOLE = 0;
const CUT = 1;
const NO_TEXT = 2;

/** How far contents are in. */
export interface PayloadTextProgress {
  /** Responses that were looked at, of all. */
  readonly done: number;
  readonly total: number;
  /** Distinct payloads whose text can be searched, and how many of them only up to the limit. */
  readonly searched: number;
  readonly cut: number;
  /** On disk. */
  readonly sizeBytes: number;
}

/** How far the responses of one browse index were read. */
interface Reached {
  readonly index: string;
  readonly last: number;
}

export class PayloadPass {
  readonly #archive: ReadConnection;
  readonly #db: Database.Database;
  readonly #payloads: PayloadStore;
  readonly #index: string;
  readonly #settings: PayloadTextSettings;
  /** Null until they are counted. */
  #counts: { searched: number; cut: number } | null = null;

  /** @param index names the browse index: with another one all rows are looked at again */
  constructor(
    archive: ReadConnection,
    db: Database.Database,
    payloads: PayloadStore,
    index: string,
    settings: PayloadTextSettings,
  ) {
    this.#archive = archive;
    this.#db = db;
    this.#payloads = payloads;
    this.#index = index;
    this.#settings = settings;
  }

  progress(): PayloadTextProgress {
    const total = this.#end();
    const size = (suffix: string) => statSync(this.#db.name + suffix, { throwIfNoEntry: false })?.size ?? 0;
    this.#counts ??= this.#count();
    return { done: Math.min(total, this.#reached()), total, ...this.#counts, sizeBytes: size("") + size("-wal") };
  }

  /** Reads the next payloads. @returns false when there was nothing left to do */
  async step(): Promise<boolean> {
    const after = this.#reached();
    if (after >= this.#end()) return false;
    const rows = this.#archive
      .prepare<[number], [number, unknown]>(
        `SELECT rowid, checksum FROM responses WHERE rowid > ? ORDER BY rowid LIMIT ${CHUNK}`,
      )
      .raw()
      .all(after);
    const isKnown = this.#db.prepare<[number], number>("SELECT 1 FROM payloads WHERE sum = ?").pluck();
    const found = new Map<number, PayloadText>();
    let units = 0;
    let last = after;
    for (const [rowid, checksum] of rows) {
      if (found.size >= PAYLOADS || units >= UNITS) break;
      last = rowid;
      if (typeof checksum !== "string" || !isChecksum(checksum)) continue;
      const sum = sumOfPrefix(checksum);
      if (found.has(sum) || isKnown.get(sum) !== undefined) continue;
      const text = await this.#read(checksum);
      if (text === null) continue;
      found.set(sum, text);
      units += text.state === "text" ? text.text.length : 0;
    }
    this.#db.transaction(() => this.#store(found, last)).immediate();
    return true;
  }

  /** Null for a payload that is not there, or is not what it should be: it may be healed. */
  async #read(checksum: string): Promise<PayloadText | null> {
    const { maxBytes } = this.#settings;
    try {
      const present = this.#payloads.statSync(checksum);
      if (present.state === "missing") return null;
      const bytes = await this.#payloads.readRange(checksum, 0, maxBytes);
      const complete = bytes.length === present.sizeBytes;
      if (complete && sha256Hex(bytes) !== checksum) return null;
      return await payloadText(bytes, complete, this.#settings);
    } catch {
      // The file pass and an integrity run say what is wrong with it.
      return null;
    }
  }

  #store(found: ReadonlyMap<number, PayloadText>, last: number): void {
    const insert = this.#db.prepare<[number, number]>("INSERT OR IGNORE INTO payloads (sum, state) VALUES (?, ?)");
    const add = this.#db.prepare<[number | bigint, string]>("INSERT INTO payload_text (rowid, text) VALUES (?, ?)");
    for (const [sum, text] of found) {
      const state = text.state === "none" ? NO_TEXT : text.isCut ? CUT : WHOLE;
      const { changes, lastInsertRowid } = insert.run(sum, state);
      if (changes > 0 && text.state === "text") add.run(lastInsertRowid, text.text);
    }
    storeTextMeta(this.#db, "reached", { index: this.#index, last } satisfies Reached);
    this.#counts = null;
  }

  #count(): { searched: number; cut: number } {
    const counts = this.#db
      .prepare<[], { searched: number; cut: number }>(
        `SELECT COUNT(*) FILTER (WHERE state <> ${NO_TEXT}) AS searched, COUNT(*) FILTER (WHERE state = ${CUT}) AS cut FROM payloads`,
      )
      .get();
    return counts ?? { searched: 0, cut: 0 };
  }

  #reached(): number {
    // Only this class writes it.
    const reached = readTextMeta(this.#db, "reached") as Reached | undefined;
    return reached?.index === this.#index ? reached.last : 0;
  }

  #end(): number {
    return Number(this.#archive.prepare("SELECT IFNULL(MAX(rowid), 0) FROM responses").pluck().get());
  }
}
