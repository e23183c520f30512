/** Which line of a list a key leads to from `current` (-1: none) among `count`; null when the key leads nowhere. */
export function listTarget(key: string, current: number, count: number, page: number): number | null {
  if (count === 0) return null;
  const last = count - 1;
  const within = (index: number) => Math.max(0, Math.min(last, index));
  switch (key) {
    case "ArrowDown":
    case "j":
    case "J":
      return within(current + 1);
    case "ArrowUp":
    case "k":
    case "K":
      return within(current === -1 ? 0 : current - 1);
    case "Home":
      return 0;
    case "End":
      return last;
    case "PageDown":
      return within(current + page);
    case "PageUp":
      return within(current - page);
    default:
      return null;
  }
}
