/**
 * The index of one open archive as the main thread sees it: how it stands, which reader uses it, and who waits for it. Lists
 * need none of it to work.
 */
import type {
  ArchiveLocation,
  CheckedPayload,
  IndexStanding,
  PayloadTextSettings,
  PayloadTextStanding,
} from "@mxm/dataio";
import type { IndexState, PayloadTextState } from "../shared/contract.ts";
import { CodedError, coded } from "./coded-error.ts";
import { CANCELLED } from "./failure.ts";
import { INDEX_NOT_READY, type IndexFiles } from "./workers/browsing.ts";
import { IndexClient } from "./workers/index-client.ts";
import { ReaderClient } from "./workers/reader-client.ts";

/** News of rows waits so long for the index to have them too, in milliseconds. */
const PATIENCE_MS = 300;

export interface ArchiveIndexOptions {
  readonly worker: URL;
  readonly location: ArchiveLocation;
  readonly cacheDirectory: string;
  readonly reader: ReaderClient;
  onState(state: IndexState): void;
  onFailure(error: unknown): void;
  /** The thread of the tables of requests and sessions ended unexpectedly. */
  onReaderDeath(error: unknown): void;
  /** It is built without its second thread, which takes longer. */
  onAlone(reason: string): void;
}

export class ArchiveIndex {
  readonly #options: ArchiveIndexOptions;
  readonly #client: IndexClient;
  readonly #waiting = new Set<() => void>();
  #state: IndexState = { state: "building", done: 0, total: 0 };
  /** The files that the reader uses. */
  #used: IndexFiles | null = null;
  #applied: Promise<void> = Promise.resolve();
  #lists: Promise<ReaderClient> | null = null;
  #closed = false;

  constructor(options: ArchiveIndexOptions) {
    this.#options = options;
    const { worker, location, cacheDirectory } = options;
    this.#client = new IndexClient(
      worker,
      { location, cacheDirectory },
      (standing) => {
        this.#applied = this.#applied.then(() => this.#apply(standing));
      },
      options.onFailure,
      options.onAlone,
    );
    void this.#client.run({ type: "refresh" });
  }

  get state(): IndexState {
    return this.#state;
  }

  /** The files that lists are answered by now; null while there are none. */
  get files(): IndexFiles | null {
    return this.#used;
  }

  /**
   * Brings the index up to the archive. A long update is not waited for.
   * @returns what resolves when it is done, where it was not done in time
   */
  async refresh(): Promise<Promise<void>[]> {
    const refreshed = this.#client.run({ type: "refresh" }).then(() => this.#applied);
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<"late">((resolve) => {
      timer = setTimeout(() => resolve("late"), PATIENCE_MS);
    });
    const outcome = await Promise.race([refreshed, tooLong]);
    clearTimeout(timer);
    return outcome === "late" ? [refreshed] : [];
  }

  /**
   * Runs `read` once the index can answer it.
   * @throws INDEX_UNAVAILABLE when there is none and none is being made; CANCELLED; what `read` throws
   */
  async whenReady<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof CodedError) || error.shape.code !== INDEX_NOT_READY) throw error;
      }
      if (this.#closed) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
      const { state } = this;
      if (state.state === "unavailable") throw coded("INDEX_UNAVAILABLE", `Filters need an index. ${state.reason}`);
      // An index whose file has gone is missed at the next look, which this asks for.
      if (state.state === "ready" && state.pending === 0) await this.#renew();
      else await this.#nextState(signal);
      if (signal.aborted) throw new CodedError(CANCELLED);
    }
  }

  /**
   * A reader of its own for the tables of requests and sessions, started when first asked for: to put all of a large archive
   * in order takes long enough to be felt by whoever waits for the other reader.
   * @throws ARCHIVE_NOT_OPEN, and the errors of opening
   */
  async lists(): Promise<ReaderClient> {
    if (this.#closed) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
    const starting = this.#lists ?? this.#startLists();
    this.#lists = starting;
    try {
      return await starting;
    } catch (error) {
      if (this.#lists === starting) this.#lists = null;
      throw error;
    }
  }

  /** Searches contents of payloads from now on; null ends it. */
  async searchContents(settings: PayloadTextSettings | null): Promise<IndexState> {
    // The reader lets go first, for a file in use cannot be removed everywhere.
    if (this.#used !== null) await this.#use({ ...this.#used, payloads: null });
    await this.#client.run({ type: "searchContents", settings });
    await this.#applied;
    return this.#state;
  }

  /** Takes in what a check of whole files found; see IndexKeeper. Nobody waits for it. */
  takeInChecked(checked: readonly CheckedPayload[], all: boolean): void {
    void this.#client.run({ type: "takeInChecked", checked, all });
  }

  async close(): Promise<void> {
    this.#closed = true;
    // The reader lets go first, for only a connection that writes takes the files of its journal away.
    await this.#options.reader.call("setIndex", null).catch(this.#options.onFailure);
    await (await this.#startedLists())?.close();
    await this.#client.close();
    await this.#applied;
    this.#wake();
  }

  async #apply(standing: IndexStanding): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#use(filesOf(standing));
    } catch (error) {
      this.#options.onFailure(error);
    }
    this.#state = stateOf(standing);
    this.#options.onState(this.#state);
    this.#wake();
  }

  async #use(files: IndexFiles | null): Promise<void> {
    const isUsed =
      files?.rows === this.#used?.rows && files?.text === this.#used?.text && files?.payloads === this.#used?.payloads;
    if (!isUsed) await this.#setIndex(files);
    this.#used = files;
  }

  async #setIndex(files: IndexFiles | null): Promise<void> {
    await this.#options.reader.call("setIndex", files);
    await (await this.#startedLists())?.call("setIndex", files);
  }

  async #startLists(): Promise<ReaderClient> {
    const { worker, location, onReaderDeath } = this.#options;
    const lists = await ReaderClient.start(worker, location, onReaderDeath);
    await lists.call("setIndex", this.#used);
    return lists;
  }

  /** Null where it was not started, or could not be: that is told to whoever asked for it. */
  async #startedLists(): Promise<ReaderClient | null> {
    return (await this.#lists?.catch(() => null)) ?? null;
  }

  /** Has the reader open its index again; it may have given it up, or another may have taken its place. */
  async #renew(): Promise<void> {
    await this.#client.run({ type: "refresh" });
    await this.#applied;
    await this.#setIndex(this.#used);
    await this.#nextState(AbortSignal.timeout(PATIENCE_MS));
  }

  #nextState(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

function filesOf(standing: IndexStanding): IndexFiles | null {
  if (standing.state !== "ready") return null;
  const { path, texts } = standing;
  return { rows: path, text: texts.path, payloads: texts.payloads.state === "on" ? texts.payloads.path : null };
}

function stateOf(standing: IndexStanding): IndexState {
  if (standing.state !== "ready") return standing;
  const { pending, texts } = standing;
  return {
    state: "ready",
    pending,
    searchesText: texts.path !== null,
    searchPending: texts.pending,
    payloadText: payloadTextState(texts.payloads),
  };
}

function payloadTextState(standing: PayloadTextStanding): PayloadTextState {
  if (standing.state !== "on") return standing;
  const { path: _path, ...state } = standing;
  return state;
}
