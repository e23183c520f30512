/**
 * Archived texts as literals of other languages. Archives are hostile: a literal must mean the text and nothing else, also
 * in a terminal that reads control characters while one pastes. So whatever is hidden or acts is written as an escape.
 */

// Controls, zero-width and direction characters, line and paragraph separators, BOM, lone surrogates.
const ACTING = /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;
const EACH_ACTING = new RegExp(ACTING.source, "gu");

/** One word for a POSIX shell; with hidden characters in bash's and zsh's `$'…'`. A shell's word can hold no NUL. */
export function shellWord(text: string): string {
  if (!ACTING.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const quoted = text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
  return `$'${quoted.replace(EACH_ACTING, bytesEscaped)}'`;
}

/** True when a shell's word can hold the text. */
export function fitsShell(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** A string literal of JavaScript. */
export function scriptString(text: string): string {
  return escapedString(text);
}

/** A string literal of Python 3. */
export function pythonString(text: string): string {
  return escapedString(text);
}

/** Bytes, for not every shell in every locale knows characters by their number. */
function bytesEscaped(character: string): string {
  return [...new TextEncoder().encode(character)].map((byte) => `\\x${hex(byte, 2)}`).join("");
}

/** JSON's escapes mean the same in JavaScript and in Python. */
function escapedString(text: string): string {
  const quoted = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\r", "\\r");
  return `"${quoted.replace(EACH_ACTING, (character) => `\\u${hex(character.charCodeAt(0), 4)}`)}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
