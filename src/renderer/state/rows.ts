/** The rows of the table: the responses of one session, or of the whole archive, in the order that was asked for. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { BrowseRow, ErrorShape, PayloadState, Result, RowFilter, RowRef, RowSort } from "../../shared/contract.ts";
import { createLatest, isSilent, shapeOf } from "./failures.ts";
import { type KeysetList, withHead, withPage } from "./keyset-list.ts";

/** Which list it is: everything that, when it changes, starts a new one. */
export interface RowListing {
  readonly archiveId: string;
  readonly sessionId: string | null;
  readonly filter: RowFilter;
  /** Free text that is being typed: it narrows as well, and is no condition yet that one sees or keeps. */
  readonly typed?: RowFilter;
  /** A moment, timestamp text: the list as it was then, see rows.list; null or left out: as it is now. */
  readonly asOf?: string | null;
  readonly sort: RowSort;
}

export interface RowsState extends KeysetList<BrowseRow> {
  readonly listing: RowListing | null;
  /** `loading` until the first page is there. */
  readonly phase: "idle" | "loading" | "ready" | "failed";
  /** Why the first page could not be loaded. */
  readonly error: ErrorShape | null;
  /** Why the next page could not be loaded. */
  readonly moreError: ErrorShape | null;
  /** Rows of the whole list, loaded or not. */
  readonly total: number;
  /** True when there are more than `total`, which is as far as they were counted. */
  readonly more: boolean;
  /** Rows that came in while the order gives them no place at the top; null when there are none. */
  readonly outdatedBy: number | null;

  /** Starts a list; loads of another one are cancelled. */
  show(listing: RowListing): Promise<void>;
  /** Starts the same list in another order; what is shown stays until the first page is there. */
  sortBy(sort: RowSort): Promise<void>;
  /** Starts the same list under another filter; what is shown stays until the first page is there. */
  filterBy(filter: RowFilter, typed?: RowFilter): Promise<void>;
  /** Loads pages until `index` is there or the list ends. */
  loadThrough(index: number): Promise<void>;
  /** Takes up what was written since. */
  refresh(): Promise<void>;
  /** Takes up what was found out about a payload since its rows were listed. */
  learn(checksum: string, payload: PayloadState): void;
  /** Loads the list anew from its top. */
  reload(): Promise<void>;
  clear(): void;
}

export const NEWEST_FIRST: RowSort = { column: "time", direction: "desc" };
export const NO_FILTER: RowFilter = [];
const PAGE = 200;
/** When more than this many pages came in at once, the person decides when to load them. */
const MAX_HEAD_PAGES = 5;

const EMPTY = {
  listing: null,
  phase: "idle",
  error: null,
  moreError: null,
  items: [],
  nextCursor: null,
  total: 0,
  more: false,
  outdatedBy: null,
} as const;

/** A key for a row; unique within a list. */
export function rowKey(ref: RowRef): string {
  return `${ref.type}:${ref.id}`;
}
const keyOf = (row: BrowseRow) => rowKey(row.ref);

/** All that narrows a list. */
export function wholeFilter({ filter, typed = NO_FILTER }: Pick<RowListing, "filter" | "typed">): RowFilter {
  return typed.length === 0 ? filter : [...filter, ...typed];
}

