/** The fetches that are under way, so that identical ones are made once: of a store, by source and request hash. */
import type { SessionResponse } from "./session-options.ts";
import type { Store } from "./store.ts";

/** The fetches under way on one store. */
export class InFlight {
  readonly #fetches = new Map<string, Promise<SessionResponse>>();

  /** The latest fetch of this identity that still runs; undefined when none does. */
  find(source: string, hash: string): Promise<SessionResponse> | undefined {
    return this.#fetches.get(keyOf(source, hash));
  }

  /** Makes a fetch that others may find until it has ended. */
  async lead(source: string, hash: string, fetch: () => Promise<SessionResponse>): Promise<SessionResponse> {
    const key = keyOf(source, hash);
    const running = fetch();
    this.#fetches.set(key, running);
    try {
      return await running;
    } finally {
      if (this.#fetches.get(key) === running) this.#fetches.delete(key);
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
  return JSON.stringify([source, hash]);
}
