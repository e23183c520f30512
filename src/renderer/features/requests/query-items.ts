import { useMemo } from "react";
import type { StoreApi } from "zustand/vanilla";
import type { QueryListState } from "../../state/query-list.ts";
import type { GridItems } from "./grid-model.ts";

/** A list of requests or sessions, as a table is given it. */
export function useQueryItems<Q, S, T>(
  list: StoreApi<QueryListState<Q, S, T>>,
  { query, items, phase }: Pick<QueryListState<Q, S, T>, "query" | "items" | "phase">,
): GridItems<T> {
  return useMemo(
    () => ({
      listing: query,
      items,
      total: items.length,
      isBusy: phase === "loading",
      need: (from: number, to: number) => void list.getState().need(from, to),
      load: (from: number, to: number) => list.getState().load(from, to),
      now: () => ({ listing: list.getState().query, items: list.getState().items }),
    }),
    [list, query, items, phase],
  );
}
