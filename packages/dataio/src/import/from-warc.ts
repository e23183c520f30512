/** The responses and resources of a WARC, as stored: their transfer encoding undone, their content encoding kept. */
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { AsyncIterReader, WARCParser, type WARCRecord } from "warcio";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import type { Session } from "../model.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import { foreignRows, foreignSession } from "./foreign.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";
import { headerMapOf, type WebExchange, webAnswer } from "./web-answer.ts";

/** Of a record that says how a request was made; more is no request. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** @throws NOT_FOUND, ACCESS_DENIED for the file; a record that cannot be used is a problem */
export async function* warcRows(from: ImportSource, take: TakePayload): AsyncGenerator<ImportedRow, void, undefined> {
  const name = basename(from.path);
  /** Begins with the first record that has a time. */
  let session: Session | null = null;
  /** A response waits for the request that says how it was asked for. */
  let waiting: { readonly id: string; readonly exchange: WebExchange } | null = null;
  const flush = function* () {
    if (waiting !== null && session !== null) yield* foreignRows(session, webAnswer(waiting.exchange));
    waiting = null;
  };
  let count = 0;
  try {
    for await (const record of new WARCParser(createReadStream(from.path))) {
      count += 1;
      const { warcType: type } = record;
      const moment = parseTimestamp(record.warcDate ?? "")?.epochMicros;
      if (session === null && moment !== undefined) {
        session = foreignSession(from.source ?? name, name, formatTimestamp(moment));
        yield { type: "session", session };
      }
      if (type === "request" && waiting !== null && record.warcConcurrentTo?.includes(waiting.id)) {
        waiting = { id: waiting.id, exchange: await withRequest(waiting.exchange, record) };
      } else if (type === "response" || type === "resource") {
        yield* flush();
        const exchange = await exchangeOf(record, take);
        const id = record.warcHeader("WARC-Record-ID") ?? "";
        if (exchange !== null) waiting = { id, exchange };
        else yield { type: "problem", problem: unusable(count, "It has no web address or no time.") };
      } else if (type === "revisit" || type === "continuation") {
        yield { type: "problem", problem: unusable(count, `A record of the type ${type} has no body of its own.`) };
      }
      await record.skipFully();
    }
  } catch (error) {
    if (error instanceof DataioError || systemCode(error) !== undefined) {
      throw fromSystemError(error, `Cannot read ${from.path}`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    yield { type: "problem", problem: unusable(count + 1, `From here on it is no WARC: ${reason}.`) };
  }
  yield* flush();
  if (count === 0) throw new DataioError("PARAMS_INVALID", `${from.path} is no WARC.`);
}

function unusable(record: number, message: string) {
  return { item: `record ${record}`, code: "PARAMS_INVALID", message } as const;
}

async function exchangeOf(record: WARCRecord, take: TakePayload): Promise<WebExchange | null> {
  const url = record.warcTargetURI;
  const moment = parseTimestamp(record.warcDate ?? "")?.epochMicros;
  if (url == null || moment === undefined) return null;
  const headers = [...(record.httpHeaders?.headers ?? [])] as [string, string][];
  const isChunked = headers.some(([name, value]) => /^transfer-encoding$/i.test(name) && /chunked/i.test(value));
  const body = isChunked ? new AsyncIterReader(record.reader, null, true) : record.reader;
  const payload = await take(asAsync(body));
  const status = Number(record.httpHeaders?.statusCode ?? Number.NaN);
  const declared =
    record.httpHeaders === null ? record.warcContentType : record.httpHeaders.headers.get("content-type");
  return {
    method: "GET",
    url,
    requestBody: null,
    requestHeaders: {},
    status: Number.isSafeInteger(status) ? status : null,
    headers: headerMapOf(headers),
    contentType: declared ?? null,
    elapsedMs: null,
    time: formatTimestamp(moment),
    ...payload,
  };
}

async function withRequest(exchange: WebExchange, record: WARCRecord): Promise<WebExchange> {
  const method = record.httpHeaders?.method ?? exchange.method;
  const requestHeaders = headerMapOf([...(record.httpHeaders?.headers ?? [])] as [string, string][]);
  const body = record.warcContentLength > MAX_REQUEST_BYTES ? null : Buffer.from(await record.readFully(false));
  return { ...exchange, method, requestHeaders, requestBody: body === null ? null : body.toString("utf8") };
}

async function* asAsync(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) yield chunk;
}
