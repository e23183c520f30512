import { Menu } from "@base-ui/react/menu";
import { GitCompareArrows } from "lucide-react";
import type { RowRef } from "../../../shared/contract.ts";
import { compareSelected, compareWith, compareWithPrevious, isSame, togglePinned } from "../../state/comparing.ts";
import { useApp, useSelection, useUi } from "../../state/context.ts";

export interface CompareItemsProps {
  /** The row that the menu is for. */
  readonly row: RowRef;
  /** The row that was selected when the menu was opened on another; null when there was none. */
  readonly before: RowRef | null;
}

/** What of the menu of a row compares. */
export function CompareItems({ row, before }: CompareItemsProps) {
  const app = useApp();
  const count = useSelection((state) => state.selected.size);
  const pinned = useUi((state) => state.compareWith);
  if (count > 2) return null;
  if (count === 2) {
    return (
      <Menu.Item className="menu-item" onClick={() => compareSelected(app)}>
        <GitCompareArrows size={14} aria-hidden />
        Compare these two
      </Menu.Item>
    );
  }
  const isPinned = isSame(pinned, row);
  return (
    <>
      {pinned !== null && !isPinned && (
        <Menu.Item className="menu-item" onClick={() => compareWith(app, pinned)}>
          <GitCompareArrows size={14} aria-hidden />
          Compare with the pinned row
        </Menu.Item>
      )}
      {before !== null && !isSame(before, row) && !isSame(before, pinned) && (
        <Menu.Item className="menu-item" onClick={() => compareWith(app, before)}>
          <GitCompareArrows size={14} aria-hidden />
          Compare with the selected row
        </Menu.Item>
      )}
      {row.type === "response" && (
        <Menu.Item className="menu-item" onClick={() => compareWithPrevious(app)}>
          <GitCompareArrows size={14} aria-hidden />
          Compare with the one before
        </Menu.Item>
      )}
      <Menu.Item className="menu-item" onClick={() => togglePinned(app)}>
        <span className="menu-check" />
        {isPinned ? "Stop comparing with this row" : "Compare others with this row"}
      </Menu.Item>
    </>
  );
}
