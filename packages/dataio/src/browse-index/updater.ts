/**
 * Brings an index up to its archive: rows that came since, and what they say of earlier ones (a session that ended, a request
 * row behind its response, the bytes by which an orphan is known). What was added in any order is read in rowid order, and
 * whatever a new row may change is made anew from the archive as it is now; so an updated index equals a new one.
 */
import type Database from "better-sqlite3";
import { type Prepare, preparing, type ReadConnection } from "../database.ts";
import {
  type ArchiveState,
  atOneMoment,
  onlyGrew,
  readArchiveState,
  sameSamples,
  takeSamples,
} from "./archive-state.ts";
import { ArchivedRows, type KnownSession, type MadeResponse } from "./archived-rows.ts";
import { NO_CHANGE } from "./changes.ts";
import { readCube } from "./cube.ts";
import { IndexMeta } from "./index-meta.ts";
import { Lines } from "./lines.ts";
import { RowsWriter } from "./rows-writer.ts";
import { fromBothParts, readBoundaries } from "./scattered.ts";
import {
  CONCLUDED_SQL,
  type IndexRow,
  idOf,
  NEVER,
  NO_TIME,
  NONE,
  PENDING,
  REF_TYPES,
  ROW_COLUMNS,
  refTypeOf,
  rowidOf,
  TIME_BASE,
} from "./schema.ts";
import { Succession, type Unordered } from "./succession.ts";
import { type TouchedRows, touchedRows } from "./touched-rows.ts";
import { remakeUnusualIndexes } from "./usual.ts";
import { changedRanges, type SessionTimes, type TimeRange } from "./windows.ts";
import { Words } from "./words.ts";

/** New rows of each table that one step takes in. */
const STEP = 2_000;

/** How an index stands to its archive after a step. */
export type UpdateStep =
  /** It has all that was there. */
  | { readonly state: "current"; readonly changed: boolean }
  /** Some was taken in; there is more. */
  | { readonly state: "behind"; readonly missing: number }
  /** It was made from another archive, or rows of this one are gone: it has to be built anew. */
  | { readonly state: "mismatch" };

/** What one step has found to do. */
interface Work extends TouchedRows, Unordered {
  /** Requests, by rowid, to which a response has come: they can only have lost their own row. */
  readonly answered: Set<number>;
  /** Contents by which orphans may be known now. */
  readonly sums: Set<number>;
  /** Rows that are not there yet; they are written last, when it is known what others say of them. */
  readonly added: IndexRow[];
  /** Identities of which a row was written over, moved or removed. */
  readonly rewritten: Set<number>;
}

export class IndexUpdater {
  readonly #archive: ReadConnection;
  readonly #archivePath: string;
  readonly #db: Database.Database;
  readonly #prepare: Prepare;
  readonly #meta: IndexMeta;
  readonly #words: Words;
  readonly #rows: ArchivedRows;
  readonly #writer: RowsWriter;
  readonly #succession: Succession;
  readonly #lines: Lines;

  /**
   * @param archive an own connection
   * @param db the index, writable; an updater that threw is to be thrown away
   * @param long rows from which on those of one identity are not all read; see lines.ts
   */
  constructor(archive: ReadConnection, archivePath: string, db: Database.Database, long?: number) {
    this.#archive = archive;
    this.#archivePath = archivePath;
    this.#db = db;
    this.#prepare = preparing(db);
    this.#meta = new IndexMeta(db);
    this.#words = new Words(db);
    this.#rows = new ArchivedRows(archive, db, this.#words);
    this.#writer = new RowsWriter(db);
    this.#succession = new Succession(archive, db, this.#words, this.#writer);
    this.#lines = new Lines(db, this.#writer, this.#succession, long);
  }

  /**
   * Takes in what is new, up to some thousand rows. Synchronous; two transactions, one of them only reading.
   * @param thorough false leaves out the count that shows a missing row in the middle of a table
   */
  step(thorough = true): UpdateStep {
    return this.#db.transaction(() => atOneMoment(this.#archive, () => this.#step(thorough))).immediate();
  }

