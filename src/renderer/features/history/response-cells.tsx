import type { ReactNode } from "react";
import type { BrowseRow, HistoryItem } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatBytes, formatBytesExactly } from "../../format/quantities.ts";
import { formatTime, relativeTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { useRows } from "../../state/context.ts";
import { isLater } from "../as-of/moments.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import { integrityLook, statusLook } from "../requests/statuses.ts";
import { changeLook } from "./history-looks.ts";

/** One response of a history, in the order in which one asks: when, changed, how large, which bytes, are they intact. */
export function HistoryCells({
  item,
  zone,
  own,
}: {
  readonly item: HistoryItem;
  readonly zone: TimeZone;
  readonly own: boolean;
}) {
  const { row, change } = item;
  const look = changeLook(change);
  const asOf = useRows((state) => state.listing?.asOf ?? null);
  return (
    <>
      <TimeCell row={row} zone={zone} />
      <span className={`line-change tone-${look.tone}`} title={look.explanation}>
        <ChangeMark mark={look.mark} /> {look.word}
      </span>
      <SizeCell row={row} />
      <StatusCell row={row} />
      <ChecksumCell row={row} />
      <Notes row={row} own={own}>
        {isLater(row.time, asOf) && (
          <em className="tag response-later" title="Came after the moment that the lists are as of">
            later
          </em>
        )}
      </Notes>
    </>
  );
}

/** One response with the same bytes: when, of whom, for what. */
export function SameBytesCells({
  row,
  zone,
  own,
}: {
  readonly row: BrowseRow;
  readonly zone: TimeZone;
  readonly own: boolean;
}) {
  return (
    <>
      <TimeCell row={row} zone={zone} />
      <span className="line-source truncate">
        <ArchivedText text={row.source ?? "unknown source"} className={row.sessionInferred ? "inferred" : ""} />
      </span>
      <span className="line-kind truncate">
        <ArchivedText text={row.kind ?? "unknown kind"} className={row.requestInferred ? "inferred" : ""} />
      </span>
      <StatusCell row={row} />
      <Notes row={row} own={own} />
    </>
  );
}

function TimeCell({ row, zone }: { readonly row: BrowseRow; readonly zone: TimeZone }) {
  return (
    <span className="line-time truncate" title={visibleText(relativeTime(row.time, Date.now()) ?? row.time)}>
      <ArchivedText text={formatTime(row.time, zone)} />
    </span>
  );
}

function SizeCell({ row }: { readonly row: BrowseRow }) {
  if (row.sizeBytes === null) return <span className="line-size muted">–</span>;
  return (
    <span className="line-size" title={formatBytesExactly(row.sizeBytes)}>
      {formatBytes(row.sizeBytes)}
    </span>
  );
}

function StatusCell({ row }: { readonly row: BrowseRow }) {
  const { tone, sign } = statusLook(row.status);
  return (
    <span className={`line-status sign tone-${tone} truncate`}>
      <SignIcon sign={sign} />
      <ArchivedText text={row.status} />
    </span>
  );
}

function ChecksumCell({ row }: { readonly row: BrowseRow }) {
  const text = visibleText(row.checksum ?? "");
  return (
    <span className="line-checksum mono" title={text}>
      {text === "" ? "–" : text.slice(0, 8)}
    </span>
  );
}

/** What is unusual: bytes that are not intact, a request that is only concluded, and which one the inspector shows. */
function Notes({
  row,
  own,
  children,
}: {
  readonly row: BrowseRow;
  readonly own: boolean;
  readonly children?: ReactNode;
}) {
  const { tone, sign, word, explanation } = integrityLook(row.payload);
  return (
    <span className="line-notes">
      {children}
      {row.payload !== "ok" && row.payload !== "none" && (
        <span className={`sign tone-${tone}`} title={explanation}>
          <SignIcon sign={sign} />
          {word}
        </span>
      )}
      {row.requestInferred && (
        <em
          className="tag inferred"
          title="inferred: the request row of this response was never stored; it has the bytes of one to this request"
        >
          inferred
        </em>
      )}
      {own && <span className="tag line-shown">shown</span>}
    </span>
  );
}

/** The mark that the chart has for it. */
function ChangeMark({ mark }: { readonly mark: ReturnType<typeof changeLook>["mark"] }) {
  return (
    <svg className="change-mark" width={10} height={10} aria-hidden="true">
      {mark === "diamond" && <path className="chart-changed" d="M5 0.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z" />}
      {mark === "dot" && <circle className="chart-changed" cx={5} cy={5} r={3} />}
      {mark === "ring" && <circle className="chart-same" cx={5} cy={5} r={2.5} />}
    </svg>
  );
}
