/**
 * Keeps the index of one archive in a folder outside it: opens the one that is there, builds one where none matches, takes new
 * rows in, and then looks at files. Everything in the folder may be deleted at any time; what fails here leaves the archive
 * and its lists as they are. Long work on its own connection: run it in a worker thread.
 */
import { randomUUID } from "node:crypto";
import { accessSync, constants, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import Database from "better-sqlite3";
import { fromSqliteError, openForReading, type ReadConnection } from "../database.ts";
import { DataioError, type DataioErrorCode, fromSystemError, isDataioError } from "../errors.ts";
import { FileFactsReader } from "../file-facts.ts";
import { sha256Hex } from "../identity.ts";
import type { ArchiveLocation } from "../location.ts";
import { PayloadStore } from "../payloads.ts";
import { SidecarStore } from "../sidecars.ts";
import { buildIndex } from "./builder.ts";
import { type CheckedPayload, takeInChecked } from "./checked-payloads.ts";
import { FilePass } from "./file-pass.ts";
import { IndexMeta } from "./index-meta.ts";
import type { PayloadTextSettings } from "./payload-text.ts";
import { settleAtRest } from "./scattered.ts";
import { checkpointAtRest, configureIndexWriter, INDEX_VERSION } from "./schema.ts";
import { removeDatabase, TextFiles, type TextStanding, textPathOf } from "./text-files.ts";
import { IndexUpdater } from "./updater.ts";

/** How an index stands. */
export type IndexStanding =
  /** Rows of the archive that were read, written and sorted, of all that there are of each. */
  | { readonly state: "building"; readonly done: number; readonly total: number }
  /** Can be read at `path`; `pending` rows have files that were not looked at yet. */
  | { readonly state: "ready"; readonly path: string; readonly pending: number; readonly texts: TextStanding }
  /** There is none, and lists do without. */
  | { readonly state: "unavailable"; readonly code: DataioErrorCode; readonly reason: string };

/** Of which archive, and where. */
export interface IndexKeeperOptions {
  readonly location: ArchiveLocation;
  /** Made when needed; holds indexes of many archives. */
  readonly cacheDirectory: string;
  /** Hears of every change, at most ten times a second while something long runs. */
  readonly onStanding: (standing: IndexStanding) => void;
  /** Hears why a build reads without its second thread, and so takes longer. */
  readonly onAlone?: (reason: string) => void;
}

interface Open {
  readonly path: string;
  readonly file: string;
  readonly db: Database.Database;
  readonly updater: IndexUpdater;
  readonly files: FilePass;
  readonly texts: TextFiles;
}

const REPORT_MS = 100;
/** From so many missing rows on a new build is faster than an update. */
const REBUILD_ROWS = 100_000;
/** A build that failed is not tried again before this long. */
const RETRY_MS = 30_000;
/** So long a row that is gone may go unnoticed: counting a million rows takes as long as taking in a thousand. */
const THOROUGH_MS = 10_000;
/** Left behind by a process that died: no build takes this long. */
const LEFT_OVER_MS = 3_600_000;

/** Keeps one archive's index. Close it when done. */
export class IndexKeeper {
  readonly #options: IndexKeeperOptions;
  readonly #key: string;
  readonly #closing = new AbortController();
  readonly #payloads: PayloadStore;
  readonly #sidecars: SidecarStore;
  readonly #facts: FileFactsReader;
  #archive: ReadConnection | null = null;
  #open: Open | null = null;
  #waiting: (() => void)[] = [];
  /** What is to be done with the index once it is up to date. */
  #tasks: ((open: Open) => void)[] = [];
  #working: Promise<void> | null = null;
  #retryAt = 0;
  /** From when on a look counts all rows. */
  #thoroughAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #reportedAt = 0;

  constructor(options: IndexKeeperOptions) {
    this.#options = options;
    this.#key = sha256Hex(Buffer.from(options.location.databasePath)).slice(0, 32);
    const directory = options.location.responsesDirectory;
    this.#payloads = new PayloadStore(directory);
    this.#sidecars = new SidecarStore(directory);
    this.#facts = new FileFactsReader(this.#payloads, this.#sidecars);
  }

  /** Brings the index up to the archive as it is now. Files are looked at afterwards. Never fails: see the standing. */
  refresh(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#working ??= this.#work();
    });
  }

  /**
   * Searches contents of payloads from now on, also when the archive is opened again; null ends it and removes what was made
   * for it. Resolves once it has begun or ended; the reading itself goes on afterwards.
   */
  searchContents(settings: PayloadTextSettings | null): Promise<void> {
    this.#tasks.push(({ texts }) => texts.searchContents(settings));
    return this.refresh();
  }

  /**
   * Takes in what a check of whole files found.
   * @param all true when all payloads were checked: what is not named is not damaged
   */
  takeInChecked(checked: readonly CheckedPayload[], all: boolean): Promise<void> {
    this.#tasks.push(({ db }) => takeInChecked(db, checked, all));
    return this.refresh();
  }

  /** Resolves when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#working !== null) await this.#working;
  }

  /** Stops what runs and closes all files. */
  async close(): Promise<void> {
    this.#closing.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.idle();
    this.#closeIndex();
    this.#archive?.close();
    this.#archive = null;
  }

  async #work(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const waiting = this.#waiting.splice(0);
      try {
        if (waiting.length > 0) await this.#update();
        else if ((await this.#open?.files.step()) || (await this.#open?.texts.step())) this.#reportReady(false);
        else if (!this.#tidy()) break;
      } catch (error) {
        this.#fail(error);
      }
      for (const resolve of waiting) resolve();
      await nextTurn();
    }
    if (this.#open !== null && !this.#closing.signal.aborted) this.#reportReady(true);
    this.#working = null;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Takes a step of what is best done at rest; new rows are taken in before the next. @returns false when all is done */
  #tidy(): boolean {
    if (this.#open === null) return false;
    if (settleAtRest(this.#open.db)) return true;
    checkpointAtRest(this.#open.db);
    return false;
  }

  async #update(): Promise<void> {
    if (this.#open !== null && fileOf(this.#open.path) !== this.#open.file) this.#closeIndex();
    if (this.#open === null && Date.now() < this.#retryAt) return;
    this.#archive ??= openForReading(this.#options.location);
    this.#open ??= this.#openExisting() ?? (await this.#build());
    for (let built = false; ; ) {
      const thorough = Date.now() >= this.#thoroughAt;
      const step = this.#open.updater.step(thorough);
      if (thorough) this.#thoroughAt = Date.now() + THOROUGH_MS;
      else this.#lookThoroughly();
      if (step.state === "current") break;
      if (step.state === "mismatch" || step.missing > REBUILD_ROWS) {
        // An archive that does not match its new index either is being replaced; the next look decides.
        if (built) throw new DataioError("IO_FAILED", "The archive changed while its index was built.");
        this.#discard();
        this.#open = await this.#build();
        this.#thoroughAt = 0;
        built = true;
      }
      await this.#pause();
    }
    for (const task of this.#tasks.splice(0)) task(this.#open);
    this.#reportReady(true);
  }

  /** Once the archive has come to rest, or now and then while it does not. */
  #lookThoroughly(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.refresh();
    }, THOROUGH_MS);
    this.#timer.unref();
  }

  /** The newest index of this archive that can be read. */
  #openExisting(): Open | null {
    for (const path of this.#indexFiles()) {
      let db: Database.Database | null = null;
      try {
        db = new Database(path, { fileMustExist: true, timeout: 5_000 });
        const indexed = new IndexMeta(db).read();
        if (indexed?.archivePath === this.#options.location.databasePath) return this.#opened(path, db);
      } catch {
        // A damaged or unreadable one is as good as none.
      }
      db?.close();
      remove(path);
    }
    return null;
  }

  async #build(): Promise<Open> {
    const archive = this.#archive;
    if (archive === null) throw new DataioError("CLOSED", "The archive was closed.");
    this.#options.onStanding({ state: "building", done: 0, total: 0 });
    const { cacheDirectory, location } = this.#options;
    try {
      mkdirSync(cacheDirectory, { recursive: true });
      // SQLite would only say that it cannot open a file.
      accessSync(cacheDirectory, constants.W_OK);
    } catch (error) {
      throw fromSystemError(error, `The folder for indexes, ${cacheDirectory}, cannot be made or written`);
    }
    const path = join(cacheDirectory, `${this.#key}.v${INDEX_VERSION}.${randomUUID()}.sqlite`);
    await buildIndex(archive, location.databasePath, path, {
      signal: this.#closing.signal,
      onProgress: (done, total) => this.#report({ state: "building", done, total }, false),
      onAlone: this.#options.onAlone,
    });
    // Indexes of other processes stay readable for them where they are open; they find this one next.
    for (const other of this.#indexFiles()) if (other !== path) remove(other);
    return this.#opened(path, new Database(path, { fileMustExist: true, timeout: 5_000 }));
  }

  #opened(path: string, db: Database.Database): Open {
    const archive = this.#archive;
    if (archive === null) throw new DataioError("CLOSED", "The archive was closed.");
    configureIndexWriter(db);
    const updater = new IndexUpdater(archive, this.#options.location.databasePath, db);
    const texts = new TextFiles({ archive, indexPath: path, payloads: this.#payloads, sidecars: this.#sidecars });
    return { path, file: fileOf(path), db, updater, files: new FilePass(archive, db, this.#facts), texts };
  }

  /** This archive's index files, newest first, without what nobody will finish. */
  #indexFiles(): string[] {
    const { cacheDirectory } = this.#options;
    const modified = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    let names: string[];
    try {
      names = readdirSync(cacheDirectory).filter((name) => name.startsWith(`${this.#key}.`));
    } catch {
      return [];
    }
    for (const name of names) {
      const path = join(cacheDirectory, name);
      if (name.endsWith(".making") && modified(path) < Date.now() - LEFT_OVER_MS) removeDatabase(path);
      // Its index is gone, whoever removed it.
      if (/\.text\d+$/.test(name) && !names.includes(name.replace(/\.text\d+$/, ".sqlite"))) removeDatabase(path);
    }
    return names
      .filter((name) => name.endsWith(".sqlite"))
      .map((name) => join(cacheDirectory, name))
      .sort((a, b) => modified(b) - modified(a));
  }

  #fail(error: unknown): void {
    const failure = fromSqliteError(error, this.#open?.path ?? this.#options.location.databasePath);
    if (isDataioError(failure, "CANCELLED")) return;
    const isOld = this.#open !== null && isDataioError(failure, "DATABASE_LOCKED");
    const { path } = this.#open ?? {};
    // What the updater remembers may be of a transaction that was rolled back.
    this.#closeIndex();
    // The next look tries again; until then the index is merely a little old.
    if (isOld) return;
    // Damaged; whose damage it is does not matter, for an index is made again.
    if (path !== undefined && isDataioError(failure, "NOT_A_DATABASE")) remove(path);
    this.#archive?.close();
    this.#archive = null;
    this.#retryAt = Date.now() + RETRY_MS;
    const { code, message } = fromSystemError(failure, "The index of the archive cannot be kept");
    this.#report({ state: "unavailable", code, reason: message }, true);
  }

  #discard(): void {
    const path = this.#open?.path;
    this.#closeIndex();
    if (path !== undefined) remove(path);
  }

  #closeIndex(): void {
    this.#open?.texts.close();
    this.#open?.db.close();
    this.#open = null;
  }

  #reportReady(now: boolean): void {
    const open = this.#open;
    if (open === null || (!now && Date.now() - this.#reportedAt < REPORT_MS)) return;
    this.#report({ state: "ready", path: open.path, pending: open.files.pending(), texts: open.texts.standing() }, now);
  }

  #report(standing: IndexStanding, now: boolean): void {
    if (!now && Date.now() - this.#reportedAt < REPORT_MS) return;
    this.#reportedAt = Date.now();
    this.#options.onStanding(standing);
  }

  async #pause(): Promise<void> {
    await nextTurn();
    if (this.#closing.signal.aborted) throw new DataioError("CANCELLED", "The archive was closed.");
  }
}

/** Which file has this name; empty when none has. */
function fileOf(path: string): string {
  try {
    const found = statSync(path, { throwIfNoEntry: false, bigint: true });
    return found === undefined ? "" : `${found.dev}:${found.ino}`;
  } catch {
    return "";
  }
}

/** Removes an index with what belongs to it, where it can be. */
function remove(path: string): void {
  removeDatabase(path);
  removeDatabase(textPathOf(path));
}
