import { type RefObject, useEffect, useRef } from "react";
import uPlot from "uplot";
import type { Activity } from "../../../shared/contract.ts";
import { formatCount } from "../../format/quantities.ts";
import { type TimeZone, timeParts } from "../../format/times.ts";
import { type Buckets, bucketAt, type Span } from "./buckets.ts";
import "uplot/dist/uPlot.min.css";

export interface ActivityChartProps {
  readonly buckets: Buckets;
  readonly series: Activity["series"];
  readonly zone: TimeZone;
  /** Its swatches (`data-swatch`), in the order of the series, have the colours: a canvas knows no tokens. */
  readonly legend: RefObject<HTMLElement | null>;
  readonly marked: Span | null;
  readonly label: string;
  readonly onMark: (span: Span | null) => void;
  readonly onChoose: (span: Span) => void;
  readonly onHover: (bucket: number | null) => void;
}

const HEIGHT = 180;
const DAY = 86_400_000;
const COUNT_STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((step) => step * 10 ** power)).flat();

/** Stacked bars of responses over time. The table beside says the same in words. */
export function ActivityChart(props: ActivityChartProps) {
  const { buckets, series, zone, legend, marked, label } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(null);
  const heard = useRef(props);
  heard.current = props;

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new uPlot(
      {
        ...optionsFor(buckets, series, zone, legend),
        width: Math.max(120, element.clientWidth),
        height: HEIGHT,
        hooks: {
          setCursor: [(plot) => heard.current.onHover(hoveredBucket(plot, buckets))],
          setSelect: [(plot) => heard.current.onMark(selectedSpan(plot, buckets))],
        },
      },
      stacked(buckets, series),
      element,
    );
    const onClick = () => {
      const bucket = hoveredBucket(made, buckets);
      if (bucket !== null) heard.current.onChoose(spanOf(buckets, bucket, bucket));
    };
    made.over.addEventListener("click", onClick);
    const resized = new ResizeObserver(() =>
      made.setSize({ width: Math.max(120, element.clientWidth), height: HEIGHT }),
    );
    resized.observe(element);
    // Another theme has other colours, which bars keep with their paths.
    const redraw = () => made.redraw();
    const themed = new MutationObserver(redraw);
    themed.observe(document.documentElement, { attributeFilter: ["data-theme", "data-contrast"] });
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", redraw);
    chart.current = made;
    return () => {
      dark.removeEventListener("change", redraw);
      themed.disconnect();
      resized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [buckets, series, zone, legend]);

  // After the chart was made anew as well; not while somebody drags, which only moves the cursor.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const plot = chart.current;
    if (plot === null) return;
    const left = marked === null ? 0 : Math.max(0, plot.valToPos(marked.from, "x"));
    const right = marked === null ? 0 : Math.min(plot.over.clientWidth, plot.valToPos(marked.to, "x"));
    plot.setSelect({ left, top: 0, width: Math.max(0, right - left), height: plot.over.clientHeight }, false);
  }, [marked, buckets, series, zone]);

  return <div ref={place} className="activity-chart" role="img" aria-label={label} />;
}

function optionsFor(
  buckets: Buckets,
  series: Activity["series"],
  zone: TimeZone,
  legend: RefObject<HTMLElement | null>,
): Omit<uPlot.Options, "width" | "height"> {
  const { edges } = buckets;
  const bars = uPlot.paths.bars?.({ align: 1, size: [0.9, 80] });
  const colour = (property: string) => () =>
    legend.current === null ? "gray" : getComputedStyle(legend.current).getPropertyValue(property);
  const axis: uPlot.Axis = {
    stroke: colour("color"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colour("border-top-color"), width: 1 },
    ticks: { show: false },
  };
  const [countsWidth, padding] = [52, 8];
  return {
    ms: 1,
    padding: [padding, padding, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false, dist: 4 } },
    scales: {
      x: { range: [edges[0] ?? 0, edges.at(-1) ?? 1] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most * 1.04)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 72,
        // The drawing itself still has the width of before while the window changes its own.
        splits: (plot, _axis, from, to) => timeSplits(edges, from, to, plot.width - countsWidth - padding),
        values: (_plot, splits) => timeLabels(splits, zone),
      },
      {
        ...axis,
        size: countsWidth,
        space: 32,
        incrs: COUNT_STEPS,
        values: (_plot, splits) => splits.map((count) => (Number.isInteger(count) ? formatCount(count) : "")),
      },
    ],
    series: [
      {},
      // The whole stack first: what is drawn later covers its lower part.
      ...series
        .map((_, at): uPlot.Series => {
          const fill = () => {
            const swatch = legend.current?.querySelectorAll("[data-swatch]")[at];
            return swatch === undefined ? "gray" : getComputedStyle(swatch).backgroundColor;
          };
          return {
            fill,
            stroke: colour("background-color"),
            width: 0,
            ...(bars === undefined ? {} : { paths: bars }),
            points: { show: false },
          };
        })
        .reverse(),
    ],
  };
}

/** Sums from the first series on, the last of them first: in the order in which they are drawn. */
function stacked({ edges }: Buckets, series: Activity["series"]): uPlot.AlignedData {
  const times = edges.slice(0, -1);
  const sums = times.map(() => 0);
  const layers = series.map(({ counts }) =>
    counts.map((count, at) => {
      sums[at] = (sums[at] ?? 0) + count;
      return count === 0 && sums[at] === 0 ? null : (sums[at] ?? 0);
    }),
  );
  return [times, ...layers.reverse()];
}

function hoveredBucket(plot: uPlot, { edges }: Buckets): number | null {
  const { left = -1 } = plot.cursor;
  return left < 0 ? null : bucketAt(edges, plot.posToVal(left, "x"));
}

/** The buckets that were dragged over, whole; null when nothing is. */
function selectedSpan(plot: uPlot, buckets: Buckets): Span | null {
  const { left, width } = plot.select;
  if (width <= 0) return null;
  const last = buckets.edges.length - 2;
  const at = (position: number, otherwise: number) =>
    bucketAt(buckets.edges, plot.posToVal(position, "x")) ?? otherwise;
  return spanOf(buckets, at(left, 0), at(left + width - 1, last));
}

function spanOf({ edges }: Buckets, first: number, last: number): Span {
  return { from: edges[first] ?? 0, to: edges[last + 1] ?? 0 };
}

/** Edges of buckets that have room for their labels, so far from the end that nothing of them is cut. @param width in px */
function timeSplits(edges: readonly number[], from: number, to: number, width: number): number[] {
  const seen = edges.filter((edge) => edge >= from && edge < to);
  const step = Math.max(1, Math.ceil(seen.length / Math.max(1, width / 84)));
  const last = to - ((to - from) * 30) / width;
  return seen.filter((edge, at) => at % step === 0 && (at === 0 || edge <= last));
}

/** Days, or clocks where they are closer; the day is said where it changes. */
function timeLabels(splits: readonly number[], zone: TimeZone): string[] {
  const parts = splits.map((time) => timeParts(new Date(time).toISOString(), zone));
  const isClose = splits.length > 1 && (splits[1] ?? 0) - (splits[0] ?? 0) < DAY;
  const seconds = splits.some((time) => time % 60_000 !== 0);
  return parts.map((part, at) => {
    if (part === null) return "";
    if (!isClose) return part.day;
    const isNewDay = at === 0 || parts[at - 1]?.day !== part.day;
    const clock = part.clock.slice(0, seconds ? 8 : 5);
    return isNewDay && !seconds ? `${part.day.slice(5)} ${clock}` : clock;
  });
}
