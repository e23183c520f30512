import { memo } from "react";
import type { BrowseRow } from "../../../shared/contract.ts";
import type { TimeZone } from "../../format/times.ts";
import { rowKey } from "../../state/rows.ts";
import "../../components/skeleton.css";
import type { RowColumn } from "./columns.tsx";

export interface TableRowProps {
  readonly id: string;
  readonly row: BrowseRow;
  readonly columns: readonly RowColumn[];
  readonly index: number;
  readonly top: number;
  readonly zone: TimeZone;
  readonly selected: boolean;
  readonly active: boolean;
}

/** One row of the grid, which hears keys and clicks for it. The header is row 1, so rows count from 2. */
export const TableRow = memo(function TableRow({
  id,
  row,
  columns,
  index,
  top,
  zone,
  selected,
  active,
}: TableRowProps) {
  return (
    <tr
      id={id}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-testid="row"
      data-ref={rowKey(row.ref)}
      data-line={index}
      data-active={active || undefined}
      className="grid-row"
      style={{ top }}
    >
      {columns.map((column, at) => (
        <td
          key={column.id}
          aria-colindex={at + 1}
          data-column={column.id}
          className={column.numeric ? "grid-cell numeric" : "grid-cell"}
          style={{ width: `var(--width-${column.id})` }}
        >
          {column.cell(row, zone)}
        </td>
      ))}
    </tr>
  );
});

/** Stands where a row is being loaded. */
export function SkeletonRow({ columns, index, top }: Pick<TableRowProps, "columns" | "index" | "top">) {
  return (
    <tr aria-rowindex={index + 2} aria-busy="true" className="grid-row" style={{ top }}>
      {columns.map((column) => (
        <td key={column.id} className="grid-cell" style={{ width: `var(--width-${column.id})` }}>
          <span className="skeleton-bar" />
        </td>
      ))}
    </tr>
  );
}
