import type { IdentityRow, IdentitySortColumn } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatCount } from "../../format/quantities.ts";
import { visibleText } from "../../format/visible-text.ts";
import { archived, bytesCell, requestCell, sourceCell, statusCell, timeCell } from "./cells.tsx";
import type { GridColumn } from "./grid-model.ts";

export const REQUEST_COLUMNS: readonly GridColumn<IdentityRow, IdentitySortColumn>[] = [
  {
    id: "last",
    label: "Last fetched",
    width: 176,
    sort: "last",
    largestFirst: true,
    cell: ({ row }, zone) => timeCell(row.time, zone),
  },
  { id: "source", label: "Source", width: 104, sort: "source", cell: ({ row }) => sourceCell(row) },
  { id: "kind", label: "Kind", width: 140, sort: "kind", cell: ({ row }) => requestCell(row, row.kind) },
  { id: "request", label: "Request", width: 260, cell: ({ label }) => <Label text={label} /> },
  { id: "method", label: "Method", width: 92, cell: ({ row }) => requestCell(row, row.method) },
  {
    id: "responses",
    label: "Responses",
    width: 112,
    numeric: true,
    sort: "responses",
    largestFirst: true,
    cell: ({ responses }) => formatCount(responses),
  },
  {
    id: "payloads",
    label: "Payloads",
    width: 104,
    numeric: true,
    sort: "payloads",
    largestFirst: true,
    cell: ({ payloads }) => <span title="Different payloads among the responses">{formatCount(payloads)}</span>,
  },
  {
    id: "changed",
    label: "Last change",
    width: 176,
    sort: "changed",
    largestFirst: true,
    cell: ({ changedAt }, zone) => timeCell(changedAt, zone),
  },
  { id: "status", label: "Last status", width: 124, cell: ({ row }) => statusCell(row) },
  { id: "bytes", label: "Size in all", width: 96, numeric: true, cell: ({ bytes }) => bytesCell(bytes) },
];

function Label({ text }: { readonly text: string }) {
  if (text === "") return archived(null);
  return (
    <span className="mono" title={visibleText(text)}>
      <ArchivedText text={text} />
    </span>
  );
}
