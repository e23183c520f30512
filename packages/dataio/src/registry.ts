/**
 * Which adapter speaks for which source. A registry is an object that its owner passes on, not a global; it does not close
 * the adapters it holds.
 */

import {
  type Adapter,
  type Capability,
  capabilitiesOf,
  type Fetcher,
  type Sender,
  type Streamer,
} from "./adapters/adapter.ts";
import { DataioError } from "./errors.ts";

/** A registered adapter, for people. */
export interface RegisteredAdapter {
  readonly source: string;
  /** The adapter's own description, or its name. */
  readonly adapter: string;
  readonly capabilities: readonly Capability[];
}

/** Adapters by the name of their source. */
export class AdapterRegistry {
  readonly #adapters = new Map<string, Adapter>();

  /**
   * @throws PARAMS_INVALID for an empty name, ADAPTER_DUPLICATE for a taken one, CAPABILITY_MISSING for an adapter that
   * can neither fetch nor send nor stream
   */
  register(source: string, adapter: Adapter | Fetcher | Sender | Streamer): void {
    if (source.trim() === "") throw new DataioError("PARAMS_INVALID", "The name of a source cannot be empty");
    if (this.#adapters.has(source)) {
      throw new DataioError("ADAPTER_DUPLICATE", `An adapter for "${source}" is registered already`, {
        details: { source },
      });
    }
    if (capabilitiesOf(adapter).length === 0) {
      throw new DataioError("CAPABILITY_MISSING", `The adapter for "${source}" can neither fetch nor send nor stream`, {
        details: { source },
      });
    }
    this.#adapters.set(source, adapter);
  }

  /** @throws ADAPTER_UNKNOWN */
  resolve(source: string): Adapter {
    const adapter = this.#adapters.get(source);
    if (adapter === undefined) throw this.#unknown(source);
    return adapter;
  }

  /** Whether an adapter is registered for `source`. */
  has(source: string): boolean {
    return this.#adapters.has(source);
  }

  /** @throws ADAPTER_UNKNOWN */
  unregister(source: string): void {
    if (!this.#adapters.delete(source)) throw this.#unknown(source);
  }

  /** Forgets all adapters; none is closed. */
  clear(): void {
    this.#adapters.clear();
  }

  /** The names of all sources, sorted. */
  list(): string[] {
    return [...this.#adapters.keys()].sort();
  }

  /** All registered adapters, sorted by source. */
  describe(): readonly RegisteredAdapter[] {
    return this.list().map((source) => {
      const adapter = this.resolve(source);
      const description = adapter.describe?.() ?? adapter.name ?? adapter.constructor.name;
      return { source, adapter: description, capabilities: capabilitiesOf(adapter) };
    });
  }

  #unknown(source: string): DataioError {
    const known = this.list();
    const list = known.length === 0 ? "none is registered" : `known are ${known.join(", ")}`;
    return new DataioError("ADAPTER_UNKNOWN", `No adapter for "${source}"; ${list}`, { details: { source } });
  }
}
