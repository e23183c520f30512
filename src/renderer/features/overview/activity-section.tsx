import { Table2, X, ZoomIn, ZoomOut } from "lucide-react";
import { useCallback, useMemo, useRef, useState } from "react";
import type { Activity, Overview } from "../../../shared/contract.ts";
import { ArchivedText } from "../../components/archived-text.tsx";
import { Button } from "../../components/button.tsx";
import { formatCounted } from "../../format/quantities.ts";
import { parseTime, type TimeZone } from "../../format/times.ts";
import { useApp, useTimeZone } from "../../state/context.ts";
import { ActivityChart } from "./activity-chart.tsx";
import { ActivityTable } from "./activity-table.tsx";
import { type Buckets, bucketsOf, type Span, timeTerm } from "./buckets.ts";
import { showRows, wordTerm } from "./leads.ts";
import { bucketTotal, seriesName, spokenBucket, spokenSpan } from "./spoken.ts";
import { useRefreshed } from "./use-refreshed.ts";

const GAP_MS = 1_000;

export interface ActivitySectionProps {
  readonly archiveId: string;
  /** The moment that is counted as of; null: now. */
  readonly asOf: string | null;
  readonly overview: Overview;
  /** Another one: there may be more to count. */
  readonly version: unknown;
}

/** How many responses came when, and from which source; as a chart, and in words for those who do not see one. */
export function ActivitySection({ archiveId, asOf, overview, version }: ActivitySectionProps) {
  const app = useApp();
  const zone = useTimeZone();
  const [zoom, setZoom] = useState<Span | null>(null);
  const [marked, setMarked] = useState<Span | null>(null);
  const [asTable, setAsTable] = useState(false);
  const [hovered, setHovered] = useState<number | null>(null);
  const whole = wholeSpan(overview);
  const [from, to] = [zoom?.from ?? whole?.from ?? 0, zoom?.to ?? whole?.to ?? 0];
  const buckets = useMemo(() => bucketsOf({ from, to }, zone), [from, to, zone]);
  const load = useCallback(
    async (signal: AbortSignal) => {
      const { series } = await app.client.call(
        "overview.activity",
        { archiveId, asOf, edges: [...buckets.edges] },
        { signal },
      );
      return { buckets, series };
    },
    [app, archiveId, asOf, buckets],
  );
  const { value: shown, error, again } = useRefreshed(load, version, GAP_MS);
  const legend = useRef<HTMLUListElement>(null);
  if (whole === null) return null;
  const lead = (span: Span) => showRows(app, [timeTerm(span)]);
  const changeZoom = (span: Span | null) => {
    setMarked(null);
    setHovered(null);
    setZoom(span === null || (span.from <= whole.from && span.to >= whole.to) ? null : span);
  };
  return (
    <section aria-label="Activity" className="overview-part">
      <header className="overview-head">
        <h2>
          Responses {asOf !== null && "of that moment "}by{" "}
          {buckets.unit === "day" && zone === "local" ? "local day" : buckets.unit} and source
        </h2>
        <span className="view-bar-gap" />
        <Button
          variant="quiet"
          aria-label="Zoom out"
          hint={zoom === null ? "All of the time is shown. Drag over the chart to mark a part of it." : "Zoom out"}
          unavailable={zoom === null}
          icon={<ZoomOut size={14} />}
          onClick={() => changeZoom(widened(from, to))}
        />
        <Button variant="quiet" unavailable={zoom === null} onClick={() => changeZoom(null)}>
          Whole time
        </Button>
        <Button
          variant="quiet"
          aria-label="As a table"
          hint="As a table"
          aria-pressed={asTable}
          icon={<Table2 size={14} />}
          onClick={() => setAsTable(!asTable)}
        />
      </header>
      {error !== null && (
        <p className="overview-error" role="alert">
          The activity could not be counted: <ArchivedText text={error.message} />
          <Button onClick={again}>Try again</Button>
        </p>
      )}
      {shown !== null && (
        <>
          {asTable ? (
            <ActivityTable buckets={shown.buckets} series={shown.series} zone={zone} onChoose={lead} />
          ) : (
            <ActivityChart
              buckets={shown.buckets}
              series={shown.series}
              zone={zone}
              legend={legend}
              marked={marked}
              label={chartLabel(shown, zone)}
              onMark={setMarked}
              onChoose={lead}
              onHover={setHovered}
            />
          )}
          {!asTable && <Legend series={shown.series} place={legend} />}
          <div className={asTable ? "activity-caption activity-caption-table" : "activity-caption"}>
            {marked !== null && !asTable ? (
              <Marked
                span={marked}
                shown={shown}
                zone={zone}
                onShow={() => lead(marked)}
                onZoom={() => changeZoom(marked)}
                onClear={() => setMarked(null)}
              />
            ) : (
              <Caption shown={shown} bucket={hovered} zone={zone} asTable={asTable} />
            )}
          </div>
        </>
      )}
      {shown === null && error === null && <div className="activity-chart" role="status" aria-label="Counting…" />}
    </section>
  );
}

