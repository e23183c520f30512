/**
 * A reader of one archive, in a thread of its own. Where the thread ends unexpectedly (out of memory, a crash in native code
 * that Node survives), the calls that it was to answer fail, and the next one starts another thread.
 */
import type { ArchiveLocation } from "@mxm/dataio";
import type { ReaderArgs, ReaderMethod, ReaderResult } from "./reader-protocol.ts";
import { closed, ReaderThread } from "./reader-thread.ts";

/** So long a death counts. */
const REMEMBERED_MS = 60_000;
/** So many deaths are met by another start at once; then each waits twice as long as the one before. */
const AT_ONCE = 2;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export class ReaderClient {
  readonly #start: () => Promise<ReaderThread>;
  #thread: ReaderThread | null;
  #starting: Promise<ReaderThread> | null = null;
  #isClosed = false;
  /** When threads ended, or could not be started, in milliseconds of the monotonic clock; why the last one did. */
  #deaths: number[] = [];
  #failure: unknown = null;
  /** What a new thread is told first. */
  #index: ReaderArgs<"setIndex"> | null = null;
  /** A new thread does not know what changed before it. */
  #mayHaveMissed = false;

  private constructor(start: () => Promise<ReaderThread>, thread: ReaderThread) {
    this.#start = start;
    this.#thread = thread;
  }

  /**
   * Starts a worker on an archive.
   * @param entry the worker's file (built, or the source itself where Node runs TypeScript)
   * @param onDeath hears why a thread ended unexpectedly
   * @throws CodedError with the code of why the archive could not be opened
   */
  static async start(entry: URL, location: ArchiveLocation, onDeath: (error: unknown) => void): Promise<ReaderClient> {
    const start = () => ReaderThread.start(entry, location, onDeath);
    return new ReaderClient(start, await start());
  }

  /**
   * Asks the reader.
   * @throws CodedError; READER_ENDED when its thread ended meanwhile, or ended too often to be started again at once: the
   *   same call may be made again; what opening throws where it has to be started anew; DataioError CLOSED
   */
  async call<M extends ReaderMethod>(method: M, ...args: ReaderArgs<M>): Promise<ReaderResult<M>> {
    if (this.#isClosed) throw closed();
    if (method === "setIndex") this.#index = args as ReaderArgs<"setIndex">;
    const thread = this.#living() ?? (await this.#startAgain());
    const result = await thread.call(method, ...args);
    if (method !== "changed" || !this.#mayHaveMissed) return result;
    this.#mayHaveMissed = false;
    return true as ReaderResult<M>;
  }

  /** Lets running calls end, closes the connection and ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#starting?.catch(() => null);
    await this.#thread?.close();
  }

  /** Null where it has ended. */
  #living(): ReaderThread | null {
    const thread = this.#thread;
    if (thread === null || thread.death === null) return thread;
    this.#thread = null;
    this.#noteDeath(thread.death);
    return null;
  }

  /** One start at a time, for all who wait for it. */
  #startAgain(): Promise<ReaderThread> {
    if (this.#starting === null && performance.now() < this.#restsUntil()) return Promise.reject(this.#failure);
    this.#starting ??= this.#started().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #started(): Promise<ReaderThread> {
    try {
      const thread = await this.#start();
      this.#mayHaveMissed = true;
      this.#thread = thread;
      if (this.#index !== null) await thread.call("setIndex", ...this.#index);
      return thread;
    } catch (error) {
      // One that was started is noted once it is found to have ended.
      if (this.#thread === null) this.#noteDeath(error);
      throw error;
    }
  }

  #noteDeath(failure: unknown): void {
    this.#failure = failure;
    this.#deaths.push(performance.now());
  }

  /** Before that no other is started: what ends each would keep the machine busy with starts. */
  #restsUntil(): number {
    const now = performance.now();
    this.#deaths = this.#deaths.filter((time) => now - time < REMEMBERED_MS);
    const more = this.#deaths.length - AT_ONCE;
    if (more <= 0) return 0;
    return (this.#deaths.at(-1) ?? 0) + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (more - 1));
  }
}
