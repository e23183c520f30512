import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
} from "react";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";
import { formatCounted } from "../../format/quantities.ts";
import { useApp, useSettings, useTimeZone } from "../../state/context.ts";
import type { TableView } from "../../state/ui.ts";
import { ROW_HEIGHTS } from "../settings/choices.ts";
import { isPressed } from "../window/shortcuts.ts";
import { useColumnWidths } from "./column-widths.ts";
import { atLine, type DayGroup, lineOfRow, UNGROUPED } from "./day-lines.ts";
import type { GridColumn, GridItems, GridSelection, GridSort } from "./grid-model.ts";
import { HeaderRow } from "./header-row.tsx";
import { openRowMenu, RowMenu } from "./row-menu.tsx";
import { useScrollAnchor } from "./scroll-anchor.ts";
import { rowTableFeatures } from "./table-features.ts";
import { SkeletonRow, TableRow } from "./table-row.tsx";
import type { ColumnChoice } from "./use-columns.ts";
import "./table.css";

/** Rows that may be scrolled to before they are loaded: enough for a page of the scrollbar, too few to load a million. */
const ROWS_AHEAD = 2000;

export interface GridProps<T, S extends string> {
  /** Whose column widths these are. */
  readonly table: TableView;
  readonly label: string;
  readonly choice: ColumnChoice<GridColumn<T, S>>;
  readonly list: GridItems<T>;
  readonly keyOf: (item: T) => string;
  readonly sort: GridSort<S>;
  readonly sortBy: (sort: GridSort<S>) => void;
  readonly selection: GridSelection<T>;
  /** Headings among the items. */
  readonly groups?: readonly DayGroup[];
  /** What Enter does with the active item. */
  readonly onEnter: (item: T) => void;
  readonly onDoubleClick?: (item: T) => void;
  readonly menu: (item: T, column: string | null) => ReactNode;
  /** True where new items come in by themselves. */
  readonly isLive?: boolean;
}

const modelOf = <T,>({ id, label, width }: GridColumn<T>) => ({
  id,
  header: label,
  size: width,
  minSize: 48,
  maxSize: 900,
  accessorFn: () => id,
});

