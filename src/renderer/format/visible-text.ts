/**
 * Archived text on one line. Characters that would reorder or hide their neighbours are replaced by signs that one can
 * see, so that no value can look like another.
 */

// C0 and C1 controls, DEL, zero-width and bidirectional formatting, line and paragraph separators, BOM.
const HIDDEN = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** The text with every hidden character made visible, for a single line. Lone surrogates become U+FFFD. */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(HIDDEN, sign);
}

function sign(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // Unicode has a picture for each C0 control, and one for DEL.
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return "\u2421";
  return `[U+${code.toString(16).toUpperCase().padStart(4, "0")}]`;
}

/** At most `length` characters (code points), with an ellipsis when something was cut. */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  const points = Array.from(text.slice(0, length * 2));
  return points.length <= length && text.length <= length * 2 ? text : `${points.slice(0, length - 1).join("")}…`;
}
