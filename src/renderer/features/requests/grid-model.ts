/** What a table of the window is given: its columns, its items as they are read, and what is selected of them. */
import type { ReactNode } from "react";
import type { TimeZone } from "../../format/times.ts";
import { type Placed, placeOf } from "../../state/placed-list.ts";
import type { TableView } from "../../state/ui.ts";

/** Tables whose columns are kept, each by itself. */
export type GridTable = TableView | "runs";

/** @typeParam S what the list can be ordered by */
export interface GridColumn<T, S extends string = string> {
  readonly id: string;
  readonly label: string;
  /** CSS pixels, until the person drags it. */
  readonly width: number;
  readonly numeric?: boolean;
  /** The order that a click on its head asks for; left out where there is none. */
  readonly sort?: S;
  /** Numbers and times begin with the largest; words with A. */
  readonly largestFirst?: boolean;
  readonly cell: (item: T, zone: TimeZone) => ReactNode;
}

export interface GridSort<S extends string> {
  readonly column: S;
  readonly direction: "asc" | "desc";
}

/** A list as far as it is read. All that a table knows of where its items come from. */
export interface GridItems<T> {
  /** Another object for another list, which begins at its top. */
  readonly listing: unknown;
  /** As many places as one can scroll to. */
  readonly items: Placed<T>;
  /** Items of the whole list. */
  readonly total: number;
  /** Another order or filter is on its way. */
  readonly isBusy: boolean;
  /** These places are in sight, the last one included: reads what is missing of them. */
  need(from: number, to: number): void;
  /** Reads all that is missing from one place to another, the last one included. */
  load(from: number, to: number): Promise<void>;
  /** The list as it stands now, after `load`. */
  now(): { readonly listing: unknown; readonly items: Placed<T> };
}

export interface GridSelection<T> {
  readonly isMany: boolean;
  /** Where the active item stands among those that are read; -1 when it does not. */
  readonly activeIndex: number;
  /** Where a range that shift extends begins, among those that are read; -1 when it does not. */
  readonly anchorIndex: number;
  /** Another one comes into sight. */
  readonly activeKey: string | null;
  isSelected(item: T): boolean;
  /** This one alone; this one too, or not any more; all that are read from the anchor to this one. */
  pick(item: T, how: "only" | "toggle" | "extend"): void;
  /** The menu of this item opens: it speaks for the whole selection where the item is part of it. */
  aim(item: T): void;
  pickAll(): void;
  /** Of several the active one alone. */
  narrow(): void;
  /** The active one is taken in, or left out. */
  toggleActive(): void;
}

const nothing = () => {};

/** The selection of a table in which one item at a time is selected, the active one. */
export function oneSelected<T>(
  items: Placed<T>,
  keyOf: (item: T) => string,
  activeKey: string | null,
  activate: (item: T) => void,
): GridSelection<T> {
  return {
    isMany: false,
    activeIndex: activeKey === null ? -1 : placeOf(items, (item) => keyOf(item) === activeKey),
    anchorIndex: -1,
    activeKey,
    isSelected: (item) => keyOf(item) === activeKey,
    pick: activate,
    aim: activate,
    pickAll: nothing,
    narrow: nothing,
    toggleActive: nothing,
  };
}
