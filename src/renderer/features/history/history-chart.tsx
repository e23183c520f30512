import { type MouseEvent, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import type { HistoryPoint } from "../../../shared/contract.ts";
import { formatBytes, formatCounted } from "../../format/quantities.ts";
import { formatTime, type TimeZone } from "../../format/times.ts";
import { visibleText } from "../../format/visible-text.ts";
import { layOutChart, nearestPoint, type PlacedPoint, scaleLabels, stepPath } from "./chart-layout.ts";
import { changeLook } from "./history-looks.ts";

export interface HistoryChartProps {
  /** Oldest first. */
  readonly points: readonly HistoryPoint[];
  readonly zone: TimeZone;
  /** The response that the inspector shows, where a point stands for it alone. */
  readonly ownId: string | null;
  /** The response that the list has marked. */
  readonly markedId: string | null;
  readonly onChoose: (point: HistoryPoint) => void;
}

const HEIGHT = 88;
const MARGIN = 8;
/** Room on the left for the sizes. */
const GUTTER = 56;
/** Beyond as many, marks would hide each other: what changed is a tick at the lower edge, the rest is the line alone. */
const MOST_MARKS = 120;

/** Size over time, with a mark where the bytes changed. The list below says the same in words. */
export function HistoryChart({ points, zone, ownId, markedId, onChoose }: HistoryChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const [hovered, setHovered] = useState<PlacedPoint | null>(null);
  const layout = useMemo(() => layOutChart(points, { width, height: HEIGHT, margin: MARGIN }), [points, width]);
  const good = layout.points.filter(({ point }) => !isBad(point.status));
  const [first, last] = [points[0], points.at(-1)];
  const at = (event: MouseEvent<SVGElement>) =>
    nearestPoint(layout.points, event.clientX - event.currentTarget.getBoundingClientRect().left);
  const shown = hovered?.point ?? null;
  const named = (id: string | null) => layout.points.find(({ point }) => point.responseId === id) ?? null;
  const [own, marked] = [named(ownId), named(markedId)];
  return (
    <figure className="history-chart" ref={place}>
      <div className="history-scale" aria-hidden="true">
        {scaleLabels(layout.most, layout.least).map((label) => (
          <span key={label}>{label}</span>
        ))}
      </div>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the list below does the same with keys */}
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label="Size of the responses over time"
        onClick={(event) => {
          const point = at(event)?.point;
          if (point !== undefined) onChoose(point);
        }}
        onMouseMove={(event) => setHovered(at(event))}
        onMouseLeave={() => setHovered(null)}
      >
        {own !== null && <line className="chart-own" x1={own.x} x2={own.x} y1={0} y2={HEIGHT} />}
        {marked !== null && marked !== own && (
          <line className="chart-marked" x1={marked.x} x2={marked.x} y1={0} y2={HEIGHT} />
        )}
        {hovered !== null && <line className="chart-hover" x1={hovered.x} x2={hovered.x} y1={0} y2={HEIGHT} />}
        <path className="chart-line" d={stepPath(good)} />
        {layout.points.map((placed) => (
          <Mark key={placed.point.responseId} placed={placed} sparse={layout.points.length <= MOST_MARKS} />
        ))}
      </svg>
      <figcaption className="history-times">
        {shown !== null ? (
          <span className="truncate">
            {visibleText(formatTime(shown.time, zone))} · {spokenPoint(shown)}
          </span>
        ) : (
          <>
            <span>{first === undefined ? "" : visibleText(formatTime(first.time, zone).slice(0, 16))}</span>
            <span>{last === undefined ? "" : visibleText(formatTime(last.time, zone).slice(0, 16))}</span>
          </>
        )}
      </figcaption>
    </figure>
  );
}

function spokenPoint(point: HistoryPoint): string {
  const size = point.sizeBytes === null ? "size not recorded" : formatBytes(point.sizeBytes);
  const many = point.count > 1 ? ` · one of ${formatCounted(point.count, "response")} here` : "";
  return `${visibleText(point.status)} · ${changeLook(point.change).word} · ${size}${many}`;
}

function Mark({ placed, sparse }: { readonly placed: PlacedPoint; readonly sparse: boolean }) {
  const { point, x, y, top, bottom } = placed;
  const range = bottom - top > 1 && <line className="chart-range" x1={x} x2={x} y1={top} y2={bottom} />;
  if (isBad(point.status)) {
    return (
      <>
        {range}
        <path className="chart-bad" d={`M${x - 3} ${y - 3}l6 6m0 -6l-6 6`} />
      </>
    );
  }
  const { mark } = changeLook(point.change);
  if (!sparse) {
    const tick = mark === "diamond" || mark === "dot";
    return (
      <>
        {range}
        {tick && <line className="chart-tick" x1={x} x2={x} y1={HEIGHT - 5} y2={HEIGHT} />}
      </>
    );
  }
  switch (mark) {
    case "diamond":
      return (
        <>
          {range}
          <path className="chart-changed" d={`M${x} ${y - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`} />
        </>
      );
    case "dot":
      return <circle className="chart-changed" cx={x} cy={y} r={3} />;
    case "ring":
      return <circle className="chart-same" cx={x} cy={y} r={2.5} />;
    case "none":
      return range || null;
  }
}

function isBad(status: string): boolean {
  return status === "error" || status === "nack";
}

function useWidth(place: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(300);
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) =>
      setWidth(Math.max(80, Math.floor(entry?.contentRect.width ?? 80) - GUTTER)),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return width;
}
