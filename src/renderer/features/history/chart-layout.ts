/** Where the points of a history stand in its chart. Pure; coordinates are CSS pixels from the upper left. */
import type { HistoryPoint } from "../../../shared/contract.ts";
import { formatBytes, formatCount } from "../../format/quantities.ts";
import { parseTime } from "../../format/times.ts";

export interface PlacedPoint {
  readonly point: HistoryPoint;
  readonly x: number;
  readonly y: number;
  /** From the largest to the smallest of those that the point stands for. */
  readonly top: number;
  readonly bottom: number;
}

export interface ChartLayout {
  readonly points: readonly PlacedPoint[];
  /** Bytes at the upper and the lower line. */
  readonly most: number;
  readonly least: number;
  /** Points that have no place: without a size, or without a time that can be read. */
  readonly left: number;
}

export interface ChartSize {
  readonly width: number;
  readonly height: number;
  /** Free space inside on all sides, so that no mark is cut. */
  readonly margin: number;
}

export function layOutChart(points: readonly HistoryPoint[], { width, height, margin }: ChartSize): ChartLayout {
  const timed = points.flatMap((point) => {
    const time = parseTime(point.time);
    return time === null || point.sizeBytes === null ? [] : [{ point, time, size: point.sizeBytes }];
  });
  const times = timed.map(({ time }) => time);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(...timed.map(({ point, size }) => point.maxBytes ?? size));
  const least = Math.min(...timed.map(({ point, size }) => point.minBytes ?? size));
  const along = (time: number) => (end === start ? 0.5 : (time - start) / (end - start));
  const up = (size: number) => (most === least ? 0.5 : (size - least) / (most - least));
  const y = (size: number) => round(height - margin - up(size) * (height - 2 * margin));
  return {
    points: timed.map(({ point, time, size }) => ({
      point,
      x: round(margin + along(time) * (width - 2 * margin)),
      y: y(size),
      top: y(point.maxBytes ?? size),
      bottom: y(point.minBytes ?? size),
    })),
    most: timed.length === 0 ? 0 : most,
    least: timed.length === 0 ? 0 : least,
    left: points.length - timed.length,
  };
}

/**
 * What stands at the upper and the lower line: two texts that differ wherever the sizes do, and one alone where they are
 * equal.
 */
export function scaleLabels(most: number, least: number): readonly string[] {
  if (most === least) return [formatBytes(most)];
  const labels = [most, least].map((bytes) => formatBytes(bytes));
  // Too close for the rounded ones.
  return labels[0] === labels[1] ? [most, least].map((bytes) => `${formatCount(bytes)} B`) : labels;
}

/** The line through the points of good answers: a size lasts until the next answer. */
export function stepPath(points: readonly PlacedPoint[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  return `M${first.x} ${first.y}${rest.map(({ x, y }) => `H${x}V${y}`).join("")}`;
}

/** The point nearest to a place; null when there is none. */
export function nearestPoint(points: readonly PlacedPoint[], x: number): PlacedPoint | null {
  return points.reduce<PlacedPoint | null>((best, point) => {
    return best === null || Math.abs(point.x - x) <= Math.abs(best.x - x) ? point : best;
  }, null);
}

/** The places in the list, newest first, of the responses that a point stands for: `[from, to)`. */
export function placesOf(points: readonly HistoryPoint[], point: HistoryPoint): readonly [from: number, to: number] {
  const at = points.indexOf(point);
  const from = points.slice(at + 1).reduce((sum, later) => sum + later.count, 0);
  return [from, from + point.count];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
