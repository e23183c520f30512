import type { ColumnSizingState, Updater } from "@tanstack/react-table";
import { useEffect, useRef, useState } from "react";
import { useApp, useSettings } from "../../state/context.ts";

/** A drag changes the width many times; the host keeps the last one. */
const KEEP_AFTER_MS = 400;

/** Column widths as the person last dragged them, in this run or an earlier one. */
export function useColumnWidths() {
  const app = useApp();
  const kept = useSettings((state) => state.settings.columnWidths);
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
        app.settings.getState().update({ columnWidths: columnSizing }),
      );
    }, KEEP_AFTER_MS);
    return () => clearTimeout(timer);
  }, [app, columnSizing]);

  const onColumnSizingChange = (updater: Updater<ColumnSizingState>) => {
    changed.current = true;
    setColumnSizing(updater);
  };
  return { columnSizing, onColumnSizingChange };
}
