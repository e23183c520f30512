/** Which columns the table shows, in which order, from what the person chose. */

interface HasId {
  readonly id: string;
}

/**
 * All columns in the person's order. One that `order` does not name (it came with a newer version) stands after the column
 * that it follows by default.
 */
export function orderedColumns<C extends HasId>(all: readonly C[], order: readonly string[]): C[] {
  const ordered = order.flatMap((id) => all.find((column) => column.id === id) ?? []);
  for (const [index, column] of all.entries()) {
    if (ordered.includes(column)) continue;
    const before = all[index - 1];
    ordered.splice(before === undefined ? 0 : ordered.indexOf(before) + 1, 0, column);
  }
  return [...new Set(ordered)];
}

/** The columns that are shown; all of them when nothing else is left. */
export function shownColumns<C extends HasId>(
  all: readonly C[],
  order: readonly string[],
  hidden: readonly string[],
): C[] {
  const ordered = orderedColumns(all, order);
  const shown = ordered.filter((column) => !hidden.includes(column.id));
  return shown.length === 0 ? ordered : shown;
}

/** The order after a column went `step` places among those that are shown; the same when it cannot. */
export function movedColumn(
  all: readonly HasId[],
  order: readonly string[],
  hidden: readonly string[],
  id: string,
  step: 1 | -1,
): string[] {
  const ids = orderedColumns(all, order).map((column) => column.id);
  const shown = shownColumns(all, order, hidden).map((column) => column.id);
  const neighbour = shown[shown.indexOf(id) + step];
  if (!shown.includes(id) || neighbour === undefined) return ids;
  const others = ids.filter((other) => other !== id);
  others.splice(others.indexOf(neighbour) + (step === 1 ? 1 : 0), 0, id);
  return others;
}

/** The hidden columns after this one was shown or hidden; the last one that is shown stays. */
export function toggledColumn(all: readonly HasId[], hidden: readonly string[], id: string): string[] {
  if (hidden.includes(id)) return hidden.filter((other) => other !== id);
  const shown = all.filter((column) => !hidden.includes(column.id));
  return shown.length <= 1 ? [...hidden] : [...hidden, id];
}

/** The order after a column was put beside another one. */
export function placedColumn(
  all: readonly HasId[],
  order: readonly string[],
  { id, target, side }: { readonly id: string; readonly target: string; readonly side: "before" | "after" },
): string[] {
  const ids = orderedColumns(all, order).map((column) => column.id);
  if (id === target || !ids.includes(id) || !ids.includes(target)) return ids;
  const others = ids.filter((other) => other !== id);
  others.splice(others.indexOf(target) + (side === "after" ? 1 : 0), 0, id);
  return others;
}
