/** The fetches that are under way, so that identical ones are made once: of a store, by source and request hash. */
import type { SessionResponse } from "./session-options.ts";
import type { Store } from "./store.ts";

interface Entry {
  readonly running: Promise<SessionResponse>;
  /** Milliseconds of the monotonic clock; infinite while it runs. */
  endedAt: number;
}

/** The fetches under way on one store. */
export class InFlight {
  readonly #fetches = new Map<string, Entry>();

  /**
   * The latest fetch of this identity that still ran at the moment `since`, in milliseconds of the monotonic clock;
   * undefined when none did. One that ended while whoever asks looked into the archive, too early to find its answer
   * there, is among them.
   */
  find(source: string, hash: string, since: number): Promise<SessionResponse> | undefined {
    const entry = this.#fetches.get(keyOf(source, hash));
    return entry !== undefined && entry.endedAt > since ? entry.running : undefined;
  }

  /** Makes a fetch that others may find until it has ended. */
  async lead(source: string, hash: string, fetch: () => Promise<SessionResponse>): Promise<SessionResponse> {
    const key = keyOf(source, hash);
    const entry: Entry = { running: fetch(), endedAt: Number.POSITIVE_INFINITY };
    this.#fetches.set(key, entry);
    try {
      return await entry.running;
    } finally {
      entry.endedAt = performance.now();
      // Kept for those who are looking into the archive just now, which takes no turn of the event loop.
      setImmediate(() => {
        if (this.#fetches.get(key) === entry) this.#fetches.delete(key);
      });
    }
  }
}

const stores = new WeakMap<Store, InFlight>();

/** One for each store, shared by its sessions. */
export function inFlightOf(store: Store): InFlight {
  const inFlight = stores.get(store) ?? new InFlight();
  stores.set(store, inFlight);
  return inFlight;
}

function keyOf(source: string, hash: string): string {
  // A hash has a length of its own, so no two pairs look alike.
  return `${hash} ${source}`;
}
