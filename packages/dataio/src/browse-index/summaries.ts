/**
 * What the rows of one identity come to: how often it was answered, how many payloads it had, when that changed last. Kept for
 * identities that have several rows; a row that is alone says it itself. Call inside the transaction that wrote the rows.
 */
import type Database from "better-sqlite3";
import type { RowsWriter } from "./rows-writer.ts";
import { fromBothParts, readBoundaries } from "./scattered.ts";
import { CHANGED, type IndexRow, NONE, refTypeOf } from "./schema.ts";

/** Identities that are summed up before any is written. */
const CHUNK = 1_000;

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
export const SUMMARY_COLUMNS = "id AS identity, newest, last, responses, payloads, changed, bytes, source, kind";
export const SUMMED_COLUMNS = "id, identity, time, sum, size, change, source, kind";

/** Sums the rows of one identity up, in whatever order they come. */
export class Summing {
  readonly #sums = new Set<number>();
  #newest: SummedRow;
  #responses = 0;
  #changed = NONE_CHANGED;
  #bytes = 0;

  constructor(row: SummedRow, change = row.change) {
    this.#newest = row;
    this.add(row, change);
  }

  /** @param change what is to be written as the row's */
  add(row: SummedRow, change = row.change): void {
    if (isNewer(row, this.#newest)) this.#newest = row;
    if (refTypeOf(row.id) !== "response") return;
    this.#responses += 1;
    this.#bytes += Math.max(row.size, 0);
    if (row.sum !== NONE) this.#sums.add(row.sum);
    if (change === CHANGED) this.#changed = Math.max(this.#changed, row.time);
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

/**
 * Sums up identities that the table does not have.
 * @param shared identities of several rows, ascending
 */
export function fillSummaries(db: Database.Database, shared: readonly number[], summaries: SummariesWriter): void {
  const rowsOf = db.prepare<[string], SummedRow>(
    `SELECT ${SUMMED_COLUMNS} FROM (SELECT value AS wanted FROM json_each(?))
     CROSS JOIN rows INDEXED BY by_identity ON identity = wanted AND identity > 0`,
  );
  const sumUp = (identities: readonly number[]) => {
    const summings = new Map<number, Summing>();
    // One after the other, for there may be a million of one identity; nothing is written meanwhile.
    for (const row of rowsOf.iterate(JSON.stringify(identities))) {
      const summing = summings.get(row.identity);
      if (summing === undefined) summings.set(row.identity, new Summing(row));
      else summing.add(row);
    }
    for (const { summary } of summings.values()) summaries.add(summary);
  };
  let waiting: number[] = [];
  for (const identity of shared) {
    if (waiting.push(identity) < CHUNK) continue;
    sumUp(waiting);
    waiting = [];
  }
  sumUp(waiting);
}

/** Sums these identities up anew. */
export function refreshSummaries(db: Database.Database, writer: RowsWriter, identities: ReadonlySet<number>): void {
  const rowsOf = db.prepare<[number], SummedRow & { shared: number }>(
    `SELECT ${SUMMED_COLUMNS}, shared FROM rows INDEXED BY by_identity WHERE identity = ? AND identity > 0`,
  );
  const insert = summaryWriter(db);
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

/**
 * The summary of an identity once responses are written behind all that it has, but for `changed`; null where it has to be
 * summed up anew.
 */
export function appendedTo(db: Database.Database, identity: number, added: readonly SummedRow[]): Summary | null {
  const before = db.prepare<[number], Summary>(`SELECT ${SUMMARY_COLUMNS} FROM identities WHERE id = ?`).get(identity);
  if (before === undefined || before.responses === 0) return null;
  const responses = added.filter(({ id }) => refTypeOf(id) === "response");
  const [first, ...others] = responses;
  if (first === undefined) return before;
  if (responses.some(({ time, id }) => time < before.last || id < before.newest)) return null;
  const hasSum = db.prepare<[{ sum: number; identity: number }]>(
    `SELECT 1 FROM (${fromBothParts(
      "sum",
      readBoundaries(db),
      (rows, part) => `SELECT 1 FROM ${rows} WHERE ${part} AND sum = @sum AND identity = @identity AND id & 3 = 0`,
    )}) LIMIT 1`,
  );
  const summing = new Summing(first);
  for (const row of others) summing.add(row);
  const { newest, last, bytes, source, kind } = summing.summary;
  const sums = new Set(responses.map(({ sum }) => sum).filter((sum) => sum !== NONE));
  const payloads = [...sums].filter((sum) => hasSum.get({ sum, identity }) === undefined).length;
  return {
    ...{ ...before, newest, last, source, kind },
    responses: before.responses + responses.length,
    payloads: before.payloads + payloads,
    bytes: before.bytes + bytes,
  };
}

const COLUMNS = ["id", "newest", "last", "responses", "payloads", "changed", "bytes", "source", "kind"];
/** One statement for so many: it is the calls that cost. */
const AT_ONCE = 40;

function insertSql(rows: number): string {
  const values = `(${COLUMNS.map(() => "?").join(", ")})`;
  return `INTO identities (${COLUMNS.join(", ")}) VALUES ${Array(rows).fill(values).join(", ")}`;
}

/** In the order of COLUMNS. */
function valuesOf(summary: Summary): number[] {
  const { identity, newest, last, responses, payloads, changed, bytes, source, kind } = summary;
  return [identity, newest, last, responses, payloads, changed, bytes, source, kind];
}

/** Writes one after the other, over those that are there. */
export function summaryWriter(db: Database.Database): (summary: Summary) => void {
  const insert = db.prepare<number[]>(`INSERT OR REPLACE ${insertSql(1)}`);
  return (summary) => insert.run(...valuesOf(summary));
}

/** Writes many summaries, over those that are there. Call inside a transaction, and `store` before it ends. */
export class SummariesWriter {
  readonly #one: Database.Statement<number[]>;
  readonly #many: Database.Statement<number[]>;
  #values: number[] = [];

  constructor(db: Database.Database) {
    this.#one = db.prepare(`INSERT OR REPLACE ${insertSql(1)}`);
    this.#many = db.prepare(`INSERT OR REPLACE ${insertSql(AT_ONCE)}`);
  }

  add(summary: Summary): void {
    this.#values.push(...valuesOf(summary));
    if (this.#values.length < AT_ONCE * COLUMNS.length) return;
    this.#many.run(...this.#values);
    this.#values = [];
  }

  store(): void {
    for (let at = 0; at < this.#values.length; at += COLUMNS.length) {
      this.#one.run(...this.#values.slice(at, at + COLUMNS.length));
    }
    this.#values = [];
  }
}
