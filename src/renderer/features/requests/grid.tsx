import { useTable } from "@tanstack/react-table";
import { type KeyboardEvent, type MouseEvent, type ReactNode, useEffect, useId, useMemo, useRef } from "react";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";
import { useApp, useSettings } from "../../state/context.ts";
import { firstMissing, itemAt } from "../../state/placed-list.ts";
import { ROW_HEIGHTS } from "../settings/choices.ts";
import { isPressed } from "../window/shortcuts.ts";
import { useColumnWidths } from "./column-widths.ts";
import { atLine, type DayGroup, lineOfRow, rowFrom, UNGROUPED } from "./day-lines.ts";
import { GridLines } from "./grid-lines.tsx";
import type { GridColumn, GridItems, GridSelection, GridSort, GridTable } from "./grid-model.ts";
import { HeaderRow } from "./header-row.tsx";
import { openRowMenu, RowMenu } from "./row-menu.tsx";
import { useScrollAnchor } from "./scroll-anchor.ts";
import { scrollHeight } from "./scroll-space.ts";
import { rowTableFeatures } from "./table-features.ts";
import type { ColumnChoice } from "./use-columns.ts";
import { useLineView } from "./use-line-view.ts";
import "./table.css";

export interface GridProps<T, S extends string> {
  /** Whose column widths these are. */
  readonly table: GridTable;
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
  const id = useId();
  const scroller = app.places.grid;
  const { listing, items, total, isBusy } = list;
  const { activeIndex, anchorIndex, activeKey } = selection;
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

  const count = items.length;
  const layout = useMemo(
    () => ({
      count: count + groups.length,
      lineHeight: rowHeight,
      isThere: (first: number, last: number) =>
        firstMissing(items, rowFrom(groups, first), rowFrom(groups, last)) === -1,
      onWanted: (first: number, last: number) => list.need(rowFrom(groups, first), rowFrom(groups, last)),
    }),
    [list, items, count, groups, rowHeight],
  );
  const view = useLineView(scroller, rowHeight);
  const unseen = useScrollAnchor(view, layout, { listing, sort, items, groups }, keyOf, activeKey !== null);

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
    view.reveal(isFirst && activeIndex < index ? line - 1 : line);
  }, [activeKey, activeIndex, groups, view]);

  // Where one is on the way to while rows are loaded, so that a key that is held down loses no step.
  const heading = useRef<{ readonly listing: unknown; readonly index: number } | null>(null);
  const goTo = async (index: number, how: "only" | "extend") => {
    if (itemAt(items, index) === undefined) view.reveal(lineOfRow(groups, index));
    const from = how === "extend" && anchorIndex !== -1 ? anchorIndex : index;
    const aim = { listing, index };
    heading.current = aim;
    await list.load(Math.min(from, index), Math.max(from, index));
    if (heading.current !== aim) return;
    heading.current = null;
    const { items: loaded, listing: current } = list.now();
    // What could not be loaded would be left out of a range without a word; that it could not be is said already.
    if (how === "extend" && firstMissing(loaded, Math.min(from, index), Math.max(from, index)) !== -1) return;
    const item = itemAt(loaded, Math.min(index, loaded.length - 1));
    if (item !== undefined && current === listing) selection.pick(item, how);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // Headers are buttons of their own.
    if (event.target !== event.currentTarget) return;
    const active = itemAt(items, activeIndex);
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
    const way = heading.current;
    const from = way !== null && way.listing === listing ? way.index : activeIndex;
    const target = listTarget(event.key, from, count, page);
    if (target === null) return;
    command(() => void goTo(target, event.shiftKey ? "extend" : "only"));
  };

  // Shift extends the selection of rows, not of text.
  const onMouseDown = (event: MouseEvent) => event.shiftKey && event.preventDefault();
  const onClick = (event: MouseEvent) => {
    const place = lineOf(event) ?? -1;
    const item = itemAt(items, place);
    if (item === undefined) return;
    heading.current = null;
    if (event.shiftKey && selection.isMany) void goTo(place, "extend");
    else selection.pick(item, event.ctrlKey || event.metaKey ? "toggle" : "only");
    scroller.current?.focus();
  };
  const onDouble = (event: MouseEvent) => {
    const item = itemAt(items, lineOf(event) ?? -1);
    if (item !== undefined) onDoubleClick?.(item);
  };

  const width = table.getTotalSize();
  const style = Object.fromEntries(
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
          style={style}
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
          <GridLines
            view={view}
            id={id}
            list={list}
            groups={groups}
            columns={columns}
            keyOf={keyOf}
            selection={selection}
            width={width}
            height={scrollHeight({ content: layout.count * rowHeight })}
            rowHeight={rowHeight}
          />
        </table>
      </RowMenu>
      {isLive && unseen > 0 && (
        <button type="button" className="pill" onClick={() => view.moveTo(0)}>
          ↑ {unseen} new {unseen === 1 ? "row" : "rows"}
        </button>
      )}
    </>
  );
}
