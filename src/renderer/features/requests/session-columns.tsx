import type { SessionRow, SessionSortColumn } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount, formatDuration } from "../../format/quantities.ts";
import { parseTime } from "../../format/times.ts";
import { useApp } from "../../state/context.ts";
import { showResponsesOfSession } from "../../state/views.ts";
import { bytesCell, Nothing, timeCell } from "./cells.tsx";
import type { GridColumn } from "./grid-model.ts";
import { SignIcon } from "./sign-icon.tsx";

export const SESSION_COLUMNS: readonly GridColumn<SessionRow, SessionSortColumn>[] = [
  {
    id: "started",
    label: "Started",
    width: 176,
    sort: "started",
    largestFirst: true,
    cell: ({ startedAt }, zone) => timeCell(startedAt, zone),
  },
  {
    id: "duration",
    label: "Duration",
    width: 88,
    numeric: true,
    sort: "duration",
    largestFirst: true,
    cell: durationCell,
  },
  {
    id: "source",
    label: "Source",
    width: 104,
    sort: "source",
    cell: ({ source }) => <ArchivedText text={source} />,
  },
  { id: "mode", label: "Mode", width: 64, cell: ({ mode }) => <ArchivedText text={mode} /> },
  {
    id: "requests",
    label: "Requests",
    width: 80,
    numeric: true,
    cell: ({ requestCount }) => formatCount(requestCount),
  },
  {
    id: "responses",
    label: "Responses",
    width: 104,
    numeric: true,
    sort: "responses",
    largestFirst: true,
    cell: (session) => <ResponseCount session={session} />,
  },
  { id: "reused", label: "Reused", width: 76, numeric: true, cell: ({ reusedCount }) => countCell(reusedCount) },
  {
    id: "failures",
    label: "Failures",
    width: 96,
    numeric: true,
    sort: "failures",
    largestFirst: true,
    cell: failuresCell,
  },
  {
    id: "bytes",
    label: "Size",
    width: 88,
    numeric: true,
    sort: "bytes",
    largestFirst: true,
    cell: ({ bytes }) => bytesCell(bytes),
  },
];

function countCell(count: number) {
  return count === 0 ? <Nothing /> : formatCount(count);
}

function failuresCell({ failedCount }: SessionRow) {
  if (failedCount === 0) return <Nothing />;
  return (
    <span className="sign tone-bad">
      <SignIcon sign="alert" />
      {formatCount(failedCount)}
    </span>
  );
}

function durationCell({ startedAt, endedAt }: SessionRow) {
  if (endedAt === null) {
    return (
      <span className="muted" title="Not ended: still open, or its process died">
        open
      </span>
    );
  }
  const [start, end] = [parseTime(startedAt), parseTime(endedAt)];
  return start === null || end === null || end < start ? <Nothing /> : formatDuration(end - start);
}

/** A way to the responses for the pointer; keys have Enter. */
function ResponseCount({ session }: { readonly session: SessionRow }) {
  const app = useApp();
  const { id, responseCount, inferredResponseCount } = session;
  const count = responseCount + inferredResponseCount;
  if (count === 0) return <Nothing />;
  const inferred =
    inferredResponseCount === 0 ? "" : `, ${formatCount(inferredResponseCount)} of them inferred from the time window`;
  return (
    <button
      type="button"
      className="link"
      tabIndex={-1}
      title={`Show its responses${inferred}`}
      onClick={(event) => {
        event.stopPropagation();
        void showResponsesOfSession(app, id);
      }}
    >
      {formatCount(count)}
    </button>
  );
}