export function createRowsStore(client: Pick<Client, "call">): StoreApi<RowsState> {
  const latest = createLatest();
  /** Ends with the list that is shown; every load belongs to one. */
  let signal: AbortSignal = AbortSignal.abort();
  /** The load of further pages that runs; at most one. */
  let loadingMore: Promise<void> | null = null;
  let wantedIndex = -1;
  let refreshing = false;
  let refreshAgain = false;

  return createStore<RowsState>((set, get) => {
    const page = ({ typed, ...listing }: RowListing, cursor: string | null, limit: number, within: AbortSignal) => {
      const filter = wholeFilter(typed === undefined ? listing : { ...listing, typed });
      return client.call("rows.list", { ...listing, filter, cursor, limit }, { signal: within });
    };

    const loadPages = async (listing: RowListing, within: AbortSignal) => {
      try {
        while (get().items.length <= wantedIndex && get().nextCursor !== null) {
          const next = await page(listing, get().nextCursor, PAGE, within);
          set((state) => ({ ...withPage(state, next, keyOf), ...countOf(next) }));
        }
      } catch (error) {
        if (!isSilent(error)) set({ moreError: shapeOf(error) });
      } finally {
        if (within === signal) loadingMore = null;
      }
    };

    const takeUpHead = async (listing: RowListing, within: AbortSignal) => {
      let head: KeysetList<BrowseRow> = { items: [], nextCursor: null };
      for (let pages = 0; pages < MAX_HEAD_PAGES; pages += 1) {
        const next = await page(listing, head.nextCursor, PAGE, within);
        head = withPage(head, next, keyOf);
        const merged = withHead(get(), head, keyOf);
        if (merged !== null) {
          set({ ...merged, ...countOf(next), outdatedBy: null });
          return;
        }
      }
      await countNew(listing, within);
    };

    const countNew = async (listing: RowListing, within: AbortSignal) => {
      const { total } = await page(listing, null, 1, within);
      set((state) => ({ outdatedBy: Math.max(0, total - state.total) }));
    };

    const start = async (listing: RowListing, meanwhile: Pick<RowsState, "items" | "total" | "more">) => {
      const within = latest.next();
      signal = within;
      loadingMore = null;
      wantedIndex = -1;
      refreshing = false;
      refreshAgain = false;
      set({ ...EMPTY, ...meanwhile, listing, phase: "loading" });
      try {
        const first = await page(listing, null, PAGE, within);
        set({ items: first.items, nextCursor: first.nextCursor, ...countOf(first), phase: "ready" });
      } catch (error) {
        if (!isSilent(error)) set({ phase: "failed", error: shapeOf(error) });
      }
      // Something was written while the first page was under way.
      if (refreshAgain && within === signal) await get().refresh();
    };

    return {
      ...EMPTY,

      show: (listing) => start(listing, EMPTY),

      async sortBy(sort) {
        const { listing, items, total, more } = get();
        if (listing !== null) await start({ ...listing, sort }, { items, total, more });
      },

      async filterBy(filter, typed = NO_FILTER) {
        const { listing, items, total, more } = get();
        if (listing !== null) await start({ ...listing, filter, typed }, { items, total, more });
      },

      async loadThrough(index) {
        const { listing, phase } = get();
        wantedIndex = Math.max(wantedIndex, index);
        if (listing === null || phase !== "ready") return;
        if (loadingMore === null) {
          set({ moreError: null });
          loadingMore = loadPages(listing, signal);
        }
        await loadingMore;
      },

      async refresh() {
        const { listing, phase } = get();
        if (listing === null) return;
        if (phase === "failed") return get().reload();
        refreshAgain = true;
        if (refreshing || phase === "loading") return;
        refreshing = true;
        const within = signal;
        try {
          while (refreshAgain) {
            refreshAgain = false;
            await loadingMore;
            if (isNewestFirst(listing.sort)) await takeUpHead(listing, within);
            else await countNew(listing, within);
          }
        } catch (error) {
          if (!isSilent(error)) set({ moreError: shapeOf(error) });
        } finally {
          if (within === signal) refreshing = false;
        }
      },

      learn(checksum, payload) {
        const isOld = (row: BrowseRow) => row.checksum === checksum && row.payload !== payload;
        const { items } = get();
        if (items.some(isOld)) set({ items: items.map((row) => (isOld(row) ? { ...row, payload } : row)) });
      },

      async reload() {
        const { listing } = get();
        if (listing !== null) await get().show(listing);
      },

      clear() {
        latest.cancel();
        signal = AbortSignal.abort();
        set(EMPTY);
      },
    };
  });
}

function countOf(page: Result<"rows.list">): Pick<RowsState, "total" | "more"> {
  return { total: page.total, more: page.more ?? false };
}

function isNewestFirst(sort: RowSort): boolean {
  return sort.column === NEWEST_FIRST.column && sort.direction === NEWEST_FIRST.direction;
}
