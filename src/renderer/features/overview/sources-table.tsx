import type { PayloadSizes, RowFilter, SourceOverview } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { formatBytes, formatCount } from "../../format/quantities.ts";
import { formatTime, relativeTime, type TimeZone } from "../../format/times.ts";
import { useApp, useTimeZone } from "../../state/context.ts";
import { HAS_FAILED, showRows, wordTerm } from "./leads.ts";
import { spokenShare } from "./spoken.ts";

export interface SourcesTableProps {
  readonly sources: readonly SourceOverview[];
  /** Null until they are summed. */
  readonly sizes: PayloadSizes | null;
}

/** What came from where; a name and a number of failures lead to the rows. */
export function SourcesTable({ sources, sizes }: SourcesTableProps) {
  const zone = useTimeZone();
  const bytes = new Map(sizes?.bySource.map((each) => [each.source, each.bytes]));
  return (
    <section aria-label="Sources" className="overview-part">
      <header className="overview-head">
        <h2>Sources</h2>
      </header>
      <div className="overview-scroll">
        <table className="overview-table" data-testid="sources">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col" className="numeric">
                Responses
              </th>
              <th scope="col" className="numeric">
                Received
              </th>
              <th scope="col" className="numeric">
                Unchanged
              </th>
              <th scope="col" className="numeric">
                Failures
              </th>
              <th scope="col">Last response</th>
            </tr>
          </thead>
          <tbody>
            {sources.map((each) => (
              <SourceLine
                key={String(each.source)}
                each={each}
                bytes={sizes === null ? null : (bytes.get(each.source) ?? 0)}
                zone={zone}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface SourceLineProps {
  readonly each: SourceOverview;
  readonly bytes: number | null;
  readonly zone: TimeZone;
}

function SourceLine({ each, bytes, zone }: SourceLineProps) {
  const app = useApp();
  const { source, responses, changes, failures, last } = each;
  const ofSource = wordTerm("source", source);
  const failed: RowFilter = [ofSource, ...HAS_FAILED];
  return (
    <tr>
      <th scope="row">
        <button type="button" className="link" onClick={() => showRows(app, [ofSource])}>
          {source === null ? "unknown" : <ArchivedText text={source} />}
        </button>
      </th>
      <td className="numeric">{formatCount(responses)}</td>
      <td className="numeric">{bytes === null ? "…" : formatBytes(bytes)}</td>
      <td className="numeric">{spokenShare(changes.unchanged, changes.unchanged + changes.changed)}</td>
      <td className="numeric">
        {failures === 0 ? (
          "0"
        ) : (
          <button type="button" className="link tone-bad" onClick={() => showRows(app, failed)}>
            {formatCount(failures)}
          </button>
        )}
      </td>
      <td title={last === null ? undefined : (relativeTime(last, Date.now()) ?? undefined)}>
        {last === null ? "–" : formatTime(last, zone).slice(0, "2025-10-21 16:38:04".length)}
      </td>
    </tr>
  );
}
