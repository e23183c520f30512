/**
 * What the responses to the same say of one another: which brought something else than the one before, and which one a cache
 * would have answered with until when. Call inside a transaction, once the rows are written.
 *
 * A cache answers with good responses of the requests that stand for a hash, the newest; of equal moments with the last text
 * of a time, then the last id. See Replay, which a test compares with. Anything else (an error, a frame, an orphan) supersedes
 * nothing, and is itself superseded by the first of those that came later.
 */
import type Database from "better-sqlite3";
import type { ReadConnection } from "../database.ts";
import { changeFrom, isContentStatus, NO_CHANGE } from "./changes.ts";
import type { RowsWriter } from "./rows-writer.ts";
import { FIRST_TIME, type IndexRow, NEVER, NO_TIME, NONE, ORPHAN, refTypeOf, rowidOf, UNSERVED } from "./schema.ts";
import type { Words } from "./words.ts";

type Servable = Pick<IndexRow, "id" | "status" | "flags" | "identity" | "time">;

/** What has to be looked at again once rows were written. */
export interface Unordered {
  /** Earliest time by identity from which responses are to be compared anew. */
  readonly compare: Map<number, number>;
  /** Earliest time by identity from which something else may be served. */
  readonly serve: Map<number, number>;
  /** Ids of rows that supersede nothing. */
  readonly others: Set<number>;
  /** Identities that got or lost a row. */
  readonly identities: Set<number>;
}

/** True for what a cache answers with; `ok` is the code of that status. */
export function isServed(row: Servable, ok: number): boolean {
  return (
    row.status === ok &&
    row.identity > 0 &&
    row.time !== NO_TIME &&
    (row.flags & (ORPHAN | UNSERVED)) === 0 &&
    refTypeOf(row.id) === "response"
  );
}

export class Succession {
  readonly #archive: ReadConnection;
  readonly #db: Database.Database;
  readonly #words: Words;
  readonly #writer: RowsWriter;

  constructor(archive: ReadConnection, db: Database.Database, words: Words, writer: RowsWriter) {
    this.#archive = archive;
    this.#db = db;
    this.#words = words;
    this.#writer = writer;
  }

  /** Notes what a row that was, or is, written says of others. */
  note(row: IndexRow, unordered: Unordered): void {
    if (row.identity <= 0) return;
    unordered.identities.add(row.identity);
    const earliest = (times: Map<number, number>) =>
      times.set(row.identity, Math.min(times.get(row.identity) ?? Number.POSITIVE_INFINITY, row.time));
    const isResponse = refTypeOf(row.id) === "response";
    if (isResponse && row.sum !== NONE && isContentStatus(this.#words.textOf(row.status))) earliest(unordered.compare);
    if (isServed(row, this.#ok())) earliest(unordered.serve);
    else if (row.time !== NO_TIME) unordered.others.add(row.id);
  }

  /** Brings `change` and `until` up to date. */
  order({ compare, serve, others }: Unordered): void {
    const contents = [...this.#words.entries()].flatMap(([id, text]) => (isContentStatus(text) ? [id] : []));
    const served = `id & 3 = 0 AND status = ${this.#ok()} AND flags & ${ORPHAN | UNSERVED} = 0 AND time >= ${FIRST_TIME}`;
    const ofIdentity = (what: string) =>
      `SELECT ${what} FROM rows INDEXED BY by_identity WHERE identity = ? AND identity > 0`;
    const one = (sql: string) => this.#db.prepare<[number, number], number>(sql).pluck();
    const before = one(
      `${ofIdentity("sum")} AND id & 3 = 0 AND sum <> ${NONE} AND status IN (${contents.join(",")}) AND time < ?
       ORDER BY time DESC, id DESC LIMIT 1`,
    );
    const servedBefore = one(`${ofIdentity("time")} AND ${served} AND time < ? ORDER BY time DESC LIMIT 1`);
    const servedAfter = one(`${ofIdentity("time")} AND ${served} AND time > ? ORDER BY time LIMIT 1`);
    const from = this.#db.prepare<[number, number], IndexRow>(`${ofIdentity("*")} AND time >= ? ORDER BY time, id`);
    const isContent = new Set(contents);
    for (const [identity, time] of compare) {
      this.#compare(from.all(identity, time), before.get(identity, time), isContent);
    }
    for (const [identity, time] of serve) {
      // From the one on that was served before: its end may be another now.
      this.#serve(from.all(identity, servedBefore.get(identity, time) ?? FIRST_TIME));
    }
    for (const id of others) {
      const row = this.#writer.get(id);
      // It may be gone, or something else by now.
      if (row === undefined || row.time === NO_TIME || isServed(row, this.#ok())) continue;
      const until = row.identity === 0 ? NEVER : (servedAfter.get(row.identity, row.time) ?? NEVER);
      this.#writer.setPlace(row, row.change, until);
    }
  }

  #compare(rows: readonly IndexRow[], before: number | undefined, isContent: ReadonlySet<number>): void {
    let previous = before;
    for (const row of rows) {
      const compared = refTypeOf(row.id) === "response" && row.sum !== NONE && isContent.has(row.status);
      const change = compared ? changeFrom(previous, row.sum) : NO_CHANGE;
      if (compared) previous = row.sum;
      this.#writer.setPlace(row, change, row.until);
    }
  }

  #serve(rows: readonly IndexRow[]): void {
    let until = NEVER;
    for (let end = rows.length; end > 0; ) {
      const at = rows[end - 1]?.time ?? NO_TIME;
      let first = end - 1;
      while (first > 0 && rows[first - 1]?.time === at) first -= 1;
      const group = rows.slice(first, end);
      const winner = this.#winner(group);
      for (const row of group) {
        const isPassedOver = row !== winner && isServed(row, this.#ok());
        this.#writer.setPlace(row, row.change, isPassedOver ? at : until);
      }
      if (winner !== undefined) until = at;
      end = first;
    }
  }

  /** The one of a moment that is served. */
  #winner(group: readonly IndexRow[]): IndexRow | undefined {
    const served = group.filter((row) => isServed(row, this.#ok()));
    if (served.length < 2) return served[0];
    const keys = this.#archive
      .prepare<[number], string>("SELECT created_at || ' ' || id FROM responses WHERE rowid = ?")
      .pluck();
    const keyOf = (row: IndexRow) => keys.get(rowidOf(row.id)) ?? "";
    return served.map((row) => ({ row, key: keyOf(row) })).reduce((best, next) => (next.key > best.key ? next : best))
      .row;
  }

  #ok(): number {
    return this.#words.find("ok") ?? -1;
  }
}
