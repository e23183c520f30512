import type { Activity } from "../../../shared/contract.ts";
import { formatCount } from "../../format/quantities.ts";
import type { TimeZone } from "../../format/times.ts";
import type { Buckets, Span } from "./buckets.ts";
import { bucketTotal, seriesName, spokenSpan } from "./spoken.ts";

export interface ActivityTableProps {
  readonly buckets: Buckets;
  readonly series: Activity["series"];
  readonly zone: TimeZone;
  readonly onChoose: (span: Span) => void;
}

/** The chart in words: newest first, spans without a response left out. */
export function ActivityTable({ buckets, series, zone, onChoose }: ActivityTableProps) {
  const lines = buckets.edges
    .slice(0, -1)
    .map((from, bucket) => ({
      from,
      to: buckets.edges[bucket + 1] ?? from,
      bucket,
      total: bucketTotal(series, bucket),
    }))
    .filter(({ total }) => total > 0)
    .reverse();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard
    <section className="activity-table" tabIndex={0} aria-label="Responses by time and source">
      <table className="overview-table">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col" className="numeric">
              All
            </th>
            {series.map((each) => (
              <th key={`${each.others} ${each.source}`} scope="col" className="numeric truncate">
                <bdi>{seriesName(each)}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ from, to, bucket, total }) => (
            <tr key={from}>
              <th scope="row">
                <button type="button" className="link" onClick={() => onChoose({ from, to })}>
                  {spokenSpan(from, to, buckets.unit, zone)}
                </button>
              </th>
              <td className="numeric">{formatCount(total)}</td>
              {series.map((each) => (
                <td key={`${each.others} ${each.source}`} className="numeric">
                  {formatCount(each.counts[bucket] ?? 0)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
