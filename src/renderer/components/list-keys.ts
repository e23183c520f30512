/** The keys that move about in every list of lines; the cheat sheet shows them from here. */

interface ListKey {
  readonly title: string;
  /** As in `KeyboardEvent.key`; of letters the small one. */
  readonly keys: readonly string[];
  /** The line that it leads to, from `current` (-1: none); one beyond an end means the end. */
  readonly to: (current: number, last: number, page: number) => number;
}

export const LIST_KEYS: readonly ListKey[] = [
  { title: "Next line", keys: ["ArrowDown", "j"], to: (current) => current + 1 },
  { title: "Previous line", keys: ["ArrowUp", "k"], to: (current) => (current === -1 ? 0 : current - 1) },
  { title: "First line", keys: ["Home"], to: () => 0 },
  { title: "Last line", keys: ["End"], to: (_current, last) => last },
  { title: "A page down", keys: ["PageDown"], to: (current, _last, page) => current + page },
  { title: "A page up", keys: ["PageUp"], to: (current, _last, page) => current - page },
];

/** Which line of a list a key leads to from `current` (-1: none) among `count`; null when the key leads nowhere. */
export function listTarget(key: string, current: number, count: number, page: number): number | null {
  if (count === 0) return null;
  // Shift extends a selection, and makes capitals of letters.
  const name = key.length === 1 ? key.toLowerCase() : key;
  const found = LIST_KEYS.find(({ keys }) => keys.includes(name));
  if (found === undefined) return null;
  const last = count - 1;
  return Math.max(0, Math.min(last, found.to(current, last, page)));
}
