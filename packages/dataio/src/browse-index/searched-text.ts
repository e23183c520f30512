/**
 * What of a request, of transport metadata and of a failure is searched: readable text, one fact a line. Values of headers
 * that carry credentials are left out, wherever they stand. Pure.
 */
import { JsonNumber, type JsonValue, parseJson } from "../canonical-json.ts";

/** UTF-16 units of one document; what is longer is searched up to here. */
export const SEARCHED_UNITS = 65_536;
const MOST_LEVELS = 32;

const SECRETS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "cookie",
  "cookies",
  "set-cookie",
  "cookie2",
  "set-cookie2",
  "x-api-key",
  "api-key",
  "x-auth-token",
]);
/** Says that one of them may be there, also with letters written as escapes. */
const MAYBE_SECRET = /authorization|cookie|api-key|auth-token|\\u00[0-7]/i;
/** `user:password@` of a URL. */
const USER_INFO = /(\/\/)[^/?#\s"@]*:[^/?#\s"@]*@/g;

/** The text of a request: params and body as their JSON, and what JSON writes with escapes once more as it reads. */
export function requestText(paramsJson: string | null, bodyJson: string | null): string {
  const parts = [paramsJson, bodyJson].flatMap((json) => (json === null ? [] : jsonLines(json)));
  return finished(parts);
}

/** The text of transport metadata: a line for each value, as in `content-type: text/csv`. */
export function metadataText(json: string): string {
  const parsed = parsedOrNull(json);
  if (parsed === undefined) return MAYBE_SECRET.test(json) ? "" : finished([json]);
  const lines: string[] = [];
  addLines("", parsed, lines, 0);
  return finished(lines);
}

/** JSON as it stands, but with characters for the escapes that Python writes for all that is not ASCII. */
function jsonLines(json: string): string[] {
  const cut = json.slice(0, SEARCHED_UNITS);
  if (!MAYBE_SECRET.test(cut)) {
    const text = cut.replaceAll(/\\u(?!00[0-7])([0-9a-f]{4})/gi, (_all, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    if (!text.includes("\\")) return [text];
  }
  const parsed = parsedOrNull(json);
  if (parsed === undefined) return MAYBE_SECRET.test(json) ? [] : [cut];
  const escaped: string[] = [];
  return [written(parsed, escaped, 0), ...escaped];
}

/** Compact JSON without the secrets; texts that have escapes in it are noted as they read. */
function written(value: JsonValue, escaped: string[], level: number): string {
  if (level > MOST_LEVELS) return "";
  if (value instanceof JsonNumber) return value.text;
  if (typeof value === "string") {
    if (isSecretLine(value)) return '""';
    const json = JSON.stringify(value);
    if (json.length !== value.length + 2) escaped.push(value);
    return json;
  }
  if (Array.isArray(value)) {
    if (isSecretPair(value)) return "[]";
    return `[${value.map((item) => written(item, escaped, level + 1)).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value as Record<string, JsonValue>);
    if (isSecretEntry(value)) return "{}";
    const kept = entries.filter(([key]) => !isSecret(key));
    return `{${kept.map(([key, item]) => `${JSON.stringify(key)}:${written(item, escaped, level + 1)}`).join(",")}}`;
  }
  return String(value);
}

function addLines(key: string, value: JsonValue, lines: string[], level: number): void {
  if (value === null || isSecret(key) || level > MOST_LEVELS) return;
  if (Array.isArray(value)) {
    if (isSecretPair(value)) return;
    for (const item of value) addLines(key, item, lines, level + 1);
  } else if (typeof value === "object" && !(value instanceof JsonNumber)) {
    if (isSecretEntry(value)) return;
    for (const [name, item] of Object.entries(value as Record<string, JsonValue>)) {
      addLines(name, item, lines, level + 1);
    }
  } else {
    const text = value instanceof JsonNumber ? value.text : String(value);
    if (!isSecretLine(text)) lines.push(key === "" ? text : `${key}: ${text}`);
  }
}

function isSecret(name: string): boolean {
  return SECRETS.has(name.trim().toLowerCase());
}

/** A header as a list of its name and its value. */
function isSecretPair(value: readonly JsonValue[]): boolean {
  return value.length > 1 && typeof value[0] === "string" && isSecret(value[0]);
}

/** A header as an object, as HAR has it. */
function isSecretEntry(value: object): boolean {
  const { name, key } = value as { readonly name?: unknown; readonly key?: unknown };
  return [name, key].some((text) => typeof text === "string" && isSecret(text));
}

/** A header as one line, as `curl -H` takes it. */
function isSecretLine(text: string): boolean {
  const colon = text.indexOf(":");
  return colon > 0 && colon < 32 && isSecret(text.slice(0, colon));
}

function parsedOrNull(json: string): JsonValue | undefined {
  try {
    return parseJson(json);
  } catch {
    return undefined;
  }
}

/** NUL would end the text for SQLite's tokenizer. */
function finished(lines: readonly string[]): string {
  return lines.join("\n").slice(0, SEARCHED_UNITS).replaceAll("\0", " ").replaceAll(USER_INFO, "$1");
}
