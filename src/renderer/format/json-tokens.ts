/**
 * Reads JSON token by token and holds it to the grammar. `NaN`, `Infinity` and `-Infinity` are accepted, because Python
 * writes them. Nothing here recurses: nesting of any depth costs no stack.
 */

/** Why a text is no JSON. */
export interface JsonFault {
  /** Index into the text, in UTF-16 units. */
  readonly offset: number;
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
  readonly reason: string;
  /** True when the text merely ends too early. */
  readonly atEnd: boolean;
}

export type TokenKind = "{" | "}" | "[" | "]" | "," | ":" | "string" | "literal";

export interface JsonToken {
  readonly kind: TokenKind;
  readonly start: number;
  readonly end: number;
  /** Open objects and arrays around the token; a bracket counts as inside of itself on neither side. */
  readonly depth: number;
}

const SPACE = /[ \t\n\r]*/y;
const LITERAL = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|NaN|-?Infinity)(?![\w.+-])/y;
const WORD = /[\w.+-]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
/** As much as an escape can hold: what is shorter may be the beginning of one. */
const ESCAPE_LENGTH = 6;

type Expected = "value" | "value or ]" | "key" | "key or }" | ":" | ", or }" | ", or ]" | "end";

/** Thrown by {@link jsonTokens}; turn it into a {@link JsonFault} with {@link describeFault}. */
export class JsonSyntaxError extends Error {
  readonly offset: number;
  readonly atEnd: boolean;

  constructor(offset: number, reason: string, atEnd: boolean) {
    super(reason);
    this.offset = offset;
    this.atEnd = atEnd;
  }
}

/** The tokens of one JSON value, a leading byte order mark aside. Throws {@link JsonSyntaxError} where the grammar ends. */
export function* jsonTokens(text: string): Generator<JsonToken, void> {
  const open: ("{" | "[")[] = [];
  let expected: Expected = "value";
  let at = text.startsWith("\ufeff") ? 1 : 0;
  for (;;) {
    at = runEnd(SPACE, text, at);
    if (at >= text.length) {
      if (expected === "end") return;
      throw new JsonSyntaxError(at, `the text ends where ${spoken(expected)} should stand`, true);
    }
    const kind = kindAt(text, at);
    if (!allowed(expected, kind)) {
      throw new JsonSyntaxError(at, `${shown(text, at)} stands where ${spoken(expected)} should stand`, false);
    }
    const end = kind === "string" ? stringEnd(text, at) : kind === "literal" ? literalEnd(text, at) : at + 1;
    if (kind === "}" || kind === "]") open.pop();
    yield { kind, start: at, end, depth: open.length };
    if (kind === "{" || kind === "[") open.push(kind);
    expected = following(expected, kind, open.at(-1));
    at = end;
  }
}

/** Where a text stops being JSON; null when it is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  try {
    for (const _token of jsonTokens(text));
    return null;
  } catch (error) {
    return describeFault(text, error);
  }
}

/** The fault that {@link jsonTokens} threw; any other error is thrown on. */
export function describeFault(text: string, error: unknown): JsonFault {
  if (!(error instanceof JsonSyntaxError)) throw error;
  const { offset, message: reason, atEnd } = error;
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { offset, line: before.split("\n").length, column: offset - lineStart + 1, reason, atEnd };
}

function kindAt(text: string, at: number): TokenKind {
  const character = text.charAt(at);
  switch (character) {
    case "{":
    case "}":
    case "[":
    case "]":
    case ",":
    case ":":
      return character;
    case '"':
      return "string";
    default:
      return "literal";
  }
}

function allowed(expected: Expected, kind: TokenKind): boolean {
  const isValue = kind === "{" || kind === "[" || kind === "string" || kind === "literal";
  switch (expected) {
    case "value":
      return isValue;
    case "value or ]":
      return isValue || kind === "]";
    case "key":
      return kind === "string";
    case "key or }":
      return kind === "string" || kind === "}";
    case ":":
      return kind === ":";
    case ", or }":
      return kind === "," || kind === "}";
    case ", or ]":
      return kind === "," || kind === "]";
    case "end":
      return false;
  }
}

function following(expected: Expected, kind: TokenKind, around: "{" | "[" | undefined): Expected {
  if (kind === "{") return "key or }";
  if (kind === "[") return "value or ]";
  if (kind === ":") return "value";
  if (kind === ",") return around === "{" ? "key" : "value";
  if (expected === "key" || expected === "key or }") if (kind === "string") return ":";
  if (around === undefined) return "end";
  return around === "{" ? ", or }" : ", or ]";
}

function stringEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code < 0x20) throw new JsonSyntaxError(at, "a control character stands unescaped in a string", false);
    if (code !== 0x5c) continue;
    const end = runEnd(ESCAPE, text, at);
    if (end === at) {
      const cut = text.length - at < ESCAPE_LENGTH && !text.slice(at).includes('"', 1);
      throw new JsonSyntaxError(at, "a backslash begins no escape", cut);
    }
    at = end - 1;
  }
  throw new JsonSyntaxError(text.length, "the text ends inside a string", true);
}

function literalEnd(text: string, start: number): number {
  const end = runEnd(LITERAL, text, start);
  if (end > start) return end;
  const wordEnd = runEnd(WORD, text, start);
  throw new JsonSyntaxError(start, `${shown(text, start)} begins no value`, wordEnd === text.length);
}

/** Where a match of a sticky pattern at `start` ends; `start` itself when there is none. */
function runEnd(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.test(text) ? pattern.lastIndex : start;
}

function spoken(expected: Expected): string {
  switch (expected) {
    case "value":
      return "a value";
    case "value or ]":
      return "a value or “]”";
    case "key":
      return "a key in quotes";
    case "key or }":
      return "a key in quotes or “}”";
    case ":":
      return "“:”";
    case ", or }":
      return "“,” or “}”";
    case ", or ]":
      return "“,” or “]”";
    case "end":
      return "nothing more";
  }
}

function shown(text: string, at: number): string {
  return `“${String.fromCodePoint(text.codePointAt(at) ?? 0)}”`;
}
