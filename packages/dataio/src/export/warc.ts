/**
 * WARC 1.1 (https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/). A response over HTTP is a `response` with the
 * `request` that its row asks for; what came in another way, or without a recorded status, is a `resource`. A `metadata`
 * record says which row it was. Nothing is made up: where the HTTP version was not recorded, the first record says so.
 */
import { createHash } from "node:crypto";
import { WARCRecord, type WARCRecordOpts } from "warcio";
import { WARCSerializer } from "warcio/node";
import { DataioError } from "../errors.ts";
import type { PayloadStore } from "../payloads.ts";
import type { SidecarStore } from "../sidecars.ts";
import type { ExportEntry } from "./entries.ts";
import { type AskedRequest, exchangeMoment, exchangeUrl } from "./http-exchange.ts";
import { type EntryMetadata, headerValues, metadataOf, rowRecord } from "./metadata.ts";
import {
  type Content,
  contentEncodings,
  decodedLimit,
  isEncoded,
  openContent,
  sniffed,
  storedChunks,
  Unexportable,
  undecodable,
  withoutEncodings,
} from "./payload-content.ts";
import { publicEntry } from "./public-entry.ts";
import type { ExportTarget } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";
import { TextFile } from "./text-file.ts";

const VERSION = "WARC/1.1";
const NOTE =
  "HTTP versions and reason phrases were not recorded: status lines say HTTP/1.1. Bodies are without transfer encoding, and content-length is theirs. " +
  "Requests are as their rows ask for them, without what the client added. A header in front of which X-Archive-Orig- stands " +
  "no longer holds for the body.";
/** They speak of how the bytes travelled, which the body no longer shows. */
const TRANSFER = ["transfer-encoding", "content-length", "connection", "keep-alive"];

type Target = ExportTarget & { readonly type: "warc" };

/** Writes responses as a WARC. Make one with {@link WarcFile.create}. */
export class WarcFile implements ExportSink {
  readonly #target: Target;
  readonly #file: TextFile;
  readonly #payloads: PayloadStore;
  readonly #sidecars: SidecarStore;
  readonly #signal: AbortSignal | undefined;
  readonly #gzip: boolean;

  private constructor(target: Target, file: TextFile, files: WarcFiles) {
    this.#target = target;
    this.#file = file;
    this.#payloads = files.payloads;
    this.#sidecars = files.sidecars;
    this.#signal = files.signal;
    this.#gzip = target.gzip ?? target.path.endsWith(".gz");
  }

  /** @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(target: Target, files: WarcFiles): Promise<WarcFile> {
    const file = await TextFile.create(target.path, target.existing ?? "refuse");
    const warc = new WarcFile(target, file, files);
    try {
      const info = { software: "@mxm/dataio", format: VERSION.replace("/", " File Format "), description: NOTE };
      await warc.#write(WARCRecord.createWARCInfo({ filename: "dataio.warc", warcVersion: VERSION }, info));
      return warc;
    } catch (error) {
      file.discard();
      throw error;
    }
  }

  async add(entry: ExportEntry): Promise<Written> {
    const content = openContent(this.#payloads, entry.checksum);
    const shown = publicEntry(entry, metadataOf(this.#sidecars, entry));
    const { metadata, asked } = shown;
    const url = exchangeUrl(asked, metadata);
    const stored = () => storedChunks(this.#payloads, content, this.#signal);
    // Its records are written only once the bytes are known to be right.
    const { encodings, sizeBytes, remark } = await this.#checked(content, metadata, stored);
    const limit = decodedLimit(content.sizeBytes);
    const body = () => copies(encodings.length > 0 ? withoutEncodings(stored(), encodings, limit) : stored());
    const date = exchangeMoment(entry.askedAt ?? entry.time).replace("+00:00", "Z");
    const id = recordId(entry, "response");
    const uri = url ?? `urn:dataio:${encodeURIComponent((entry.responseId ?? entry.checksum ?? "").toWellFormed())}`;
    const isExchange = url !== null && metadata.transportStatus !== null;
    const declared = contentEncodings(headerValues(metadata, "content-encoding"));
    const isDecoded = encodings.length > 0 || !isEncoded(content.head, declared);
    const headers = isExchange ? responseHeaders(metadata, isDecoded, sizeBytes) : [];
    const { mediaType } = await sniffed(content.head, content.whole !== null);
    await this.#write(
      isExchange
        ? record(
            {
              type: "response",
              url: uri,
              date,
              warcHeaders: { "WARC-Record-ID": id },
              statusline: `HTTP/1.1 ${metadata.transportStatus} `,
              httpHeaders: headers as [string, string][],
            },
            body(),
          )
        : record(
            {
              type: "resource",
              url: uri,
              date,
              warcHeaders: {
                "WARC-Record-ID": id,
                "Content-Type": oneLine(metadata.mediaType ?? mediaType ?? "application/octet-stream"),
              },
            },
            body(),
          ),
    );
    if (isExchange && asked !== null) await this.#write(requestRecord(entry, asked, { date, id }));
    const facts = Buffer.from(JSON.stringify({ dataio: rowRecord(shown) }), "utf8");
    const about = {
      "WARC-Record-ID": recordId(entry, "metadata"),
      "WARC-Concurrent-To": id,
      "Content-Type": "application/json",
    };
    await this.#write(record({ type: "metadata", url: uri, date, warcHeaders: about }, one(facts)));
    return { name: null, bytes: content.sizeBytes, ...(remark === undefined ? {} : { remark }) };
  }

  async finish(): Promise<void> {
    await this.#file.finish();
  }

  async discard(): Promise<void> {
    this.#file.discard();
  }

  /** Reads all of it once. What cannot be decoded goes out as it is. @throws Unexportable for bytes that are wrong */
  async #checked(content: Content, metadata: EntryMetadata, stored: () => AsyncIterable<Buffer>): Promise<Checked> {
    const asStored = async (remark?: Unexportable) => {
      if (content.whole === null) await drained(stored());
      return { encodings: [], sizeBytes: content.sizeBytes, remark };
    };
    const encodings = contentEncodings(headerValues(metadata, "content-encoding"));
    if (this.#target.encoding !== "decoded" || !isEncoded(content.head, encodings)) return await asStored();
    const unknown = undecodable(encodings);
    if (unknown !== null) return await asStored(unknown);
    try {
      const decoded = withoutEncodings(stored(), encodings, decodedLimit(content.sizeBytes));
      return { encodings, sizeBytes: await drained(decoded), remark: undefined };
    } catch (error) {
      if (!(error instanceof Unexportable) || error.code === "PAYLOAD_CORRUPT") throw error;
      return await asStored(error);
    }
  }

