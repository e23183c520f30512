import { Info } from "lucide-react";
import { searchNotes } from "../../../shared/search-notes.ts";
import { useApp, useFilterIndex, useRows } from "../../state/context.ts";
import { NO_FILTER, wholeFilter } from "../../state/rows.ts";
import "./filter-states.css";

/** What the texts of the filter are not looked for in, as things stand; nothing where they are looked for everywhere. */
export function SearchNotes() {
  const app = useApp();
  const listing = useRows((state) => state.listing);
  const index = useFilterIndex((state) => state.index);
  const filter = listing === null ? NO_FILTER : wholeFilter(listing);
  const notes = searchNotes(filter, index);
  if (notes.length === 0) return null;
  const asksForPayloads = filter.some(({ key }) => key === "payload");
  return (
    <div className="search-notes" role="status">
      <Info size={13} className="tone-muted" aria-hidden />
      <span>{notes.join(" ")}</span>
      {asksForPayloads && (
        <button
          type="button"
          className="link"
          onClick={() => app.ui.getState().set({ dialog: { kind: "payload-search" } })}
        >
          Search in payloads…
        </button>
      )}
    </div>
  );
}
