/** How many rows of the list have each value, for those who look at it: the rail, and the suggestions of the filter. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { ErrorShape, Facets } from "../../shared/contract.ts";
import { printFilter } from "../../shared/filter-text.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";
import { type RowListing, wholeFilter } from "./rows.ts";

export interface FacetsState {
  /** The newest counts of this archive; those of an earlier filter until the new ones are there. */
  readonly facets: Facets | null;
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;

  /** Counts from now on whenever something changes, until what it returns is called. */
  watch(): () => void;
  /** Reads the counts of a list, unless they are there; of an earlier list none are waited for any more. */
  load(listing: RowListing): Promise<void>;
  /** Reads them again: rows were written since. Only while somebody looks at them. */
  refresh(): Promise<void>;
  clear(): void;
}

export function createFacetsStore(client: Pick<Client, "call">): StoreApi<FacetsState> {
  const latest = createLatest();
  let watchers = 0;
  let loaded: { readonly key: string; readonly listing: RowListing } | null = null;

  return createStore<FacetsState>((set, get) => {
    const read = async (listing: RowListing) => {
      const within = latest.next();
      const { archiveId, sessionId, asOf = null } = listing;
      try {
        const filter = wholeFilter(listing);
        const facets = await client.call("facets.list", { archiveId, sessionId, filter, asOf }, { signal: within });
        if (!within.aborted) set({ facets, phase: "ready", error: null });
      } catch (error) {
        if (within.aborted) return;
        loaded = null;
        if (!isSilent(error)) set({ phase: "failed", error: shapeOf(error) });
      }
    };

    return {
      facets: null,
      phase: "idle",
      error: null,

      watch() {
        watchers += 1;
        return () => {
          watchers -= 1;
        };
      },

      async load(listing) {
        const key = JSON.stringify([
          listing.archiveId,
          listing.sessionId,
          listing.asOf,
          printFilter(wholeFilter(listing)),
        ]);
        if (loaded?.key === key) return;
        const isOther = loaded?.listing.archiveId !== listing.archiveId;
        loaded = { key, listing };
        set({ phase: "loading", error: null, facets: isOther ? null : get().facets });
        await read(listing);
      },

      async refresh() {
        const last = loaded;
        if (watchers > 0 && last !== null) await read(last.listing);
        else loaded = null;
      },

      clear() {
        latest.cancel();
        loaded = null;
        set({ facets: null, phase: "idle", error: null });
      },
    };
  });
}
