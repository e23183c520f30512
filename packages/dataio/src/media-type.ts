/**
 * What a payload is, by its bytes. Binary formats are recognised by `file-type`; text formats, which have no magic
 * number, by the rules below. What the transport declared is only compared with it, never believed.
 */
import { fileTypeFromBuffer } from "file-type";
import type { PreviewKind } from "./browse-model.ts";
import { parseJson } from "./canonical-json.ts";

/** How much of a payload's beginning is enough to recognise it, in bytes. */
export const SNIFF_BYTES = 65_536;

/** Types that have another name in the field; the right side is the one that we say. */
const ALIASES: Readonly<Record<string, string>> = {
  "text/xml": "application/xml",
  "text/json": "application/json",
  "image/jpg": "image/jpeg",
  "image/vnd.microsoft.icon": "image/x-icon",
  "application/x-gzip": "application/gzip",
  "application/zstandard": "application/zstd",
  "application/x-zip-compressed": "application/zip",
  "application/x-parquet": "application/vnd.apache.parquet",
  "application/parquet": "application/vnd.apache.parquet",
  "application/csv": "text/csv",
  "application/jsonl": "application/x-ndjson",
  "application/ndjson": "application/x-ndjson",
  "application/jsonlines": "application/x-ndjson",
};

const EXTENSIONS: Readonly<Record<string, string>> = {
  "application/json": "json",
  "application/x-ndjson": "ndjson",
  "application/xml": "xml",
  "application/gzip": "gz",
  "application/zstd": "zst",
  "application/zip": "zip",
  "application/pdf": "pdf",
  "application/vnd.apache.parquet": "parquet",
  "image/svg+xml": "svg",
  "image/jpeg": "jpg",
  "text/csv": "csv",
  "text/tab-separated-values": "tsv",
  "text/html": "html",
  "text/plain": "txt",
};

/** What bytes say of their type. */
export interface SniffedType {
  /** Lower-case media type without parameters; null when unrecognised or empty. */
  readonly mediaType: string | null;
  /** File name extension without dot. */
  readonly extension: string;
  readonly preview: PreviewKind;
}

/** A declared `content_type` without parameters, in lower case and by its usual name; null when it is none. */
export function normalizeMediaType(declared: unknown): string | null {
  if (typeof declared !== "string") return null;
  const type = declared.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (!/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type)) return null;
  return ALIASES[type] ?? type;
}

/**
 * Recognises a payload by its first bytes.
 * @param head the beginning, {@link SNIFF_BYTES} or all of it
 * @param complete true when `head` is the whole payload
 */
export async function sniffMediaType(head: Uint8Array, complete: boolean): Promise<SniffedType> {
  if (head.length === 0) return { mediaType: null, extension: "bin", preview: "empty" };
  const decoded = decodeText(head, complete);
  const recognised = await fileTypeFromBuffer(head);
  // A faultless text may begin like a binary format ("PK", "BM") and still be text; of those only PDF is not.
  if (recognised !== undefined && (decoded === null || !decoded.faultless || recognised.mime === "application/pdf")) {
    return binary(recognised.mime, recognised.ext);
  }
  if (decoded === null) return { mediaType: null, extension: "bin", preview: "binary" };
  return textual(sniffText(decoded.text, complete));
}

/**
 * What {@link sniffMediaType} says, without leaving the tick, where no list of binary formats is needed for it: of an empty
 * payload, and of a faultless text that is no PDF. Null for everything else.
 */
export function sniffPlainText(head: Uint8Array, complete: boolean): SniffedType | null {
  if (head.length === 0) return { mediaType: null, extension: "bin", preview: "empty" };
  const decoded = decodeText(head, complete);
  if (decoded === null || !decoded.faultless || decoded.text.slice(0, 1024).includes("%PDF")) return null;
  return textual(sniffText(decoded.text, complete));
}

function binary(mime: string, extension: string): SniffedType {
  const mediaType = normalizeMediaType(mime) ?? mime;
  const shown = /^image\/(png|jpeg|gif|webp|avif|bmp|x-icon|apng)$/.test(mediaType);
  return { mediaType, extension: EXTENSIONS[mediaType] ?? extension, preview: shown ? "image" : "binary" };
}

function textual(mediaType: string): SniffedType {
  const preview = mediaType === "application/json" ? "json" : mediaType === "image/svg+xml" ? "image" : "text";
  return { mediaType, extension: EXTENSIONS[mediaType] ?? "txt", preview };
}

