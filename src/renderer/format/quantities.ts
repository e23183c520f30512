/** Sizes, durations and counts as a person reads them. */

const UNITS = ["KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** Bytes in binary units with one decimal: `0 B`, `999 B`, `1.0 KiB`, `2.0 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = "B";
  for (const next of UNITS) {
    // 1023.95 would be rounded to 1024.0 of the smaller unit.
    if (value < 1023.95 && unit !== "B") break;
    value /= 1024;
    unit = next;
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** Bytes to the last one: `2,097,152 bytes`. */
export function formatBytesExactly(bytes: number): string {
  return `${formatCount(bytes)} ${bytes === 1 ? "byte" : "bytes"}`;
}

/** Milliseconds as `0.4 ms`, `12 ms`, `1.24 s`, `2 m 03 s` or `1 h 02 m`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1 && milliseconds > 0) return `${Math.max(0.1, milliseconds).toFixed(1)} ms`;
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_995) return `${(milliseconds / 1000).toFixed(2)} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${twoDigits(Math.floor((seconds % 3600) / 60))} m`;
}

/** `1,234,567`, the same in every locale: the figures around it are not localised either. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 row`, `2 rows`. */
export function formatCounted(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** Rows of a list that may have been counted in part only: `1 row`, `10,000+ rows`. */
export function formatRows(total: number, more: boolean): string {
  return more ? `${formatCount(total)}+ rows` : formatCounted(total, "row");
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
