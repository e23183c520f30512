/**
 * A list under a query and in an order, for a table: what is shown stays until the next one is there. It is read where one
 * looks, in an order that the host keeps, so that nothing changes its place until the person wants the list anew.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { CountedPage, ErrorShape } from "../../shared/contract.ts";
import { isSilent, shapeOf } from "./failures.ts";
import { LARGE_PAGE, type Part, PartLoader, SCREEN } from "./part-loader.ts";
import { itemAt, loadedOf, NOTHING_PLACED, type Placed, withPart } from "./placed-list.ts";

export interface QueryListState<Q, S, T> {
  /** What is listed, besides its order; the same object as long as it is the same list. */
  readonly query: Q | null;
  readonly sort: S;
  readonly phase: "idle" | "loading" | "ready" | "failed";
  readonly error: ErrorShape | null;
  /** Why further items could not be read. */
  readonly moreError: ErrorShape | null;
  readonly items: Placed<T>;
  /** Names the order in which the items stand; another one when the list was read anew. */
  readonly order: string | null;
  /** Something was written since it was read. Its items stay where they are until the person wants them anew. */
  readonly outdated: boolean;

  /** Reads the list of a query, unless it is the one that is shown and up to date. */
  show(query: Q): Promise<void>;
  sortBy(sort: S): Promise<void>;
  /** Loads what is missing of these places; see PartLoader. */
  need(from: number, to: number): Promise<void>;
  load(from: number, to: number): Promise<void>;
  retry(): Promise<void>;
  /** Reads the same list anew where one looks at it and where items are kept, and only then replaces what is shown. */
  refresh(): Promise<void>;
  /** Something was written. */
  outdate(): void;
  clear(): void;
}

/** What follows a cursor; or what begins at a place, in the order of this name where the host still has it. */
export interface ListPart {
  readonly cursor: string | null;
  readonly start?: number;
  readonly limit: number;
  readonly order?: string;
}

interface Onward {
  readonly cursor: string;
  readonly place: number;
}

/** So far ahead of what was read from the top it is read on: what lies farther costs the host a whole order. */
const NEAR = 2_000;

export type ReadQuery<Q, S, T> = (query: Q, sort: S, part: ListPart, signal: AbortSignal) => Promise<CountedPage<T>>;

/** Parts that are read anew because an item of them is kept. */
const MOST_KEPT_PARTS = 10;
/** So much farther than they stood kept items are looked for: what came in stands mostly above them. */
const MOVED = 100;