/** A grid of items, of which only those in sight are drawn. Focus stays on it; `aria-activedescendant` tells the active row. */
export function Grid<T extends object, S extends string>({
  table: name,
  label,
  choice,
  list,
  keyOf,
  sort,
  sortBy,
  selection,
  groups = UNGROUPED,
  onEnter,
  onDoubleClick,
  menu,
  isLive = false,
}: GridProps<T, S>) {
  const app = useApp();
  const zone = useTimeZone();
  const id = useId();
  const scroller = app.places.grid;
  const { listing, items, total, hasMore, isBusy } = list;
  const { activeIndex, activeKey } = selection;
  const { columnSizing, onColumnSizingChange } = useColumnWidths(name);
  const rowHeight = ROW_HEIGHTS[useSettings((state) => state.settings.density)];
  const columns = choice.shown;
  const models = useMemo(() => columns.map(modelOf), [columns]);
  // The table's model holds columns and widths alone; rows are read from the list, where there may be very many.
  const data = useMemo((): T[] => [], []);
  const table = useTable({
    features: rowTableFeatures,
    columns: models,
    data,
    columnResizeMode: "onChange",
    state: { columnSizing },
    onColumnSizingChange,
  });

  const count = hasMore ? Math.min(Math.max(total, items.length + 1), items.length + ROWS_AHEAD) : items.length;
  const virtualizer = useVirtualizer({
    count: count + groups.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that were measured at another height
  useLayoutEffect(() => virtualizer.measure(), [rowHeight, virtualizer]);
  const lines = virtualizer.getVirtualItems();
  const lastIndex = (lines.at(-1)?.index ?? -1) - groups.length;

  useEffect(() => {
    if (hasMore && lastIndex >= items.length) void list.loadThrough(lastIndex);
  }, [list, lastIndex, items.length, hasMore]);

  const unseen = useScrollAnchor(scroller, { listing, sort, items, groups }, keyOf, activeKey !== null, rowHeight);

  // A row that a job or a key went to comes into sight; one that merely moved does not pull the view along.
  const shown = useRef<{ readonly key: string | null; readonly index: number }>({ key: null, index: -1 });
  useEffect(() => {
    const { key, index } = shown.current;
    if (activeKey === key || (activeKey !== null && activeIndex === -1)) return;
    shown.current = { key: activeKey, index: activeIndex };
    if (activeIndex === -1) return;
    const line = lineOfRow(groups, activeIndex);
    // Going up, the heading of a day comes with its first row.
    const isFirst = line > 0 && "group" in atLine(groups, line - 1);
    virtualizer.scrollToIndex(isFirst && activeIndex < index ? line - 1 : line, { align: "auto" });
  }, [activeKey, activeIndex, groups, virtualizer]);

  const goTo = async (index: number, how: "only" | "extend") => {
    if (index >= list.now().items.length) {
      virtualizer.scrollToIndex(lineOfRow(groups, index));
      await list.loadThrough(index);
    }
    const { items: loaded, listing: current } = list.now();
    const item = loaded[Math.min(index, loaded.length - 1)];
    if (item !== undefined && current === listing) selection.pick(item, how);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // Headers are buttons of their own.
    if (event.target !== event.currentTarget) return;
    const active = items[activeIndex];
    const command = (run: () => void) => {
      event.preventDefault();
      run();
    };
    if (selection.isMany && isPressed(event, "select-all")) return command(selection.pickAll);
    if (active !== undefined && isPressed(event, "row-menu")) {
      return command(() => openRowMenu(event.currentTarget.querySelector("[data-active]")));
    }
    if (selection.isMany && activeKey !== null && isPressed(event, "toggle-row"))
      return command(selection.toggleActive);
    if (active !== undefined && isPressed(event, "inspect")) return command(() => onEnter(active));
    if (activeKey !== null && isPressed(event, "back")) return selection.narrow();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / rowHeight) - 2);
    const target = listTarget(event.key, activeIndex, count, page);
    if (target === null) return;
    command(() => void goTo(target, event.shiftKey ? "extend" : "only"));
  };

  // Shift extends the selection of rows, not of text.
  const onMouseDown = (event: MouseEvent) => event.shiftKey && event.preventDefault();
  const onClick = (event: MouseEvent) => {
    const item = items[lineOf(event) ?? -1];
    if (item === undefined) return;
    selection.pick(item, event.shiftKey ? "extend" : event.ctrlKey || event.metaKey ? "toggle" : "only");
    scroller.current?.focus();
  };
  const onDouble = (event: MouseEvent) => {
    const item = items[lineOf(event) ?? -1];
    if (item !== undefined) onDoubleClick?.(item);
  };

  const width = table.getTotalSize();
  const widths = Object.fromEntries(
    table.getFlatHeaders().map((header) => [`--width-${header.column.id}`, `${header.getSize()}px`]),
  );
  // A table that one moves about in with keys: its rows and cells stay table rows and cells.
  const grid = {
    role: "grid",
    tabIndex: 0,
    "aria-multiselectable": selection.isMany,
    "aria-activedescendant": activeIndex === -1 ? undefined : `${id}-${activeIndex}`,
  } as const;
  return (
    <>
      <RowMenu items={items} choice={choice} onTarget={selection.aim} menu={menu}>
        <table
          ref={scroller}
          className="grid"
          {...grid}
          aria-label={label}
          aria-rowcount={total + 1}
          aria-colcount={columns.length}
          aria-busy={isBusy}
          style={widths}
          onMouseDown={onMouseDown}
          onClick={onClick}
          onDoubleClick={onDouble}
          onKeyDown={onKeyDown}
        >
          <HeaderRow
            columns={columns}
            headers={table.getFlatHeaders()}
            width={width}
            sort={sort}
            sortBy={sortBy}
            onResize={(column, size) => table.setColumnSizing((sizes) => ({ ...sizes, [column]: size }))}
            onPlace={choice.place}
          />
          <tbody className="grid-rows" style={{ height: virtualizer.getTotalSize(), width }}>
            {lines.map((line) => {
              const place = atLine(groups, line.index);
              if ("group" in place)
                return <DayRow key={`day-${place.group.first}`} group={place.group} top={line.start} />;
              const item = items[place.row];
              return item === undefined ? (
                <SkeletonRow key={place.row} columns={columns} index={place.row} top={line.start} />
              ) : (
                <TableRow
                  key={keyOf(item)}
                  id={`${id}-${place.row}`}
                  item={item}
                  name={keyOf(item)}
                  columns={columns}
                  index={place.row}
                  top={line.start}
                  zone={zone}
                  selected={selection.isSelected(item)}
                  active={place.row === activeIndex}
                />
              );
            })}
          </tbody>
        </table>
      </RowMenu>
      {isLive && unseen > 0 && (
        <button type="button" className="pill" onClick={() => scroller.current?.scrollTo({ top: 0 })}>
          ↑ {unseen} new {unseen === 1 ? "row" : "rows"}
        </button>
      )}
    </>
  );
}

/** The heading of a day. */
function DayRow({ group: { label, count }, top }: { readonly group: DayGroup; readonly top: number }) {
  // Words between rows, for the grid counts rows alone.
  const words = { role: "presentation" } as const;
  return (
    <tr {...words} className="grid-day" style={{ top }} data-testid="day">
      <td {...words}>
        <strong>{label}</strong>
        {count !== null && <span className="grid-day-count">{formatCounted(count, "row")}</span>}
      </td>
    </tr>
  );
}
