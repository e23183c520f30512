/** Two delimited texts row by row: rows that a key column names are found wherever they stand. */
import { parseDelimited } from "../../format/delimited.ts";
import { diffSequence, pairings } from "./sequence-diff.ts";

export interface CellChange {
  readonly column: string;
  readonly left: string;
  readonly right: string;
}

export interface RowChange {
  readonly kind: "added" | "removed" | "changed";
  /** The value of the key column, or the row's number where there is no key. */
  readonly key: string;
  /** Row numbers, from 1, the header not counted. */
  readonly left: number | null;
  readonly right: number | null;
  /** What differs; of a row that was added or removed all its fields. */
  readonly cells: readonly CellChange[];
}

export interface TableDiff {
  readonly rows: readonly RowChange[];
  readonly counts: {
    readonly added: number;
    readonly removed: number;
    readonly changed: number;
    readonly same: number;
  };
  readonly columnsAdded: readonly string[];
  readonly columnsRemoved: readonly string[];
  /** Columns of both, any of which can be the key. */
  readonly columns: readonly string[];
  /** The column that rows are found by; null: by their order. */
  readonly key: string | null;
  /** Rows whose key is not the only one of its kind: they go with each other in their order. */
  readonly repeatedKeys: number;
  readonly aligned: boolean;
}

/** A column's name, or `false` to go by the order of the rows; null finds a column whose values are all different. */
export type KeyChoice = string | false | null;

const MAX_ROWS = 20_000;

interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export function diffTables(left: string, right: string, choice: KeyChoice): TableDiff {
  const [before, after] = tablesOf(left, right);
  const columns = before.names.filter((name) => after.names.includes(name));
  const key =
    choice === false
      ? null
      : choice !== null && columns.includes(choice)
        ? choice
        : (columns.find((name) => isUnique(before, name) && isUnique(after, name)) ?? null);
  const found = key === null ? byOrder(before, after) : byKey(before, after, key);
  const rows: RowChange[] = [];
  const counts = { added: 0, removed: 0, changed: 0, same: 0 };
  const columnOf = (table: Table) => new Map(table.names.map((name, at) => [name, at]));
  const [leftColumns, rightColumns] = [columnOf(before), columnOf(after)];
  const names = [...new Set([...before.names, ...after.names])];
  for (const { left: l, right: r } of found.pairs) {
    const [old, now] = [before.rows[l ?? -1], after.rows[r ?? -1]];
    const cells = names.flatMap((column): CellChange[] => {
      const cell = {
        left: old?.[leftColumns.get(column) ?? -1] ?? "",
        right: now?.[rightColumns.get(column) ?? -1] ?? "",
      };
      return cell.left === cell.right ? [] : [{ column, ...cell }];
    });
    const kind = old === undefined ? "added" : now === undefined ? "removed" : cells.length > 0 ? "changed" : "same";
    counts[kind] += 1;
    if (kind === "same" || rows.length >= MAX_ROWS) continue;
    const named = (old ?? now)?.[(old === undefined ? rightColumns : leftColumns).get(key ?? "") ?? -1];
    rows.push({
      kind,
      key: named ?? String((r ?? l ?? 0) + 1),
      left: l === null ? null : l + 1,
      right: r === null ? null : r + 1,
      cells,
    });
  }
  return {
    rows,
    counts,
    columnsAdded: after.names.filter((name) => !before.names.includes(name)),
    columnsRemoved: before.names.filter((name) => !after.names.includes(name)),
    columns,
    key,
    repeatedKeys: found.repeated,
    aligned: found.aligned,
  };
}

interface Found {
  readonly pairs: readonly { readonly left: number | null; readonly right: number | null }[];
  readonly aligned: boolean;
  readonly repeated: number;
}

function byKey(before: Table, after: Table, key: string): Found {
  const [left, right] = [keysOf(before, key), keysOf(after, key)];
  const places = new Map(right.keys.map((value, place) => [value, place]));
  const pairs: { left: number | null; right: number | null }[] = left.keys.map((value, place) => {
    return { left: place, right: places.get(value) ?? null };
  });
  const known = new Set(left.keys);
  for (const [place, value] of right.keys.entries()) if (!known.has(value)) pairs.push({ left: null, right: place });
  return { pairs, aligned: true, repeated: left.repeated + right.repeated };
}

/** The keys of all rows; the second of one kind is kept apart from the first. */
function keysOf(table: Table, key: string): { keys: string[]; repeated: number } {
  const column = table.names.indexOf(key);
  const seen = new Map<string, number>();
  let repeated = 0;
  const keys = table.rows.map((row) => {
    const value = row[column] ?? "";
    const times = seen.get(value) ?? 0;
    seen.set(value, times + 1);
    if (times > 0) repeated += 1;
    return JSON.stringify([value, times]);
  });
  return { keys, repeated };
}

function byOrder(before: Table, after: Table): Found {
  const texts = (table: Table) => table.rows.map((row) => JSON.stringify(row));
  const { edits, aligned } = diffSequence(texts(before), texts(after));
  return { pairs: pairings(edits), aligned, repeated: 0 };
}

function isUnique(table: Table, name: string): boolean {
  const column = table.names.indexOf(name);
  return new Set(table.rows.map((row) => row[column] ?? "")).size === table.rows.length;
}

/** Both have a header, or neither is taken to have one. */
function tablesOf(left: string, right: string): readonly [Table, Table] {
  const parsed = [parseDelimited(left, false, null), parseDelimited(right, false, null)] as const;
  const named = parsed[0].hasHeader && parsed[1].hasHeader;
  const table = ({ records, width }: (typeof parsed)[number]): Table => {
    const names = Array.from({ length: width }, (_none, column) => {
      return (named ? records[0]?.[column] : undefined) ?? `column ${column + 1}`;
    });
    return { names, rows: named ? records.slice(1) : records };
  };
  return [table(parsed[0]), table(parsed[1])];
}
