import { CircleAlert, Layers } from "lucide-react";
import type { SessionSummary } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount, formatCounted } from "../../format/quantities.ts";
import { formatTime, relativeTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { CountAt } from "./count-at.tsx";
import { type RailEntry, sessionSpan } from "./rail-entries.ts";

export interface RailLineProps {
  readonly id: string;
  /** Its place in the list. */
  readonly line: number;
  readonly entry: RailEntry;
  readonly zone: TimeZone;
  readonly archiveId: string;
  /** Responses of the whole archive. */
  readonly total: number;
  /** The moment that counts are as of; null: now. */
  readonly asOf: string | null;
  readonly selected: boolean;
  readonly top: number;
  readonly height: number;
}

/** One line of the rail: a day, a session, or all of them. The list around it hears keys and clicks. */
export function RailLine({ id, line, entry, zone, archiveId, total, asOf, selected, top, height }: RailLineProps) {
  const place = { top, height };
  switch (entry.kind) {
    case "day":
      return (
        <div id={id} role="presentation" className="rail-day" style={place}>
          {entry.label}
        </div>
      );
    case "all":
      return (
        <div
          id={id}
          role="option"
          tabIndex={-1}
          aria-selected={selected}
          data-line={line}
          className="rail-line rail-all"
          style={place}
        >
          <Layers size={14} className="tone-muted" aria-hidden />
          <span className="rail-source">All responses</span>
          {asOf === null ? (
            <span
              className="rail-count"
              title="Responses; what failed without one is listed in its session, and by is:failed"
            >
              {formatCount(total)}
            </span>
          ) : (
            <CountAt archiveId={archiveId} asOf={asOf} />
          )}
        </div>
      );
    case "session":
      return (
        <div
          id={id}
          role="option"
          tabIndex={-1}
          aria-selected={selected}
          data-testid="session"
          data-session={entry.session.id}
          data-line={line}
          className="rail-line"
          style={place}
          title={sessionTitle(entry.session, zone, asOf)}
        >
          <SessionLine session={entry.session} zone={zone} />
        </div>
      );
  }
}

function SessionLine({ session, zone }: { readonly session: SessionSummary; readonly zone: TimeZone }) {
  const { requestCount, responseCount, inferredResponseCount, failedCount, reusedCount, partial } = session;
  return (
    <>
      <span className="rail-first">
        <ArchivedText text={session.source} className="rail-source truncate" />
        <ArchivedText text={session.mode} className="rail-mode" />
        <span className="rail-count">
          {formatCount(requestCount)} / {partial ? "…" : formatCount(responseCount + inferredResponseCount)}
        </span>
      </span>
      <span className="rail-second">
        <ArchivedText
          text={sessionSpan(session, zone)}
          className={session.endedAt === null ? "rail-span truncate rail-open" : "rail-span truncate"}
        />
        {failedCount > 0 && (
          <span className="rail-mark tone-bad">
            <CircleAlert size={12} aria-hidden />
            {formatCount(failedCount)} failed
          </span>
        )}
        {reusedCount > 0 && <span className="rail-mark">{formatCount(reusedCount)} reused</span>}
        {inferredResponseCount > 0 && (
          <span className="rail-mark inferred">{formatCount(inferredResponseCount)} inferred</span>
        )}
      </span>
    </>
  );
}

function sessionTitle(session: SessionSummary, zone: TimeZone, asOf: string | null): string {
  const started = `Started ${formatTime(session.startedAt, zone)}`;
  const ago = relativeTime(session.startedAt, Date.now());
  const lines = [
    session.source,
    ago === null ? started : `${started} (${ago})`,
    endOf(session, zone, asOf),
    session.partial
      ? `${formatCounted(session.requestCount, "request")}; its responses are counted once the index is there`
      : `${formatCounted(session.requestCount, "request")}, ${formatCounted(session.responseCount, "response")}`,
  ];
  if (session.failedCount > 0)
    lines.push(`${formatCounted(session.failedCount, "failure")}, with or without a response`);
  if (session.inferredResponseCount > 0) {
    lines.push(`${formatCounted(session.inferredResponseCount, "more response")} inferred from the time window`);
  }
  if (asOf !== null) lines.push(`Counts are as of ${formatTime(asOf, zone)}`);
  return lines.map(visibleText).join("\n");
}

function endOf({ endedAt }: SessionSummary, zone: TimeZone, asOf: string | null): string {
  if (endedAt !== null) return `Ended ${formatTime(endedAt, zone)}`;
  return asOf === null ? "Not ended: still open, or its process died" : "Not ended by then";
}
