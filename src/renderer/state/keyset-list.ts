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
