/** The responses and resources of a WARC, as stored: their transfer encoding undone, their content encoding kept. */
import { basename } from "node:path";
import { DataioError, fromSystemError, isDataioError, systemCode } from "../errors.ts";
import { AnswerRows, saysItsPlace } from "./answer-rows.ts";
import { type Span, widened } from "./foreign.ts";
import { type OwnRecord, ownRecord } from "./own-record.ts";
import type { ImportSource } from "./report.ts";
import type { ImportedRow, TakePayload } from "./rows.ts";
import { BrokenWarc, type Fields, httpMessage, UnusableRecord, type WarcRecord, warcRecords } from "./warc-reader.ts";
import { headerMapOf, isWebAddress, momentText, type WebExchange } from "./web-answer.ts";

/** Of a record that says how a request was made, or which row it was; more is none. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** A response or a request, with the records that it says it belongs to. */
interface Related<T> {
  readonly id: string | null;
  readonly concurrentTo: string | null;
  readonly what: T;
}

type Asked = Pick<WebExchange, "method" | "requestHeaders" | "requestBody">;

/** @throws NOT_FOUND, ACCESS_DENIED for the file, PARAMS_INVALID for none; a record that cannot be used is a problem */
export async function* warcRows(
  from: ImportSource,
  take: TakePayload,
  signal: AbortSignal | undefined,
): AsyncGenerator<ImportedRow, void, undefined> {
  const name = basename(from.path);
  const rows = new AnswerRows(from, name, () => foreignSpan(from.path, signal));
  /** A response waits for the request that says how it was asked for; that may also have come just before it. */
  let waiting: Related<WebExchange> | null = null;
  let asked: Related<Asked> | null = null;
  /** Which row it was, where the record after it says so. */
  let row: OwnRecord | null = null;
  const flush = async function* () {
    if (waiting === null) return;
    const exchange = waiting.what;
    const record = row;
    waiting = null;
    row = null;
    yield* rows.of(exchange, record);
  };
  let count = 0;
  try {
    for await (const record of warcRecords(from.path, signal)) {
      count += 1;
      const type = record.field("warc-type");
      try {
        if (type === "request") {
          asked = relatedTo(record, await requestOf(record));
          if (waiting !== null) waiting = answerTo(waiting, asked);
        } else if (type === "response" || type === "resource") {
          yield* flush();
          const response: Related<WebExchange> = relatedTo(record, await exchangeOf(record, take));
          waiting = asked === null ? response : answerTo(response, asked);
          asked = null;
        } else if (type === "metadata") {
          if (isAbout(waiting, record)) row = ownRecord(await rowOf(record));
        } else if (type === "revisit" || type === "continuation") {
          throw new UnusableRecord(`A record of the type ${type} has no body of its own.`);
        }
      } catch (error) {
        if (!(error instanceof UnusableRecord)) throw error;
        yield { type: "problem", problem: { item: `record ${count}`, code: error.code, message: error.message } };
      }
    }
  } catch (error) {
    const isUndecodable = isDataioError(error, "PAYLOAD_UNDECODABLE");
    if (!(error instanceof BrokenWarc) && !isUndecodable) {
      if (error instanceof DataioError || systemCode(error) !== undefined) {
        throw fromSystemError(error, `Cannot read ${from.path}`);
      }
      throw error;
    }
    const reason = isUndecodable ? "its packing is broken" : error.message;
    if (count === 0) throw new DataioError("PARAMS_INVALID", `${from.path} is no WARC: ${reason}.`, { cause: error });
    const message = `Nothing is read from here on: ${reason}.`;
    const at = error instanceof BrokenWarc && !error.inside ? count + 1 : count;
    yield { type: "problem", problem: { item: `record ${at}`, code: "PAYLOAD_UNDECODABLE", message } };
  }
  if (count === 0) throw new DataioError("PARAMS_INVALID", `${from.path} is no WARC.`);
  yield* flush();
}

/**
 * When the answers were recorded that say of no session that they were of. They need not come in order, so all of the file is
 * gone through for it, their bytes skipped.
 */
