import { useMemo } from "react";
import type { Settings, SettingsPatch } from "../../../shared/contract.ts";
import { changeSettings } from "../../state/commands.ts";
import { useApp, useSettings } from "../../state/context.ts";
import type { TableView } from "../../state/ui.ts";
import type { ColumnPlace } from "./column-drag.ts";
import { movedColumn, orderedColumns, placedColumn, shownColumns, toggledColumn } from "./column-order.ts";

interface Column {
  readonly id: string;
  readonly label: string;
  readonly width: number;
}

export interface ColumnChoice<C extends Column = Column> {
  /** In the person's order. */
  readonly ordered: readonly C[];
  readonly shown: readonly C[];
  toggle(id: string): void;
  move(id: string, step: 1 | -1): void;
  place(place: ColumnPlace): void;
  /** Order, choice and widths as they were at first. */
  reset(): void;
}

type TableColumns = Pick<Settings, "columnWidths" | "columnOrder" | "hiddenColumns">;

/** What is kept of the columns of a table. */
export function keptColumns(settings: Settings, table: TableView): TableColumns {
  return table === "responses" ? settings : settings.tables[table];
}

/** The change of the settings that keeps it. */
export function keepColumns(settings: Settings, table: TableView, change: Partial<TableColumns>): SettingsPatch {
  if (table === "responses") return change;
  const { tables } = settings;
  return { tables: { ...tables, [table]: { ...tables[table], ...change } } };
}

/** The columns of a table as the person chose them, and what changes the choice. */
export function useColumns<C extends Column>(table: TableView, all: readonly C[]): ColumnChoice<C> {
  const app = useApp();
  const order = useSettings(({ settings }) => keptColumns(settings, table).columnOrder);
  const hidden = useSettings(({ settings }) => keptColumns(settings, table).hiddenColumns);
  return useMemo(() => {
    const keep = (change: Partial<TableColumns>) =>
      changeSettings(app, keepColumns(app.settings.getState().settings, table, change));
    return {
      ordered: orderedColumns(all, order),
      shown: shownColumns(all, order, hidden),
      toggle: (id) => keep({ hiddenColumns: toggledColumn(all, hidden, id) }),
      move: (id, step) => keep({ columnOrder: movedColumn(all, order, hidden, id, step) }),
      place: (place) => keep({ columnOrder: placedColumn(all, order, place) }),
      reset: () =>
        keep({
          columnOrder: [],
          hiddenColumns: [],
          columnWidths: Object.fromEntries(all.map(({ id, width }) => [id, width])),
        }),
    };
  }, [app, table, all, order, hidden]);
}
