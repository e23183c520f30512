/**
 * A list of which any parts may be loaded: items at their places, in pieces, and nothing known between them. As large as
 * what is loaded of it, however long the list is.
 */

/** Items that follow each other. */
export interface Piece<T> {
  /** Place of the first one. */
  readonly start: number;
  readonly items: readonly T[];
}

export interface Placed<T> {
  /** Places of the whole list. */
  readonly length: number;
  /** Ascending; no two of them overlap, and none is empty. */
  readonly pieces: readonly Piece<T>[];
}

export const NOTHING_PLACED: Placed<never> = { length: 0, pieces: [] };

/** A list that is loaded from its top on. */
export function placedFrom<T>(items: readonly T[], length = items.length): Placed<T> {
  return { length, pieces: items.length === 0 ? [] : [{ start: 0, items }] };
}

/** What stands at a place; undefined where nothing is loaded. */
export function itemAt<T>({ pieces }: Placed<T>, place: number): T | undefined {
  const piece = pieces[pieceBefore(pieces, place)];
  return piece?.items[place - piece.start];
}

/** The list with a page at its place. What was known of these places is gone. @param length places of the whole list */
export function withPart<T>(list: Placed<T>, start: number, part: readonly T[], length: number): Placed<T> {
  const end = start + part.length;
  return {
    length,
    pieces: [
      ...partOf(list.pieces, 0, Math.min(start, length)),
      ...partOf([{ start, items: part }], 0, length),
      ...partOf(list.pieces, end, length),
    ],
  };
}

/**
 * The list without the parts that are farthest from these places, the last one included, where more than `most` items are
 * loaded. Parts go as wholes and leave the places of others as they are. The top stays, which new items are placed by, and so
 * does every part with an item that is kept.
 */
export function withoutFar<T>(
  list: Placed<T>,
  from: number,
  to: number,
  most: number,
  isKept: (item: T) => boolean,
): Placed<T> {
  if (countLoaded(list) <= most) return list;
  const distanceOf = (piece: Piece<T>) => Math.max(0, piece.start - to, from + 1 - endOf(piece));
  const nearest = list.pieces
    .map((piece) => ({ piece, distance: distanceOf(piece) }))
    .sort((one, other) => one.distance - other.distance);
  let left = most;
  const dropped = new Set<Piece<T>>();
  for (const { piece, distance } of nearest) {
    left -= piece.items.length;
    if (left < 0 && distance > 0 && piece.start > 0 && !piece.items.some(isKept)) dropped.add(piece);
  }
  return dropped.size === 0 ? list : { ...list, pieces: list.pieces.filter((piece) => !dropped.has(piece)) };
}

/** The first place from `from` to `to`, both included, where nothing is loaded; -1 when all is. */
export function firstMissing({ length, pieces }: Placed<unknown>, from: number, to: number): number {
  const last = Math.min(to, length - 1);
  let place = Math.max(0, from);
  for (let at = Math.max(0, pieceBefore(pieces, place)); place <= last; at += 1) {
    const piece = pieces[at];
    if (piece === undefined || piece.start > place) return place;
    place = Math.max(place, endOf(piece));
  }
  return -1;
}

/** The first place after `place` where something is loaded; the list's length where nothing is. */
export function nextLoaded({ length, pieces }: Placed<unknown>, place: number): number {
  return pieces[pieceBefore(pieces, place) + 1]?.start ?? length;
}

export function countLoaded({ pieces }: Placed<unknown>): number {
  return pieces.reduce((count, { items }) => count + items.length, 0);
}

/** What is loaded, in the order of the list. */
export function loadedOf<T>({ pieces }: Placed<T>): readonly T[] {
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first.items : pieces.flatMap(({ items }) => items);
}

/** Where the item stands of which this is true; -1 when none that is loaded is so. */
export function placeOf<T>({ pieces }: Placed<T>, isIt: (item: T) => boolean): number {
  for (const { start, items } of pieces) {
    const at = items.findIndex(isIt);
    if (at !== -1) return start + at;
  }
  return -1;
}

