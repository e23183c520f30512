/** Payload bytes as text, in the charset that they are in or that the person chose. */
import { analyse } from "chardet";

/** How the charset was settled, surest first. */
export type CharsetOrigin = "chosen" | "mark" | "valid" | "declared" | "guessed";

export interface DecodedText {
  readonly text: string;
  /** Name of the encoding as the platform's decoder has it, in lower case: `utf-8`, `windows-1252`. */
  readonly charset: string;
  readonly origin: CharsetOrigin;
  /** True when some bytes mean nothing in this charset and stand as U+FFFD in the text. */
  readonly invalid: boolean;
}

export interface DecodeOptions {
  /** The bytes end somewhere inside the payload, so a character that is incomplete at the end is no fault. */
  readonly cut: boolean;
  /** What the transport said; null when it said nothing. */
  readonly declared?: string | null;
  /** What the person chose; null to find it out. */
  readonly chosen?: string | null;
}

/** Charsets that are offered to choose from; every other that is declared or found is offered besides. */
export const CHARSETS = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "windows-1252",
  "iso-8859-2",
  "iso-8859-15",
  "windows-1250",
  "windows-1251",
  "koi8-r",
  "macintosh",
  "shift_jis",
  "euc-jp",
  "gb18030",
  "big5",
  "euc-kr",
] as const;

/** How much is looked at to guess a charset, in bytes. */
const GUESS_BYTES = 65_536;
/** Below this (of 100) a guess is none, and the most common charset of old systems is as good. */
const LEAST_CONFIDENCE = 15;

/**
 * Decodes text. A byte order mark says the charset and stays in the text; without one, bytes that are valid UTF-8 are
 * UTF-8; then counts what was declared, then a guess.
 */
export function decodeText(bytes: Uint8Array, { cut, declared = null, chosen = null }: DecodeOptions): DecodedText {
  const named = chosen === null ? null : decoderFor(chosen);
  if (named !== null) return decodeAs(bytes, cut, named, "chosen");
  const marked = markedCharset(bytes);
  if (marked !== null) return decodeAs(bytes, cut, marked, "mark");
  const utf8 = decodeAs(bytes, cut, "utf-8", "valid");
  if (!utf8.invalid && !(declared !== null && bytes.includes(0))) return utf8;
  const said = declared === null ? null : decoderFor(declared);
  // Bytes that are no UTF-8 are none, whatever was declared.
  if (said !== null && said !== "utf-8") return decodeAs(bytes, cut, said, "declared");
  return utf8.invalid ? decodeAs(bytes, cut, guessCharset(bytes), "guessed") : utf8;
}

/** The decoder's own name of a charset; null when there is no decoder of that name. */
export function decoderFor(label: string): string | null {
  try {
    return new TextDecoder(label).encoding;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The `charset` of a declared media type, as it stands there; null when there is none. */
export function declaredCharset(contentType: string): string | null {
  return /;\s*charset\s*=\s*"?([\w.:+-]+)"?/i.exec(contentType)?.[1] ?? null;
}

function decodeAs(bytes: Uint8Array, cut: boolean, charset: string, origin: CharsetOrigin): DecodedText {
  const read = (fatal: boolean) => new TextDecoder(charset, { fatal, ignoreBOM: true }).decode(bytes, { stream: cut });
  try {
    return { text: read(true), charset, origin, invalid: false };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { text: read(false), charset, origin, invalid: true };
  }
}

function markedCharset(bytes: Uint8Array): string | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  return bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
}

/** The most likely charset that can be decoded and does not claim bytes to be UTF-8 that are not. */
function guessCharset(bytes: Uint8Array): string {
  for (const { name, confidence } of analyse(bytes.subarray(0, GUESS_BYTES))) {
    if (confidence < LEAST_CONFIDENCE) break;
    const charset = decoderFor(name);
    if (charset !== null && charset !== "utf-8" && charset !== "replacement") return charset;
  }
  return "windows-1252";
}
