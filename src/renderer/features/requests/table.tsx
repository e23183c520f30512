import { useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type MouseEvent, useEffect, useId, useLayoutEffect, useMemo, useRef } from "react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { lineOf } from "../../components/list-clicks.ts";
import { listTarget } from "../../components/list-keys.ts";
import { useApp, useRows, useSelection, useSettings, useTimeZone } from "../../state/context.ts";
import { rowKey } from "../../state/rows.ts";
import { extendTo, indexOfRow, selectAll, selectOnly, toggle } from "../../state/selection.ts";
import { ROW_HEIGHTS } from "../settings/choices.ts";
import { isPressed } from "../window/shortcuts.ts";
import { useColumnWidths } from "./column-widths.ts";
import type { RowColumn } from "./columns.tsx";
import { HeaderRow } from "./header-row.tsx";
import { openRowMenu, RowMenu } from "./row-menu.tsx";
import { useScrollAnchor } from "./scroll-anchor.ts";
import { rowTableFeatures } from "./table-features.ts";
import { SkeletonRow, TableRow } from "./table-row.tsx";
import { useColumns } from "./use-columns.ts";
import "./table.css";

/** Rows that may be scrolled to before they are loaded: enough for a page of the scrollbar, too few to load a million. */
const ROWS_AHEAD = 2000;

const modelOf = ({ id, label, width }: RowColumn) => ({
  id,
  header: label,
  size: width,
  minSize: 48,
  maxSize: 900,
  accessorFn: (row: BrowseRow) => row.ref.id,
});
/** The table's model holds columns and widths alone; rows are read from the store, where there may be very many. */
const NO_ROWS: BrowseRow[] = [];

