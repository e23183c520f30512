/** How the index stands that the open archive is filtered by. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { IndexState } from "../../shared/contract.ts";
import { isSilent } from "./failures.ts";

export interface FilterIndexState {
  readonly archiveId: string | null;
  /** Null until the host said. */
  readonly index: IndexState | null;

  show(archiveId: string): Promise<void>;
  told(archiveId: string, index: IndexState): void;
  clear(): void;
}

export function createFilterIndexStore(client: Pick<Client, "call">): StoreApi<FilterIndexState> {
  return createStore<FilterIndexState>((set, get) => ({
    archiveId: null,
    index: null,

    /** Rejects when the host cannot say. */
    async show(archiveId) {
      set({ archiveId, index: null });
      try {
        const index = await client.call("index.get", { archiveId });
        // What was told meanwhile is newer.
        if (get().archiveId === archiveId && get().index === null) set({ index });
      } catch (error) {
        if (!isSilent(error) && get().archiveId === archiveId) throw error;
      }
    },

    told(archiveId, index) {
      if (get().archiveId === archiveId) set({ index });
    },

    clear() {
      set({ archiveId: null, index: null });
    },
  }));
}
