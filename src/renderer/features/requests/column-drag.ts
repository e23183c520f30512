/** Moving columns by their heads with the pointer. */
import { type PointerEvent, useEffect, useRef, useState } from "react";

export interface ColumnPlace {
  readonly id: string;
  /** The column that it is to stand beside. */
  readonly target: string;
  readonly side: "before" | "after";
}

/** So far a press is still a click, in CSS pixels. */
const CLICK_DISTANCE = 5;
const EDGE = 24;

/**
 * Which place a pointer at `x` means for the column `id`: the gap between heads that is nearest. Null where it stands already.
 * `heads` are those in sight, from the left, with their edges in CSS pixels.
 */
export function placeAt(
  heads: readonly { readonly id: string; readonly left: number; readonly right: number }[],
  id: string,
  x: number,
): ColumnPlace | null {
  const from = heads.findIndex((head) => head.id === id);
  const before = heads.findIndex(({ left, right }) => x < (left + right) / 2);
  const gap = before === -1 ? heads.length : before;
  if (from === -1 || gap === from || gap === from + 1) return null;
  const target = gap < from ? heads[gap] : heads[gap - 1];
  return target === undefined ? null : { id, target: target.id, side: gap < from ? "before" : "after" };
}

/** Drags heads within a row of them, whose cells carry `data-column`; `onDrop` hears where one was let go. */
export function useColumnDrag(onDrop: (place: ColumnPlace) => void) {
  const [place, setPlace] = useState<ColumnPlace | null>(null);
  const [dragged, setDragged] = useState<string | null>(null);
  const press = useRef<{ readonly id: string; readonly x: number } | null>(null);
  /** The click that ends a drag sorts nothing. */
  const wasDrag = useRef(false);

  const end = () => {
    press.current = null;
    setDragged(null);
    setPlace(null);
  };

  useEffect(() => {
    if (dragged === null) return;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      press.current = null;
      setDragged(null);
      setPlace(null);
    };
    window.addEventListener("keydown", onKeyDown, true);
    return () => window.removeEventListener("keydown", onKeyDown, true);
  }, [dragged]);

  /** What the handle of a head gets. */
  const handle = (id: string) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      wasDrag.current = false;
      // A finger scrolls the table.
      if (event.button !== 0 || event.pointerType === "touch") return;
      press.current = { id, x: event.clientX };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (press.current?.id !== id) return;
      if (!wasDrag.current && Math.abs(event.clientX - press.current.x) < CLICK_DISTANCE) return;
      wasDrag.current = true;
      setDragged(id);
      scrollAlong(event.currentTarget.closest<HTMLElement>("[role=grid]"), event.clientX);
      setPlace(placeAt(headsAround(event.currentTarget), id, event.clientX));
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (press.current?.id === id && wasDrag.current) {
        const at = placeAt(headsAround(event.currentTarget), id, event.clientX);
        if (at !== null) onDrop(at);
      }
      end();
    },
    onPointerCancel: end,
  });
  return { place, dragged, handle, isDrag: () => wasDrag.current };
}

/** Columns out of sight come into it when the pointer is at an edge. */
function scrollAlong(grid: HTMLElement | null, x: number): void {
  if (grid === null) return;
  const { left, right } = grid.getBoundingClientRect();
  if (x > right - EDGE) grid.scrollLeft += EDGE;
  if (x < left + EDGE) grid.scrollLeft -= EDGE;
}

function headsAround(element: HTMLElement) {
  const cells = element.closest("tr")?.querySelectorAll<HTMLElement>("[data-column]") ?? [];
  return [...cells].map((cell) => {
    const { left, right } = cell.getBoundingClientRect();
    return { id: cell.dataset.column ?? "", left, right };
  });
}
