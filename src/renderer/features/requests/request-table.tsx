import { useEffect, useMemo } from "react";
import type { IdentityRow } from "../../../shared/contract.ts";
import { useApp, useRequests, useRows } from "../../state/context.ts";
import { NO_FILTER, wholeFilter } from "../../state/rows.ts";
import { showResponsesOf } from "../../state/views.ts";
import { NothingMatches } from "../filter/filter-states.tsx";
import { Grid } from "./grid.tsx";
import { ListContent, NoItems } from "./list-states.tsx";
import { useQueryItems } from "./query-items.ts";
import { REQUEST_COLUMNS } from "./request-columns.tsx";
import { RequestItems } from "./request-items.tsx";
import { useColumns } from "./use-columns.ts";
import { useRowSelection } from "./use-row-selection.ts";

const keyOf = (item: IdentityRow) => item.requestId;
const refOf = (item: IdentityRow) => item.row.ref;

/** What sources asked, each request with what came of it; under the filter and session of the responses. */
export function RequestList() {
  const app = useApp();
  const listing = useRows((state) => state.listing);
  const archiveId = listing?.archiveId ?? null;
  const sessionId = listing?.sessionId ?? null;
  const asOf = listing?.asOf ?? null;
  const filter = useMemo(() => (listing === null ? NO_FILTER : wholeFilter(listing)), [listing]);
  useEffect(() => {
    if (archiveId !== null) void app.requests.getState().show({ archiveId, sessionId, filter, asOf });
  }, [app, archiveId, sessionId, filter, asOf]);
  const state = useRequests((all) => all);
  const empty =
    filter.length > 0 ? (
      <NothingMatches />
    ) : (
      <NoItems what="requests" isSession={sessionId !== null}>
        Every request that a pipeline or this app sends stands here once, with how often it was answered.
      </NoItems>
    );
  return (
    <ListContent what="requests" state={state} empty={empty}>
      <RequestTable />
    </ListContent>
  );
}

function RequestTable() {
  const app = useApp();
  const state = useRequests((all) => all);
  const { sort } = state;
  const choice = useColumns("requests", REQUEST_COLUMNS);
  const list = useQueryItems(app.requests, state);
  const selection = useRowSelection(list, refOf);
  const open = (item: IdentityRow) => void showResponsesOf(app, item);
  return (
    <Grid
      table="requests"
      label="Requests"
      choice={choice}
      list={list}
      keyOf={keyOf}
      sort={sort}
      sortBy={(next) => void app.requests.getState().sortBy(next)}
      selection={selection}
      onEnter={open}
      onDoubleClick={open}
      menu={(item) => <RequestItems item={item} />}
    />
  );
}
