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
import {
  FIRST_TIME,
  type IndexRow,
  idOf,
  NEVER,
  NO_TIME,
  NONE,
  ORPHAN,
  ROW_COLUMNS,
  refTypeOf,
  rowidOf,
  UNSERVED,
} from "./schema.ts";
import type { Words } from "./words.ts";

type Servable = Pick<IndexRow, "id" | "status" | "flags" | "identity" | "time">;
type Ordered = Servable & Pick<IndexRow, "sum">;

/** What has to be looked at again once rows were written. */
export interface Unordered {
  /** Earliest time by identity from which responses are to be compared anew. */
  readonly compare: Map<number, number>;
  /** Earliest time by identity from which something else may be served. */
  readonly serve: Map<number, number>;
  /** Rows that supersede nothing: identities by id. */
  readonly others: Map<number, number>;
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
  readonly #content = new Map<number, boolean>();
  /** What decides between responses of one moment, by their ids, as far as it was read for many at once. */
  readonly #keys = new Map<number, string>();

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
    if (isResponse && row.sum !== NONE && this.#isContent(row.status)) earliest(unordered.compare);
    if (isServed(row, this.#ok())) earliest(unordered.serve);
    else if (row.time !== NO_TIME) unordered.others.set(row.id, row.identity);
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
    const from = this.#db.prepare<[number, number], IndexRow>(
      `${ofIdentity(ROW_COLUMNS)} AND time >= ? ORDER BY time, id`,
    );
    for (const [identity, time] of compare) {
      const rows = from.all(identity, time);
      const changes = this.changesOf(rows, before.get(identity, time));
      for (const [at, row] of rows.entries()) this.#writer.setPlace(row, { ...row, change: changes[at] ?? NO_CHANGE });
    }
    for (const [identity, time] of serve) {
      // From the one on that was served before: its end may be another now.
      const rows = from.all(identity, servedBefore.get(identity, time) ?? FIRST_TIME);
      const ends = this.endsOf(rows);
      for (const [at, row] of rows.entries()) this.#writer.setPlace(row, { ...row, until: ends[at] ?? NEVER });
    }
    for (const id of others.keys()) {
      const row = this.#writer.get(id);
      // It may be gone, or something else by now.
      if (row === undefined || row.time === NO_TIME || isServed(row, this.#ok())) continue;
      const until = row.identity === 0 ? NEVER : (servedAfter.get(row.identity, row.time) ?? NEVER);
      this.#writer.setPlace(row, { ...row, until });
    }
  }

  /**
   * `change` of rows of one identity, in the order of their times.
   * @param before the content before them; undefined when there is none
   */
  changesOf(rows: readonly Ordered[], before: number | undefined): number[] {
    let previous = before;
    return rows.map((row) => {
      if (refTypeOf(row.id) !== "response" || row.sum === NONE || !this.#isContent(row.status)) return NO_CHANGE;
      const change = changeFrom(previous, row.sum);
      previous = row.sum;
      return change;
    });
  }

  /** `until` of rows of one identity, in the order of their times, behind which there are no others. */
  endsOf(rows: readonly Ordered[]): number[] {
    const ends = new Array<number>(rows.length).fill(NEVER);
    let until = NEVER;
    for (let end = rows.length; end > 0; ) {
      const at = rows[end - 1]?.time ?? NO_TIME;
      let first = end - 1;
      while (first > 0 && rows[first - 1]?.time === at) first -= 1;
      const group = rows.slice(first, end);
      const winner = this.#winner(group);
      for (const [n, row] of group.entries()) {
        const isPassedOver = at === NO_TIME || (row !== winner && isServed(row, this.#ok()));
        ends[first + n] = isPassedOver ? at : until;
      }
      if (winner !== undefined) until = at;
      end = first;
    }
    return ends;
  }

  /** The one of a moment that is served. */
  #winner(group: readonly Ordered[]): Ordered | undefined {
    const served = group.filter((row) => isServed(row, this.#ok()));
    if (served.length < 2) return served[0];
    if (served.some(({ id }) => !this.#keys.has(id))) this.#readKeys(served.map(({ id }) => id));
    let [best] = served;
    for (const row of served) if (this.#keyOf(row) > this.#keyOf(best)) best = row;
    return best;
  }

  #keyOf(row: Ordered | undefined): string {
    return this.#keys.get(row?.id ?? -1) ?? "";
  }

  /** Reads at once what decides between responses of equal moments in these lines, until the next call. */
  prepareMoments(lines: Iterable<readonly Ordered[]>): void {
    this.#keys.clear();
    const ids = new Set<number>();
    for (const line of lines) {
      const first = new Map<number, number>();
      for (const row of line) {
        if (!isServed(row, this.#ok())) continue;
        const other = first.get(row.time);
        if (other === undefined) first.set(row.time, row.id);
        else ids.add(other).add(row.id);
      }
    }
    if (ids.size > 0) this.#readKeys([...ids]);
  }

  #readKeys(ids: readonly number[]): void {
    const keys = this.#archive
      .prepare<[string], [rowid: number, key: string]>(
        "SELECT rowid, created_at || ' ' || id FROM responses WHERE rowid IN (SELECT value FROM json_each(?))",
      )
      .raw()
      .all(JSON.stringify(ids.map(rowidOf)));
    for (const [rowid, key] of keys) this.#keys.set(idOf("response", rowid), key);
  }

  #isContent(status: number): boolean {
    const known = this.#content.get(status);
    if (known !== undefined) return known;
    const isContent = isContentStatus(this.#words.textOf(status));
    this.#content.set(status, isContent);
    return isContent;
  }

  #ok(): number {
    return this.#words.find("ok") ?? -1;
  }
}
