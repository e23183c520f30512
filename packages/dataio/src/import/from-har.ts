/** The entries of a HAR. What a browser decoded stays decoded: the encoding is then not among the headers any more. */
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { DataioError, fromSystemError } from "../errors.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import { foreignRows, foreignSession } from "./foreign.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";
import { headerMapOf, webAnswer } from "./web-answer.ts";

/** What fits into one text. */
const MAX_HAR_BYTES = 256 * 1024 * 1024;

/** @throws NOT_FOUND, TOO_LARGE, JSON_INVALID for the file; an entry that cannot be used is a problem */
export async function* harRows(from: ImportSource, take: TakePayload): AsyncGenerator<ImportedRow, void, undefined> {
  const name = basename(from.path);
  const entries = await readEntries(from.path);
  const moments = entries.flatMap((entry) => momentOf(entry) ?? []).sort((a, b) => (a < b ? -1 : 1));
  const [first = 0n] = moments;
  const session = foreignSession(from.source ?? name, name, formatTimestamp(first));
  yield { type: "session", session };
  for (const [index, entry] of entries.entries()) {
    const item = `entry ${index}`;
    try {
      const { exchange, body } = exchangeOf(entry);
      const payload = await take(one(body));
      yield* foreignRows(session, webAnswer({ ...exchange, ...payload }));
    } catch (error) {
      if (!(error instanceof DataioError) || error.code !== "PARAMS_INVALID") throw error;
      yield { type: "problem", problem: { item, code: error.code, message: error.message } };
    }
  }
}

async function readEntries(path: string): Promise<unknown[]> {
  try {
    if ((await stat(path)).size > MAX_HAR_BYTES) {
      throw new DataioError("TOO_LARGE", `${path} is larger than ${MAX_HAR_BYTES} bytes.`);
    }
    const har: unknown = JSON.parse((await readFile(path, "utf8")).replace(/^\uFEFF/, ""));
    const entries = member(member(har, "log"), "entries");
    if (Array.isArray(entries)) return entries;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw fromSystemError(error, `Cannot read ${path}`);
  }
  throw new DataioError("JSON_INVALID", `${path} is no HAR.`);
}

function exchangeOf(entry: unknown) {
  const request = member(entry, "request");
  const response = member(entry, "response");
  const content = member(response, "content");
  const method = member(request, "method");
  const url = member(request, "url");
  const moment = momentOf(entry);
  if (typeof method !== "string" || typeof url !== "string" || moment === null) {
    throw new DataioError("PARAMS_INVALID", "It has no method, no address or no time.");
  }
  const text = member(content, "text");
  const size = Number(member(content, "size"));
  if (typeof text !== "string" && size > 0) throw new DataioError("PARAMS_INVALID", "Its body was not recorded.");
  const isBase64 = member(content, "encoding") === "base64";
  const body = Buffer.from(typeof text === "string" ? text : "", isBase64 ? "base64" : "utf8");
  const stored = Number(member(response, "bodySize"));
  const headers = fieldsOf(member(response, "headers"));
  const elapsed = Number(member(entry, "time"));
  const status = Number(member(response, "status"));
  const mime = member(content, "mimeType");
  const isDecoded = stored !== body.length;
  const posted = member(member(request, "postData"), "text");
  return {
    body,
    exchange: {
      method,
      url,
      requestBody: typeof posted === "string" ? posted : null,
      requestHeaders: headerMapOf(fieldsOf(member(request, "headers"))),
      status: Number.isSafeInteger(status) && status > 0 ? status : null,
      headers: headerMapOf(isDecoded ? headers.filter(([name]) => !ABOUT_ENCODING.has(name.toLowerCase())) : headers),
      contentType: typeof mime === "string" && mime !== "" ? mime : null,
      elapsedMs: Number.isFinite(elapsed) && elapsed >= 0 ? Math.round(elapsed) : null,
      time: formatTimestamp(moment),
    },
  };
}

const ABOUT_ENCODING: ReadonlySet<string> = new Set(["content-encoding", "content-length"]);

function fieldsOf(list: unknown): (readonly [string, string])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((field: unknown) => {
    const name = member(field, "name");
    const value = member(field, "value");
    return typeof name === "string" && typeof value === "string" ? [[name, value] as const] : [];
  });
}

function momentOf(entry: unknown): bigint | null {
  const text = member(entry, "startedDateTime");
  return typeof text === "string" ? (parseTimestamp(text)?.epochMicros ?? null) : null;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}
