/**
 * Builds an index in one pass over an archive, in chunks between which other processes can write. The file appears under its
 * name only when it is whole. What is written meanwhile is left to updater.ts, which reads on from where the build began.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import Database from "better-sqlite3";
import { throwIfCancelled } from "../cancellation.ts";
import { fromSqliteError, type ReadConnection } from "../database.ts";
import { type ArchiveState, atOneMoment, readArchiveState, takeSamples } from "./archive-state.ts";
import { ArchivedRows } from "./archived-rows.ts";
import { changeFrom, isComparable, isContentStatus } from "./changes.ts";
import { readCube } from "./cube.ts";
import { Ends } from "./ends.ts";
import { IndexMeta } from "./index-meta.ts";
import { Lines } from "./lines.ts";
import { AskTable, RequestTable } from "./row-tables.ts";
import { RowsWriter } from "./rows-writer.ts";
import { type IndexRow, NO_TIME, ROW_INDEXES, rowidOf, TABLES } from "./schema.ts";
import { isServed, Succession, type Unordered } from "./succession.ts";
import { fillSummaries } from "./summaries.ts";
import { makeUnusualIndexes } from "./usual.ts";
import { Words } from "./words.ts";

/** Rows of one chunk: some 10 ms, and few enough that what is made of them is gone before memory is cleared up. */
const CHUNK = 1_000;

export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  /** Requests and responses that were read, of all that there are. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Writes the index of an archive to `path`, which must not exist. Runs for seconds to minutes: use a worker thread.
 * @param archive an own connection; no read transaction stays open on it
 * @throws CANCELLED and leaves nothing behind; what SQLite and the file system throw
 */
export async function buildIndex(
  archive: ReadConnection,
  archivePath: string,
  path: string,
  options: BuildOptions = {},
) {
  const making = `${path}.making`;
  const cache = archive.db.pragma("cache_size", { simple: true });
  // Orphans are looked up by their contents, all over the archive.
  archive.db.pragma("cache_size = -65536");
  rmSync(making, { force: true });
  try {
    const db = create(making);
    try {
      // Nobody else sees this file, and when anything fails it is thrown away.
      db.pragma("journal_mode = OFF");
      db.pragma("synchronous = OFF");
      db.pragma("locking_mode = EXCLUSIVE");
      db.pragma("cache_size = -65536");
      // Another thread sorts for the indexes while this one reads.
      db.pragma("threads = 2");
      db.exec(TABLES);
      await new Build(archive, db, options).run(archivePath);
    } finally {
      db.close();
    }
    const file = openSync(making, "r+");
    fsyncSync(file);
    closeSync(file);
    renameSync(making, path);
  } catch (error) {
    rmSync(making, { force: true });
    throw error;
  } finally {
    archive.db.pragma(`cache_size = ${String(cache)}`);
  }
}

function create(path: string): Database.Database {
  try {
    return new Database(path);
  } catch (error) {
    throw fromSqliteError(error, path);
  }
}

