/** What cells of several tables are made of. */
import type { ReactNode } from "react";
import type { BrowseRow } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatBytes, formatBytesExactly } from "../../format/quantities.ts";
import { formatTime, relativeTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { SignIcon } from "./sign-icon.tsx";
import { integrityLook, statusLook } from "./statuses.ts";

export function archived(text: string | null): ReactNode {
  return text === null ? <Nothing /> : <ArchivedText text={text} />;
}

export function Nothing() {
  return <span className="cell-nothing">–</span>;
}

export function Inferred({ because, children }: { readonly because: string; readonly children: ReactNode }) {
  return (
    <em className="inferred" title={`inferred: ${because}`}>
      {children}
    </em>
  );
}

/** A timestamp text, with how long ago it was. */
export function timeCell(text: string | null, zone: TimeZone): ReactNode {
  if (text === null) return <Nothing />;
  const ago = relativeTime(text, Date.now());
  const title = visibleText(ago === null ? text : `${ago}\n${text}`);
  return (
    <span title={title}>
      <ArchivedText text={formatTime(text, zone)} />
    </span>
  );
}

export function bytesCell(bytes: number | null): ReactNode {
  if (bytes === null) return <Nothing />;
  return <span title={formatBytesExactly(bytes)}>{formatBytes(bytes)}</span>;
}

export function sourceCell(row: BrowseRow): ReactNode {
  if (row.source === null || !row.sessionInferred) return archived(row.source);
  return <Inferred because="from the time window of the session">{archived(row.source)}</Inferred>;
}

export function requestCell(row: BrowseRow, text: string | null): ReactNode {
  if (text === null || !row.requestInferred) return archived(text);
  return <Inferred because="from a request that got the same bytes">{archived(text)}</Inferred>;
}

export function statusCell(row: BrowseRow): ReactNode {
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
