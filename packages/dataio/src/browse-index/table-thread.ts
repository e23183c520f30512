/**
 * Reads tables of an archive in a thread of its own, ahead of who takes the rows in. Where the thread cannot be had, or fails,
 * the rows are read by the connection that is there, so that only its errors are told. The thread is asked to end, and never
 * ended: ending one that uses the addon ends the process.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { throwIfCancelled } from "../cancellation.ts";
import type { ReadConnection } from "../database.ts";
import { atOneMoment } from "./archive-state.ts";
import { encodingOf, PACKED_ROWS, PackedRows, type PackedTable } from "./packed-rows.ts";

/** Chunks that are asked for before they are needed. */
const AHEAD = 8;

/** Answers each message with the next rows of a table; ends when it is told to by null, and, saying why, when it cannot. */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const tables = new Map();
let db;

function answer({ endSql, bytesSql, upTo, limit }) {
  db ??= new (require(workerData.driver))(workerData.path, { readonly: true, fileMustExist: true, timeout: 5_000 });
  let table = tables.get(bytesSql);
  if (table === undefined) {
    table = { end: db.prepare(endSql).pluck(), bytes: db.prepare(bytesSql).pluck(), from: 0 };
    tables.set(bytesSql, table);
  }
  const last = table.end.get(table.from, upTo, limit) ?? upTo;
  const bytes = table.bytes.get(table.from, last);
  table.from = last;
  // What was taken from a pool belongs to others as well.
  const isOwn = bytes !== null && bytes.byteLength === bytes.buffer.byteLength;
  parentPort.postMessage({ bytes, last }, isOwn ? [bytes.buffer] : []);
}

function end() {
  db?.close();
  parentPort.close();
}

parentPort.on("message", (message) => {
  if (message === null) return end();
  try {
    answer(message);
  } catch (error) {
    parentPort.postMessage({ failure: String(error) });
    end();
  }
});
`;

/** The bytes of some rows, and the rowid that they go up to. */
interface Chunk {
  readonly bytes: Uint8Array | null;
  readonly last: number;
}

export interface TableThreadOptions {
  /** The file of better-sqlite3, or of something like it. */
  readonly driver?: string | undefined;
  /** Hears, once, why rows are read without the thread. */
  readonly onAlone?: ((reason: string) => void) | undefined;
}

/** Reads rows in the order of their rowids. Close it when done. */
export class TableThread {
  readonly #archive: ReadConnection;
  readonly #encoding: string;
  readonly #worker: Worker | null;
  readonly #exited: Promise<void>;
  #waiting: ((chunk: Chunk | null) => void)[] = [];
  #failed = false;
  #closing = false;

  /** @param archive reads what the thread does not; has to stay open as long as this */
  constructor(archive: ReadConnection, options: TableThreadOptions = {}) {
    this.#archive = archive;
    this.#encoding = encodingOf(archive);
    this.#worker = this.#start(options);
    this.#exited = new Promise((resolve) => {
      if (this.#worker === null) resolve();
      else this.#worker.once("exit", () => resolve());
    });
  }

  /**
   * All rows up to a rowid, in chunks.
   * @throws CANCELLED; what SQLite throws
   */
  async *rows(
    table: PackedTable,
    upTo: number,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<PackedRows, void, undefined> {
    const ahead: Promise<Chunk | null>[] = [];
    for (let from = 0; from < upTo; ) {
      while (!this.#failed && ahead.length < AHEAD) ahead.push(this.#ask(table, upTo));
      const { bytes, last } = (await ahead.shift()) ?? this.#here(table, from, upTo);
      throwIfCancelled(signal);
      if (bytes !== null) yield new PackedRows(bytes, this.#encoding);
      from = last;
    }
  }

  /** Resolves when the thread has ended and has no file open any more. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#worker?.postMessage(null);
    await this.#exited;
  }

  #start({ driver, onAlone }: TableThreadOptions): Worker | null {
    const fail = (reason: string) => {
      if (!this.#failed && !this.#closing) onAlone?.(reason);
      this.#failed = true;
      for (const resolve of this.#waiting.splice(0)) resolve(null);
    };
    try {
      const file = driver ?? createRequire(import.meta.url).resolve("better-sqlite3");
      const workerData = { driver: file, path: this.#archive.db.name };
      const worker = new Worker(THREAD, { eval: true, execArgv: [], workerData, name: "archive-tables" });
      worker.on("message", (answer: Chunk | { readonly failure: string }) => {
        if ("failure" in answer) fail(answer.failure);
        else this.#waiting.shift()?.(answer);
      });
      worker.on("error", (error) => fail(String(error)));
      worker.on("exit", () => fail("The thread ended."));
      return worker;
    } catch (error) {
      fail(String(error));
      return null;
    }
  }

  #ask(table: PackedTable, upTo: number): Promise<Chunk | null> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker?.postMessage({ ...table, upTo, limit: PACKED_ROWS });
    });
  }

  #here({ endSql, bytesSql }: PackedTable, from: number, upTo: number): Chunk {
    return atOneMoment(this.#archive, () => {
      const end = this.#archive.prepare<[number, number, number], number | null>(endSql).pluck();
      const last = end.get(from, upTo, PACKED_ROWS) ?? upTo;
      const bytes = this.#archive.prepare<[number, number], Buffer | null>(bytesSql).pluck().get(from, last);
      return { bytes: bytes ?? null, last };
    });
  }
}
