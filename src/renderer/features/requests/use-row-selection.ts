/** The selection of the window over a table whose items stand for rows. */
import { useMemo } from "react";
import type { RowRef } from "../../../shared/contract.ts";
import { useApp, useSelection } from "../../state/context.ts";
import { loadedOf, type Placed, placeOf } from "../../state/placed-list.ts";
import { rowKey } from "../../state/rows.ts";
import { extendTo, selectAll, selectOnly, toggle } from "../../state/selection.ts";
import type { GridItems, GridSelection } from "./grid-model.ts";

/** @param refOf the row that an item stands for; one function for good */
export function useRowSelection<T>(list: GridItems<T>, refOf: (item: T) => RowRef): GridSelection<T> {
  const app = useApp();
  const { active, anchor: rangeStart, selected } = useSelection((state) => state);
  const current = () => app.selection.getState();
  const rows = () => loadedOf(list.now().items).map((item) => ({ ref: refOf(item) }));
  const { items } = list;
  return {
    isMany: true,
    activeIndex: useMemo(() => placeOfRow(items, active, refOf), [items, active, refOf]),
    anchorIndex: useMemo(() => placeOfRow(items, rangeStart, refOf), [items, rangeStart, refOf]),
    activeKey: active === null ? null : rowKey(active),
    isSelected: (item) => selected.has(rowKey(refOf(item))),
    pick: (item, how) => {
      const ref = refOf(item);
      if (how === "extend") app.select(extendTo(current(), ref, rows()));
      else app.select(how === "toggle" ? toggle(current(), ref) : selectOnly(ref));
    },
    aim: (item) => {
      const { selected: all, anchor } = current();
      const ref = refOf(item);
      app.select(all.has(rowKey(ref)) ? { active: ref, anchor, selected: all } : selectOnly(ref));
    },
    pickAll: () => app.select(selectAll(current(), rows())),
    narrow: () => {
      if (active !== null) app.select(selectOnly(active));
    },
    toggleActive: () => {
      if (active !== null) app.select(toggle(current(), active));
    },
  };
}

function placeOfRow<T>(items: Placed<T>, row: RowRef | null, refOf: (item: T) => RowRef): number {
  if (row === null) return -1;
  return placeOf(items, (item) => {
    const { id, type } = refOf(item);
    return id === row.id && type === row.type;
  });
}
