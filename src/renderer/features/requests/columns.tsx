import type { ReactNode } from "react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatBytes, formatBytesExactly, formatDuration } from "../../format/quantities.ts";
import { formatTime, relativeTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { SignIcon } from "./sign-icon.tsx";
import type { ColumnId } from "./sorting.ts";
import { integrityLook, statusLook } from "./statuses.ts";

export interface RowColumn {
  readonly id: ColumnId;
  readonly label: string;
  /** CSS pixels, until the person drags it. */
  readonly width: number;
  readonly numeric?: boolean;
  readonly cell: (row: BrowseRow, zone: TimeZone) => ReactNode;
}

/** Digits of a checksum that tell payloads apart in a list. */
const SHORT_CHECKSUM = 12;

export const COLUMNS: readonly RowColumn[] = [
  { id: "time", label: "Time", width: 184, cell: timeCell },
  { id: "source", label: "Source", width: 104, cell: sourceCell },
  { id: "kind", label: "Kind", width: 140, cell: (row) => requestCell(row, row.kind) },
  { id: "method", label: "Method", width: 96, cell: (row) => requestCell(row, row.method) },
  { id: "status", label: "Status", width: 136, cell: statusCell },
  { id: "size", label: "Size", width: 82, numeric: true, cell: sizeCell },
  { id: "type", label: "Type", width: 132, cell: (row) => archived(row.mediaType) },
  { id: "duration", label: "Duration", width: 84, numeric: true, cell: durationCell },
  { id: "checksum", label: "Checksum", width: 110, cell: checksumCell },
  { id: "integrity", label: "Integrity", width: 210, cell: integrityCell },
];

function archived(text: string | null): ReactNode {
  return text === null ? <Nothing /> : <ArchivedText text={text} />;
}

function Nothing() {
  return <span className="cell-nothing">–</span>;
}

function Inferred({ because, children }: { readonly because: string; readonly children: ReactNode }) {
  return (
    <em className="inferred" title={`inferred: ${because}`}>
      {children}
    </em>
  );
}

function timeCell(row: BrowseRow, zone: TimeZone): ReactNode {
  const ago = relativeTime(row.time, Date.now());
  const title = visibleText(ago === null ? row.time : `${ago}\n${row.time}`);
  return (
    <span title={title}>
      <ArchivedText text={formatTime(row.time, zone)} />
    </span>
  );
}

function sourceCell(row: BrowseRow): ReactNode {
  if (row.source === null || !row.sessionInferred) return archived(row.source);
  return <Inferred because="from the time window of the session">{archived(row.source)}</Inferred>;
}

function requestCell(row: BrowseRow, text: string | null): ReactNode {
  if (text === null || !row.requestInferred) return archived(text);
  return <Inferred because="from a request that got the same bytes">{archived(text)}</Inferred>;
}

function statusCell(row: BrowseRow): ReactNode {
  const { tone, sign } = statusLook(row.status);
  const title = row.failure === null ? undefined : visibleText(`${row.failure.code}: ${row.failure.message}`);
  return (
    <span className={`sign tone-${tone}`} title={title}>
      <SignIcon sign={sign} />
      <span className="sign-text">
        <ArchivedText text={row.status} />
      </span>
      <PayloadProblem row={row} />
    </span>
  );
}

/** Beside the status, because a good status says nothing about the bytes, and Integrity is the last column. */
function PayloadProblem({ row }: { readonly row: BrowseRow }) {
  const { tone, sign, word, explanation } = integrityLook(row.payload);
  if (row.payload !== "corrupt" && row.payload !== "missing" && row.payload !== "unaddressable") return null;
  return (
    <span className={`sign tone-${tone}`} role="img" aria-label={`payload ${word}`} title={explanation}>
      <SignIcon sign={sign} />
    </span>
  );
}

function sizeCell(row: BrowseRow): ReactNode {
  if (row.sizeBytes === null) return <Nothing />;
  return <span title={formatBytesExactly(row.sizeBytes)}>{formatBytes(row.sizeBytes)}</span>;
}

function durationCell(row: BrowseRow): ReactNode {
  if (row.durationMs === null) return <Nothing />;
  const duration = formatDuration(row.durationMs);
  if (!row.sharedMetadata) return duration;
  return <Inferred because="from an earlier response with the same bytes">{duration}</Inferred>;
}

function checksumCell(row: BrowseRow): ReactNode {
  if (row.checksum === null || row.checksum === "") return <Nothing />;
  const text = visibleText(row.checksum);
  return (
    <span className="mono" title={text}>
      {text.slice(0, SHORT_CHECKSUM)}
    </span>
  );
}

function integrityCell(row: BrowseRow): ReactNode {
  const look = integrityLook(row.payload);
  const orphan = row.requestInferred
    ? "The request row of this response does not exist; kind and method are inferred."
    : "The request row of this response does not exist.";
  return (
    <span className="sign-row">
      {look.word === "" ? (
        <Nothing />
      ) : (
        <span className={`sign tone-${look.tone}`} title={look.explanation}>
          <SignIcon sign={look.sign} />
          {look.word}
        </span>
      )}
      {row.orphan && (
        <span className="tag" title={orphan}>
          orphan
        </span>
      )}
      {(row.sessionInferred || row.requestInferred) && (
        <em className="tag inferred" title="inferred: some values in this row are concluded, not recorded">
          inferred
        </em>
      )}
    </span>
  );
}
