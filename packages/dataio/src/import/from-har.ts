/** The entries of a HAR; those of ours say under `_dataio` which row they were. What a browser decoded stays decoded: the encoding is then not among the headers any more. */
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { DataioError, fromSystemError } from "../errors.ts";
import { AnswerRows, saysItsPlace } from "./answer-rows.ts";
import { spanOf } from "./foreign.ts";
import { ownRecord } from "./own-record.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";
import { headerMapOf, isWebAddress, momentText } from "./web-answer.ts";

/** What fits into one text. */
const MAX_HAR_BYTES = 256 * 1024 * 1024;

/** @throws NOT_FOUND, TOO_LARGE, JSON_INVALID for the file; an entry that cannot be used is a problem */
export async function* harRows(from: ImportSource, take: TakePayload): AsyncGenerator<ImportedRow, void, undefined> {
  const name = basename(from.path);
  const entries = await readEntries(from.path);
  const records = entries.map((entry) => ownRecord(member(entry, "_dataio")));
  const foreign = entries.filter((_, index) => !saysItsPlace(records[index] ?? null));
  const rows = new AnswerRows(from, name, async () => spanOf(foreign.flatMap(timesOf)));
  for (const [index, entry] of entries.entries()) {
    const item = `entry ${index}`;
    try {
      const { exchange, body } = exchangeOf(entry);
      const payload = await take(one(body));
      yield* rows.of({ ...exchange, ...payload }, records[index] ?? null);
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
  if (typeof method !== "string" || !METHOD.test(method) || typeof url !== "string" || moment === null) {
    throw new DataioError("PARAMS_INVALID", "It has no method, no address or no time.");
  }
  if (!isWebAddress(url)) throw new DataioError("PARAMS_INVALID", "It was no exchange over HTTP.");
  const body = bodyOf(content, Number(member(response, "status")));
  const stored = Number(member(response, "bodySize"));
  const headers = fieldsOf(member(response, "headers"));
  const status = Number(member(response, "status"));
  const mime = member(content, "mimeType");
  const isDecoded = stored !== body.length;
  return {
    body,
    exchange: {
      method,
      url,
      requestBody: postedBody(member(request, "postData")),
      requestHeaders: headerMapOf(fieldsOf(member(request, "headers"))),
      status: status >= 100 && status <= 999 && Number.isInteger(status) ? status : null,
      headers: headerMapOf(isDecoded ? headers.filter(([name]) => !ABOUT_ENCODING.has(name.toLowerCase())) : headers),
      contentType: typeof mime === "string" && mime !== "" ? mime : null,
      elapsedMs: elapsedOf(entry),
      time: moment,
    },
  };
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const BASE_64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?$/;

/** @throws PARAMS_INVALID where it was not recorded, or cannot be read */
function bodyOf(content: unknown, status: number): Buffer {
  const text = member(content, "text");
  const encoding = member(content, "encoding") ?? "";
  if (typeof text !== "string") {
    // A browser writes so what was blocked, or failed.
    if (status === 0) throw new DataioError("PARAMS_INVALID", "It had no answer.");
    if (Number(member(content, "size")) > 0) throw new DataioError("PARAMS_INVALID", "Its body was not recorded.");
    return Buffer.alloc(0);
  }
  if (encoding === "") return Buffer.from(text, "utf8");
  const packed = text.replace(/\s+/g, "");
  if (encoding !== "base64" || !BASE_64.test(packed)) {
    throw new DataioError("PARAMS_INVALID", `Its body is not ${String(encoding)}, or cannot be read.`);
  }
  return Buffer.from(packed, "base64");
}

/** As it was sent; browsers may give a form as its fields alone. */
function postedBody(postData: unknown): string | null {
  const text = member(postData, "text");
  if (typeof text === "string" && text !== "") return text;
  const isForm = /^application\/x-www-form-urlencoded/i.test(String(member(postData, "mimeType")));
  const fields = fieldsOf(member(postData, "params"));
  return isForm && fields.length > 0 ? new URLSearchParams(fields.map(([...field]) => field)).toString() : null;
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

function momentOf(entry: unknown): string | null {
  return momentText(member(entry, "startedDateTime"));
}

/** When it was asked for, and when its answer was there, where that is known. */
function timesOf(entry: unknown): string[] {
  const asked = momentOf(entry);
  if (asked === null) return [];
  const answered = momentText(asked, elapsedOf(entry) ?? 0);
  return answered === null ? [asked] : [asked, answered];
}

function elapsedOf(entry: unknown): number | null {
  const elapsed = Number(member(entry, "time"));
  return Number.isFinite(elapsed) && elapsed >= 0 ? Math.round(elapsed) : null;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}
