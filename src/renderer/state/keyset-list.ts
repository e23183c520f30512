/** A list that is read page by page from the top, and what becomes of it when its top is read again. */

export interface KeysetList<T> {
  readonly items: readonly T[];
  /** Null once the last page is there. */
  readonly nextCursor: string | null;
}

/** The list with one more page at its end. Items that are there already are not taken twice. */
export function withPage<T>(list: KeysetList<T>, page: KeysetList<T>, keyOf: (item: T) => string): KeysetList<T> {
  const known = new Set(list.items.map(keyOf));
  const added = page.items.filter((item) => !known.has(keyOf(item)));
  return { items: [...list.items, ...added], nextCursor: page.nextCursor };
}

/**
 * The list after its top was read again: `head` replaces everything down to the last item that both have. Null when
 * they have nothing in common and `head` does not reach the end: more of it must be read first.
 */
export function withHead<T>(
  list: KeysetList<T>,
  head: KeysetList<T>,
  keyOf: (item: T) => string,
): KeysetList<T> | null {
  if (head.nextCursor === null) return head;
  const read = new Set(head.items.map(keyOf));
  const overlap = list.items.findLastIndex((item) => read.has(keyOf(item)));
  if (overlap === -1) return null;
  return { items: [...head.items, ...list.items.slice(overlap + 1)], nextCursor: list.nextCursor };
}

/**
 * How many items further down the same content now stands: the first item from `index` on that both lists have moved by
 * that many, as far as items came in or went above it. 0 when none is left. An item that took another place among the same
 * ones is not followed: the rest stands where it stood.
 */
export function shiftOf<T>(
  before: readonly T[],
  after: readonly T[],
  index: number,
  keyOf: (item: T) => string,
): number {
  const top = before[index];
  if (top === undefined) return 0;
  const sameTop = after[index];
  if (sameTop !== undefined && keyOf(sameTop) === keyOf(top)) return 0;
  const places = new Map(after.map((item, place) => [keyOf(item), place]));
  for (let at = index; at < before.length; at += 1) {
    const item = before[at];
    const place = item === undefined ? undefined : places.get(keyOf(item));
    if (place === undefined) continue;
    if (place >= at) return Math.min(place - at, countOthers(after.slice(0, place), before, keyOf));
    return Math.max(place - at, 0 - countOthers(before.slice(0, at), after, keyOf));
  }
  return 0;
}

/** How many items are none of those. */
function countOthers<T>(items: readonly T[], known: readonly T[], keyOf: (item: T) => string): number {
  const keys = new Set(known.map(keyOf));
  return items.filter((item) => !keys.has(keyOf(item))).length;
}
