/**
 * Builds an index in one pass over an archive, in chunks between which other processes can write. The file appears under its
 * name only when it is whole. What is written meanwhile is left to updater.ts, which reads on from where the build began.
 *
 * A second thread reads the archive ahead (table-thread.ts). Responses are kept as columns until all of them were read and it
 * is known what they say of one another; then each is written once, in the order of its id, and the indexes are made.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import Database from "better-sqlite3";
import { throwIfCancelled } from "../cancellation.ts";
import { fromSqliteError, type ReadConnection } from "../database.ts";
import { type ArchiveState, atOneMoment, readArchiveState, takeSamples } from "./archive-state.ts";
import { ArchivedRows } from "./archived-rows.ts";
import { changeFrom, isContentStatus } from "./changes.ts";
import { readCube } from "./cube.ts";
import { Ends } from "./ends.ts";
import { IndexMeta } from "./index-meta.ts";
import { Lines } from "./lines.ts";
import { ReadTables } from "./read-tables.ts";
import { GONE, NOTHING_ASKED, ResponsesWriter } from "./response-columns.ts";
import { RowsWriter } from "./rows-writer.ts";
import { makeRecentIndexes, makeSettledIndex, SCATTERED_COLUMNS } from "./scattered.ts";
import {
  IDENTITY_INDEX,
  type IndexRow,
  idOf,
  NO_TIME,
  NONE,
  ORPHAN,
  PAGE_BYTES,
  ROW_INDEXES,
  rowidOf,
  TABLES,
  UNSERVED,
} from "./schema.ts";
import { Succession, type Unordered } from "./succession.ts";
import { fillSummaries, SummariesWriter, Summing } from "./summaries.ts";
import { TableThread, type TableThreadOptions } from "./table-thread.ts";
import { makeUnusualIndexes } from "./usual.ts";
import { Words } from "./words.ts";

/** Rows of one chunk that are read one by one. */
const CHUNK = 1_000;
/** Rows of one chunk that are only compared, or written. */
const MANY = 5_000;

