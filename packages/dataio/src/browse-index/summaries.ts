/**
 * What the rows of one identity come to: how often it was answered, how many payloads it had, when that changed last. Kept for
 * identities that have several rows; a row that is alone says it itself. Call inside the transaction that wrote the rows.
 */
import type Database from "better-sqlite3";
import type { RowsWriter } from "./rows-writer.ts";
import { CHANGED, IDENTITY_INDEXES, type IndexRow, NONE, refTypeOf } from "./schema.ts";

/** Rows that are read before any is written. */
const CHUNK = 20_000;

/** One identity. */
export interface Summary {
  readonly identity: number;
  /** The id of the newest response, or of the newest row where there is none; `last` is its time. */
  readonly newest: number;
  readonly last: number;
  readonly responses: number;
  /** Different payloads among the responses. */
  readonly payloads: number;
  /** Time of the last response that brought something else than the one before; NONE. */
  readonly changed: number;
  /** Bytes of all responses. */
  readonly bytes: number;
  /** Codes of the newest row. */
  readonly source: number;
  readonly kind: number;
}

/** What a summary needs of a row. */
export type SummedRow = Pick<IndexRow, "id" | "identity" | "time" | "sum" | "size" | "change" | "source" | "kind">;
export const SUMMED_COLUMNS = "id, identity, time, sum, size, change, source, kind";

/** Sums the rows of one identity up, in whatever order they come. */
export class Summing {
  readonly #sums = new Set<number>();
  #newest: SummedRow;
  #responses = 0;
  #changed = NONE_CHANGED;
  #bytes = 0;

  constructor(row: SummedRow) {
    this.#newest = row;
    this.add(row);
  }

  add(row: SummedRow): void {
    if (isNewer(row, this.#newest)) this.#newest = row;
    if (refTypeOf(row.id) !== "response") return;
    this.#responses += 1;
    this.#bytes += Math.max(row.size, 0);
    if (row.sum !== NONE) this.#sums.add(row.sum);
    if (row.change === CHANGED) this.#changed = Math.max(this.#changed, row.time);
  }

  get summary(): Summary {
    const { identity, id, time, source, kind } = this.#newest;
    return {
      identity,
      newest: id,
      last: time,
      responses: this.#responses,
      payloads: this.#sums.size,
      changed: this.#changed,
      bytes: this.#bytes,
      source,
      kind,
    };
  }
}

/** Before every time that a row can have. */
export const NONE_CHANGED = -(10 ** 18);

function isNewer(row: SummedRow, other: SummedRow): boolean {
  const response = Number(refTypeOf(row.id) === "response") - Number(refTypeOf(other.id) === "response");
  return (response || row.time - other.time || row.id - other.id) > 0;
}

/** Fills the empty table from rows that say whether they are alone. */
export function fillSummaries(db: Database.Database): void {
  const insert = insertion(db);
  const next = db.prepare<[number, number, number], SummedRow>(
    `SELECT ${SUMMED_COLUMNS} FROM rows INDEXED BY by_identity
     WHERE identity > 0 AND (identity, time, id) > (?, ?, ?) AND shared = 1 ORDER BY identity, time, id LIMIT ${CHUNK}`,
  );
  let summing: Summing | null = null;
  let last: Pick<SummedRow, "identity" | "time" | "id"> = { identity: 0, time: 0, id: 0 };
  for (;;) {
    const rows = next.all(last.identity, last.time, last.id);
    for (const row of rows) {
      if (summing !== null && row.identity === last.identity) summing.add(row);
      else {
        if (summing !== null) insert(summing.summary);
        summing = new Summing(row);
      }
      last = row;
    }
    if (rows.length < CHUNK) break;
  }
  if (summing !== null) insert(summing.summary);
  db.exec(IDENTITY_INDEXES);
}

/** Sums these identities up anew. */
export function refreshSummaries(db: Database.Database, writer: RowsWriter, identities: ReadonlySet<number>): void {
  const rowsOf = db.prepare<[number], SummedRow & { shared: number }>(
    `SELECT ${SUMMED_COLUMNS}, shared FROM rows INDEXED BY by_identity WHERE identity = ? AND identity > 0`,
  );
  const insert = insertion(db);
  const remove = db.prepare("DELETE FROM identities WHERE id = ?");
  for (const identity of identities) {
    const rows = rowsOf.all(identity);
    const [first, ...others] = rows;
    const shared = others.length > 0 ? 1 : 0;
    for (const row of rows) if (row.shared !== shared) writer.setShared(row.id, shared);
    if (first === undefined || shared === 0) {
      remove.run(identity);
      continue;
    }
    const summing = new Summing(first);
    for (const row of others) summing.add(row);
    insert(summing.summary);
  }
}

function insertion(db: Database.Database): (summary: Summary) => void {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO identities (id, newest, last, responses, payloads, changed, bytes, source, kind)
     VALUES (@identity, @newest, @last, @responses, @payloads, @changed, @bytes, @source, @kind)`,
  );
  return (summary) => insert.run(summary);
}
