/** The rows of the table: the responses of one session, or of the whole archive, in the order that was asked for. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { BrowseRow, ErrorShape, PayloadState, Result, RowFilter, RowRef, RowSort } from "../../shared/contract.ts";
import { isSilent, shapeOf } from "./failures.ts";
import { type Part, PartLoader, SCREEN } from "./part-loader.ts";
import { itemAt, NOTHING_PLACED, type Placed, placedFrom, withChanges, withPart, withTop } from "./placed-list.ts";

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

export interface RowsState {
  readonly listing: RowListing | null;
  /** `loading` until the first page is there. */
  readonly phase: "idle" | "loading" | "ready" | "failed";
  /** Why the first page could not be loaded. */
  readonly error: ErrorShape | null;
  /** Why further rows could not be loaded. */
  readonly moreError: ErrorShape | null;
  readonly items: Placed<BrowseRow>;
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
  /** Loads what is missing of these places; see PartLoader. */
  need(from: number, to: number): Promise<void>;
  load(from: number, to: number): Promise<void>;
  retry(): Promise<void>;
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
  items: NOTHING_PLACED,
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

/** @param isKept true for rows that stay loaded, however far one goes from them */
export function createRowsStore(
  client: Pick<Client, "call">,
  isKept: (row: BrowseRow) => boolean = () => false,
): StoreApi<RowsState> {
  /** Grows when rows get other places. */
  let moves = 0;
  /** What the list is ordered by; places of the other order are others. Null until its first page is there. */
  let by: Result<"rows.list">["by"] | null = null;
  let refreshing = false;
  let refreshAgain = false;

  return createStore<RowsState>((set, get) => {
    const page = (
      { typed, ...listing }: RowListing,
      part: { readonly cursor: string | null; readonly start?: number; readonly limit: number },
      within: AbortSignal,
    ) => {
      const filter = wholeFilter(typed === undefined ? listing : { ...listing, typed });
      const order = by === null ? {} : { by };
      return client.call("rows.list", { ...listing, filter, ...part, ...order }, { signal: within });
    };

    const loader = new PartLoader<BrowseRow>({
      items: () => get().items,
      isReady: () => get().phase === "ready",
      read: (part, within) => loadPart(part, within),
      failed: (moreError) => set({ moreError }),
      isKept,
    });

    const loadPart = async ({ start, limit }: Part, within: AbortSignal): Promise<boolean> => {
      const { listing } = get();
      if (listing === null) return false;
      const before = moves;
      const part = await page(listing, { cursor: null, start, limit }, within);
      if (before !== moves || within.aborted) return true;
      if (part.by !== by) {
        await beginAgain(listing, within);
        return true;
      }
      const { items, total, more, outdatedBy } = get();
      const came = part.total - total;
      if (came !== 0 && !more && outdatedBy === null) {
        // New rows stand at the top, so that all others are further down than the list has them yet.
        const place = isNewestFirst(listing.sort) ? Math.max(0, start - Math.max(0, came)) : start;
        set({ items: loader.trimmed(withPart(items, place, part.items, items.length)) });
        await get().refresh();
        return before !== moves || itemAt(get().items, start) !== undefined;
      }
      const next = withPart(items, start, part.items, lengthOf(items.length, start, part));
      set({ items: loader.trimmed(next) });
      return start >= next.length || itemAt(next, start) !== undefined;
    };

    /** Reads the list anew, by what orders it now: its index has become ready, or is gone. */
    const beginAgain = async (listing: RowListing, within: AbortSignal) => {
      const first = await page(listing, { cursor: null, limit: PAGE }, within);
      if (!within.aborted) replaceBy(first);
    };

    const replaceBy = (first: Result<"rows.list">) => {
      moves += 1;
      by = first.by;
      set({ items: placedFrom(first.items, lengthOf(0, 0, first)), ...countOf(first), outdatedBy: null });
    };

    const takeUpHead = async (listing: RowListing, within: AbortSignal) => {
      const head: BrowseRow[] = [];
      let cursor: string | null = null;
      for (let pages = 0; pages < MAX_HEAD_PAGES; pages += 1) {
        const next: Result<"rows.list"> = await page(listing, { cursor, limit: PAGE }, within);
        if (next.by !== by) {
          if (cursor === null) replaceBy(next);
          else await beginAgain(listing, within);
          return;
        }
        head.push(...next.items);
        cursor = next.nextCursor;
        const length = cursor === null ? head.length : next.more === true || get().more ? null : next.total;
        const items = withTop(get().items, head, length, keyOf);
        if (items !== null) {
          moves += 1;
          set({ items: loader.trimmed(items), ...countOf(next), outdatedBy: null });
          return;
        }
      }
      await countNew(listing, within);
    };

    const countNew = async (listing: RowListing, within: AbortSignal) => {
      const { total } = await page(listing, { cursor: null, limit: 1 }, within);
      set((state) => ({ outdatedBy: Math.max(0, total - state.total) }));
    };

    const start = async (listing: RowListing, meanwhile: Pick<RowsState, "items" | "total" | "more">) => {
      const within = loader.begin();
      by = null;
      refreshing = false;
      refreshAgain = false;
      set({ ...EMPTY, ...meanwhile, listing, phase: "loading" });
      try {
        const first = await page(listing, { cursor: null, limit: SCREEN }, within);
        replaceBy(first);
        set({ phase: "ready" });
      } catch (error) {
        if (!isSilent(error)) set({ phase: "failed", error: shapeOf(error) });
      }
      // Something was written while the first page was under way.
      if (refreshAgain && within === loader.signal) await get().refresh();
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

      need: (from, to) => loader.need(from, to),
      load: (from, to) => loader.load(from, to),
      retry: () => loader.retry(),

      async refresh() {
        const { listing, phase } = get();
        if (listing === null) return;
        if (phase === "failed") return get().reload();
        refreshAgain = true;
        if (refreshing || phase === "loading") return;
        refreshing = true;
        const within = loader.signal;
        try {
          while (refreshAgain) {
            refreshAgain = false;
            if (isNewestFirst(listing.sort)) await takeUpHead(listing, within);
            else await countNew(listing, within);
          }
        } catch (error) {
          if (!isSilent(error)) set({ moreError: shapeOf(error) });
        } finally {
          if (within === loader.signal) refreshing = false;
        }
      },

      learn(checksum, payload) {
        const learned = (row: BrowseRow) =>
          row.checksum === checksum && row.payload !== payload ? { ...row, payload } : row;
        const { items } = get();
        const changed = withChanges(items, learned);
        if (changed !== items) set({ items: changed });
      },

      async reload() {
        const { listing } = get();
        if (listing !== null) await get().show(listing);
      },

      clear() {
        loader.end();
        set(EMPTY);
      },
    };
  });
}

/** Places of the list, after a page of it: where it was not counted to its end, a page more than are known. */
function lengthOf(known: number, start: number, part: Result<"rows.list">): number {
  const end = start + part.items.length;
  if (part.nextCursor === null) return end;
  return part.more === true ? Math.max(known, part.total, end + PAGE) : Math.max(end, part.total);
}

function countOf(page: Result<"rows.list">): Pick<RowsState, "total" | "more"> {
  return { total: page.total, more: page.more ?? false };
}

function isNewestFirst(sort: RowSort): boolean {
  return sort.column === NEWEST_FIRST.column && sort.direction === NEWEST_FIRST.direction;
}
