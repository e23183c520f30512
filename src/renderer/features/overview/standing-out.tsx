import type { ReactNode } from "react";
import type { BrowseRow, Overview } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { formatBytes, formatDuration } from "../../format/quantities.ts";
import { formatTime } from "../../format/times.ts";
import { useApp, useTimeZone } from "../../state/context.ts";
import { rowKey } from "../../state/rows.ts";
import { SignIcon } from "../requests/sign-icon.tsx";
import { statusLook } from "../requests/statuses.ts";
import { follow, HAS_FAILED, type Lead, showRow } from "./leads.ts";

/** The rows that one would look for: what took long, what is large, what went wrong. */
export function StandingOut({ overview, isAsOf }: { readonly overview: Overview; readonly isAsOf: boolean }) {
  const { slowest, largest, latestFailures } = overview;
  return (
    <div className="overview-lists">
      <RowList
        title="Latest failures"
        rows={latestFailures}
        none={isAsOf ? "No failure was left unanswered then." : "Nothing failed."}
        measure={failureOf}
        lead={{ filter: HAS_FAILED }}
      />
      <RowList
        title="Slowest"
        rows={slowest ?? []}
        none={slowest === null ? "Known once all files have been looked at." : "No duration was recorded."}
        numeric
        measure={(row) => (row.durationMs === null ? "" : formatDuration(row.durationMs))}
        lead={{ sort: { column: "duration", direction: "desc" } }}
      />
      <RowList
        title="Largest payloads"
        rows={largest}
        none="There is no payload."
        numeric
        measure={(row) => (row.sizeBytes === null ? "" : formatBytes(row.sizeBytes))}
        lead={{ sort: { column: "size", direction: "desc" } }}
      />
    </div>
  );
}

interface RowListProps {
  readonly title: string;
  readonly rows: readonly BrowseRow[];
  /** Said where there are none. */
  readonly none: string;
  readonly measure: (row: BrowseRow) => ReactNode;
  readonly numeric?: boolean;
  /** The table that goes on where the lines end. */
  readonly lead: Lead;
}

function RowList({ title, rows, none, measure, numeric = false, lead }: RowListProps) {
  const app = useApp();
  const zone = useTimeZone();
  return (
    <section className="overview-part" aria-label={title}>
      <header className="overview-head">
        <h2>{title}</h2>
        <span className="view-bar-gap" />
        {rows.length > 0 && (
          <Button variant="quiet" aria-label={`${title}: show all`} onClick={() => follow(app, lead)}>
            Show all
          </Button>
        )}
      </header>
      {rows.length === 0 && <p className="overview-none muted">{none}</p>}
      <ul>
        {rows.map((row) => (
          <li key={rowKey(row.ref)}>
            <button type="button" className="outstanding" data-ref={rowKey(row.ref)} onClick={() => showRow(app, row)}>
              <span className={numeric ? "outstanding-measure numeric" : "outstanding-measure"}>{measure(row)}</span>
              <span className="outstanding-what truncate">
                <ArchivedText text={row.source ?? "–"} /> <ArchivedText text={row.kind ?? "–"} className="muted" />
              </span>
              <ArchivedText
                text={formatTime(row.time, zone).slice(0, "2025-10-21 16:38".length)}
                className="outstanding-time muted"
              />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function failureOf(row: BrowseRow): ReactNode {
  const { tone, sign } = statusLook(row.status);
  return (
    <span className={`sign tone-${tone}`}>
      <SignIcon sign={sign} />
      <ArchivedText text={row.failure?.code ?? row.status} />
    </span>
  );
}
