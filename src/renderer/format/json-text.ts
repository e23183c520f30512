/**
 * JSON as text: laid out anew without touching a token, so that `1.10`, `12345678901234567890` and `"\u00e9"` stay what
 * they are.
 */
import { describeFault, type JsonFault, JsonSyntaxError, type JsonToken, jsonTokens } from "./json-tokens.ts";

export type JsonLayout =
  | {
      readonly ok: true;
      readonly text: string;
    }
  | { readonly ok: false; readonly fault: JsonFault };

const INDENT = "  ";
/** Deeper levels stay on one line: a payload of brackets alone must not grow without bound. */
const MAX_DEPTH = 100;

/**
 * Lays out JSON with one member a line. With `cut`, the text is the beginning of a longer one: what ends too early is
 * laid out as far as it goes.
 */
export function layOutJson(text: string, cut = false): JsonLayout {
  const parts: string[] = [];
  let previous: JsonToken | null = null;
  try {
    for (const token of jsonTokens(text)) {
      parts.push(gap(previous, token), text.slice(token.start, token.end));
      previous = token;
    }
    return { ok: true, text: parts.join("") };
  } catch (error) {
    if (!(cut && error instanceof JsonSyntaxError && error.atEnd))
      return { ok: false, fault: describeFault(text, error) };
    const rest = text.slice(previous?.end ?? 0).trim();
    return { ok: true, text: `${parts.join("")}${previous === null ? "" : gapBefore(previous, rest)}${rest}` };
  }
}

/**
 * Lays out one JSON value a line, each by itself; lines that are no JSON stay as they are. With `cut`, the last line is
 * left out: it may be half of one.
 */
export function layOutJsonLines(text: string, cut = false): string {
  const lines = text.split("\n");
  if (cut && lines.length > 1) lines.pop();
  const laid = lines.map((line) => {
    if (line.trim() === "") return line;
    const layout = layOutJson(line);
    return layout.ok ? layout.text : line;
  });
  return laid.join("\n");
}

/** A value inside an object or array, as it stands in the text. */
export interface JsonPart {
  readonly text: string;
  readonly kind: "object" | "array" | "string" | "literal";
}

export interface JsonMember extends JsonPart {
  readonly key: string;
}

/** The members of a JSON object in order, repeated keys included; null when the text is no JSON object. */
export function jsonMembers(text: string): JsonMember[] | null {
  const parts = jsonParts(text, "{");
  if (parts === null) return null;
  const members: JsonMember[] = [];
  // Keys are strings at the same depth as their values, so the two alternate.
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [key, value] = [parts[at], parts[at + 1]];
    if (key !== undefined && value !== undefined) members.push({ key: stringValue(key.text), ...value });
  }
  return members;
}

/** The items of a JSON array; null when the text is no JSON array. */
export function jsonItems(text: string): JsonPart[] | null {
  return jsonParts(text, "[");
}

/** The first key that an object of the text has twice, at any depth; null when there is none, or the text is no JSON. */
export function findRepeatedKey(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  let previous: JsonToken["kind"] | null = null;
  try {
    for (const token of jsonTokens(text)) {
      const keys = open.at(-1);
      if (token.kind === "{") open.push(new Set());
      else if (token.kind === "[") open.push(null);
      else if (token.kind === "}" || token.kind === "]") open.pop();
      else if (token.kind === "string" && keys != null && previous !== ":") {
        const key = stringValue(text.slice(token.start, token.end));
        if (keys.has(key)) return key;
        keys.add(key);
      }
      previous = token.kind;
    }
    return null;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}

function jsonParts(text: string, bracket: "{" | "["): JsonPart[] | null {
  const parts: JsonPart[] = [];
  let first: JsonToken | null = null;
  try {
    for (const token of jsonTokens(text)) {
      if (token.depth === 0 && token.kind !== bracket && token.kind !== "}" && token.kind !== "]") return null;
      if (token.depth !== 1 || token.kind === "," || token.kind === ":") continue;
      first ??= token;
      if (token.kind === "{" || token.kind === "[") continue;
      parts.push({ text: text.slice(first.start, token.end), kind: partKind(first) });
      first = null;
    }
    return parts;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return null;
    throw error;
  }
}

/** What a JSON string means; the text itself when it is no JSON string. */
export function stringValue(text: string): string {
  const value: unknown = text.startsWith('"') ? JSON.parse(text) : text;
  return typeof value === "string" ? value : text;
}

function partKind(token: JsonToken): JsonPart["kind"] {
  if (token.kind === "{") return "object";
  if (token.kind === "[") return "array";
  return token.kind === "string" ? "string" : "literal";
}

function gap(previous: JsonToken | null, token: JsonToken): string {
  if (previous === null || token.kind === "," || token.kind === ":") return "";
  if (previous.kind === ":") return " ";
  const opened = previous.kind === "{" || previous.kind === "[";
  const closes = token.kind === "}" || token.kind === "]";
  if (opened && closes) return "";
  const inside = Math.max(previous.depth, token.depth);
  if (inside > MAX_DEPTH) return previous.kind === "," ? " " : "";
  return `\n${INDENT.repeat(token.depth)}`;
}

/** The gap before an unfinished token. */
function gapBefore(previous: JsonToken, rest: string): string {
  if (rest === "") return "";
  if (previous.kind === ":") return " ";
  const depth = previous.kind === "{" || previous.kind === "[" ? previous.depth + 1 : previous.depth;
  return previous.kind === "," || depth > previous.depth ? `\n${INDENT.repeat(Math.min(depth, MAX_DEPTH))}` : "";
}
