/**
 * The archives that a host has open: a reader thread for each, a store only once something is to be written. Opening
 * changes nothing on disk; archives that only Python wrote so far stay read-only until a person allows writing.
 */
import { randomUUID } from "node:crypto";
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type ArchiveLocation, archiveLocation, DataioError, PayloadStore, Store } from "@mxm/dataio";
import type { IndexState, OpenArchive } from "../shared/contract.ts";
import { ArchiveIndex } from "./archive-index.ts";
import { ArchiveStore } from "./archive-store.ts";
import { coded } from "./coded-error.ts";
import { ReaderClient } from "./workers/reader-client.ts";

const POLL_MS = 1_000;

interface Opened {
  readonly location: ArchiveLocation;
  reader: ReaderClient;
  index: ArchiveIndex;
  /** Which file the two read. */
  file: string;
  readonly payloads: PayloadStore;
  readonly store: ArchiveStore;
  summary: OpenArchive;
  polling: Promise<void> | null;
  /** How many jobs work with it. */
  holds: number;
  /** Closed by its windows; it is, once nothing holds it. */
  isLeft: boolean;
}

export interface ArchivesOptions {
  readonly readerWorker: URL;
  /** Where indexes are kept: outside the archives, deletable at any time. */
  readonly cacheDirectory: string;
  /** The host was started read-only. */
  readonly readOnly: boolean;
  /** Rows were added to an archive, by us or by another process. */
  onChange(archive: OpenArchive): void;
  /** The index of an open archive moved on. */
  onIndexChange(archiveId: string, index: IndexState): void;
  /** A background look at an archive failed; `path` is its folder. */
  onPollFailure(path: string, error: unknown): void;
  /** A reader thread ended unexpectedly; the next call starts another. */
  onReaderDeath(path: string, error: unknown): void;
  /** An index is built without its second thread. */
  onIndexAlone(path: string, reason: string): void;
}

