import { ContextMenu } from "@base-ui/react/context-menu";
import type { BaseUIEvent } from "@base-ui/react/types";
import { type MouseEvent, type ReactElement, useState } from "react";
import type { BrowseRow, RowRef } from "../../../shared/contract.ts";
import { lineOf } from "../../components/list-clicks.ts";
import { useApp } from "../../state/context.ts";
import { rowKey } from "../../state/rows.ts";
import { selectOnly } from "../../state/selection.ts";
import { ColumnItems } from "./column-menu.tsx";
import { RowItems } from "./row-items.tsx";
import "../../components/menu.css";

type Target =
  | {
      readonly kind: "row";
      readonly row: BrowseRow;
      readonly column: string | null;
      /** The row that was active until then. */
      readonly before: RowRef | null;
    }
  | { readonly kind: "head"; readonly column: string | null };

export interface RowMenuProps {
  readonly rows: readonly BrowseRow[];
  /** The grid, whose lines carry `data-line` and whose cells carry `data-column`. */
  readonly children: ReactElement;
}

/** The menu of the grid: on a row what can be done with it, on a head which columns there are. */
export function RowMenu({ rows, children }: RowMenuProps) {
  const app = useApp();
  const [target, setTarget] = useState<Target | null>(null);
  const onContextMenu = (event: BaseUIEvent<MouseEvent>) => {
    const { selected, anchor, active } = app.selection.getState();
    const found = targetOf(event, rows, active);
    if (found === null) {
      // Nothing is here: no menu of ours, and none of the browser, which knows nothing of rows.
      event.preventDefault();
      event.preventBaseUIHandler();
      return;
    }
    setTarget(found);
    if (found.kind === "head") return;
    // A row of the selection speaks for all of them.
    const { ref } = found.row;
    app.select(selected.has(rowKey(ref)) ? { active: ref, anchor, selected } : selectOnly(ref));
  };
  return (
    <ContextMenu.Root>
      <ContextMenu.Trigger render={children} onContextMenu={onContextMenu} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner>
          <ContextMenu.Popup className="menu" aria-label={target?.kind === "head" ? "Columns" : "Row"}>
            {target?.kind === "head" && <ColumnItems id={target.column} />}
            {target?.kind === "row" && <RowItems row={target.row} column={target.column} before={target.before} />}
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

function targetOf(event: MouseEvent, rows: readonly BrowseRow[], before: RowRef | null): Target | null {
  const element = event.target instanceof Element ? event.target : null;
  const column = element?.closest("[data-column]")?.getAttribute("data-column") ?? null;
  if (element?.closest("thead") != null) return { kind: "head", column };
  const row = rows[lineOf(event) ?? -1];
  return row === undefined ? null : { kind: "row", row, column, before };
}