export interface BuildOptions extends TableThreadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Rows that were read, written and sorted, of all that there are of each. */
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
  const tables = new TableThread(archive, options);
  rmSync(making, { force: true });
  try {
    const db = create(making);
    try {
      db.pragma(`page_size = ${PAGE_BYTES}`);
      // Nobody else sees this file, and when anything fails it is thrown away.
      db.pragma("journal_mode = OFF");
      db.pragma("synchronous = OFF");
      db.pragma("locking_mode = EXCLUSIVE");
      db.pragma("cache_size = -65536");
      db.exec(TABLES);
      await new Build(archive, tables, db, options).run(archivePath);
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
    await tables.close();
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

/** An id behind those of all rows. */
function behindAll({ responses, requests, resolutions }: ArchiveState): number {
  return idOf("response", Math.max(responses.last, requests.last, resolutions.last) + 1);
}

class Build {
  readonly #archive: ReadConnection;
  readonly #tables: TableThread;
  readonly #db: Database.Database;
  readonly #options: BuildOptions;
  readonly #words: Words;
  readonly #rows: ArchivedRows;
  readonly #writer: RowsWriter;
  /** What was not written in the order of its time. */
  readonly #unordered: Unordered = { compare: new Map(), serve: new Map(), others: new Map(), identities: new Set() };
  #done = 0;
  #total = 0;

  constructor(archive: ReadConnection, tables: TableThread, db: Database.Database, options: BuildOptions) {
    this.#archive = archive;
    this.#tables = tables;
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
    this.#total = state.requests.count + 3 * state.responses.count;
    makeRecentIndexes(this.#db, behindAll(state));
    const read = new ReadTables(this.#rows, this.#words, sessions, state);
    for await (const count of read.from(this.#tables, this.#options.signal)) await this.#pause(count);
    await this.#identify(state);
    read.requests.join(this.#rows.identities.all());
    await this.#conclude(read);
    const ends = new Ends(state.requests.count, read.responses);
    await this.#compare(read, ends);
    await this.#write(read);
    await this.#others(read, ends, state);
    ends.storeShared(this.#db);
    this.#writer.store();
    await this.#makeIndexes(state.responses.count);
    this.#sumUp(read, ends);
    new IndexMeta(this.#db).store({ archivePath, state, samples }, sessions);
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
      await this.#pause(0);
    }
  }

  /** Responses of unusual shape, and those whose session or request has to be concluded from others. */
  async #conclude(read: ReadTables): Promise<void> {
    const { responses, waiting, requests, asks } = read;
    this.#rows.use({ requests, asks });
    const contents = waiting.length + read.orphans.length > 0 ? read.contents() : null;
    if (contents !== null) this.#rows.useContents(contents);
    for (const [n, at] of read.orphans.entries()) {
      if (n % CHUNK === 0) await this.#pause(0);
      const { time, sum, mix } = responses;
      const orphan = this.#rows.orphan(time[at] ?? NO_TIME, sum[at] ?? NONE, mix[at] ?? 0);
      if (orphan === null) waiting.push(at);
      else responses.conclude(at, orphan, orphan.request?.ordinal ?? NOTHING_ASKED);
    }
    for (let from = 0; from < waiting.length; from += CHUNK) {
      const places = waiting.slice(from, from + CHUNK);
      const rowids = places.map((at) => rowidOf(responses.id[at] ?? 0));
      const made = new Map(
        atOneMoment(this.#archive, () => this.#rows.responsesAt(rowids)).map((response) => [response.row.id, response]),
      );
      for (const at of places) {
        const found = made.get(responses.id[at] ?? 0);
        if (found === undefined) {
          responses.id[at] = GONE;
          continue;
        }
        const { row, request, shown, ofItsSession } = found;
        if (request?.ordinal !== undefined && ofItsSession) requests.markAnswered(request.ordinal);
        responses.set(at, row, shown?.ordinal ?? NOTHING_ASKED);
      }
      await this.#pause(0);
    }
  }

  /** What responses say of one another, as long as those to the same come in the order of their times. */
  async #compare({ responses, requests }: ReadTables, ends: Ends): Promise<void> {
    const ok = this.#words.idOf("ok");
    const isContent = new Map([...this.#words.entries()].map(([code, text]) => [code, isContentStatus(text)]));
    const { asked, id, time, sum, status, flags, change } = responses;
    for (let at = 0; at < responses.count; at += 1) {
      if (at % MANY === 0) await this.#pause(0);
      const place = asked[at] ?? NOTHING_ASKED;
      if (place === NOTHING_ASKED || id[at] === GONE) continue;
      const group = requests.groupAt(place);
      const [moment, content, code] = [time[at] ?? NO_TIME, sum[at] ?? NONE, status[at] ?? 0];
      if (content !== NONE && isContent.get(code) === true) {
        const previous = requests.last(group);
        if (previous !== undefined && previous.time > moment) {
          this.#unordered.compare.set(requests.rowidAt(group), NO_TIME);
        }
        change[at] = changeFrom(previous?.sum, content);
        requests.setLast(group, moment, content);
      }
      // When it was read, it was not known yet which requests stand for the hash of another source's.
      if (((flags[at] ?? 0) & UNSERVED) !== 0 && requests.isServedAt(place)) flags[at] = (flags[at] ?? 0) & ~UNSERVED;
      const isServed = code === ok && moment !== NO_TIME && ((flags[at] ?? 0) & (ORPHAN | UNSERVED)) === 0;
      if (!ends.add(group, at, isServed)) this.#unordered.serve.set(requests.rowidAt(group), NO_TIME);
    }
  }

  async #write({ responses, requests }: ReadTables): Promise<void> {
    const writer = new ResponsesWriter(this.#db, responses, requests, this.#writer);
    for (let from = 0; from < responses.count; from += MANY) {
      const upTo = Math.min(from + MANY, responses.count);
      this.#db.transaction(() => writer.write(from, upTo))();
      await this.#pause(upTo - from);
    }
  }

  /** Requests without a response, and asks that are no response of their own. */
  async #others(read: ReadTables, ends: Ends, state: ArchiveState): Promise<void> {
    const requests = read.requests.unanswered();
    for (let at = 0; at < requests.length; at += CHUNK) {
      const chunk = requests.slice(at, at + CHUNK);
      this.#addRows(read, ends, () => chunk.map((rowid) => this.#rows.request(rowid)));
      await this.#pause(0);
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
      this.#addRows(read, ends, () => resolutions.all(from, upTo).map((rowid) => this.#rows.resolution(rowid)));
      await this.#pause(0);
    }
  }

  #addRows({ requests }: ReadTables, ends: Ends, read: () => (IndexRow | undefined)[]): void {
    const rows = atOneMoment(this.#archive, read).filter((row) => row !== undefined);
    for (const { id, identity, time } of rows) {
      const group = identity === 0 ? undefined : requests.placeOf(identity);
      if (group === undefined) continue;
      ends.addOther(group, id);
      if (time !== NO_TIME && ends.lastServed(group) > time) this.#unordered.others.set(id, identity);
    }
    this.#db.transaction(() => this.#writer.add(rows))();
  }

  async #makeIndexes(rows: number): Promise<void> {
    const each = rows / (ROW_INDEXES.length + SCATTERED_COLUMNS.length);
    for (const index of ROW_INDEXES) {
      this.#db.exec(index);
      await this.#pause(each);
    }
    for (const column of SCATTERED_COLUMNS) {
      makeSettledIndex(this.#db, column);
      await this.#pause(each);
    }
    makeUnusualIndexes(this.#db, ["method", "status"], readCube(this.#db));
    await this.#pause(0);
  }

  /** Identities of several rows. */
  #sumUp({ responses, requests }: ReadTables, ends: Ends): void {
    const { compare, serve, others, identities } = this.#unordered;
    for (const identity of [...compare.keys(), ...serve.keys(), ...others.values()]) identities.add(identity);
    const succession = new Succession(this.#archive, this.#db, this.#words, this.#writer);
    this.#db.transaction(() => {
      new Lines(this.#db, this.#writer, succession).settle(this.#unordered, [], new Set());
      this.#writer.store();
      const summaries = new SummariesWriter(this.#db);
      const unsummed: number[] = [];
      for (const group of ends.shared()) {
        const [first, ...more] = ends.responsesOf(group);
        const identity = requests.rowidAt(group);
        if (first === undefined || identities.has(identity)) {
          unsummed.push(identity);
          continue;
        }
        const summing = new Summing(responses.rowAt(first, requests));
        for (const at of more) summing.add(responses.rowAt(at, requests));
        summaries.add(summing.summary);
      }
      fillSummaries(this.#db, unsummed, summaries);
      summaries.store();
    })();
    this.#db.exec(IDENTITY_INDEX);
  }

  async #pause(done: number): Promise<void> {
    this.#done += done;
    this.#options.onProgress?.(Math.min(Math.round(this.#done), this.#total), this.#total);
    await nextTurn();
    throwIfCancelled(this.#options.signal);
  }
}