class Build {
  readonly #archive: ReadConnection;
  readonly #db: Database.Database;
  readonly #options: BuildOptions;
  readonly #words: Words;
  readonly #rows: ArchivedRows;
  readonly #writer: RowsWriter;
  readonly #isContent = new Map<number, boolean>();
  #requests = new RequestTable(0);
  #ends = new Ends(0, 0);
  /** What was not written in the order of its time. */
  readonly #unordered: Unordered & { readonly identities: Set<number> } = {
    compare: new Map(),
    serve: new Map(),
    others: new Map(),
    identities: new Set(),
  };

  #done = 0;

  constructor(archive: ReadConnection, db: Database.Database, options: BuildOptions) {
    this.#archive = archive;
    this.#db = db;
    this.#options = options;
    this.#words = new Words(db);
    this.#rows = new ArchivedRows(archive, db, this.#words);
    this.#writer = new RowsWriter(db);
  }

  async run(archivePath: string): Promise<void> {
    const { state, sessions, samples } = atOneMoment(this.#archive, () => {
      const now = readArchiveState(this.#archive);
      return { state: now, sessions: this.#rows.readSessions(), samples: takeSamples(this.#archive, now) };
    });
    await this.#load(state);
    await this.#responses(state);
    await this.#others(state);
    this.#ends.store(this.#db);
    this.#writer.store();
    this.#db.exec(ROW_INDEXES);
    makeUnusualIndexes(this.#db, ["method", "status"], readCube(this.#db));
    const meta = new IndexMeta(this.#db);
    const succession = new Succession(this.#archive, this.#db, this.#words, this.#writer);
    this.#db.transaction(() => {
      const { compare, serve, others, identities } = this.#unordered;
      for (const identity of [...compare.keys(), ...serve.keys(), ...others.values()]) identities.add(identity);
      new Lines(this.#db, this.#writer, succession).settle(this.#unordered, [], new Set());
      fillSummaries(
        this.#db,
        this.#ends.shared().map((place) => this.#requests.rowidAt(place)),
      );
      this.#writer.store();
      meta.store({ archivePath, state, samples }, sessions);
    })();
  }

  /** Requests and asks by id, so that no response costs a lookup in the archive. */
  async #load(state: ArchiveState): Promise<void> {
    this.#requests = new RequestTable(state.requests.count);
    for (let from = 0; from < state.requests.last; ) {
      const read = atOneMoment(this.#archive, () => this.#rows.requestsAfter(from, state.requests.last, CHUNK));
      for (const { id, request } of read) this.#requests.add(id, request);
      from = read.at(-1)?.request.rowid ?? state.requests.last;
      await this.#pause(read.length, state);
    }
    await this.#identify(state);
    const asks = new AskTable(state.resolutions.count);
    for (let from = 0; from < state.resolutions.last; from += CHUNK) {
      for (const { responseId, sessionId } of this.#rows.asksBetween(
        from,
        Math.min(from + CHUNK, state.resolutions.last),
      )) {
        asks.add(responseId, sessionId);
      }
      await this.#pause(0, state);
    }
    this.#rows.use({ requests: this.#requests, asks: state.resolutions.count > 0 ? asks : null });
    await this.#findRepeated(state);
  }

  /** Half of all orphans share their bytes with nobody: one pass over an index is cheaper than to look for each of them. */
  async #findRepeated(state: ArchiveState): Promise<void> {
    const repeated = new Set<number>();
    for (let digit = 0; digit < 16; digit += 1) {
      for (const sum of this.#rows.repeatedSums(digit)) repeated.add(sum);
      await this.#pause(0, state);
    }
    this.#rows.useRepeated(repeated);
  }

  /** Which requests ask the same. */
  async #identify(state: ArchiveState): Promise<void> {
    const { identities } = this.#rows;
    const { last } = state.requests;
    const next = this.#archive
      .prepare<[number, number], number | null>(
        `SELECT MAX(rowid) FROM (SELECT rowid FROM requests WHERE hash IS NULL AND rowid > ? ORDER BY rowid LIMIT ?)`,
      )
      .pluck();
    for (let from = 0; from < last; ) {
      const upTo = Math.min(next.get(from, CHUNK) ?? last, last);
      this.#db.transaction(() => atOneMoment(this.#archive, () => identities.addUnhashed(from, upTo)))();
      from = upTo;
      await this.#pause(0, state);
    }
    this.#requests.join(identities.all());
  }

  async #responses(state: ArchiveState): Promise<void> {
    const { last } = state.responses;
    this.#ends = new Ends(state.requests.count, state.responses.count);
    const ok = this.#words.idOf("ok");
    for (let from = 0; from < last; ) {
      const made = atOneMoment(this.#archive, () => this.#rows.responsesAfter(from, last, CHUNK));
      for (const { row, request, ofItsSession, shown } of made) {
        if (request?.ordinal !== undefined && ofItsSession) this.#requests.markAnswered(request.ordinal);
        this.#compare(row, shown?.group);
        if (shown?.group === undefined) continue;
        if (!this.#ends.add(shown.group, row.id, row.time, isServed(row, ok))) {
          this.#unordered.serve.set(row.identity, NO_TIME);
        }
      }
      this.#db.transaction(() => this.#writer.add(made.map(({ row }) => row)))();
      from = made.length === 0 ? last : rowidOf(made.at(-1)?.row.id ?? 0);
      await this.#pause(made.length, state);
    }
  }

  /** Requests without a response, and asks that are no response of their own. */
  async #others(state: ArchiveState): Promise<void> {
    const requests = this.#requests.unanswered();
    for (let at = 0; at < requests.length; at += CHUNK) {
      const chunk = requests.slice(at, at + CHUNK);
      this.#addRows(() => chunk.map((rowid) => this.#rows.request(rowid)));
      await this.#pause(0, state);
    }
    if (state.resolutions.last === 0) return;
    const resolutions = this.#archive
      .prepare<[number, number], number>(
        `SELECT rowid FROM resolutions WHERE rowid > ? AND rowid <= ? AND (kind = 'reused' OR response_id IS NULL)
         ORDER BY rowid`,
      )
      .pluck();
    for (let from = 0; from < state.resolutions.last; from += CHUNK) {
      const upTo = Math.min(from + CHUNK, state.resolutions.last);
      this.#addRows(() => resolutions.all(from, upTo).map((rowid) => this.#rows.resolution(rowid)));
      await this.#pause(0, state);
    }
  }

  #addRows(read: () => (IndexRow | undefined)[]): void {
    const rows = atOneMoment(this.#archive, read).filter((row) => row !== undefined);
    for (const { id, identity, time } of rows) {
      const group = identity === 0 ? undefined : this.#requests.placeOf(identity);
      if (group === undefined) continue;
      this.#ends.addOther(group, id);
      if (time !== NO_TIME && this.#ends.lastServed(group) > time) this.#unordered.others.set(id, identity);
    }
    this.#db.transaction(() => this.#writer.add(rows))();
  }

  /** Says what changed since the response before, as long as a request's responses come in the order of their times. */
  #compare(row: IndexRow, ordinal: number | undefined): void {
    if (ordinal === undefined || !isComparable(row, (status) => this.#contentStatus(status))) return;
    const previous = this.#requests.last(ordinal);
    if (previous !== undefined && previous.time > row.time) this.#unordered.compare.set(row.identity, NO_TIME);
    row.change = changeFrom(previous?.sum, row.sum);
    this.#requests.setLast(ordinal, row.time, row.sum);
  }

  #contentStatus(status: number): boolean {
    const known = this.#isContent.get(status);
    if (known !== undefined) return known;
    const isContent = isContentStatus(this.#words.textOf(status));
    this.#isContent.set(status, isContent);
    return isContent;
  }

  async #pause(read: number, state: ArchiveState): Promise<void> {
    this.#done += read;
    this.#options.onProgress?.(this.#done, state.requests.count + state.responses.count);
    await nextTurn();
    throwIfCancelled(this.#options.signal);
  }
}
