/** The order of a page, as SQL and for rows that are sorted here, and the cursor that continues it. Pure. */
import type { RowSort } from "../browse-model.ts";
import { DataioError } from "../errors.ts";
import { indexedBy, literal, SORT_COLUMNS, type Stream, WORD_SORTS } from "./page-plan.ts";
import type { Selection } from "./selection.ts";

/** `value` is what the list is sorted by: a number, or the code of a text. */
export interface SortedRow {
  readonly id: number;
  readonly time: number;
  readonly value: number;
}

/** Where a page ended. Texts stand for their codes, which another build may give to other texts. */
export interface Position {
  readonly value: string | number;
  readonly time: number;
  readonly id: number;
}

/** Sizes, durations and checksums have few equals, which follow in the order in which they were written. */
const isNumber = (sort: RowSort) => sort.column === "size" || sort.column === "duration" || sort.column === "checksum";
const valueColumn = (sort: RowSort) => (sort.column === "time" ? "time" : SORT_COLUMNS[sort.column]);

/**
 * The statement for rows of one stream: sorted and behind a position, or (`order` null) all of them as they come.
 * @param shownSort what `value` is for, where the rows come unsorted
 * @param passed rows that are left out before the first
 */
export function rowsAfter(
  stream: Stream,
  selection: Selection,
  order: RowSort | null,
  after: Position | null,
  limit: number | null,
  shownSort: RowSort | null = order,
  passed = 0,
): string {
  const direction = order?.direction === "asc" ? "ASC" : "DESC";
  return `${rowsBehind(stream, selection, order, after, shownSort)}
    ${
      order === null
        ? ""
        : `ORDER BY ${keysOf(order)
            .map((key) => `${key} ${direction}`)
            .join(", ")}`
    }
    ${limit === null ? "" : `LIMIT ${limit} OFFSET ${passed}`}`;
}

/** The statement for rows of several streams in the one order that each of them has. */
export function mergedRows(
  streams: readonly Stream[],
  selection: Selection,
  order: RowSort,
  after: Position | null,
  limit: number,
  passed: number,
): string {
  const direction = order.direction === "asc" ? "ASC" : "DESC";
  const orderedBy = (id: string) => `ORDER BY ${isNumber(order) ? "value" : "time"} ${direction}, ${id} ${direction}`;
  const isCovered = isNumber(order) && selection.conditions.every(({ ofId }) => ofId === true);
  // Without an order of their own, so that they are merged and not sorted.
  const merged = `${streams.map((stream) => rowsBehind(stream, selection, order, after, order, isCovered)).join(" UNION ALL ")}
    ${orderedBy("id")} LIMIT ${limit} OFFSET ${passed}`;
  if (!isCovered) return merged;
  // Rows that are passed are not read: the indexes have what they are sorted by.
  return `SELECT rows.id, rows.time, value FROM (${merged}) found CROSS JOIN rows ON rows.id = found.id
    ${orderedBy("found.id")}`;
}

const keysOf = (order: RowSort) => (isNumber(order) ? [valueColumn(order), "id"] : ["time", "id"]);

function rowsBehind(
  stream: Stream,
  selection: Selection,
  order: RowSort | null,
  after: Position | null,
  shownSort: RowSort | null,
  isCovered = false,
): string {
  const value = shownSort === null ? "0" : valueColumn(shownSort);
  const conditions = [
    ...(stream.where === "" ? [] : [stream.where]),
    ...selection.conditions.map(({ sql }) => `(${sql})`),
  ];
  if (order !== null && after !== null) {
    const [first = "time"] = keysOf(order);
    const at = literal(first === "time" ? after.time : Number(after.value));
    const behind = order.direction === "asc" ? ">" : "<";
    conditions.push(`${first} ${behind}= ${at}`, `(${first} ${behind} ${at} OR id ${behind} ${after.id})`);
  }
  return `SELECT id, ${isCovered ? "0" : "time"} AS time, ${value} AS value FROM ${indexedBy(stream)} WHERE ${conditions.join(" AND ") || "1"}`;
}

/** The first `limit` rows behind a position, in order. */
export function sortedPage(
  rows: SortedRow[],
  sort: RowSort,
  textOf: (code: number) => string,
  after: Position | null,
  limit: number,
): SortedRow[] {
  const isWord = WORD_SORTS.some((word) => word === sort.column);
  const sign = sort.direction === "asc" ? 1 : -1;
  const bytes = new Map<number | string, Buffer>();
  const bytesOf = (value: number | string) => {
    const known = bytes.get(value);
    if (known !== undefined) return known;
    const made = Buffer.from(typeof value === "string" ? value : textOf(value));
    bytes.set(value, made);
    return made;
  };
  const compare = (a: Position, b: Position) => {
    const values = isWord ? Buffer.compare(bytesOf(a.value), bytesOf(b.value)) : Number(a.value) - Number(b.value);
    const times = isNumber(sort) ? 0 : a.time - b.time;
    return sign * (values || times || a.id - b.id);
  };
  const behind = after === null ? rows : rows.filter((row) => compare(row, after) > 0);
  return behind.sort(compare).slice(0, limit);
}

/** The cursor of a list in this order. */
export function encodePosition(sort: RowSort, { value, time, id }: Position): string {
  return JSON.stringify(["index", sort.column, sort.direction, value, time, id]);
}

/** True for a cursor that an index made. */
export function isIndexCursor(cursor: string): boolean {
  return cursor.startsWith('["index",');
}

/** @throws PARAMS_INVALID when it was not made by a list in this order */
export function decodePosition(cursor: string, sort: RowSort): Position {
  let parts: unknown = null;
  try {
    parts = JSON.parse(cursor);
  } catch {
    // Falls through: what is no JSON was not made here either.
  }
  if (Array.isArray(parts) && parts.length === 6) {
    const [mark, column, direction, value, time, id]: unknown[] = parts;
    const isText = WORD_SORTS.some((word) => word === sort.column);
    if (
      mark === "index" &&
      column === sort.column &&
      direction === sort.direction &&
      (typeof value === "string" || typeof value === "number") &&
      (typeof value === "string") === isText &&
      typeof time === "number" &&
      Number.isSafeInteger(id)
    ) {
      return { value, time, id: Number(id) };
    }
  }
  throw new DataioError("PARAMS_INVALID", "This cursor was not made by this list.");
}
