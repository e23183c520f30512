/**
 * Brings up to date what the rows of one identity, its line, say of one another: `change`, `until`, `shared` and the summary.
 * Lines of usual length are read once, settled in memory, and written where something is another than before. Of long ones (a
 * request that is asked every minute for years) only the ends are looked at. Call inside a transaction.
 */
import type Database from "better-sqlite3";
import { NO_CHANGE } from "./changes.ts";
import type { RowsWriter } from "./rows-writer.ts";
import { CHANGED, type IndexRow, NEVER } from "./schema.ts";
import type { Succession, Unordered } from "./succession.ts";
import { appendedTo, refreshSummaries, SummariesWriter, type Summary, Summing, summaryWriter } from "./summaries.ts";

/** Rows that a line has at most to be read as a whole. */
const LONG = 1_000;
/** Lines that are read at once; from so many rows for each on it is found out which of them are long. */
const LINES = 500;
const MOST_READ = 20;

const LINE_COLUMNS = [
  "id",
  "identity",
  "time",
  "status",
  "size",
  "sum",
  "source",
  "kind",
  "change",
  "flags",
  "until",
  "shared",
] as const;
/** A row as far as its line is concerned. */
export type LineRow = Pick<IndexRow, (typeof LINE_COLUMNS)[number]>;
const LINE_SQL = LINE_COLUMNS.map((name) => (name === "until" ? `IFNULL(until, ${NEVER}) AS until` : name)).join(", ");
const WANTED = "(SELECT value AS wanted FROM json_each(?))";
const OF_WANTED = "rows INDEXED BY by_identity ON identity = wanted AND identity > 0";

export class Lines {
  readonly #db: Database.Database;
  readonly #writer: RowsWriter;
  readonly #succession: Succession;
  readonly #read: Database.Statement<[string, number], LineRow>;
  readonly #remove: Database.Statement<[number]>;
  readonly #write: (summary: Summary) => void;
  readonly #summaries: SummariesWriter;
  readonly #lengths: Database.Statement<[string], [identity: number, length: number]>;
  readonly #most: number;
  /** Identities whose lines were found to be long. */
  readonly #long = new Set<number>();

  constructor(db: Database.Database, writer: RowsWriter, succession: Succession, long = LONG) {
    this.#db = db;
    this.#most = long;
    this.#writer = writer;
    this.#succession = succession;
    this.#remove = db.prepare("DELETE FROM identities WHERE id = ?");
    this.#write = summaryWriter(db);
    this.#summaries = new SummariesWriter(db);
    this.#read = db.prepare(`SELECT ${LINE_SQL} FROM ${WANTED} CROSS JOIN ${OF_WANTED} LIMIT ?`);
    this.#lengths = db
      .prepare<[string], [number, number]>(
        `SELECT wanted, (SELECT COUNT(*) FROM (SELECT 1 FROM rows INDEXED BY by_identity
           WHERE identity = wanted AND identity > 0 LIMIT ${long + 1})) FROM ${WANTED}`,
      )
      .raw();
  }

