import { type ReactNode, useState, useSyncExternalStore } from "react";
import { formatCounted } from "../../format/quantities.ts";
import { useTimeZone } from "../../state/context.ts";
import { itemAt } from "../../state/placed-list.ts";
import { atLine, type DayGroup } from "./day-lines.ts";
import type { GridColumn, GridItems, GridSelection } from "./grid-model.ts";
import { LineSlots } from "./line-slots.ts";
import type { LineView } from "./line-view.ts";
import { SkeletonRow, TableRow } from "./table-row.tsx";

export interface GridLinesProps<T> {
  readonly view: LineView;
  /** Id of the grid. */
  readonly id: string;
  readonly list: GridItems<T>;
  readonly groups: readonly DayGroup[];
  readonly columns: readonly GridColumn<T>[];
  readonly keyOf: (item: T) => string;
  readonly selection: GridSelection<T>;
  /** CSS pixels, as the next two; the height of all lines, as far as the scrollbar goes. */
  readonly width: number;
  readonly height: number;
  readonly rowHeight: number;
}

/**
 * The lines in sight. They stick to where they are seen and are moved within, so that nothing empty ever comes into sight by
 * scrolling alone, however far it goes between two frames. A line has no place of its own: styles that are each another
 * one are computed ten times slower.
 */
export function GridLines<T>({
  view,
  id,
  list: { items },
  groups,
  columns,
  keyOf,
  selection,
  width,
  height,
  rowHeight,
}: GridLinesProps<T>) {
  const zone = useTimeZone();
  const { top, first, last } = useSyncExternalStore(view.subscribe, view.span);
  const [slots] = useState(() => new LineSlots());
  slots.draw(first, last);
  const lines: ReactNode[] = [];
  for (let line = first; line <= last; line += 1) {
    const key = slots.keyOf(line);
    const place = atLine(groups, line);
    if ("group" in place) {
      lines.push(<DayRow key={`day-${place.group.first}`} group={place.group} />);
      continue;
    }
    const item = itemAt(items, place.row);
    lines.push(
      item === undefined ? (
        <SkeletonRow key={key} columns={columns} index={place.row} />
      ) : (
        <TableRow
          key={key}
          id={`${id}-${place.row}`}
          item={item}
          name={keyOf(item)}
          columns={columns}
          index={place.row}
          zone={zone}
          selected={selection.isSelected(item)}
          active={place.row === selection.activeIndex}
        />
      ),
    );
  }
  // Heights are set where they hold: as a property of the grid, each new one would have every cell's style computed again.
  return (
    <>
      <tbody
        className="grid-rows"
        style={{
          width,
          height: `min(100% - var(--row), ${height}px)`,
          transform: `translateY(${first * rowHeight - top}px)`,
        }}
      >
        {lines}
      </tbody>
      <tbody aria-hidden className="grid-rest" style={{ height: `max(0px, ${height}px - (100% - var(--row)))` }} />
    </>
  );
}

/** The heading of a day. */
function DayRow({ group: { label, count } }: { readonly group: DayGroup }) {
  // Words between rows, for the grid counts rows alone.
  const words = { role: "presentation" } as const;
  return (
    <tr {...words} className="grid-day" data-testid="day">
      <td {...words}>
        <strong>{label}</strong>
        {count !== null && <span className="grid-day-count">{formatCounted(count, "row")}</span>}
      </td>
    </tr>
  );
}