export class Archives {
  readonly #options: ArchivesOptions;
  readonly #opened = new Map<string, Opened>();
  readonly #opening = new Map<string, Promise<Opened>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: ArchivesOptions) {
    this.#options = options;
    this.#timer = setInterval(() => {
      for (const opened of this.#opened.values()) void this.#poll(opened);
    }, POLL_MS);
    this.#timer.unref();
  }

  /**
   * Opens an archive for reading, or gives the open one. The path may be the folder or its `dataio.sqlite`.
   * @throws NOT_AN_ARCHIVE, NOT_A_DATABASE, SCHEMA_UNKNOWN, SCHEMA_TOO_NEW, DATABASE_LOCKED, ACCESS_DENIED
   */
  async open(path: string): Promise<OpenArchive> {
    const root = archiveRoot(path);
    for (const opened of this.#opened.values()) {
      if (opened.location.root !== root) continue;
      opened.isLeft = false;
      return opened.summary;
    }
    const running = this.#opening.get(root);
    if (running !== undefined) return (await running).summary;
    const opening = this.#start(archiveLocation(root));
    this.#opening.set(root, opening);
    try {
      return (await opening).summary;
    } finally {
      this.#opening.delete(root);
    }
  }

  /**
   * Creates an empty archive and opens it.
   * @throws READ_ONLY, ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE
   */
  async create(path: string): Promise<OpenArchive> {
    if (this.#options.readOnly) throw hostIsReadOnly();
    Store.create(resolve(path)).close();
    return this.open(path);
  }

  get(archiveId: string): OpenArchive {
    return this.#find(archiveId).summary;
  }

  reader(archiveId: string): ReaderClient {
    return this.#find(archiveId).reader;
  }

  location(archiveId: string): ArchiveLocation {
    return this.#find(archiveId).location;
  }

  index(archiveId: string): ArchiveIndex {
    return this.#find(archiveId).index;
  }

  /** The payload files of an open archive; null when it is not open. */
  payloads(archiveId: string): PayloadStore | null {
    return this.#opened.get(archiveId)?.payloads ?? null;
  }

  /** @throws READ_ONLY when the archive cannot be written at all */
  setReadOnly(archiveId: string, readOnly: boolean): OpenArchive {
    const opened = this.#find(archiveId);
    if (!readOnly && !opened.summary.canWrite) {
      throw this.#options.readOnly
        ? hostIsReadOnly()
        : new DataioError("READ_ONLY", `The folder ${opened.location.root} cannot be written by this user.`);
    }
    return this.#update(opened, { readOnly });
  }

  /** @throws READ_ONLY */
  requireWritable(archiveId: string): void {
    const { name, readOnly } = this.get(archiveId);
    if (readOnly) throw new DataioError("READ_ONLY", `The archive ${name} is open for reading only.`);
  }

  /**
   * The archive opened for writing; shared, do not close it. Nothing is written before its first operation.
   * @throws READ_ONLY, and the errors of opening
   */
  async store(archiveId: string): Promise<Store> {
    this.requireWritable(archiveId);
    return await this.#find(archiveId).store.open();
  }

  /** Looks for new rows now instead of at the next tick. */
  async refresh(archiveId: string): Promise<void> {
    const opened = this.#opened.get(archiveId);
    if (opened !== undefined) await this.#poll(opened);
  }

  /** Keeps an archive open for a job, whoever closes it meanwhile. `path` is its folder. */
  hold(archiveId: string): { readonly path: string; release(): void } {
    const opened = this.#find(archiveId);
    opened.holds += 1;
    return {
      path: opened.location.root,
      release: () => {
        opened.holds -= 1;
        if (opened.holds > 0 || !opened.isLeft) return;
        this.#end(archiveId).catch((error) => this.#options.onPollFailure(opened.location.root, error));
      },
    };
  }

  /** Closes an archive; one that a job works with once that has ended, unless it is opened again before. */
  async close(archiveId: string): Promise<void> {
    const opened = this.#opened.get(archiveId);
    if (opened === undefined) return;
    opened.isLeft = true;
    if (opened.holds === 0) await this.#end(archiveId);
  }

  async #end(archiveId: string): Promise<void> {
    const opened = this.#opened.get(archiveId);
    if (opened === undefined) return;
    this.#opened.delete(archiveId);
    await opened.polling;
    await opened.index.close();
    await opened.reader.close();
    await opened.store.close();
  }

  async closeAll(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.allSettled(this.#opening.values());
    await Promise.all([...this.#opened.keys()].map((id) => this.#end(id)));
  }

  async #start(location: ArchiveLocation): Promise<Opened> {
    // Looked at before it is opened, so that a file that takes its place meanwhile is noticed.
    const file = await fileOf(location);
    const reader = await this.#reader(location);
    try {
      const description = await reader.call("describe");
      const counts = await reader.call("counts");
      const canWrite = !this.#options.readOnly && isWritable(location);
      const summary: OpenArchive = {
        id: randomUUID(),
        path: location.root,
        name: basename(location.root),
        readOnly: !canWrite || !description.extended,
        canWrite,
        ...description,
        counts,
      };
      const payloads = new PayloadStore(location.responsesDirectory);
      const index = this.#indexOf(location, reader, summary.id);
      const opened: Opened = {
        location,
        reader,
        index,
        file,
        payloads,
        store: new ArchiveStore(location),
        summary,
        polling: null,
        holds: 0,
        isLeft: false,
      };
      this.#opened.set(summary.id, opened);
      return opened;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  #reader(location: ArchiveLocation): Promise<ReaderClient> {
    const onDeath = (error: unknown) => this.#options.onReaderDeath(location.root, error);
    return ReaderClient.start(this.#options.readerWorker, location, onDeath);
  }

  #indexOf(location: ArchiveLocation, reader: ReaderClient, archiveId: string): ArchiveIndex {
    return new ArchiveIndex({
      worker: this.#options.readerWorker,
      location,
      cacheDirectory: this.#options.cacheDirectory,
      reader,
      onState: (state) => this.#options.onIndexChange(archiveId, state),
      onFailure: (error) => this.#options.onPollFailure(location.root, error),
      onReaderDeath: (error) => this.#options.onReaderDeath(location.root, error),
      onAlone: (reason) => this.#options.onIndexAlone(location.root, reason),
    });
  }

  /**
   * Reads the file that has the database's name now, where it is another one (a copy was restored, or synced from another
   * machine): what is open would show the old one for ever.
   * @returns whether it is
   */
  async #renew(opened: Opened): Promise<boolean> {
    const { location, summary } = opened;
    const file = await fileOf(location);
    if (file === "" || file === opened.file) return false;
    // A job that writes is told by its store; one that reads ends with what it began with.
    if (opened.holds > 0) return false;
    // The old one is shown until the new one can be.
    const next = await this.#reader(location);
    if (opened.holds > 0) {
      await next.close();
      return false;
    }
    const { reader, index, store } = opened;
    opened.reader = next;
    opened.file = file;
    // The one that is open refuses to write into what it finds there now.
    const letGo = store.letGo();
    await index.close();
    opened.index = this.#indexOf(location, next, summary.id);
    await reader.close();
    await letGo;
    return true;
  }

  /** One look at a time for each archive; asking again while one runs waits for it and looks once more. */
  async #poll(opened: Opened): Promise<void> {
    const previous = opened.polling;
    const look = async () => {
      await previous;
      try {
        if (!this.#opened.has(opened.summary.id)) return;
        const isRenewed = await this.#renew(opened);
        if (!isRenewed && !(await opened.reader.call("changed"))) return;
        const description = await opened.reader.call("describe");
        if (isRenewed) {
          const canWrite = !this.#options.readOnly && isWritable(opened.location);
          // Another file is another archive: that one was written to is no leave to write into it.
          this.#update(opened, { canWrite, readOnly: opened.summary.readOnly || !canWrite || !description.extended });
        }
        const counts = await opened.reader.call("counts");
        const late = await opened.index.refresh();
        this.#options.onChange(this.#update(opened, { ...description, counts }));
        // Lists that need the index can show the rows only then.
        void Promise.all(late).then(() => {
          if (late.length > 0 && this.#opened.has(opened.summary.id)) this.#options.onChange(opened.summary);
        });
      } catch (error) {
        if (this.#opened.has(opened.summary.id)) this.#options.onPollFailure(opened.location.root, error);
      }
    };
    const polling = look();
    opened.polling = polling;
    await polling;
    if (opened.polling === polling) opened.polling = null;
  }

  #update(opened: Opened, change: Partial<OpenArchive>): OpenArchive {
    opened.summary = { ...opened.summary, ...change };
    return opened.summary;
  }

  #find(archiveId: string): Opened {
    const opened = this.#opened.get(archiveId);
    if (opened === undefined) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
    return opened;
  }
}

/** A person may point at the database file instead of its folder. */
function archiveRoot(path: string): string {
  const absolute = resolve(path);
  const pointsAtFile =
    basename(absolute) === "dataio.sqlite" && statSync(absolute, { throwIfNoEntry: false })?.isFile();
  const root = pointsAtFile === true ? dirname(absolute) : absolute;
  try {
    return realpathSync(root);
  } catch {
    return root;
  }
}

/** Empty where there is none that can be looked at. */
async function fileOf({ databasePath }: ArchiveLocation): Promise<string> {
  const found = await stat(databasePath, { bigint: true }).catch(() => undefined);
  return found === undefined ? "" : `${found.dev} ${found.ino}`;
}

function isWritable(location: ArchiveLocation): boolean {
  try {
    accessSync(location.databasePath, constants.W_OK);
    accessSync(location.root, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function hostIsReadOnly(): DataioError {
  return new DataioError("READ_ONLY", "This app was started read-only.");
}