  #step(thorough: boolean): UpdateStep {
    // Another process may keep the same index up.
    this.#words.load();
    const indexed = this.#meta.read();
    if (indexed === null || indexed.archivePath !== this.#archivePath) return { state: "mismatch" };
    const { state: then, samples } = indexed;
    const now = readArchiveState(this.#archive, thorough ? null : then);
    if (!onlyGrew(this.#archive, then, now) || !sameSamples(this.#archive, samples)) return { state: "mismatch" };
    const sessions = this.#rows.refresh();
    const known = this.#meta.readSessions();
    if (!sameSessions(known, sessions)) return { state: "mismatch" };
    const upTo = limited(then, now);
    const before = new Map(known.map((session) => [session.rowid, session]));
    const newSessions = sessions.filter((session) => !before.has(session.rowid));
    const sessionsChanged =
      newSessions.length > 0 ||
      sessions.some(({ rowid, ended, open }) => before.get(rowid)?.ended !== ended || before.get(rowid)?.open !== open);
    const ranges = sessionsChanged ? changedRanges(known, sessions) : [];
    const closed = sessions.filter(({ rowid, open }) => (before.get(rowid)?.open ?? open) !== open);
    const changed = sessionsChanged || JSON.stringify(then) !== JSON.stringify(upTo);
    if (changed) {
      this.#takeIn(then, upTo, newSessions, closed, ranges);
      this.#meta.store(
        {
          archivePath: this.#archivePath,
          state: countedUpTo(this.#archive, then, upTo, now),
          samples: takeSamples(this.#archive, upTo),
        },
        sessionsChanged ? sessions : null,
      );
    }
    if (thorough) remakeUnusualIndexes(this.#db, readCube(this.#db));
    const missing = now.responses.last - upTo.responses.last + (now.requests.last - upTo.requests.last);
    const isBehind = JSON.stringify(lastOf(upTo)) !== JSON.stringify(lastOf(now));
    return isBehind ? { state: "behind", missing } : { state: "current", changed };
  }

  #takeIn(
    then: ArchiveState,
    upTo: ArchiveState,
    newSessions: readonly KnownSession[],
    closed: readonly KnownSession[],
    ranges: readonly TimeRange[],
  ): void {
    const moved = this.#rows.identities.add(then.requests.last, upTo.requests.last, newSessions);
    const touched = touchedRows(this.#archive, then, upTo, newSessions);
    const work: Work = {
      ...touched,
      answered: new Set(),
      sums: new Set(),
      compare: new Map(),
      serve: new Map(),
      others: new Map(),
      identities: new Set(),
      added: [],
      rewritten: new Set(),
    };
    this.#move(moved, work);
    const added = this.#rows.responsesAfter(then.responses.last, upTo.responses.last, STEP);
    for (const made of added) {
      work.added.push(made.row);
      if (made.request !== undefined) work.answered.add(made.request.rowid);
      this.#follow(made, work);
    }
    for (const rowid of work.responses) {
      if (rowid > then.responses.last) continue;
      const made = this.#rows.response(rowid);
      if (made === undefined) continue;
      this.#put(made.row, work);
      if (made.request !== undefined) work.requests.add(made.request.rowid);
      this.#follow(made, work);
    }
    for (const id of this.#concluded(work.sums, ranges)) this.#conclude(id, work);
    for (const { rowid } of closed) for (const request of this.#unansweredOf(rowid)) work.requests.add(request);
    for (const id of this.#present([...work.answered].map((rowid) => idOf("request", rowid)))) {
      work.requests.add(rowidOf(id));
    }
    const requests = [...work.requests].filter((rowid) => rowid <= upTo.requests.last);
    const unanswered = this.#rows.unanswered(requests);
    const present = this.#present(requests.map((rowid) => idOf("request", rowid)));
    for (const rowid of requests) {
      const id = idOf("request", rowid);
      if (unanswered.has(rowid) || present.has(id)) this.#putOrRemove(id, this.#rows.request(rowid), work);
    }
    for (const rowid of work.resolutions) {
      if (rowid <= upTo.resolutions.last)
        this.#putOrRemove(idOf("resolution", rowid), this.#rows.resolution(rowid), work);
    }
    this.#lines.settle(work, work.added, work.rewritten);
    this.#writer.store();
  }

  /** Gives rows the identity that theirs has become a part of. */
  #move(moved: ReadonlyMap<number, number>, work: Work): void {
    const rows = this.#prepare<[number], IndexRow>(
      `SELECT ${ROW_COLUMNS} FROM rows INDEXED BY by_identity WHERE identity = ? AND identity > 0`,
    );
    for (const [from, to] of moved) {
      work.identities.add(from);
      work.rewritten.add(from).add(to);
      for (const old of rows.all(from)) {
        const row = { ...old, identity: to };
        this.#writer.replace(old, row);
        this.#succession.note(row, work);
      }
    }
  }

  /** Notes what a response that was written says of other rows. */
  #follow({ row, request }: MadeResponse, work: Work): void {
    this.#succession.note(row, work);
    if (request !== undefined && row.sum !== NONE) work.sums.add(row.sum);
  }

  /** Rows whose session or request is concluded, from contents or times that mean something else now. */
  #concluded(sums: ReadonlySet<number>, ranges: readonly TimeRange[]): Set<number> {
    const ids = new Set<number>();
    const byContent = this.#prepare<[{ sums: string }], number>(
      fromBothParts(
        "sum",
        readBoundaries(this.#db),
        (rows, part) =>
          `SELECT id FROM ${rows} WHERE ${part} AND sum IN (SELECT value FROM json_each(@sums)) AND ${CONCLUDED_SQL}`,
      ),
    ).pluck();
    for (const id of byContent.all({ sums: JSON.stringify([...sums]) })) ids.add(id);
    const byTime = this.#prepare<[number, number], number>(
      `SELECT id FROM rows INDEXED BY by_conclusion WHERE ${CONCLUDED_SQL} AND time BETWEEN ? AND ?`,
    ).pluck();
    for (const { from, to } of ranges) for (const id of byTime.all(from - TIME_BASE, to - TIME_BASE)) ids.add(id);
    return ids;
  }

  #conclude(id: number, work: Work): void {
    const rowid = rowidOf(id);
    switch (refTypeOf(id)) {
      case "request":
        work.requests.add(rowid);
        return;
      case "resolution":
        work.resolutions.add(rowid);
        return;
      case "response": {
        const row = this.#rows.response(rowid)?.row;
        if (row !== undefined) this.#put(row, work);
      }
    }
  }

  /** Requests of a session that have rows of their own: what its end says of them. */
  #unansweredOf(session: number): number[] {
    return this.#prepare<[number], number>(
      `SELECT id FROM rows INDEXED BY by_session WHERE session = ? AND id & 3 = ${REF_TYPES.indexOf("request")}`,
    )
      .pluck()
      .all(session)
      .map(rowidOf);
  }

  /** Those of some rows that the index has. */
  #present(ids: readonly number[]): Set<number> {
    const present = this.#prepare<[string], number>(
      "SELECT id FROM rows NOT INDEXED WHERE id IN (SELECT value FROM json_each(?))",
    ).pluck();
    return new Set(present.all(JSON.stringify(ids)));
  }

  #putOrRemove(id: number, row: IndexRow | undefined, work: Work): void {
    if (row !== undefined) {
      this.#put(row, work);
      return;
    }
    const old = this.#writer.get(id);
    if (old === undefined) return;
    this.#writer.remove(old);
    work.identities.add(old.identity);
    work.rewritten.add(old.identity);
  }

  /** Writes a row, with what is known of its file already. */
  #put(made: IndexRow, work: Work): void {
    const old = this.#writer.get(made.id);
    if (old === undefined) {
      work.added.push(made);
      this.#succession.note(made, work);
      return;
    }
    const keepsFile =
      old.sum === made.sum && old.integrity !== PENDING && made.integrity === PENDING && !work.lookAgain.has(made.id);
    const fromFile = keepsFile
      ? { integrity: old.integrity, type: old.type, duration: old.duration, size: old.size }
      : {};
    const row = {
      ...made,
      ...fromFile,
      change: old.change,
      until: old.until,
      shared: made.identity === 0 ? 0 : old.shared,
    };
    this.#writer.replace(old, row);
    // Where it is now counts: a row that supersedes nothing is noted once, with its line.
    this.#succession.note(old, work);
    this.#succession.note(row, work);
    work.rewritten.add(row.identity).add(old.identity);
    if (row.identity !== 0) return;
    this.#writer.setPlace(row, { change: NO_CHANGE, until: row.time === NO_TIME ? NO_TIME : NEVER, shared: 0 });
  }
}

