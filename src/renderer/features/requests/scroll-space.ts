/**
 * Between the place of a scrollbar and the part of a list that is seen. Browsers end elements at some 17 to 33 million pixels,
 * which a million rows come up to; a longer list gets a shorter way, on which small steps stay as long as they are. Pure.
 */

/** CSS pixels that an element may have in every browser. */
const LONGEST = 15_000_000;
/** No thumb can be moved by so little in a list that long. */
const LONGEST_STEP = 4_000;
/** A step of a wheel. */
const LAST_STEP = 100;

/** Heights in CSS pixels. */
export interface ScrollSpace {
  /** All lines. */
  readonly content: number;
  /** What is seen of them at once. */
  readonly view: number;
}

/** How high what is scrolled has to be. */
export function scrollHeight({ content }: Pick<ScrollSpace, "content">): number {
  return Math.min(content, LONGEST);
}

/** The greatest top that a view can have. */
export function lastTop({ content, view }: ScrollSpace): number {
  return Math.max(0, content - view);
}

/** Where the scrollbar belongs when the view begins at `top`. */
export function scrollTopOf(space: ScrollSpace, top: number): number {
  return top / factor(space);
}

/** Where the view begins after the scrollbar went from one place to another, having begun at `top`. */
export function topAfter(space: ScrollSpace, top: number, from: number, to: number): number {
  const last = lastTop(space);
  // A step of a wheel or a key is as long as in any list; whoever draws the thumb means a part of the whole.
  const isStep = isShortened(space) && Math.abs(to - from) <= LONGEST_STEP;
  const wanted = Math.max(0, Math.min(last, isStep ? top + to - from : to * factor(space)));
  // Where the scrollbar ends, steps end as well.
  if (endOf(to, wayOf(space)) === "top" && wanted < LAST_STEP) return 0;
  return endOf(to, wayOf(space)) === "bottom" && last - wanted < LAST_STEP ? last : wanted;
}

/** True where the scrollbar stands at an end that the view has not come to, or the other way round. */
export function isAtWrongEnd(space: ScrollSpace, top: number, scrollTop: number): boolean {
  return isShortened(space) && endOf(top, lastTop(space)) !== endOf(scrollTop, wayOf(space));
}

export function isShortened({ content }: Pick<ScrollSpace, "content">): boolean {
  return content > LONGEST;
}

function endOf(place: number, last: number): "top" | "bottom" | null {
  return place < 1 ? "top" : place > last - 1 ? "bottom" : null;
}

/** How far the scrollbar can go. */
function wayOf(space: ScrollSpace): number {
  return Math.max(0, scrollHeight(space) - space.view);
}

function factor(space: ScrollSpace): number {
  return isShortened(space) ? lastTop(space) / wayOf(space) : 1;
}
