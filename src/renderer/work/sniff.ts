/**
 * What decoded bytes are. Payloads themselves are recognised by the library; what is inside of them the archive has
 * never seen. A mistake costs a view, not a byte: hex is always there.
 */
import { fileTypeFromBuffer } from "file-type";
import { binaryKind, type ViewKind } from "../features/preview/preview-kind.ts";
import { decodeText } from "../format/decode.ts";
import { parseDelimited } from "../format/delimited.ts";
import { findJsonFault } from "../format/json-tokens.ts";

export interface Sniffed {
  readonly kind: ViewKind;
  readonly type: string | null;
}

/** How much of the beginning is looked at. */
const HEAD = 65_536;
const SAMPLE_LINES = 20;

/** Recognises bytes by their beginning. */
export async function sniff(bytes: Uint8Array, complete: boolean): Promise<Sniffed> {
  if (bytes.length === 0) return { kind: "empty", type: null };
  const head = bytes.subarray(0, HEAD);
  const whole = complete && head.length === bytes.length;
  const text = textOf(head, whole);
  if (text !== null && !text.startsWith("%PDF-")) return sniffText(text, whole);
  const found = await fileTypeFromBuffer(head);
  if (found === undefined) return { kind: "binary", type: null };
  const shown = /^image\/(png|jpeg|gif|webp|avif|bmp|x-icon|apng)$/.test(found.mime);
  return { kind: shown ? "image" : binaryKind(found.mime), type: found.mime };
}

/** The bytes as text; null when they are none. Text has no NUL, and hardly a control character. */
function textOf(head: Uint8Array, whole: boolean): string | null {
  const decoded = decodeText(head, { cut: !whole });
  if (decoded.origin !== "mark" && head.includes(0)) return null;
  const control = head.reduce((count, byte) => (byte < 32 && !(byte >= 9 && byte <= 13) ? count + 1 : count), 0);
  return decoded.origin === "guessed" && control > 0 ? null : decoded.text.replace(/^\ufeff/, "");
}

function sniffText(text: string, whole: boolean): Sniffed {
  const start = text.trimStart();
  if (/^[[{]/.test(start)) {
    const fault = findJsonFault(text);
    if (fault === null || (!whole && fault.atEnd)) return { kind: "json", type: "application/json" };
    const lines = firstLines(text, whole);
    if (lines.length > 1 && lines.every((line) => /^\s*[[{]/.test(line) && findJsonFault(line) === null)) {
      return { kind: "ndjson", type: "application/x-ndjson" };
    }
  }
  if (/^<(!doctype\s+html|html|head|body)[\s>]/i.test(start)) return { kind: "html", type: "text/html" };
  if (/^(<\?xml[^>]*>\s*)?<svg[\s>]/.test(start)) return { kind: "image", type: "image/svg+xml" };
  if (/^<(\?xml|[A-Za-z_][\w.:-]*[\s/>])/.test(start)) return { kind: "xml", type: "application/xml" };
  const table = parseDelimited(firstLines(text, whole).join("\n"), false, null);
  if (table.records.length > 1 && table.width > 1 && table.raggedCount === 0 && table.fault === null) {
    return { kind: "table", type: table.delimiter === "\t" ? "text/tab-separated-values" : "text/csv" };
  }
  return { kind: "text", type: "text/plain" };
}

function firstLines(text: string, whole: boolean): string[] {
  const lines = text.split(/\r?\n/);
  if (!whole) lines.pop();
  return lines.filter((line) => line.trim() !== "").slice(0, SAMPLE_LINES);
}
