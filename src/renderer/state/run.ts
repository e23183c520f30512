/** The fetch job whose page is shown: its requests, kept up by asking for what changed. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { ErrorShape, FetchItem, RowRef } from "../../shared/contract.ts";
import { isSilent, shapeOf } from "./failures.ts";

/** So many are asked for in one call. */
const AT_ONCE = 2_000;

export interface RunState {
  readonly jobId: string | null;
  /** `failed`: the list cannot be had; what was read before stays. */
  readonly phase: "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  /** In the order in which they are asked. */
  readonly items: readonly FetchItem[];
  /** The place of the one that the person selected. */
  readonly activePlace: number | null;
  /** Shows another job, with nothing selected, or the same one as it was left. */
  show(jobId: string): Promise<void>;
  /** Asks for what has changed meanwhile. */
  refresh(): Promise<void>;
  activate(place: number | null): void;
}

export function createRunStore(client: Pick<Client, "call">): StoreApi<RunState> {
  return createStore<RunState>((set, get) => {
    let revision = 0;
    /** By their places; null for those that are still to come, for a long run comes in parts. */
    let known: (FetchItem | null)[] = [];
    /** Grows with every job that is shown; what an earlier one brings is too late. */
    let shown = 0;
    let reading: Promise<void> | null = null;
    let isWanted = false;

    const readOnce = async (jobId: string) => {
      const showing = shown;
      for (let more = true; more; ) {
        const changed = await client.call("fetch.items", { jobId, since: revision, limit: AT_ONCE });
        if (shown !== showing) return;
        revision = changed.revision;
        more = changed.more;
        if (changed.items.length === 0) continue;
        for (const { place, item } of changed.items) {
          while (known.length < place) known.push(null);
          known[place] = item;
        }
        set({ items: listed(known) });
      }
      set({ phase: "ready", error: null });
    };

    /** One reading at a time; what is wanted meanwhile is one more after it. */
    const read = async (jobId: string): Promise<void> => {
      try {
        do {
          isWanted = false;
          await readOnce(jobId);
        } while (isWanted && get().jobId === jobId);
      } catch (error) {
        if (get().jobId === jobId && !isSilent(error)) set({ phase: "failed", error: shapeOf(error) });
      }
    };

    const refresh = (): Promise<void> => {
      const { jobId } = get();
      if (jobId === null) return Promise.resolve();
      isWanted = true;
      reading ??= read(jobId).finally(() => {
        reading = null;
        // Another job was chosen while this one was read.
        if (isWanted) void refresh();
      });
      return reading;
    };

    return {
      jobId: null,
      phase: "loading",
      error: null,
      items: [],
      activePlace: null,
      async show(jobId) {
        if (get().jobId !== jobId) {
          revision = 0;
          known = [];
          shown += 1;
          set({ jobId, phase: "loading", error: null, items: [], activePlace: null });
        }
        await refresh();
      },
      refresh,
      activate: (activePlace) => set({ activePlace }),
    };
  });
}

/** All that are known, up to the first one that is still to come. */
function listed(known: readonly (FetchItem | null)[]): FetchItem[] {
  const items: FetchItem[] = [];
  for (const item of known) {
    if (item === null) break;
    items.push(item);
  }
  return items;
}

/** The archived row that a request of a run came to; null while it has none. */
export function rowOfItem(item: FetchItem | null | undefined): RowRef | null {
  return item != null && "row" in item.state ? item.state.row : null;
}
