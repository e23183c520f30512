const MAX_PAGE = 500;

/** How many rows a page has that is asked for with this limit: 1 to 500. */
export function pageSize(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit) || 1, 1), MAX_PAGE);
}
