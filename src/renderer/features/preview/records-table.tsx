import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { type Fields, isNumericColumn, sortedPlaces } from "../../format/delimited.ts";
import { shortened, visibleText } from "../../format/visible-text.ts";
import "./delimited-table.css";

const ROW_HEIGHT = 24;
const NUMBER_WIDTH = 56;
/** CSS pixels of a character in the table's type, and of a cell's padding with room for the arrow. */
const CHARACTER = 7;
const PADDING = 28;
const MIN_WIDTH = 40;
const MAX_WIDTH = 900;
const SAMPLE = 200;

interface Sort {
  readonly column: number;
  readonly direction: "ascending" | "descending";
}

export interface RecordsProps {
  /** Null where the columns have no names. */
  readonly names: readonly string[] | null;
  readonly records: Fields;
  readonly width: number;
}

/** Records in columns: sorted when asked to, as wide as one drags them, drawn only where one looks. */
export function Records({ names, records, width }: RecordsProps) {
  const scroller = useRef<HTMLTableElement>(null);
  const [sort, setSort] = useState<Sort | null>(null);
  const [dragged, setDragged] = useState<ReadonlyMap<number, number>>(new Map());
  const nameOf = (column: number) => names?.[column] ?? String(column + 1);
  const places = useMemo(
    () => (sort === null ? null : sortedPlaces(records, sort.column, sort.direction)),
    [records, sort],
  );
  const natural = useMemo(
    () => Array.from({ length: width }, (_none, column) => naturalWidth(names, records, column)),
    [names, records, width],
  );
  const numeric = useMemo(
    () => Array.from({ length: width }, (_none, column) => isNumericColumn(records, column)),
    [records, width],
  );
  const widthOf = useCallback(
    (column: number) => dragged.get(column) ?? natural[column] ?? MIN_WIDTH,
    [dragged, natural],
  );
  const getScrollElement = () => scroller.current;
  const lines = useVirtualizer({
    count: records.length,
    getScrollElement,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    scrollMargin: ROW_HEIGHT,
  });
  const columns = useVirtualizer({
    horizontal: true,
    count: width,
    getScrollElement,
    estimateSize: widthOf,
    overscan: 4,
    paddingStart: NUMBER_WIDTH,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: other widths are what has to be measured again
  useEffect(() => columns.measure(), [columns, widthOf]);
  const total = columns.getTotalSize();
  const shown = columns.getVirtualItems();
  const resize = (column: number, size: number) =>
    setDragged(new Map(dragged).set(column, Math.min(Math.max(size, MIN_WIDTH), MAX_WIDTH)));

  return (
    // It scrolls, so keys must be able to reach it.
    <table
      ref={scroller}
      className="delimited-table"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region
      tabIndex={0}
      aria-label="Payload"
      aria-rowcount={records.length + 1}
      aria-colcount={width + 1}
    >
      <thead className="delimited-head" style={{ width: total }}>
        <tr aria-rowindex={1}>
          <th scope="col" aria-colindex={1} className="delimited-number">
            #
          </th>
          {shown.map(({ index, start, size }) => (
            <HeadCell
              key={index}
              index={index}
              name={nameOf(index)}
              left={start}
              width={size}
              numeric={numeric[index] ?? false}
              direction={sort?.column === index ? sort.direction : null}
              onSort={() => setSort(nextSort(sort, index))}
              onResize={(to) => resize(index, to)}
            />
          ))}
        </tr>
      </thead>
      <tbody className="delimited-rows" style={{ height: lines.getTotalSize(), width: total }}>
        {lines.getVirtualItems().map((line) => {
          const place = places?.[line.index] ?? line.index;
          const record = records[place] ?? [];
          return (
            <tr
              key={place}
              className="delimited-row"
              aria-rowindex={line.index + 2}
              style={{ top: line.start - ROW_HEIGHT, width: total }}
            >
              <td aria-colindex={1} className="delimited-number">
                {place + 1}
              </td>
              {shown.map(({ index, start, size }) => (
                <td
                  key={index}
                  aria-colindex={index + 2}
                  className={numeric[index] ? "delimited-cell numeric" : "delimited-cell"}
                  style={{ left: start, width: size }}
                  title={shortened(visibleText(record[index] ?? ""), 1_000)}
                >
                  <Field value={record[index]} />
                </td>
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Field({ value }: { readonly value: string | null | undefined }) {
  if (value === undefined) return null;
  if (value === null) return <span className="delimited-none">null</span>;
  return <bdi>{shortened(visibleText(value), 300)}</bdi>;
}

interface HeadCellProps {
  readonly index: number;
  readonly name: string;
  readonly left: number;
  readonly width: number;
  readonly numeric: boolean;
  readonly direction: Sort["direction"] | null;
  readonly onSort: () => void;
  readonly onResize: (width: number) => void;
}

function HeadCell({ index, name, left, width, numeric, direction, onSort, onResize }: HeadCellProps) {
  const Arrow = direction === "ascending" ? ArrowUp : ArrowDown;
  const begin = useRef<{ readonly x: number; readonly width: number } | null>(null);
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    begin.current = { x: event.clientX, width };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (begin.current !== null) onResize(begin.current.width + event.clientX - begin.current.x);
  };
  return (
    <th
      scope="col"
      aria-colindex={index + 2}
      aria-sort={direction ?? undefined}
      className={numeric ? "delimited-cell numeric" : "delimited-cell"}
      style={{ left, width }}
    >
      <button type="button" className="delimited-sort" title={visibleText(name)} onClick={onSort}>
        <bdi className="truncate">{visibleText(name)}</bdi>
        {direction !== null && <Arrow size={12} aria-hidden />}
      </button>
      <button
        type="button"
        tabIndex={-1}
        aria-hidden="true"
        className="grid-resize"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={() => {
          begin.current = null;
        }}
      />
    </th>
  );
}

/** Ascending, descending, and back to the order of the payload. */
function nextSort(sort: Sort | null, column: number): Sort | null {
  if (sort?.column !== column) return { column, direction: "ascending" };
  return sort.direction === "ascending" ? { column, direction: "descending" } : null;
}

function naturalWidth(names: readonly string[] | null, records: Fields, column: number): number {
  const longest = records
    .slice(0, SAMPLE)
    .reduce((most, record) => Math.max(most, record[column]?.length ?? 0), names?.[column]?.length ?? 2);
  return Math.min(longest, 40) * CHARACTER + PADDING;
}