/** The list with some items changed in their places; the same list where none is. */
export function withChanges<T>(list: Placed<T>, change: (item: T) => T): Placed<T> {
  let isChanged = false;
  const pieces = list.pieces.map((piece) => {
    const items = piece.items.map(change);
    if (items.every((item, at) => item === piece.items[at])) return piece;
    isChanged = true;
    return { ...piece, items };
  });
  return isChanged ? { ...list, pieces } : list;
}

/**
 * The list after its top was read again: `head` replaces everything down to the last item that both have, and what is below
 * moves along. Where it then does not end where it should, something has changed further down too, and nothing of
 * that is known any more. Null when both have nothing in common: more of the top must be read first.
 * @param length places that the list has now; null when that is not known
 */
export function withTop<T>(
  list: Placed<T>,
  head: readonly T[],
  length: number | null,
  keyOf: (item: T) => string,
): Placed<T> | null {
  if (length !== null && head.length >= length) return placedFrom(head);
  const read = new Set(head.map(keyOf));
  const overlap = lastPlaceOf(list, (item) => read.has(keyOf(item)));
  if (overlap === -1) return null;
  const last = itemAt(list, overlap);
  // What the head has below it has come in there, where it is known what was; else it may be what was.
  const isFollowed = overlap + 1 === list.length || itemAt(list, overlap + 1) !== undefined;
  const end =
    isFollowed || last === undefined ? head.length - 1 : head.findIndex((item) => keyOf(item) === keyOf(last));
  const shift = end - overlap;
  if (length !== null && list.length + shift !== length) return placedFrom(head, length);
  const below = isFollowed || length !== null ? partOf(list.pieces, head.length - shift, list.length) : [];
  return {
    length: list.length + shift,
    pieces: [{ start: 0, items: head }, ...below.map(({ start, items }) => ({ start: start + shift, items }))],
  };
}

/**
 * How many places further down the same content now stands: the first item from `index` on that both lists have moved by
 * that many, and by no more than the list has become longer or shorter. 0 when none is left. An item that took another place
 * among the same ones is not followed: the rest stands where it stood.
 */
export function shiftOf<T>(before: Placed<T>, after: Placed<T>, index: number, keyOf: (item: T) => string): number {
  const top = itemAt(before, index);
  if (top === undefined) return 0;
  const sameTop = itemAt(after, index);
  if (sameTop !== undefined && keyOf(sameTop) === keyOf(top)) return 0;
  const places = new Map<string, number>();
  for (const { start, items } of after.pieces)
    for (const [at, item] of items.entries()) places.set(keyOf(item), start + at);
  for (const { start, items } of partOf(before.pieces, index, before.length)) {
    for (const [at, item] of items.entries()) {
      const place = places.get(keyOf(item));
      if (place === undefined) continue;
      const grown = after.length - before.length;
      return place > start + at
        ? Math.min(place - start - at, Math.max(0, grown))
        : Math.max(place - start - at, Math.min(0, grown));
    }
  }
  return 0;
}

function endOf({ start, items }: Piece<unknown>): number {
  return start + items.length;
}

/** Index of the last piece that begins at a place or above it; -1 when none does. */
function pieceBefore(pieces: readonly Piece<unknown>[], place: number): number {
  let low = 0;
  let high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const piece = pieces[middle];
    if (piece !== undefined && piece.start <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** What of the pieces stands from `from` on and before `end`. */
function partOf<T>(pieces: readonly Piece<T>[], from: number, end: number): readonly Piece<T>[] {
  const within = pieces.filter((piece) => Math.max(piece.start, from) < Math.min(endOf(piece), end));
  return within.map((piece) => {
    const { start, items } = piece;
    if (start >= from && endOf(piece) <= end) return piece;
    return { start: Math.max(start, from), items: items.slice(Math.max(0, from - start), end - start) };
  });
}

function lastPlaceOf<T>({ pieces }: Placed<T>, isIt: (item: T) => boolean): number {
  for (const { start, items } of pieces.toReversed()) {
    const at = items.findLastIndex(isIt);
    if (at !== -1) return start + at;
  }
  return -1;
}
