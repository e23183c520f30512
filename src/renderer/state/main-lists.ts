/** The lists of requests and of sessions, which stand in the place of the responses when the person wants them. */
import type { StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type {
  BrowseRow,
  IdentityRow,
  IdentitySort,
  RowFilter,
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
const PAGE = 200;

export function createRequestList(client: Pick<Client, "call">): StoreApi<RequestListState> {
  return createQueryList<RequestQuery, IdentitySort, IdentityRow>(
    (query, sort, cursor, signal) =>
      client.call("identities.list", { ...query, sort, cursor, limit: PAGE }, { signal }),
    (item) => item.requestId,
    LAST_FETCHED_FIRST,
  );
}

export function createSessionTable(client: Pick<Client, "call">): StoreApi<SessionTableState> {
  return createQueryList<SessionQuery, SessionSort, SessionRow>(
    (query, sort, cursor, signal) => client.call("sessions.table", { ...query, sort, cursor, limit: PAGE }, { signal }),
    (session) => session.id,
    LAST_STARTED_FIRST,
  );
}

/** The rows that the person sees and selects, as far as they are loaded: responses, or the newest of each request; sessions are none. */
export function listedRows(app: Pick<App, "ui" | "rows" | "requests">): readonly BrowseRow[] {
  switch (app.ui.getState().view) {
    case "responses":
      return loadedOf(app.rows.getState().items);
    case "requests":
      return app.requests.getState().items.map(({ row }) => row);
    case "sessions":
    case "overview":
      return [];
  }
}

/**
 * The selection after the list of requests was read anew: a request stays selected by what is its newest row now. What is
 * not listed any more stays inspected alone.
 */
export function followedSelection(
  { active, anchor, selected }: Selection,
  before: readonly IdentityRow[],
  after: readonly IdentityRow[],
): Selection {
  const requests = new Map(before.map(({ row, requestId }) => [rowKey(row.ref), requestId]));
  const rows = new Map(after.map(({ row, requestId }) => [requestId, row.ref]));
  const follow = (key: string) => {
    const request = requests.get(key);
    return request === undefined ? undefined : rows.get(request);
  };
  const followed = [...selected.keys()].flatMap((key) => follow(key) ?? []);
  const stays = active === null ? null : (follow(rowKey(active)) ?? active);
  const wasSelected = active !== null && selected.has(rowKey(active));
  return {
    active: stays,
    anchor: anchor === null ? null : (follow(rowKey(anchor)) ?? null),
    selected: new Map(
      [...followed, ...(wasSelected && stays !== null ? [stays] : [])].map((ref) => [rowKey(ref), ref]),
    ),
  };
}

/** True when `after` is `before` with more pages at its end. */
export function isContinued(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length <= after.length && before[0] === after[0] && before.at(-1) === after[before.length - 1];
}
