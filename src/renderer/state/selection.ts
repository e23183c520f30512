/** Which rows are selected, and which one the inspector shows. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { RowRef } from "../../shared/contract.ts";
import { rowKey } from "./rows.ts";

export interface Selection {
  /** The row that the inspector shows and the keyboard moves from. */
  readonly active: RowRef | null;
  /** Where a range that shift extends begins. */
  readonly anchor: RowRef | null;
  readonly selected: ReadonlyMap<string, RowRef>;
}

/** An item of a list that stands for a row. */
interface Listed {
  readonly ref: RowRef;
}

export const NOTHING_SELECTED: Selection = { active: null, anchor: null, selected: new Map() };

/** This row alone. */
export function selectOnly(ref: RowRef): Selection {
  return { active: ref, anchor: ref, selected: new Map([[rowKey(ref), ref]]) };
}

/** The row is taken in, or left out when it was in. */
export function toggle(selection: Selection, ref: RowRef): Selection {
  const selected = new Map(selection.selected);
  if (!selected.delete(rowKey(ref))) selected.set(rowKey(ref), ref);
  return { active: ref, anchor: ref, selected };
}

/** All these rows; the inspector stays where it is, or goes to the first of them. */
export function selectAll(selection: Selection, rows: readonly Listed[]): Selection {
  const active = indexOfRow(rows, selection.active) === -1 ? (rows[0]?.ref ?? null) : selection.active;
  return { active, anchor: active, selected: new Map(rows.map((row) => [rowKey(row.ref), row.ref])) };
}

/** Everything between the anchor and this row, both included. */
export function extendTo(selection: Selection, ref: RowRef, rows: readonly Listed[]): Selection {
  const from = indexOfRow(rows, selection.anchor);
  const to = indexOfRow(rows, ref);
  if (from === -1 || to === -1) return selectOnly(ref);
  const range = rows.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { active: ref, anchor: selection.anchor, selected: new Map(range.map((row) => [rowKey(row.ref), row.ref])) };
}

/** True for a row that is selected, inspected, or the beginning of a range. */
export function isHeld({ active, anchor, selected }: Selection, ref: RowRef): boolean {
  return [active, anchor].some((held) => held?.id === ref.id && held.type === ref.type) || selected.has(rowKey(ref));
}

/** Where the row stands among those that are loaded; -1 when it does not. */
export function indexOfRow(rows: readonly Listed[], ref: RowRef | null): number {
  if (ref === null) return -1;
  return rows.findIndex((row) => row.ref.id === ref.id && row.ref.type === ref.type);
}

export interface SelectionState extends Selection {
  /** Grows with every step that the person takes; who wants to step for them compares it first. */
  readonly moves: number;
  set(selection: Selection): void;
  /** A step of the person that selects nothing. */
  step(): void;
  /** Selects without counting as a step of the person. */
  setQuietly(selection: Selection): void;
}

export function createSelectionStore(): StoreApi<SelectionState> {
  return createStore<SelectionState>((set) => ({
    ...NOTHING_SELECTED,
    moves: 0,
    set: (selection) => set((state) => ({ ...selection, moves: state.moves + 1 })),
    step: () => set((state) => ({ moves: state.moves + 1 })),
    setQuietly: (selection) => set(selection),
  }));
}
