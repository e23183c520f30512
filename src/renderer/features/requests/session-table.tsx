import { Inbox } from "lucide-react";
import { useEffect } from "react";
import type { SessionRow } from "../../../shared/contract.ts";
import { EmptyState } from "../../components/banner.tsx";
import { useApp, useArchives, useRows, useSessionTable, useUi } from "../../state/context.ts";
import { showResponsesOfSession } from "../../state/views.ts";
import { Grid } from "./grid.tsx";
import { oneSelected } from "./grid-model.ts";
import { ListContent, NoItems } from "./list-states.tsx";
import { useQueryItems } from "./query-items.ts";
import { SESSION_COLUMNS } from "./session-columns.tsx";
import { SessionItems } from "./session-items.tsx";
import { useColumns } from "./use-columns.ts";

const keyOf = (session: SessionRow) => session.id;

/** All sessions of the archive, or those that had begun at the moment that the window is as of. */
export function SessionList() {
  const app = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? null);
  const asOf = useRows((state) => state.listing?.asOf ?? null);
  useEffect(() => {
    if (archiveId !== null) void app.sessionTable.getState().show({ archiveId, asOf });
  }, [app, archiveId, asOf]);
  const state = useSessionTable((all) => all);
  const empty =
    asOf !== null ? (
      <EmptyState icon={<Inbox size={24} aria-hidden />} title="No session had begun by then" />
    ) : (
      <NoItems what="sessions" isSession={false}>
        Each run of a pipeline, and each fetch of this app, is a session.
      </NoItems>
    );
  return (
    <ListContent what="sessions" state={state} empty={empty}>
      <SessionTable />
    </ListContent>
  );
}

function SessionTable() {
  const app = useApp();
  const state = useSessionTable((all) => all);
  const { sort } = state;
  const choice = useColumns("sessions", SESSION_COLUMNS);
  const active = useUi((all) => all.activeSession);
  const setActive = (activeSession: string) => app.ui.getState().set({ activeSession });
  const list = useQueryItems(app.sessionTable, state);
  const open = ({ id }: SessionRow) => void showResponsesOfSession(app, id);
  return (
    <Grid
      table="sessions"
      label="Sessions"
      choice={choice}
      list={list}
      keyOf={keyOf}
      sort={sort}
      sortBy={(next) => void app.sessionTable.getState().sortBy(next)}
      selection={oneSelected(list.items, keyOf, active, ({ id }) => setActive(id))}
      onEnter={open}
      onDoubleClick={open}
      menu={(session) => <SessionItems session={session} />}
    />
  );
}
