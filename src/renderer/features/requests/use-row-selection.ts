/** The selection of the window over a table whose items stand for rows. */
import type { RowRef } from "../../../shared/contract.ts";
import { useApp, useSelection } from "../../state/context.ts";
import { rowKey } from "../../state/rows.ts";
import { extendTo, selectAll, selectOnly, toggle } from "../../state/selection.ts";
import type { GridItems, GridSelection } from "./grid-model.ts";

/** @param refOf the row that an item stands for; one function for good */
export function useRowSelection<T>(list: GridItems<T>, refOf: (item: T) => RowRef): GridSelection<T> {
  const app = useApp();
  const { active, selected } = useSelection((state) => state);
  const current = () => app.selection.getState();
  const rows = () => list.now().items.map((item) => ({ ref: refOf(item) }));
  return {
    isMany: true,
    activeIndex: active === null ? -1 : list.items.findIndex((item) => isSame(refOf(item), active)),
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

function isSame(one: RowRef, other: RowRef): boolean {
  return one.id === other.id && one.type === other.type;
}
