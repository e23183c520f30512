/** A list under a query and in an order, for a table: what is shown stays until the next one is there. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { ErrorShape, Page } from "../../shared/contract.ts";
import type { KeysetList } from "./keyset-list.ts";
import { createPagedList, type PagedList } from "./paged-list.ts";

export interface QueryListState<Q, S, T> extends KeysetList<T> {
  /** What is listed, besides its order; the same object as long as it is the same list. */
  readonly query: Q | null;
  readonly sort: S;
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  /** Why the next page could not be read. */
  readonly moreError: ErrorShape | null;
  /** Items of the whole list, read or not. */
  readonly total: number;
  /** Something was written since it was read. Its items stay where they are until the person wants them anew. */
  readonly outdated: boolean;

  /** Reads the list of a query, unless it is the one that is shown and up to date. */
  show(query: Q): Promise<void>;
  sortBy(sort: S): Promise<void>;
  loadThrough(index: number): Promise<void>;
  /** Reads the same list anew, as far as the item of this index, and only then replaces what is shown. */
  refresh(through?: number): Promise<void>;
  /** Something was written. */
  outdate(): void;
  clear(): void;
}

/** A page, with how many items the whole list has. */
export interface Counted<T> extends Page<T> {
  readonly total: number;
}

export type ReadQuery<Q, S, T> = (query: Q, sort: S, cursor: string | null, signal: AbortSignal) => Promise<Counted<T>>;

export function createQueryList<Q, S, T>(
  read: ReadQuery<Q, S, T>,
  keyOf: (item: T) => string,
  firstSort: S,
): StoreApi<QueryListState<Q, S, T>> {
  type List = PagedList<T, Counted<T>>;
  let current: StoreApi<List> | null = null;
  const empty = {
    query: null,
    sort: firstSort,
    phase: "idle",
    error: null,
    moreError: null,
    items: [],
    nextCursor: null,
    total: 0,
    outdated: false,
  } as const;

  return createStore<QueryListState<Q, S, T>>((set, get) => {
    const start = async (query: Q, sort: S, through = 0) => {
      current?.getState().stop();
      const list = createPagedList<T, Counted<T>>((cursor, signal) => read(query, sort, cursor, signal), keyOf);
      current = list;
      set({ query, sort, phase: "loading", error: null, moreError: null, outdated: false });
      await list.getState().load();
      if (through > 0) await list.getState().loadThrough(through);
      if (current !== list) return;
      const take = ({ phase, error, moreError, items, nextCursor, first }: List) => {
        if (current !== list) return;
        if (phase === "failed") set({ phase, error, items: [], nextCursor: null, total: 0 });
        else set({ phase, error, moreError, items, nextCursor, total: first?.total ?? 0 });
      };
      // A read that the lost connection ended has nothing to show; it is asked for again when the connection is back.
      if (list.getState().phase !== "loading") take(list.getState());
      list.subscribe(take);
    };

    return {
      ...empty,

      async show(query) {
        const { query: shown, sort, phase, outdated } = get();
        const isShown = shown !== null && JSON.stringify(shown) === JSON.stringify(query);
        if (!isShown) await start(query, sort);
        else if (phase === "failed" || outdated) await start(shown, sort);
      },

      async sortBy(sort) {
        const { query } = get();
        if (query === null) set({ sort });
        // Another order is another list.
        else await start({ ...query }, sort);
      },

      async loadThrough(index) {
        await current?.getState().loadThrough(index);
      },

      async refresh(through) {
        const { query, sort } = get();
        if (query !== null) await start(query, sort, through);
      },

      outdate() {
        if (get().query !== null) set({ outdated: true });
      },

      clear() {
        current?.getState().stop();
        current = null;
        set({ ...empty, sort: get().sort });
      },
    };
  });
}
