/** The lists of requests and of sessions, which stand in the place of the responses when the person wants them. */
import type { StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type {
  BrowseRow,
  IdentityRow,
  IdentitySort,
  RowFilter,
  RowRef,
  SessionRow,
  SessionSort,
} from "../../shared/contract.ts";
import type { App } from "./app.ts";
import { loadedOf } from "./placed-list.ts";
import { createQueryList, type QueryListState } from "./query-list.ts";
import { rowKey } from "./rows.ts";
import type { Selection } from "./selection.ts";

export interface RequestQuery {
  readonly archiveId: string;
  readonly sessionId: string | null;
  readonly filter: RowFilter;
  /** As of this moment; null: as it is now. */
  readonly asOf: string | null;
}
export interface SessionQuery {
  readonly archiveId: string;
  /** As of this moment; null: as it is now. */
  readonly asOf: string | null;
}
export type RequestListState = QueryListState<RequestQuery, IdentitySort, IdentityRow>;
export type SessionTableState = QueryListState<SessionQuery, SessionSort, SessionRow>;

export const LAST_FETCHED_FIRST: IdentitySort = { column: "last", direction: "desc" };
export const LAST_STARTED_FIRST: SessionSort = { column: "started", direction: "desc" };

export function createRequestList(
  client: Pick<Client, "call">,
  isKept: (item: IdentityRow) => boolean,
): StoreApi<RequestListState> {
  return createQueryList<RequestQuery, IdentitySort, IdentityRow>(
    (query, sort, part, signal) => client.call("identities.list", { ...query, sort, ...part }, { signal }),
    (item) => item.requestId,
    LAST_FETCHED_FIRST,
    isKept,
  );
}

export function createSessionTable(
  client: Pick<Client, "call">,
  isKept: (session: SessionRow) => boolean,
): StoreApi<SessionTableState> {
  return createQueryList<SessionQuery, SessionSort, SessionRow>(
    (query, sort, part, signal) => client.call("sessions.table", { ...query, sort, ...part }, { signal }),
    (session) => session.id,
    LAST_STARTED_FIRST,
    isKept,
  );
}

/** The rows that the person sees and selects, as far as they are loaded: responses, or the newest of each request; sessions are none. */
export function listedRows(app: Pick<App, "ui" | "rows" | "requests">): readonly BrowseRow[] {
  switch (app.ui.getState().view) {
    case "responses":
      return loadedOf(app.rows.getState().items);
    case "requests":
      return loadedOf(app.requests.getState().items).map(({ row }) => row);
    case "sessions":
    case "overview":
      return [];
  }
}

/**
 * True once a list is another one than before, or the same one anew, and not merely read on. A list that could not be read
 * says nothing of what is in it.
 */
export function isReadAnew(
  before: Pick<RequestListState, "phase" | "order">,
  now: Pick<RequestListState, "phase" | "order">,
): boolean {
  if (now.phase === "failed") return false;
  // Lists under different filters have one order as long as nothing is written.
  return now.order !== before.order || (before.phase === "loading" && now.phase === "ready");
}

/**
 * The selection after the list of requests was read anew: a request stays selected by what is its newest row now. What is
 * not listed any more stays inspected alone.
 * @param isGone true for a request that is not in the list, though it is not among those that are read
 */
export function followedSelection(
  { active, anchor, selected }: Selection,
  before: readonly IdentityRow[],
  after: readonly IdentityRow[],
  isGone = true,
): Selection {
  const requests = new Map(before.map(({ row, requestId }) => [rowKey(row.ref), requestId]));
  const rows = new Map(after.map(({ row, requestId }) => [requestId, row.ref]));
  const listed = new Set(after.map(({ row }) => rowKey(row.ref)));
  const follow = (ref: RowRef) => {
    const request = requests.get(rowKey(ref));
    const newest = request === undefined ? undefined : rows.get(request);
    return newest ?? (isGone && !listed.has(rowKey(ref)) ? undefined : ref);
  };
  const followed = [...selected.values()].flatMap((ref) => follow(ref) ?? []);
  const stays = active === null ? null : (follow(active) ?? active);
  const wasSelected = active !== null && selected.has(rowKey(active));
  return {
    active: stays,
    anchor: anchor === null ? null : (follow(anchor) ?? null),
    selected: new Map(
      [...followed, ...(wasSelected && stays !== null ? [stays] : [])].map((ref) => [rowKey(ref), ref]),
    ),
  };
}
