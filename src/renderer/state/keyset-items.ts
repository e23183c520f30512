/** A list that is read page by page from its top, as a table is given it. */
import type { StoreApi } from "zustand/vanilla";
import { type Placed, placedFrom } from "./placed-list.ts";
import type { QueryListState } from "./query-list.ts";

/** Items that may be scrolled to before they are read: enough for a page of the scrollbar, too few to read a million. */
const AHEAD = 2000;

export interface KeysetItems<T> {
  readonly items: Placed<T>;
  need(from: number, to: number): void;
  load(from: number, to: number): Promise<void>;
  now(): { readonly listing: unknown; readonly items: Placed<T> };
}

/** @param items what of the list is read, and `total` of all */
export function keysetItems<Q, S, T>(
  list: StoreApi<QueryListState<Q, S, T>>,
  { items, total, nextCursor }: Pick<QueryListState<Q, S, T>, "items" | "total" | "nextCursor">,
): KeysetItems<T> {
  const isRead = nextCursor === null;
  const length = isRead ? items.length : Math.min(Math.max(total, items.length + 1), items.length + AHEAD);
  const load = async (to: number) => {
    if (!isRead && to >= items.length) await list.getState().loadThrough(to);
  };
  return {
    items: placedFrom(items, length),
    need: (_from, to) => void load(to),
    load: (_from, to) => load(to),
    now: () => ({ listing: list.getState().query, items: placedFrom(list.getState().items) }),
  };
}
