import { useRows } from "../../state/context.ts";

/** Why nothing can be fetched now; null where it can. What comes in now would not show as of a moment that has passed. */
export function useFetchObstacle(): string | null {
  return useRows(({ listing }) => ((listing?.asOf ?? null) === null ? null : OBSTACLE));
}

const OBSTACLE = "The window is as of a moment, where what is fetched now would not show. Go back to now first.";
