import { memo } from "react";
import type { TimeZone } from "../../format/times.ts";
import "../../components/skeleton.css";
import type { GridColumn } from "./grid-model.ts";

export interface TableRowProps<T> {
  readonly id: string;
  readonly item: T;
  /** What tells it from the others. */
  readonly name: string;
  readonly columns: readonly GridColumn<T>[];
  readonly index: number;
  readonly zone: TimeZone;
  readonly selected: boolean;
  readonly active: boolean;
}

function PlainTableRow<T>({ id, item, name, columns, index, zone, selected, active }: TableRowProps<T>) {
  return (
    <tr
      id={id}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-testid="row"
      data-ref={name}
      data-line={index}
      data-active={active || undefined}
      className="grid-row"
    >
      {columns.map((column, at) => (
        <td
          key={column.id}
          aria-colindex={at + 1}
          data-column={column.id}
          className={column.numeric ? "grid-cell numeric" : "grid-cell"}
          style={{ width: `var(--width-${column.id})` }}
        >
          {column.cell(item, zone)}
        </td>
      ))}
    </tr>
  );
}

/** One row of the grid, which hears keys and clicks for it. The header is row 1, so rows count from 2. */
export const TableRow = memo(PlainTableRow) as typeof PlainTableRow;

/** Stands where a row is being loaded. */
export function SkeletonRow({
  columns,
  index,
}: {
  readonly columns: readonly { readonly id: string }[];
  readonly index: number;
}) {
  return (
    <tr aria-rowindex={index + 2} aria-busy="true" className="grid-row">
      {columns.map((column) => (
        <td key={column.id} className="grid-cell" style={{ width: `var(--width-${column.id})` }}>
          <span className="skeleton-bar" />
        </td>
      ))}
    </tr>
  );
}