async function foreignSpan(path: string, signal: AbortSignal | undefined): Promise<Span | null> {
  let span: Span | null = null;
  /** Whose row may still be told. */
  let last: Related<string | null> | null = null;
  const settle = (next: Related<string | null> | null) => {
    if (last !== null && last.what !== null) span = widened(span, last.what);
    last = next;
  };
  try {
    for await (const record of warcRecords(path, signal)) {
      const type = record.field("warc-type");
      if (type === "response" || type === "resource") {
        settle(relatedTo(record, momentText(record.field("warc-date"))));
      } else if (type === "metadata" && isAbout(last, record) && saysItsPlace(ownRecord(await rowOf(record)))) {
        last = null;
      }
    }
    settle(null);
  } catch (error) {
    // What cannot be read, as the last one then, is told where its turn comes.
    if (isDataioError(error, "CANCELLED")) throw error;
  }
  return span;
}

/** Whether a record of metadata says that it belongs to the answer before it. */
function isAbout(answer: Related<unknown> | null, record: WarcRecord): boolean {
  return answer?.id != null && record.field("warc-concurrent-to") === answer.id;
}

function relatedTo<T>(record: WarcRecord, what: T): Related<T> {
  return { id: record.field("warc-record-id"), concurrentTo: record.field("warc-concurrent-to"), what };
}

/** The answer with what was asked, where they belong together; which of the two names the other is up to the writer. */
function answerTo(response: Related<WebExchange>, asked: Related<Asked>): Related<WebExchange> {
  const isNamed = (named: Related<unknown>, by: Related<unknown>) => named.id !== null && by.concurrentTo === named.id;
  if (!isNamed(response, asked) && !isNamed(asked, response)) return response;
  return { ...response, what: { ...response.what, ...asked.what } };
}

/** What our export says beside an exchange; undefined where it is none of ours. */
async function rowOf(record: WarcRecord): Promise<unknown> {
  if (record.blockBytes > MAX_REQUEST_BYTES) return undefined;
  const parts: Buffer[] = [];
  for await (const part of record.block()) parts.push(Buffer.from(part));
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString("utf8"));
    return typeof value === "object" && value !== null && "dataio" in value ? value.dataio : undefined;
  } catch {
    return undefined;
  }
}

async function exchangeOf(record: WarcRecord, take: TakePayload): Promise<WebExchange> {
  // Old writers have it in angle brackets.
  const url = (record.field("warc-target-uri") ?? "").replace(/^<(.*)>$/, "$1");
  const time = momentText(record.field("warc-date"));
  const isMessage = record.field("warc-type") === "response";
  if (time === null) throw new UnusableRecord("It has no time.", "TIMESTAMP_INVALID");
  // What has another address may be a file, or a row of an archive that was exported.
  if (url === "" || (isMessage && !isWebAddress(url))) throw new UnusableRecord("It has no web address.");
  if (!isMessage) {
    const payload = await take(record.block());
    return {
      ...NOTHING_ASKED,
      url,
      time,
      status: null,
      headers: {},
      contentType: record.field("content-type"),
      elapsedMs: null,
      ...payload,
    };
  }
  const { firstLine, fields, body } = await httpMessage(record.block());
  const [, code] = /^HTTP\/\d+(?:\.\d+)? +(\d{3})(?: |$)/.exec(firstLine) ?? [];
  if (code === undefined) throw new UnusableRecord("It holds no answer over HTTP.");
  const payload = await take(body);
  return {
    ...NOTHING_ASKED,
    url,
    time,
    status: Number(code),
    headers: headerMapOf(fields),
    contentType: firstOf(fields, "content-type"),
    elapsedMs: null,
    ...payload,
  };
}

const NOTHING_ASKED: Asked = { method: "GET", requestHeaders: {}, requestBody: null };

async function requestOf(record: WarcRecord): Promise<Asked> {
  if (record.blockBytes > MAX_REQUEST_BYTES) throw new UnusableRecord("A request is larger than 16 MiB.", "TOO_LARGE");
  const { firstLine, fields, body } = await httpMessage(record.block());
  const [, method] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) /.exec(firstLine) ?? [];
  if (method === undefined) throw new UnusableRecord("It holds no request over HTTP.");
  const parts: Buffer[] = [];
  for await (const part of body) parts.push(Buffer.from(part));
  return { method, requestHeaders: headerMapOf(fields), requestBody: Buffer.concat(parts).toString("utf8") };
}

function firstOf(fields: Fields, name: string): string | null {
  return fields.find(([field]) => field.toLowerCase() === name)?.[1] ?? null;
}