/** Sessions may be added and may end; nothing else happens to them. */
function sameSessions(known: readonly SessionTimes[], now: readonly SessionTimes[]): boolean {
  const byRowid = new Map(now.map((session) => [session.rowid, session]));
  return known.every((session) => {
    const current = byRowid.get(session.rowid);
    return current !== undefined && current.source === session.source && current.started === session.started;
  });
}

function lastOf(state: ArchiveState): number[] {
  return Object.values(state).map(({ last }) => last);
}

/** What one step reads of what is there: of each table the next rows. */
function limited(then: ArchiveState, now: ArchiveState): ArchiveState {
  const of = (table: keyof ArchiveState) => ({
    last: Math.min(now[table].last, then[table].last + STEP),
    count: now[table].count,
  });
  return {
    responses: of("responses"),
    requests: of("requests"),
    resolutions: of("resolutions"),
    response_meta: of("response_meta"),
  };
}

/** Rows that were read so far, counted where not all were. */
function countedUpTo(archive: ReadConnection, then: ArchiveState, upTo: ArchiveState, now: ArchiveState): ArchiveState {
  const of = (table: keyof ArchiveState) => {
    const { last } = upTo[table];
    if (last === now[table].last) return now[table];
    const between = archive.prepare(`SELECT COUNT(*) FROM ${table} WHERE rowid > ? AND rowid <= ?`).pluck();
    return { last, count: then[table].count + Number(between.get(then[table].last, last)) };
  };
  return {
    responses: of("responses"),
    requests: of("requests"),
    resolutions: of("resolutions"),
    response_meta: of("response_meta"),
  };
}
