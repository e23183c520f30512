import type { ColumnSizingState, Updater } from "@tanstack/react-table";
import { useEffect, useRef, useState } from "react";
import { useApp, useSettings } from "../../state/context.ts";
import type { TableView } from "../../state/ui.ts";
import { keepColumns, keptColumns } from "./use-columns.ts";

/** A drag changes the width many times; the host keeps the last one. */
const KEEP_AFTER_MS = 400;

/** Column widths of a table as the person last dragged them, in this run or an earlier one. */
export function useColumnWidths(table: TableView) {
  const app = useApp();
  const kept = useSettings(({ settings }) => keptColumns(settings, table).columnWidths);
  const [columnSizing, setColumnSizing] = useState<ColumnSizingState>(kept);
  const changed = useRef(false);

  useEffect(() => {
    if (!changed.current) setColumnSizing(kept);
  }, [kept]);

  useEffect(() => {
    if (!changed.current) return;
    const timer = setTimeout(() => {
      changed.current = false;
      void app.attempt("The widths could not be kept", () =>
        app.settings
          .getState()
          .update(keepColumns(app.settings.getState().settings, table, { columnWidths: columnSizing })),
      );
    }, KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [app, table, columnSizing]);

  const onColumnSizingChange = (updater: Updater<ColumnSizingState>) => {
    changed.current = true;
    setColumnSizing(updater);
  };
  return { columnSizing, onColumnSizingChange };
}
