import type { Header } from "@tanstack/react-table";
import { ArrowDown, ArrowUp } from "lucide-react";
import type { KeyboardEvent } from "react";
import { isPressed } from "../window/shortcuts.ts";
import { type ColumnPlace, useColumnDrag } from "./column-drag.ts";
import type { GridColumn, GridSort } from "./grid-model.ts";
import { nextSort } from "./sorting.ts";
import type { RowTableFeatures } from "./table-features.ts";

export interface HeaderRowProps<T extends object, S extends string> {
  readonly columns: readonly GridColumn<T, S>[];
  readonly headers: readonly Header<RowTableFeatures, T>[];
  /** CSS pixels of all columns. */
  readonly width: number;
  readonly sort: GridSort<S>;
  readonly sortBy: (sort: GridSort<S>) => void;
  /** The person changed a column's width by keys. */
  readonly onResize: (column: string, width: number) => void;
  /** The person dragged a column to another place. */
  readonly onPlace: (place: ColumnPlace) => void;
}

/**
 * The column heads: a click sorts, a drag moves the column; a drag on the edge, or Alt and an arrow key, resizes; a double
 * click there resets.
 */
export function HeaderRow<T extends object, S extends string>({
  columns,
  headers,
  width,
  onPlace,
  ...rest
}: HeaderRowProps<T, S>) {
  const drag = useColumnDrag(onPlace);
  return (
    <thead className="grid-head" style={{ width }}>
      <tr className="grid-head-row" aria-rowindex={1}>
        {columns.map((column, index) => (
          <HeaderCell
            {...rest}
            key={column.id}
            column={column}
            index={index}
            header={headers.find((header) => header.column.id === column.id)}
            drag={drag}
          />
        ))}
      </tr>
    </thead>
  );
}

interface HeaderCellProps<T extends object, S extends string>
  extends Pick<HeaderRowProps<T, S>, "sort" | "sortBy" | "onResize"> {
  readonly column: GridColumn<T, S>;
  readonly index: number;
  readonly header: Header<RowTableFeatures, T> | undefined;
  readonly drag: ReturnType<typeof useColumnDrag>;
}

const KEY_STEP = 16;

function HeaderCell<T extends object, S extends string>({
  column,
  index,
  header,
  sort,
  sortBy,
  onResize,
  drag,
}: HeaderCellProps<T, S>) {
  const { id, sort: own, largestFirst } = column;
  const sorted = own !== undefined && sort.column === own ? sort.direction : null;
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
      data-dragged={drag.dragged === id || undefined}
      data-drop={drag.place?.target === id ? drag.place.side : undefined}
      aria-colindex={index + 1}
      aria-sort={sorted === null ? undefined : sorted === "asc" ? "ascending" : "descending"}
      className={column.numeric ? "grid-headcell numeric" : "grid-headcell"}
      style={{ width: `var(--width-${id})` }}
    >
      {own !== undefined ? (
        <button
          type="button"
          className="grid-sort"
          {...drag.handle(id)}
          onClick={({ detail }) => {
            // The click of a pointer that ends a drag is none; one by a key is.
            if (detail === 0 || !drag.isDrag()) sortBy(nextSort(sort, { sort: own, largestFirst }));
          }}
          onKeyDown={onKeyDown}
        >
          <span className="truncate">{column.label}</span>
          {sorted !== null && <Arrow size={12} aria-hidden />}
        </button>
      ) : (
        <span className="grid-sort" {...drag.handle(id)}>
          <span className="truncate">{column.label}</span>
        </span>
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
