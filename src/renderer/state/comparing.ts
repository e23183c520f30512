/** Which rows the inspector compares. */
import type { RowRef } from "../../shared/contract.ts";
import type { App } from "./app.ts";

/** Compares the two selected rows, whatever was pinned before. */
export function compareSelected(app: App): void {
  if (app.selection.getState().selected.size === 2)
    app.ui.getState().set({ compareWith: null, inspectorTab: "compare" });
}

/** Compares the inspected row with this one; so are those that one goes to next. */
export function compareWith(app: App, ref: RowRef): void {
  app.ui.getState().set({ compareWith: ref, inspectorTab: "compare" });
}

/** Compares the inspected row with the response before it. */
export function compareWithPrevious(app: App): void {
  app.ui.getState().set({ compareWith: null, inspectorTab: "compare" });
}

/** Pins the inspected row, for others to be compared with; unpins it when it is pinned. */
export function togglePinned(app: App): void {
  const { active } = app.selection.getState();
  const { compareWith: pinned, set } = app.ui.getState();
  if (active === null) return;
  if (pinned !== null && isSame(pinned, active)) set({ compareWith: null });
  else compareWith(app, active);
}

export function isSame(a: RowRef | null, b: RowRef | null): boolean {
  return a !== null && b !== null && a.type === b.type && a.id === b.id;
}
