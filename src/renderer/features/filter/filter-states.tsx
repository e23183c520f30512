import { Hourglass, ListX } from "lucide-react";
import { printTerm } from "../../../shared/filter-text.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { EmptyState, FailureState } from "../../components/banner.tsx";
import { Button } from "../../components/button.tsx";
import { shortened, visibleText } from "../../format/visible-text.ts";
import { useApp, useFilterIndex, useRows } from "../../state/context.ts";
import { clearFilter, filterBy } from "../../state/filter.ts";
import { withoutTerm } from "../../state/filter-terms.ts";
import { NEWEST_FIRST, NO_FILTER, wholeFilter } from "../../state/rows.ts";
import { IndexProgress } from "./index-progress.tsx";
import "./filter-states.css";

const SHOWN_LENGTH = 32;

/** The filter leaves no row, and what can be done about it. */
export function NothingMatches() {
  const app = useApp();
  const listing = useRows((state) => state.listing);
  const filter = listing?.filter ?? NO_FILTER;
  const last = filter.at(-1);
  return (
    <EmptyState
      icon={<ListX size={24} aria-hidden />}
      title="Nothing matches this filter"
      actions={
        <div className="filter-actions">
          <Button variant="primary" onClick={() => clearFilter(app)}>
            Clear the filter
          </Button>
          {last !== undefined && filter.length > 1 && (
            <Button onClick={() => void filterBy(app, withoutTerm(filter, filter.length - 1))}>
              Take away {shortened(visibleText(printTerm(last)), SHOWN_LENGTH)}
            </Button>
          )}
        </div>
      }
    >
      <p>
        No row of this {listing?.sessionId == null ? "archive" : "session"} fulfils{" "}
        {(listing === null ? NO_FILTER : wholeFilter(listing)).map((term) => (
          <ArchivedText key={printTerm(term)} text={printTerm(term)} className="filter-term mono" />
        ))}
      </p>
    </EmptyState>
  );
}

/** Whether the list that is being loaded waits for the index. */
export function useWaitsForIndex(): boolean {
  const isBuilding = useFilterIndex((state) => state.index?.state === "building");
  return useRows(({ phase, listing }) => {
    if (!isBuilding || phase !== "loading" || listing === null) return false;
    return wholeFilter(listing).length > 0 || listing.sort.column !== NEWEST_FIRST.column;
  });
}

/** The index is being made that the filter, or the order, waits for. */
export function WaitingForIndex() {
  const app = useApp();
  const index = useFilterIndex((state) => state.index);
  const listing = useRows((state) => state.listing);
  const isFiltered = listing !== null && wholeFilter(listing).length > 0;
  const showAll = () => {
    clearFilter(app);
    void app.rows.getState().sortBy(NEWEST_FIRST);
  };
  return (
    <EmptyState
      icon={<Hourglass size={24} aria-hidden />}
      title="The index is being made"
      actions={<Button onClick={showAll}>{isFiltered ? "Clear the filter" : "Show the newest first"}</Button>}
    >
      <p>
        {isFiltered ? "The filter" : "This order"} is answered by an index of the archive. The rows come by themselves
        once it is there.
      </p>
      {index?.state === "building" && <IndexProgress index={index} />}
    </EmptyState>
  );
}

/** There is no index, and none can be made: why, and the way back to all rows. */
export function NoIndex({ message }: { readonly message: string }) {
  const app = useApp();
  const isFiltered = useRows(({ listing }) => listing !== null && wholeFilter(listing).length > 0);
  return (
    <FailureState
      title="Filters cannot be used on this archive now"
      actions={
        <div className="filter-actions">
          {isFiltered && (
            <Button variant="primary" onClick={() => clearFilter(app)}>
              Clear the filter
            </Button>
          )}
          <Button onClick={() => void app.rows.getState().reload()}>Try again</Button>
        </div>
      }
    >
      <p>
        <ArchivedText text={message} />
      </p>
      <p>The archive itself is as it was; all its rows can be listed without a filter.</p>
    </FailureState>
  );
}
