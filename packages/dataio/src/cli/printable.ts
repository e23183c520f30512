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

/** {@link printable}, keeping the line breaks of a text that has lines of its own. */
export function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line.endsWith("\r") ? line.slice(0, -1) : line))
    .join("\n");
}

const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const hex = (character.codePointAt(0) ?? 0).toString(16);
  return SHORT[character] ?? (hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`);
}
