import { useEffect } from "react";
import { useApp, useFacetsState, useRows } from "../../state/context.ts";
import type { FacetsState } from "../../state/filter-facets.ts";

/** The counts of the list that is shown, kept up while they are wanted. */
export function useFacets(wanted: boolean): FacetsState {
  const app = useApp();
  const listing = useRows((state) => state.listing);
  useEffect(() => (wanted ? app.facets.getState().watch() : undefined), [app, wanted]);
  useEffect(() => {
    if (wanted && listing !== null) void app.facets.getState().load(listing);
  }, [app, wanted, listing]);
  return useFacetsState((state) => state);
}
