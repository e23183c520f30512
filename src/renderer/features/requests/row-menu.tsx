import { ContextMenu } from "@base-ui/react/context-menu";
import type { BaseUIEvent } from "@base-ui/react/types";
import { type MouseEvent, type ReactElement, type ReactNode, useState } from "react";
import { lineOf } from "../../components/list-clicks.ts";
import { itemAt, type Placed } from "../../state/placed-list.ts";
import { ColumnItems } from "./column-menu.tsx";
import type { ColumnChoice } from "./use-columns.ts";
import "../../components/menu.css";

type Target<T> =
  | { readonly kind: "row"; readonly item: T; readonly column: string | null }
  | { readonly kind: "head"; readonly column: string | null };

export interface RowMenuProps<T> {
  readonly items: Placed<T>;
  readonly choice: ColumnChoice;
  /** The menu of this item is about to open. */
  readonly onTarget: (item: T) => void;
  /** What can be done with an item, in this column's cell. */
  readonly menu: (item: T, column: string | null) => ReactNode;
  /** The grid, whose lines carry `data-line` and whose cells carry `data-column`. */
  readonly children: ReactElement;
}

/** The menu of the grid: on a row what can be done with it, on a head which columns there are. */
export function RowMenu<T>({ items, choice, onTarget, menu, children }: RowMenuProps<T>) {
  const [target, setTarget] = useState<Target<T> | null>(null);
  const onContextMenu = (event: BaseUIEvent<MouseEvent>) => {
    const found = targetOf(event, items);
    if (found === null) {
      // Nothing is here: no menu of ours, and none of the browser, which knows nothing of rows.
      event.preventDefault();
      event.preventBaseUIHandler();
      return;
    }
    setTarget(found);
    if (found.kind === "row") onTarget(found.item);
  };
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger render={children} onContextMenu={onContextMenu} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner>
          <ContextMenu.Popup className="menu" aria-label={target?.kind === "head" ? "Columns" : "Row"}>
            {target?.kind === "head" && <ColumnItems choice={choice} id={target.column} />}
            {target?.kind === "row" && menu(target.item, target.column)}
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

/** Opens the menu of a row where the row is: for the keyboard, which points at nothing. */
export function openRowMenu(row: Element | null): void {
  if (row === null) return;
  const { left, bottom } = row.getBoundingClientRect();
  const at = { clientX: left + 48, clientY: bottom - 6 };
  row.dispatchEvent(new window.MouseEvent("contextmenu", { ...at, bubbles: true, cancelable: true }));
}

function targetOf<T>(event: MouseEvent, items: Placed<T>): Target<T> | null {
  const element = event.target instanceof Element ? event.target : null;
  const column = element?.closest("[data-column]")?.getAttribute("data-column") ?? null;
  if (element?.closest("thead") != null) return { kind: "head", column };
  const item = itemAt(items, lineOf(event) ?? -1);
  return item === undefined ? null : { kind: "row", item, column };
}