interface Shown {
  readonly buckets: Buckets;
  readonly series: Activity["series"];
}

function Legend({ series, place }: { readonly series: Shown["series"]; readonly place: React.Ref<HTMLUListElement> }) {
  const app = useApp();
  return (
    <ul className="activity-legend" ref={place} aria-label="Sources">
      {series.map((each) => (
        <li key={`${each.others} ${each.source}`}>
          <span className={`swatch swatch-${each.rank === null ? "rest" : each.rank + 1}`} data-swatch aria-hidden />
          {each.others ? (
            <span className="muted">{seriesName(each)}</span>
          ) : (
            <button
              type="button"
              className="legend-source truncate"
              onClick={() => showRows(app, [wordTerm("source", each.source)])}
            >
              <bdi>{seriesName(each)}</bdi>
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

interface CaptionProps {
  readonly shown: Shown;
  readonly bucket: number | null;
  readonly zone: TimeZone;
  readonly asTable: boolean;
}

function Caption({ shown, bucket, zone, asTable }: CaptionProps) {
  const { buckets, series } = shown;
  if (bucket === null || asTable) {
    return (
      <span className="muted truncate">
        {asTable ? "A line leads to its rows." : "Click for the rows of that time; drag to mark a longer one."}
      </span>
    );
  }
  const [from, to] = [buckets.edges[bucket] ?? 0, buckets.edges[bucket + 1] ?? 0];
  return (
    <span className="truncate">
      <strong>{spokenSpan(from, to, buckets.unit, zone)}</strong>{" "}
      {formatCounted(bucketTotal(series, bucket), "response")}{" "}
      <bdi className="muted">{spokenBucket(series, bucket)}</bdi>
    </span>
  );
}

interface MarkedProps {
  readonly span: Span;
  readonly shown: Shown;
  readonly zone: TimeZone;
  readonly onShow: () => void;
  readonly onZoom: () => void;
  readonly onClear: () => void;
}

function Marked({ span, shown, zone, onShow, onZoom, onClear }: MarkedProps) {
  const { edges, unit } = shown.buckets;
  const total = edges
    .slice(0, -1)
    .reduce((sum, edge, at) => sum + (edge >= span.from && edge < span.to ? bucketTotal(shown.series, at) : 0), 0);
  return (
    <>
      <strong className="truncate">{spokenSpan(span.from, span.to, unit, zone)}</strong>
      <Button onClick={onShow}>Show {formatCounted(total, "response")}</Button>
      <Button icon={<ZoomIn size={13} />} onClick={onZoom}>
        Zoom in
      </Button>
      <Button variant="quiet" aria-label="Unmark" icon={<X size={14} />} onClick={onClear} />
    </>
  );
}

function wholeSpan({ first, last }: Overview): Span | null {
  const [from, to] = [first, last].map((text) => (text === null ? null : parseTime(text)));
  return from == null || to == null ? null : { from, to: to + 1 };
}

/** Twice as long, around the same middle. */
function widened(from: number, to: number): Span {
  const more = (to - from) / 2;
  return { from: Math.floor(from - more), to: Math.ceil(to + more) };
}

function chartLabel({ buckets, series }: Shown, zone: TimeZone): string {
  const totals = buckets.edges.slice(1).map((_, at) => bucketTotal(series, at));
  const most = totals.indexOf(Math.max(...totals));
  const [first = 0, last = 0] = [buckets.edges[0], buckets.edges.at(-1)];
  const total = totals.reduce((sum, count) => sum + count, 0);
  const [from = 0, to = 0] = [buckets.edges[most], buckets.edges[most + 1]];
  return `Responses by ${buckets.unit}, ${spokenSpan(first, last, buckets.unit, zone)}: ${formatCounted(total, "response")}, most of them (${totals[most] ?? 0}) in ${spokenSpan(from, to, buckets.unit, zone)}. The table beside says the same in words.`;
}