  async #write(warcRecord: WARCRecord): Promise<void> {
    for await (const chunk of new WARCSerializer(warcRecord, { gzip: this.#gzip })) {
      if (!(chunk instanceof Uint8Array)) throw new DataioError("IO_FAILED", "A WARC record gave no bytes.");
      await this.#file.writeBytes(chunk);
    }
  }
}

/** How the bytes of a payload go out. */
interface Checked {
  /** That are undone. */
  readonly encodings: readonly string[];
  readonly sizeBytes: number;
  readonly remark: Unexportable | undefined;
}

interface WarcFiles {
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  readonly signal: AbortSignal | undefined;
}

function record(options: WARCRecordOpts, body: AsyncIterable<Uint8Array>): WARCRecord {
  return WARCRecord.create({ ...options, warcVersion: VERSION, keepHeadersCase: true }, body);
}

function requestRecord(entry: ExportEntry, asked: AskedRequest, to: { readonly date: string; readonly id: string }) {
  const url = new URL(asked.url);
  const named = asked.headers.some(([name]) => name === "host");
  return record(
    {
      type: "request",
      url: asked.url,
      date: to.date,
      warcHeaders: { "WARC-Record-ID": recordId(entry, "request"), "WARC-Concurrent-To": to.id },
      statusline: `${asked.method} ${url.pathname}${url.search} HTTP/1.1`,
      httpHeaders: [
        ...(named ? [] : [["Host", url.host] as [string, string]]),
        ...(asked.headers as [string, string][]),
      ],
    },
    one(asked.body ?? new Uint8Array()),
  );
}

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

function oneLine(text: string): string {
  return text.replace(/[\r\n\0]+/g, " ").trim();
}

/** As recorded, but for those that the body contradicts, and with its length in this record. */
function responseHeaders(
  metadata: EntryMetadata,
  isDecoded: boolean,
  sizeBytes: number,
): (readonly [string, string])[] {
  // A name that is none, or a second line, would become fields of their own, or the body.
  const recorded = (metadata.headers ?? []).flatMap(([name, value]) =>
    FIELD_NAME.test(name) ? [[name, oneLine(value)] as const] : [],
  );
  const moved = isDecoded ? [...TRANSFER, "content-encoding"] : TRANSFER;
  const headers = recorded.map(([name, value]) =>
    moved.includes(name.toLowerCase()) ? ([`X-Archive-Orig-${name}`, value] as const) : ([name, value] as const),
  );
  const type = metadata.metadata?.content_type;
  const hasType = recorded.some(([name]) => name.toLowerCase() === "content-type");
  return [
    ...headers,
    ...(!hasType && typeof type === "string" ? [["content-type", oneLine(type)] as const] : []),
    ["content-length", String(sizeBytes)],
  ];
}

/** The same for the same row: an export that is made again has the same records. */
function recordId(entry: ExportEntry, what: string): string {
  const digest = createHash("sha256")
    .update(`${what} ${entry.responseId ?? ""} ${entry.checksum ?? ""} ${entry.time}`)
    .digest("hex");
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`];
  return `<urn:uuid:${parts.join("-")}-${digest.slice(20, 32)}>`;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield bytes;
}

/** The writer of records keeps what it is given. */
async function* copies(chunks: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void, undefined> {
  let empty = true;
  for await (const chunk of chunks) {
    empty = false;
    yield Uint8Array.from(chunk);
  }
  if (empty) yield new Uint8Array();
}

/** Their number of bytes. @throws Unexportable where they are wrong */
async function drained(chunks: AsyncIterable<Buffer>): Promise<number> {
  let size = 0;
  for await (const chunk of chunks) size += chunk.length;
  return size;
}