/** The grid of rows. Focus stays on the grid; the active row is told by `aria-activedescendant`. */
export function RowTable() {
  const app = useApp();
  const zone = useTimeZone();
  const id = useId();
  const scroller = app.places.grid;
  const { listing, phase, items, total, nextCursor } = useRows((state) => state);
  const { active, selected } = useSelection((state) => state);
  const { columnSizing, onColumnSizingChange } = useColumnWidths();
  const rowHeight = ROW_HEIGHTS[useSettings((state) => state.settings.density)];
  const { shown: columns } = useColumns();
  const models = useMemo(() => columns.map(modelOf), [columns]);
  const table = useTable({
    features: rowTableFeatures,
    columns: models,
    data: NO_ROWS,
    columnResizeMode: "onChange",
    state: { columnSizing },
    onColumnSizingChange,
  });

  const count =
    nextCursor === null ? items.length : Math.min(Math.max(total, items.length + 1), items.length + ROWS_AHEAD);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    scrollPaddingStart: rowHeight,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows that were measured at another height
  useLayoutEffect(() => virtualizer.measure(), [rowHeight, virtualizer]);
  const lines = virtualizer.getVirtualItems();
  const lastLine = lines.at(-1)?.index ?? -1;
  const activeIndex = indexOfRow(items, active);

  useEffect(() => {
    if (nextCursor !== null && lastLine >= items.length) void app.rows.getState().loadThrough(lastLine);
  }, [app, lastLine, items.length, nextCursor]);

  const unseen = useScrollAnchor(scroller, listing, items, active !== null, rowHeight);

  // A row that a job or a key went to comes into sight; one that merely moved does not pull the view along.
  const shownRef = useRef<string | null>(null);
  useEffect(() => {
    const key = active === null ? null : rowKey(active);
    if (key === shownRef.current || (key !== null && activeIndex === -1)) return;
    shownRef.current = key;
    if (activeIndex !== -1) virtualizer.scrollToIndex(activeIndex, { align: "auto" });
  }, [active, activeIndex, virtualizer]);

  const goTo = async (index: number, extend: boolean) => {
    const { loadThrough } = app.rows.getState();
    if (index >= app.rows.getState().items.length) {
      virtualizer.scrollToIndex(index);
      await loadThrough(index);
    }
    const { items: loaded, listing: current } = app.rows.getState();
    const row = loaded[Math.min(index, loaded.length - 1)];
    if (row === undefined || current !== listing) return;
    app.select(extend ? extendTo(app.selection.getState(), row.ref, loaded) : selectOnly(row.ref));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    // Headers are buttons of their own.
    if (event.target !== event.currentTarget) return;
    if (isPressed(event, "select-all")) {
      event.preventDefault();
      app.select(selectAll(app.selection.getState(), items));
      return;
    }
    if (activeIndex !== -1 && isPressed(event, "row-menu")) {
      event.preventDefault();
      openRowMenu(event.currentTarget.querySelector("[data-active]"));
      return;
    }
    if (active !== null && isPressed(event, "toggle-row")) {
      event.preventDefault();
      app.select(toggle(app.selection.getState(), active));
      return;
    }
    if (activeIndex !== -1 && isPressed(event, "inspect")) {
      event.preventDefault();
      app.places.inspector.current?.focus();
      return;
    }
    if (active !== null && isPressed(event, "back")) {
      app.select(selectOnly(active));
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / rowHeight) - 2);
    const target = listTarget(event.key, activeIndex, count, page);
    if (target === null) return;
    event.preventDefault();
    void goTo(target, event.shiftKey);
  };

  // Shift extends the selection of rows, not of text.
  const onMouseDown = (event: MouseEvent) => event.shiftKey && event.preventDefault();
  const onClick = (event: MouseEvent) => {
    const row = items[lineOf(event) ?? -1];
    if (row === undefined) return;
    const current = app.selection.getState();
    if (event.shiftKey) app.select(extendTo(current, row.ref, items));
    else if (event.ctrlKey || event.metaKey) app.select(toggle(current, row.ref));
    else app.select(selectOnly(row.ref));
    scroller.current?.focus();
  };

  const width = table.getTotalSize();
  const widths = Object.fromEntries(
    table.getFlatHeaders().map((header) => [`--width-${header.column.id}`, `${header.getSize()}px`]),
  );
  // A table that one moves about in with keys: its rows and cells stay table rows and cells.
  const grid = {
    role: "grid",
    tabIndex: 0,
    "aria-multiselectable": true,
    "aria-activedescendant": activeIndex === -1 ? undefined : `${id}-${activeIndex}`,
  } as const;
  return (
    <>
      <RowMenu rows={items}>
        <table
          ref={scroller}
          className="grid"
          {...grid}
          aria-label="Rows"
          aria-rowcount={total + 1}
          aria-colcount={columns.length}
          aria-busy={phase === "loading"}
          style={widths}
          onMouseDown={onMouseDown}
          onClick={onClick}
          onKeyDown={onKeyDown}
        >
          <HeaderRow
            columns={columns}
            headers={table.getFlatHeaders()}
            width={width}
            onResize={(column, size) => table.setColumnSizing((sizes) => ({ ...sizes, [column]: size }))}
          />
          <tbody className="grid-rows" style={{ height: virtualizer.getTotalSize(), width }}>
            {lines.map((line) => {
              const row = items[line.index];
              return row === undefined ? (
                <SkeletonRow key={line.index} columns={columns} index={line.index} top={line.start} />
              ) : (
                <TableRow
                  key={rowKey(row.ref)}
                  id={`${id}-${line.index}`}
                  row={row}
                  columns={columns}
                  index={line.index}
                  top={line.start}
                  zone={zone}
                  selected={selected.has(rowKey(row.ref))}
                  active={line.index === activeIndex}
                />
              );
            })}
          </tbody>
        </table>
      </RowMenu>
      {unseen > 0 && (
        <button type="button" className="pill" onClick={() => scroller.current?.scrollTo({ top: 0 })}>
          ↑ {unseen} new {unseen === 1 ? "row" : "rows"}
        </button>
      )}
    </>
  );
}