  /**
   * @param touched the lines, and what is to be looked at again in long ones
   * @param added rows that are not written yet, of any line or of none; they are written here
   * @param rewritten identities of which rows were written over, moved or removed
   */
  settle(touched: Unordered, added: readonly IndexRow[], rewritten: ReadonlySet<number>): void {
    const addedTo = Map.groupBy(added, ({ identity }) => identity);
    const short = [...touched.identities].filter((identity) => identity > 0 && !this.#long.has(identity));
    for (let at = 0; at < short.length; at += LINES) {
      const lines = this.#linesOf(short.slice(at, at + LINES));
      this.#succession.prepareMoments(
        [...lines].map(([identity, rows]) => [...rows, ...(addedTo.get(identity) ?? [])]),
      );
      for (const [identity, rows] of lines) {
        this.#settle(identity, rows, addedTo.get(identity) ?? [], rewritten.has(identity));
      }
    }
    this.#summaries.store();
    const long = new Set([...touched.identities].filter((identity) => this.#long.has(identity)));
    const appended = new Map<number, Summary>();
    for (const identity of long) {
      const summary = rewritten.has(identity) ? null : appendedTo(this.#db, identity, addedTo.get(identity) ?? []);
      if (summary !== null) appended.set(identity, summary);
    }
    for (const identity of long) for (const row of addedTo.get(identity) ?? []) row.shared = 1;
    this.#writer.add(added);
    if (long.size === 0) return;
    this.#succession.order(ofLines(touched, long));
    for (const [identity, summary] of appended) this.#writeAppended(summary, addedTo.get(identity) ?? []);
    refreshSummaries(this.#db, this.#writer, new Set([...long].filter((identity) => !appended.has(identity))));
  }

  /** Lines of usual length; what is found to be long is noted instead. */
  #linesOf(identities: readonly number[]): Map<number, LineRow[]> {
    const most = this.#most * MOST_READ;
    const rows = this.#read.all(JSON.stringify(identities), most + 1);
    const lines = new Map<number, LineRow[]>(identities.map((identity) => [identity, []]));
    if (rows.length <= most) {
      for (const row of rows) lines.get(row.identity)?.push(row);
      for (const [identity, line] of lines) {
        if (line.length <= this.#most) continue;
        this.#long.add(identity);
        lines.delete(identity);
      }
      return lines;
    }
    for (const [identity, length] of this.#lengths.all(JSON.stringify(identities))) {
      if (length > this.#most) this.#long.add(identity);
    }
    const short = identities.filter((identity) => !this.#long.has(identity));
    // With all long ones gone, halves come to fewer rows, down to one line.
    const half = short.length < identities.length ? short.length : Math.ceil(short.length / 2);
    const parts = [short.slice(0, half), short.slice(half)].filter((part) => part.length > 0);
    return new Map(parts.flatMap((part) => [...this.#linesOf(part)]));
  }

  #settle(identity: number, stored: readonly LineRow[], added: readonly IndexRow[], isRewritten: boolean): void {
    const rows: readonly LineRow[] = [...stored, ...added].sort((a, b) => a.time - b.time || a.id - b.id);
    const changes = this.#succession.changesOf(rows, undefined);
    const ends = this.#succession.endsOf(rows);
    const shared = rows.length > 1 ? 1 : 0;
    const unwritten = new Map(added.map((row) => [row.id, row]));
    for (const [at, row] of rows.entries()) {
      const change = changes[at] ?? NO_CHANGE;
      const until = ends[at] ?? NEVER;
      const fresh = unwritten.get(row.id);
      if (fresh === undefined) this.#writer.setPlace(row, { change, until, shared });
      else {
        fresh.change = change;
        fresh.until = until;
        fresh.shared = shared;
      }
    }
    const [first, ...others] = rows;
    if (first === undefined || shared === 0) {
      if (isRewritten || stored.some((row) => row.shared === 1)) this.#remove.run(identity);
      return;
    }
    const summing = new Summing(first, changes[0]);
    for (const [at, row] of others.entries()) summing.add(row, changes[at + 1]);
    this.#summaries.add(summing.summary);
  }

  #writeAppended(summary: Summary, added: readonly IndexRow[]): void {
    const times = added.flatMap(({ id }) => {
      const row = this.#writer.get(id);
      return row?.change === CHANGED ? [row.time] : [];
    });
    this.#write({ ...summary, changed: times.reduce((latest, time) => Math.max(latest, time), summary.changed) });
  }
}

/** What is to be looked at again in some lines. */
function ofLines({ compare, serve, others }: Unordered, identities: ReadonlySet<number>): Unordered {
  const within = (times: ReadonlyMap<number, number>) => new Map([...times].filter(([key]) => identities.has(key)));
  return {
    compare: within(compare),
    serve: within(serve),
    others: new Map([...others].filter(([, identity]) => identities.has(identity))),
    identities: new Set(identities),
  };
}
