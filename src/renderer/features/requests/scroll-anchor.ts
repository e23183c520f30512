import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { shiftOf } from "../../state/keyset-list.ts";
import { atLine, type DayGroup, lineOfRow } from "./day-lines.ts";

export interface Anchored<T> {
  readonly listing: unknown;
  /** Another order begins at its top, too. */
  readonly sort: unknown;
  readonly items: readonly T[];
  readonly groups: readonly DayGroup[];
}

/**
 * Keeps the rows under the eye where they are when others come in above them. Someone at the very top with nothing
 * selected is watching, and sees the new rows come. Returns how many came in above and were not scrolled to yet.
 */
export function useScrollAnchor<T>(
  scroller: RefObject<HTMLElement | null>,
  { listing, sort, items, groups }: Anchored<T>,
  keyOf: (item: T) => string,
  hasActive: boolean,
  rowHeight: number,
): number {
  const before = useRef({ listing, sort, items, groups });
  const [unseen, setUnseen] = useState(0);

  useLayoutEffect(() => {
    const last = before.current;
    // What is shown is in the order before until other items are there.
    before.current = { listing, sort: last.items === items ? last.sort : sort, items, groups };
    const element = scroller.current;
    if (element === null || (last.items === items && last.groups === groups)) return;
    if (last.listing !== listing || (last.sort !== sort && last.items !== items)) {
      element.scrollTop = 0;
      setUnseen(0);
      return;
    }
    if (element.scrollTop === 0 && (!hasActive || last.items === items)) return;
    const top = firstRowFrom(last.groups, Math.floor(element.scrollTop / rowHeight));
    const shift = last.items === items ? 0 : shiftOf(last.items, items, top, keyOf);
    const lines = lineOfRow(groups, top + shift) - lineOfRow(last.groups, top);
    if (lines !== 0) element.scrollTop += lines * rowHeight;
    if (shift > 0) setUnseen((count) => count + shift);
  }, [scroller, listing, sort, items, groups, keyOf, hasActive, rowHeight]);

  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    // What is above the first visible row is still unseen.
    const onScroll = () => setUnseen((count) => Math.min(count, Math.ceil(element.scrollTop / rowHeight)));
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => element.removeEventListener("scroll", onScroll);
  }, [scroller, rowHeight]);

  return unseen;
}

function firstRowFrom(groups: readonly DayGroup[], line: number): number {
  const found = atLine(groups, line);
  return "row" in found ? found.row : found.group.first;
}
