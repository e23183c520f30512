import type { Header } from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { KeyboardEvent } from "react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { useApp, useRows } from "../../state/context.ts";
import { NEWEST_FIRST } from "../../state/rows.ts";
import { isPressed } from "../window/shortcuts.ts";
import type { RowColumn } from "./columns.tsx";
import { isSortable, nextSort } from "./sorting.ts";
import type { RowTableFeatures } from "./table-features.ts";

type RowHeader = Header<RowTableFeatures, BrowseRow>;

export interface HeaderRowProps {
  readonly columns: readonly RowColumn[];
  readonly headers: readonly RowHeader[];
  /** CSS pixels of all columns. */
  readonly width: number;
  /** The person changed a column's width by keys. */
  readonly onResize: (column: string, width: number) => void;
}

/** The column heads: a click sorts; a drag on the edge, or Alt and an arrow key, resizes; a double click there resets. */
export function HeaderRow({ columns, headers, width, onResize }: HeaderRowProps) {
  return (
    <thead className="grid-head" style={{ width }}>
      <tr className="grid-head-row" aria-rowindex={1}>
        {columns.map((column, index) => (
          <HeaderCell
            key={column.id}
            column={column}
            index={index}
            header={headers.find((header) => header.column.id === column.id)}
            onResize={onResize}
          />
        ))}
      </tr>
    </thead>
  );
}

interface HeaderCellProps {
  readonly column: RowColumn;
  readonly index: number;
  readonly header: RowHeader | undefined;
  readonly onResize: HeaderRowProps["onResize"];
}

const KEY_STEP = 16;

function HeaderCell({ column, index, header, onResize }: HeaderCellProps) {
  const app = useApp();
  const sort = useRows((state) => state.listing?.sort ?? NEWEST_FIRST);
  const { id } = column;
  const sorted = sort.column === id ? sort.direction : null;
  const Arrow = sorted === "asc" ? ArrowUp : ArrowDown;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = isPressed(event, "widen") ? KEY_STEP : isPressed(event, "narrow") ? -KEY_STEP : 0;
    if (step === 0 || header === undefined) return;
    event.preventDefault();
    onResize(id, header.getSize() + step);
  };
  return (
    <th
      scope="col"
      data-column={id}
      aria-colindex={index + 1}
      aria-sort={sorted === null ? undefined : sorted === "asc" ? "ascending" : "descending"}
      className={column.numeric ? "grid-headcell numeric" : "grid-headcell"}
      style={{ width: `var(--width-${id})` }}
    >
      {isSortable(id) ? (
        <button
          type="button"
          className="grid-sort"
          onClick={() => void app.rows.getState().sortBy(nextSort(sort, id))}
          onKeyDown={onKeyDown}
        >
          <span className="truncate">{column.label}</span>
          {sorted !== null && <Arrow size={12} aria-hidden />}
        </button>
      ) : (
        <span className="grid-sort">{column.label}</span>
      )}
      {header !== undefined && (
        <button
          type="button"
          tabIndex={-1}
          aria-hidden="true"
          title="Drag to resize; double-click to reset"
          className="grid-resize"
          data-resizing={header.column.getIsResizing() || undefined}
          onMouseDown={header.getResizeHandler()}
          onTouchStart={header.getResizeHandler()}
          onDoubleClick={() => header.column.resetSize()}
        />
      )}
    </th>
  );
}
