import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount, formatDuration } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import type { App } from "../../state/app.ts";
import { bytesCell, Nothing } from "../requests/cells.tsx";
import type { GridColumn } from "../requests/grid-model.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import { attemptsOf, type RunLine, type RunSortColumn } from "./run-list.ts";
import { compareLine, previousOf } from "./run-steps.ts";
import { spokenReason, spokenState, stateLook } from "./spoken.ts";

/** The columns of a run's requests. */
export function runColumns(app: App): readonly GridColumn<RunLine, RunSortColumn>[] {
  return [
    {
      id: "place",
      label: "#",
      width: 64,
      numeric: true,
      sort: "place",
      cell: ({ place }) => formatCount(place + 1),
    },
    { id: "state", label: "State", width: 284, sort: "state", cell: (line) => <State app={app} line={line} /> },
    {
      id: "request",
      label: "Request",
      width: 310,
      sort: "request",
      cell: ({ method, label }) => (
        <>
          <ArchivedText text={method} className="muted" /> <ArchivedText text={label} className="mono" />
        </>
      ),
    },
    {
      id: "size",
      label: "Size",
      width: 80,
      numeric: true,
      sort: "size",
      largestFirst: true,
      cell: ({ state }) => bytesCell("sizeBytes" in state ? state.sizeBytes : null),
    },
    {
      id: "duration",
      label: "Duration",
      width: 88,
      numeric: true,
      sort: "duration",
      largestFirst: true,
      cell: ({ state }) => ("durationMs" in state ? formatDuration(state.durationMs) : <Nothing />),
    },
    {
      id: "attempts",
      label: "Attempts",
      width: 84,
      numeric: true,
      sort: "attempts",
      largestFirst: true,
      cell: ({ state }) => (attemptsOf(state) === 0 ? <Nothing /> : formatCount(attemptsOf(state))),
    },
    { id: "kind", label: "Kind", width: 100, sort: "kind", cell: ({ kind }) => <ArchivedText text={kind} /> },
  ];
}

/** How it stands and why, with a way to the difference for the pointer; keys have the menu. */
function State({ app, line }: { readonly app: App; readonly line: RunLine }) {
  const { tone, sign } = stateLook(line);
  const reason = spokenReason(line);
  return (
    <span className="run-state" title={reason === null ? undefined : visibleText(reason)}>
      <span className={`sign tone-${tone}`}>
        <SignIcon sign={sign} />
        {spokenState(line)}
      </span>
      {reason !== null && <ArchivedText text={reason} className="run-reason truncate" />}
      {previousOf(line) !== null && (
        <button
          type="button"
          className="link"
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            compareLine(app, line);
          }}
        >
          Compare
        </button>
      )}
    </span>
  );
}
