import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { shiftOf } from "../../state/keyset-list.ts";
import { type RowListing, rowKey } from "../../state/rows.ts";

const keyOf = (row: BrowseRow) => rowKey(row.ref);

/**
 * Keeps the rows under the eye where they are when others come in above them. Someone at the very top with nothing
 * selected is watching, and sees the new rows come. Returns how many came in above and were not scrolled to yet.
 */
export function useScrollAnchor(
  scroller: RefObject<HTMLElement | null>,
  listing: RowListing | null,
  items: readonly BrowseRow[],
  hasActive: boolean,
  rowHeight: number,
): number {
  const before = useRef({ listing, items });
  const [unseen, setUnseen] = useState(0);

  useLayoutEffect(() => {
    const last = before.current;
    before.current = { listing, items };
    const element = scroller.current;
    if (element === null || last.items === items) return;
    if (last.listing !== listing) {
      element.scrollTop = 0;
      setUnseen(0);
      return;
    }
    if (element.scrollTop === 0 && !hasActive) return;
    const shift = shiftOf(last.items, items, Math.floor(element.scrollTop / rowHeight), keyOf);
    if (shift === 0) return;
    element.scrollTop += shift * rowHeight;
    if (shift > 0) setUnseen((count) => count + shift);
  }, [scroller, listing, items, hasActive, rowHeight]);

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
