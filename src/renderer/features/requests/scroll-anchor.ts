import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { type Placed, shiftOf } from "../../state/placed-list.ts";
import { type DayGroup, lineOfRow, rowFrom } from "./day-lines.ts";
import type { LineLayout, LineView } from "./line-view.ts";

export interface Anchored<T> {
  readonly listing: unknown;
  /** Another order begins at its top, too. */
  readonly sort: unknown;
  readonly items: Placed<T>;
  readonly groups: readonly DayGroup[];
}

/**
 * Lays the lines of a list, and keeps the rows under the eye where they are when others come in above them. Someone at the
 * very top with nothing selected is watching, and sees the new rows come. Another list begins at its top. Returns how many
 * came in above and were not scrolled to yet.
 */
export function useScrollAnchor<T>(
  view: LineView,
  layout: LineLayout,
  { listing, sort, items, groups }: Anchored<T>,
  keyOf: (item: T) => string,
  hasActive: boolean,
): number {
  const before = useRef({ listing, sort, items, groups });
  const [unseen, setUnseen] = useState(0);
  const { lineHeight } = layout;

  useLayoutEffect(() => {
    const last = before.current;
    // What is shown is the list before, in its order, until other items are there.
    before.current = last.items === items ? { ...last, groups } : { listing, sort, items, groups };
    if (last.items !== items && (last.listing !== listing || last.sort !== sort)) {
      view.begin(layout);
      setUnseen(0);
      return;
    }
    const isWatched = view.isAtTop && (!hasActive || last.items === items);
    const top = rowFrom(last.groups, view.firstSeen);
    view.lay(layout);
    if (isWatched || (last.items === items && last.groups === groups)) return;
    const shift = last.items === items ? 0 : shiftOf(last.items, items, top, keyOf);
    const lines = lineOfRow(groups, top + shift) - lineOfRow(last.groups, top);
    if (lines !== 0) view.moveBy(lines * lineHeight);
    if (shift > 0) setUnseen((count) => count + shift);
  }, [view, layout, listing, sort, items, groups, keyOf, hasActive, lineHeight]);

  // What is above the first visible row is still unseen.
  useEffect(
    () => view.subscribe(() => setUnseen((count) => Math.min(count, Math.ceil(view.span().top / lineHeight)))),
    [view, lineHeight],
  );

  return unseen;
}
