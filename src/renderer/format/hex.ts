/** A hex dump in three columns of equal lines: offsets, bytes, ASCII. */

export interface HexDump {
  readonly offsets: string;
  readonly bytes: string;
  readonly ascii: string;
}

/** `start` is the offset of the first byte in the payload; `width` the number of bytes a line. */
export function hexDump(bytes: Uint8Array, start: number, width: number): HexDump {
  const offsets: string[] = [];
  const lines: string[] = [];
  const ascii: string[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const line = Array.from(bytes.subarray(at, at + width));
    offsets.push(formatOffset(start + at));
    lines.push(grouped(line.map(hexByte)));
    ascii.push(line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join(""));
  }
  return { offsets: offsets.join("\n"), bytes: lines.join("\n"), ascii: ascii.join("\n") };
}

/** Eight hex digits or more: `0000ff00`. */
export function formatOffset(offset: number): string {
  return offset.toString(16).padStart(8, "0");
}

/** Reads an offset as a person types it, `4096`, `0x1000` or `1000h`; null when it is none. */
export function parseOffset(text: string): number | null {
  const trimmed = text.trim().replaceAll(/[_,\s]/g, "");
  const hex = /^(?:0x([0-9a-f]+)|([0-9a-f]+)h)$/i.exec(trimmed);
  const value =
    hex === null ? (/^\d+$/.test(trimmed) ? Number(trimmed) : Number.NaN) : Number.parseInt(hex[1] ?? hex[2] ?? "", 16);
  return Number.isSafeInteger(value) ? value : null;
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/** A wider gap after every eighth byte keeps one's place in the line. */
function grouped(bytes: readonly string[]): string {
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 8) groups.push(bytes.slice(at, at + 8).join(" "));
  return groups.join("  ");
}
