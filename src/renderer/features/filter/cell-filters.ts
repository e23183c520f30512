/** Which conditions a cell of the table stands for. Pure. */
import type { BrowseRow, FilterTerm } from "../../../shared/contract.ts";
import { formatBytes, formatDuration } from "../../format/quantities.ts";
import { parseTime, type TimeZone, timeParts } from "../../format/times.ts";
import { shortened, visibleText } from "../../format/visible-text.ts";
import { spokenValue } from "./filter-words.ts";

export interface CellFilter {
  readonly label: string;
  readonly how: "only" | "hide";
  readonly term: FilterTerm;
}

const SHOWN_LENGTH = 28;
const DAY_MS = 86_400_000;

/** What the menu of a cell offers; nothing where the column says nothing that one filters by. */
export function cellFilters(row: BrowseRow, column: string | null, zone: TimeZone): CellFilter[] {
  switch (column) {
    case "source":
    case "kind":
    case "method":
    case "status":
    case "type": {
      const value = column === "type" ? row.mediaType : row[column];
      const label = value === null || value === "" ? `rows without a ${column}` : quoted(value);
      return both(label, { key: column, value: value ?? "", not: false });
    }
    case "size":
      return row.sizeBytes === null ? [] : ends("size", row.sizeBytes, formatBytes(row.sizeBytes));
    case "duration":
      return row.durationMs === null ? [] : ends("duration", row.durationMs, formatDuration(row.durationMs));
    case "time": {
      const day = dayOf(row.time, zone);
      return day === null ? [] : both(day.label, day.term);
    }
    case "checksum":
      return row.checksum !== null && /^[0-9a-f]{64}$/.test(row.checksum)
        ? both("this payload", { key: "checksum", value: row.checksum, not: false })
        : [];
    case "integrity":
      return both(quoted(spokenValue("integrity", row.payload)), { key: "integrity", value: row.payload, not: false });
    default:
      return [];
  }
}

/** What every cell of a row offers besides. */
export function rowFilters(row: BrowseRow): CellFilter[] {
  const { sessionId, requestId } = row;
  return [
    ...(requestId === null ? [] : both("its request", { key: "request", value: requestId, not: false })),
    ...(sessionId === null ? [] : both("its session", { key: "session", value: sessionId, not: false })),
  ];
}

function both(label: string, term: FilterTerm): CellFilter[] {
  return [
    { label: `Show only ${label}`, how: "only", term },
    { label: `Hide ${label}`, how: "hide", term },
  ];
}

function ends(key: "size" | "duration", value: number, spoken: string): CellFilter[] {
  return [
    { label: `Show only ≥ ${spoken}`, how: "only", term: { key, comparison: ">=", value, not: false } },
    { label: `Show only ≤ ${spoken}`, how: "only", term: { key, comparison: "<=", value, not: false } },
  ];
}

/** The day of a time in the zone that it is shown in; filters are in UTC. */
function dayOf(text: string, zone: TimeZone): { readonly label: string; readonly term: FilterTerm } | null {
  const time = parseTime(text);
  const day = timeParts(text, zone)?.day;
  if (time === null || day === undefined) return null;
  if (zone === "utc") return { label: day, term: { key: "time", from: day, to: day, not: false } };
  const date = new Date(time);
  const begin = new Date(date.getFullYear(), date.getMonth(), date.getDate());
  // Not a day of 24 hours where the clocks change.
  const end = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1);
  const minute = (at: number) => new Date(at).toISOString().slice(0, 16);
  if (end.getTime() - begin.getTime() > 2 * DAY_MS) return null;
  return {
    label: day,
    term: { key: "time", from: minute(begin.getTime()), to: minute(end.getTime() - 60_000), not: false },
  };
}

function quoted(text: string): string {
  return `“${shortened(visibleText(text), SHOWN_LENGTH)}”`;
}
