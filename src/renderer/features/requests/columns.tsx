import type { ReactNode } from "react";
import type { BrowseRow, RowSortColumn } from "../../../shared/contract.ts";
import { formatDuration } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { archived, bytesCell, Inferred, Nothing, requestCell, sourceCell, statusCell, timeCell } from "./cells.tsx";
import type { GridColumn } from "./grid-model.ts";
import { SignIcon } from "./sign-icon.tsx";
import { integrityLook } from "./statuses.ts";

export type RowColumn = GridColumn<BrowseRow, RowSortColumn>;

/** Digits of a checksum that tell payloads apart in a list. */
const SHORT_CHECKSUM = 12;

export const COLUMNS: readonly RowColumn[] = [
  {
    id: "time",
    label: "Time",
    width: 176,
    sort: "time",
    largestFirst: true,
    cell: (row, zone) => timeCell(row.time, zone),
  },
  { id: "source", label: "Source", width: 100, sort: "source", cell: sourceCell },
  { id: "kind", label: "Kind", width: 100, sort: "kind", cell: (row) => requestCell(row, row.kind) },
  { id: "status", label: "Status", width: 108, sort: "status", cell: statusCell },
  {
    id: "size",
    label: "Size",
    width: 80,
    numeric: true,
    sort: "size",
    largestFirst: true,
    cell: (row) => bytesCell(row.sizeBytes),
  },
  { id: "type", label: "Type", width: 152, sort: "type", cell: (row) => archived(row.mediaType) },
  { id: "method", label: "Method", width: 88, sort: "method", cell: (row) => requestCell(row, row.method) },
  {
    id: "duration",
    label: "Duration",
    width: 84,
    numeric: true,
    sort: "duration",
    largestFirst: true,
    cell: durationCell,
  },
  { id: "checksum", label: "Checksum", width: 100, sort: "checksum", cell: checksumCell },
  // Found out row by row, so no list can be ordered by it.
  { id: "integrity", label: "Integrity", width: 210, cell: integrityCell },
];

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