/** @param isKept true for items that stay loaded, however far one goes from them */
export function createQueryList<Q, S, T>(
  read: ReadQuery<Q, S, T>,
  keyOf: (item: T) => string,
  firstSort: S,
  isKept: (item: T) => boolean = () => false,
): StoreApi<QueryListState<Q, S, T>> {
  const empty = {
    query: null,
    sort: firstSort,
    phase: "idle",
    error: null,
    moreError: null,
    items: NOTHING_PLACED,
    order: null,
    outdated: false,
  } as const;

  return createStore<QueryListState<Q, S, T>>((set, get) => {
    /** Where reading from the top goes on by a cursor: no order needs to be kept for that. Null once one is. */
    let onward: Onward | null = null;
    /** Grows when something is written. */
    let writes = 0;

    const loader = new PartLoader<T>({
      items: () => get().items,
      isReady: () => get().phase === "ready",
      async read(part, within) {
        const { query, sort, order } = get();
        if (query === null) return false;
        const { start, limit } = part;
        if (onward !== null && start >= onward.place && start < onward.place + NEAR) {
          return await readOn(query, sort, onward, Math.min(LARGE_PAGE, start + limit - onward.place), within);
        }
        const before = writes;
        const page = await readPart(query, sort, order, part, within);
        if (within.aborted) return true;
        let list = withPage(get(), part, page);
        if (order !== null && page.order !== order) {
          // What is kept stands elsewhere now.
          for (const kept of keptParts(get().items, isKept, part)) {
            list = withPage(list, kept, await readPart(query, sort, list.order, kept, within));
            if (within.aborted) return true;
          }
        }
        const now = get();
        onward = null;
        set({
          ...list,
          items: loader.trimmed(list.items),
          outdated: list.order === now.order ? now.outdated : writes !== before,
        });
        const isAnother = list.order !== page.order;
        return isAnother || start >= list.items.length || itemAt(list.items, start) !== undefined;
      },
      failed: (moreError) => set({ moreError }),
      isKept,
    });

    const readOn = async (query: Q, sort: S, from: Onward, limit: number, within: AbortSignal): Promise<boolean> => {
      const page = await read(query, sort, { cursor: from.cursor, limit }, within);
      // Another load may have gone on from the same place meanwhile.
      if (within.aborted || onward !== from) return true;
      const { items, order } = get();
      const known = page.order === order ? null : new Set(loadedOf(items).map(keyOf));
      const fresh = known === null ? page.items : page.items.filter((item) => !known.has(keyOf(item)));
      const place = from.place + fresh.length;
      const { nextCursor } = page;
      onward = nextCursor === null ? null : { cursor: nextCursor, place };
      const length = nextCursor === null ? place : Math.max(page.total, place + 1);
      set({ items: loader.trimmed(withPart(items, from.place, fresh, length)) });
      return true;
    };

    const readPart = (query: Q, sort: S, order: string | null, part: Part, within: AbortSignal) =>
      read(query, sort, { cursor: null, ...part, ...(order === null ? {} : { order }) }, within);

    /** Reads these parts of a list, and then shows them in the place of what was shown. */
    const start = async (query: Q, sort: S, parts: readonly Part[], place: "top" | "sight") => {
      const within = loader.begin(place);
      set({ query, sort, phase: "loading", error: null, moreError: null, outdated: false });
      try {
        let list: PlacedOrder<T> = { items: NOTHING_PLACED, order: null };
        let on: Onward | null = null;
        for (const part of parts) {
          const isTop = part.start === 0 && list.order === null;
          const page = isTop
            ? await read(query, sort, { cursor: null, limit: part.limit }, within)
            : await readPart(query, sort, list.order, part, within);
          list = withPage(list, part, page);
          on = isTop && page.nextCursor !== null ? { cursor: page.nextCursor, place: page.items.length } : null;
        }
        if (within.aborted) return;
        onward = on;
        set({ ...list, phase: "ready" });
      } catch (error) {
        // A read that the lost connection ended has nothing to show; it is asked for again when the connection is back.
        if (within.aborted || isSilent(error)) return;
        set({ phase: "failed", error: shapeOf(error), items: NOTHING_PLACED, order: null });
      }
    };
    const top = [{ start: 0, limit: SCREEN }];

    return {
      ...empty,

      async show(query) {
        const { query: shown, sort, phase, outdated } = get();
        const isShown = shown !== null && JSON.stringify(shown) === JSON.stringify(query);
        if (!isShown) await start(query, sort, top, "top");
        else if (phase === "failed" || outdated) await start(shown, sort, top, "top");
      },

      async sortBy(sort) {
        const { query } = get();
        if (query === null) set({ sort });
        // Another order is another list.
        else await start({ ...query }, sort, top, "top");
      },

      need: (from, to) => loader.need(from, to),
      load: (from, to) => loader.load(from, to),
      retry: () => loader.retry(),

      async refresh() {
        const { query, sort, items } = get();
        if (query === null) return;
        const { sight } = loader;
        await start(query, sort, [...keptParts(items, isKept, sight), sight], "sight");
      },

      outdate() {
        writes += 1;
        if (get().query !== null) set({ outdated: true });
      },

      clear() {
        loader.end();
        set({ ...empty, sort: get().sort });
      },
    };
  });
}

/** Where kept items are to be found once the list is read anew, but for those that are in sight. */
function keptParts<T>({ pieces }: Placed<T>, isKept: (item: T) => boolean, sight: Part): Part[] {
  const parts: Part[] = [];
  for (const { start, items } of pieces) {
    const first = items.findIndex(isKept);
    if (first === -1) continue;
    const end = start + items.findLastIndex(isKept) + 1 + MOVED;
    let from = Math.max(start + first, endOf(parts.at(-1)));
    if (from >= sight.start && end <= endOf(sight)) continue;
    for (; from < end && parts.length < MOST_KEPT_PARTS; from += LARGE_PAGE) {
      parts.push({ start: from, limit: Math.min(LARGE_PAGE, end - from) });
    }
  }
  return parts;
}

function endOf(part: Part | undefined): number {
  return part === undefined ? 0 : part.start + part.limit;
}

type PlacedOrder<T> = Pick<QueryListState<unknown, unknown, T>, "items" | "order">;

/** The list with a part of it. Where the host has forgotten its order, all places are those of another one. */
function withPage<T>({ items, order }: PlacedOrder<T>, { start }: Part, page: CountedPage<T>): PlacedOrder<T> {
  const known = page.order === order ? items : NOTHING_PLACED;
  return { items: withPart(known, start, page.items, page.total), order: page.order ?? null };
}
