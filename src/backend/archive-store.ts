/** The store of one open archive: opened when something is first written, shared by all who write, and never two at once. */
import { type ArchiveLocation, Store } from "@mxm/dataio";
import { coded } from "./coded-error.ts";

export class ArchiveStore {
  readonly #location: ArchiveLocation;
  #opening: Promise<Store> | null = null;
  /** Of those that were let go. */
  #closing: Promise<void> = Promise.resolve();
  /** Ends the opening of one that nobody waits for any more. */
  #given = new AbortController();
  #isClosed = false;

  constructor(location: ArchiveLocation) {
    this.#location = location;
  }

  /** Shared, do not close it. @throws ARCHIVE_NOT_OPEN, and what `Store.openWhenFree` throws; then the next call tries again */
  async open(): Promise<Store> {
    for (;;) {
      if (this.#isClosed) throw coded("ARCHIVE_NOT_OPEN", "This archive is not open (any more).");
      const given = this.#given;
      this.#opening ??= this.#closing.then(() => Store.openWhenFree(this.#location, { signal: given.signal }));
      const opening = this.#opening;
      try {
        const store = await opening;
        if (given === this.#given) return store;
      } catch (error) {
        if (given === this.#given) {
          // Another who waited may have begun anew already.
          if (this.#opening === opening) this.#opening = null;
          throw error;
        }
      }
    }
  }

  /** Closes it, open or being opened. Who waits for it gets the next one, which is opened only once this one is closed. */
  async letGo(): Promise<void> {
    const opening = this.#opening;
    this.#opening = null;
    this.#given.abort();
    this.#given = new AbortController();
    const closed = async () => {
      // One that could not be opened has been told to whoever asked for it.
      (await opening?.catch(() => null))?.close();
    };
    this.#closing = Promise.all([this.#closing, closed()]).then(() => {});
    await this.#closing;
  }

  /** Lets it go for good. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.letGo();
  }
}