/** Control characters that texts have none of, and what stands for broken UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for
const FAULTS = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\ufffd]/;

/** The bytes as text, or null when they are binary. Some invalid UTF-8 is still text: archives hold Latin-1 pages. */
export function decodeText(head: Uint8Array, complete: boolean): { text: string; faultless: boolean } | null {
  const utf16 =
    head[0] === 0xff && head[1] === 0xfe ? "utf-16le" : head[0] === 0xfe && head[1] === 0xff ? "utf-16be" : null;
  if (utf16 !== null) return { text: new TextDecoder(utf16).decode(head), faultless: true };
  const text = new TextDecoder("utf-8").decode(head, { stream: !complete });
  if (!FAULTS.test(text)) return { text, faultless: true };
  let control = 0;
  for (const byte of head) {
    if (byte === 0) return null;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27) control += 1;
  }
  const broken = text.split("\ufffd").length - 1;
  // Compressed or numeric bytes are full of control characters; text of another charset has none, only broken UTF-8.
  if (control > 0 && (control > head.length / 50 || broken > text.length / 10)) return null;
  return { text, faultless: control === 0 && broken === 0 };
}

function sniffText(text: string, complete: boolean): string {
  const trimmed = text.trimStart();
  if (/^[[{]/.test(trimmed)) {
    if (complete && isJson(text)) return "application/json";
    if (isNdjson(text, complete)) return "application/x-ndjson";
    if (!complete && looksLikeJson(trimmed)) return "application/json";
  }
  if (trimmed.startsWith("<")) {
    const markup = sniffMarkup(trimmed);
    if (markup !== null) return markup;
  }
  return sniffTable(text, complete) ?? "text/plain";
}

const HTML_ROOTS = /^<(html|head|body|p|div|span|table|h[1-6]|ul|ol|script|style|meta|title|br|a|b|i)[\s/>]/i;

/** Markup by its root element; null when it only begins with a bracket. */
function sniffMarkup(text: string): string | null {
  if (/^<!doctype\s+html/i.test(withoutComments(text))) return "text/html";
  const root = skipProlog(text);
  if (/^<(?:\w+:)?svg[\s/>]/.test(root)) return "image/svg+xml";
  // With an XML declaration only XHTML is a page: elements called `a` or `title` are as common in XML.
  if ((text.startsWith("<?xml") ? /^<html[\s/>]/i : HTML_ROOTS).test(root)) return "text/html";
  return text.startsWith("<?xml") || /^<[A-Za-z_][\w.:-]*[\s/>]/.test(root) ? "application/xml" : null;
}

/**
 * The text from the root element on. Token by token: one expression for all that may stand before it in XML would
 * backtrack without end on a hostile prolog.
 */
function skipProlog(text: string): string {
  let rest = text;
  while (rest.startsWith("<?") || rest.startsWith("<!")) {
    if (rest.startsWith("<?")) rest = textAfter(rest, "?>");
    else if (rest.startsWith("<!--")) rest = textAfter(rest, "-->");
    else rest = afterDeclaration(rest);
    rest = rest.trimStart();
  }
  return rest;
}

/** The text behind `<!DOCTYPE …>`, which may hold declarations in brackets; empty when it does not end. */
function afterDeclaration(text: string): string {
  const mark = text.search(/[>[]/);
  if (mark === -1) return "";
  if (text[mark] === ">") return text.slice(mark + 1);
  const rest = textAfter(text.slice(mark), "]").trimStart();
  return rest.startsWith(">") ? rest.slice(1) : "";
}

function withoutComments(text: string): string {
  let rest = text;
  while (rest.startsWith("<!--")) rest = textAfter(rest, "-->").trimStart();
  return rest;
}

function textAfter(text: string, end: string): string {
  const at = text.indexOf(end);
  return at === -1 ? "" : text.slice(at + end.length);
}

function isJson(text: string): boolean {
  try {
    // Many times faster, and what it takes Python takes as well, but for numbers of thousands of digits.
    JSON.parse(text.trim());
    if (text.length < 4000 || !/\d{4000}/.test(text)) return true;
  } catch {
    // Python's dialect has more values.
  }
  try {
    parseJson(text.trim());
    return true;
  } catch {
    return false;
  }
}

/** The beginning of a JSON document: the first tokens fit, and it is no text that merely starts with a bracket. */
function looksLikeJson(start: string): boolean {
  return /^(\{\s*("(?:[^"\\]|\\.)*"\s*:|\})|\[\s*([[{"\]\d-]|true|false|null|NaN))/.test(start);
}

