/**
 * Text from an archive, made safe for a terminal: nothing in it moves the cursor, changes a colour, starts a new line or
 * turns the direction of writing. What was there stays visible, as an escape.
 */

/** Controls, formatting characters (bidirectional overrides among them), lone surrogates, line separators. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The text on one line, unsafe characters as `\n`, `\u001b` or `\u{e0041}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, escaped);
}

/** Controls but tabs and line breaks, lone surrogates, and what turns the direction of writing. */
const UNSAFE_TEXT = /[^\P{Cc}\t\n\r]|\r(?!\n|$)|[\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** True when a piece of text with lines of its own would do something to a terminal that shows it as it is. */
export function isUnsafeText(text: string): boolean {
  return UNSAFE_TEXT.test(text);
}

/** {@link printable}, keeping the line breaks of a text that has lines of its own. */
export function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line.endsWith("\r") ? line.slice(0, -1) : line))
    .join("\n");
}

/** Bytes, which SQLite lets be in a column of text as well, as SQL writes them. */
export function bytesText(bytes: Uint8Array): string {
  return `x'${Buffer.from(bytes).toString("hex")}'`;
}

/** JSON on one line that does nothing to a terminal either: the escapes are JSON's own, so it means the same. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) => character.split("").map(unitEscaped).join(""));
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return SHORT[character] ?? (hex.length > 4 ? `\\u{${hex}}` : unitEscaped(character));
}

function unitEscaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
