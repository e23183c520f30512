import { useMemo } from "react";
import { changeSettings } from "../../state/commands.ts";
import { useApp, useSettings } from "../../state/context.ts";
import { movedColumn, orderedColumns, shownColumns, toggledColumn } from "./column-order.ts";
import { COLUMNS, type RowColumn } from "./columns.tsx";

export interface ColumnChoice {
  /** In the person's order. */
  readonly ordered: readonly RowColumn[];
  readonly shown: readonly RowColumn[];
  toggle(id: string): void;
  move(id: string, step: 1 | -1): void;
  /** Order, choice and widths as they were at first. */
  reset(): void;
}

/** The columns of the row table as the person chose them, and what changes the choice. */
export function useColumns(): ColumnChoice {
  const app = useApp();
  const order = useSettings((state) => state.settings.columnOrder);
  const hidden = useSettings((state) => state.settings.hiddenColumns);
  return useMemo(
    () => ({
      ordered: orderedColumns(COLUMNS, order),
      shown: shownColumns(COLUMNS, order, hidden),
      toggle: (id) => changeSettings(app, { hiddenColumns: toggledColumn(COLUMNS, hidden, id) }),
      move: (id, step) => changeSettings(app, { columnOrder: movedColumn(COLUMNS, order, hidden, id, step) }),
      reset: () =>
        changeSettings(app, {
          columnOrder: [],
          hiddenColumns: [],
          columnWidths: Object.fromEntries(COLUMNS.map(({ id, width }) => [id, width])),
        }),
    }),
    [app, order, hidden],
  );
}