/** Two or more lines of which each is a JSON object or array. */
function isNdjson(text: string, complete: boolean): boolean {
  const lines = text.split("\n");
  if (!complete) lines.pop();
  const filled = lines.filter((line) => line.trim() !== "").slice(0, 20);
  return filled.length > 1 && filled.every((line) => /^\s*[[{]/.test(line) && isJson(line));
}

/** A text is a table when its first lines have the same number (at least one) of the same delimiter. */
function sniffTable(text: string, complete: boolean): string | null {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (!complete) lines.pop();
  const sample = lines.filter((line) => line !== "").slice(0, 20);
  if (sample.length < 2) return null;
  for (const [delimiter, mediaType] of [
    ["\t", "text/tab-separated-values"],
    [",", "text/csv"],
    [";", "text/csv"],
    ["|", "text/csv"],
  ] as const) {
    const counts = sample.map((line) => unquoted(line).split(delimiter).length);
    if (counts.every((count) => count > 1 && count === counts[0])) return mediaType;
  }
  return null;
}

/** A line without what stands in quotes; a quote that is never closed is a character like any other. */
function unquoted(line: string): string {
  return line
    .split('"')
    .filter((_, index, parts) => index % 2 === 0 || index === parts.length - 1)
    .join("");
}

/**
 * True when both types are known and cannot both be right. A declared type that says little (`application/octet-stream`,
 * `text/plain` for a text) contradicts nothing; a structured text (`+json`, `+xml`) agrees with its syntax.
 */
export function mediaTypesDiffer(declared: string | null, sniffed: SniffedType): boolean {
  const actual = sniffed.mediaType;
  if (declared === null || actual === null || declared === actual) return false;
  if (declared === "application/octet-stream" || declared === "binary/octet-stream") return false;
  const isText = sniffed.preview === "text" || sniffed.preview === "json" || actual === "image/svg+xml";
  if (declared === "text/plain") return !isText;
  if (declared.endsWith("+json")) return actual !== "application/json";
  if (declared.endsWith("+xml") || declared === "application/xml") {
    return !["application/xml", "image/svg+xml", "text/html"].includes(actual);
  }
  // An unrecognised text may well be any kind of text but those that we do recognise without fail.
  if (actual === "text/plain") {
    return !(declared.startsWith("text/") || declared.includes("script") || declared.includes("yaml"));
  }
  return true;
}

/** Names that Windows reserves, whatever follows their first dot. */
const RESERVED_NAMES = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[\d¹²³])\s*(\.|$)/i;

/**
 * A file name for saving a payload: the last part of its URL or path, else its kind; the extension by the bytes.
 * Safe on Linux, macOS and Windows.
 */
export function suggestFileName(facts: {
  readonly url: string | null;
  readonly kind: string | null;
  readonly extension: string;
}): string {
  // A kind that is bytes, which SQLite lets be in a column of text, is no name.
  const kind = typeof facts.kind === "string" ? facts.kind : "";
  const fromUrl = facts.url === null ? "" : lastPathPart(facts.url);
  const base = cleanName(fromUrl.replace(/\.[A-Za-z0-9]{1,8}$/, "")) || cleanName(kind) || "payload";
  const safe = RESERVED_NAMES.test(base) ? `_${base}` : base;
  return `${safe}.${facts.extension}`;
}

function lastPathPart(url: string): string {
  const path = url.replace(/[?#].*$/s, "").replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, "");
  const part = path.split(/[/\\]/).findLast((piece) => piece !== "") ?? "";
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function cleanName(text: string): string {
  const cleaned = text
    // More than a name can have; what an archive says may be megabytes, and an expression below would take for ever.
    .slice(0, 1_000)
    .normalize("NFC")
    .replace(/[\p{C}\p{Zl}\p{Zp}<>:"/\\|?*]+/gu, "_")
    .replace(/^[\s._-]+|[\s._-]+$/g, "");
  return shortened(cleaned).replace(/[\s._-]+$/, "");
}

/** The first 100 units and 200 bytes, in whole characters: file systems count one or the other, and end at 255. */
function shortened(name: string): string {
  let kept = "";
  for (const character of name) {
    const longer = kept + character;
    if (longer.length > 100 || Buffer.byteLength(longer) > 200) break;
    kept = longer;
  }
  return kept;
}
