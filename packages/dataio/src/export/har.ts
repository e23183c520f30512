/**
 * HTTP Archive 1.2 (http://www.softwareishard.com/blog/har-12-spec/). The format wants values that archives do not have: those are
 * -1, empty or `unknown`, as it provides, and a comment says so. What DataIO knows besides is under `_dataio`.
 */
import { isUtf8 } from "node:buffer";
import type { PayloadStore } from "../payloads.ts";
import type { SidecarStore } from "../sidecars.ts";
import type { ExportEntry } from "./entries.ts";
import { exchangeMoment, exchangeUrl } from "./http-exchange.ts";
import { type EntryMetadata, headerValues, metadataOf, rowRecord } from "./metadata.ts";
import {
  type Content,
  contentEncodings,
  openContent,
  storedChunks,
  Unexportable,
  undecodable,
  withoutEncodings,
} from "./payload-content.ts";
import { type PublicEntry, publicEntry } from "./public-entry.ts";
import type { ExportTarget } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";
import { TextFile } from "./text-file.ts";

const MIB = 1024 * 1024;
/** A body is one text in a HAR, so it has to fit into memory. */
const MAX_BODY_BYTES = 128 * MIB;

/** Writes exchanges over HTTP as a HAR. Make one with {@link HarFile.create}. */
export class HarFile implements ExportSink {
  readonly #file: TextFile;
  readonly #payloads: PayloadStore;
  readonly #sidecars: SidecarStore;
  readonly #signal: AbortSignal | undefined;
  #count = 0;

  private constructor(file: TextFile, files: HarFiles) {
    this.#file = file;
    this.#payloads = files.payloads;
    this.#sidecars = files.sidecars;
    this.#signal = files.signal;
  }

  /** @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(target: ExportTarget, files: HarFiles): Promise<HarFile> {
    const file = await TextFile.create(target.path, target.existing ?? "refuse");
    const head = {
      version: "1.2",
      creator: { name: "@mxm/dataio", version: "1" },
      comment: "HTTP versions, reason phrases, single timings and header sizes were not recorded.",
    };
    await file.write(`{"log":${JSON.stringify(head).slice(0, -1)},"entries":[`);
    return new HarFile(file, files);
  }

  async add(entry: ExportEntry): Promise<Written> {
    const shown = publicEntry(entry, metadataOf(this.#sidecars, entry));
    const { metadata, asked } = shown;
    const url = exchangeUrl(asked, metadata);
    if (entry.responseId === null || url === null) {
      throw new Unexportable("PARAMS_INVALID", "It was no exchange over HTTP: a HAR has nothing else.");
    }
    const content = openContent(this.#payloads, entry.checksum);
    if (content.sizeBytes > MAX_BODY_BYTES) {
      throw new Unexportable("TOO_LARGE", `Its body is larger than ${MAX_BODY_BYTES} bytes, too large for a HAR.`);
    }
    const body = await this.#body(content, metadata);
    const line = harEntry(shown, { url, content, ...body });
    await this.#file.write(`${this.#count === 0 ? "" : ","}\n${JSON.stringify(line)}`);
    this.#count += 1;
    const { remark } = body;
    return { name: null, bytes: content.sizeBytes, ...(remark === undefined ? {} : { remark }) };
  }

  async finish(): Promise<void> {
    await this.#file.write("\n]}}\n");
    await this.#file.finish();
  }

  async discard(): Promise<void> {
    this.#file.discard();
  }

  /** Decoded, as browsers write it; what cannot be decoded stays as it is. */
  async #body(content: Content, metadata: EntryMetadata): Promise<HarBody> {
    const stored = await gathered(storedChunks(this.#payloads, content, this.#signal));
    const encodings = contentEncodings(headerValues(metadata, "content-encoding"));
    if (encodings.length === 0) return { bytes: stored, comment: null };
    const unknown = undecodable(encodings);
    if (unknown !== null)
      return { bytes: stored, comment: "As received, in an encoding of its headers.", remark: unknown };
    try {
      const chunks = storedChunks(this.#payloads, content, this.#signal);
      return { bytes: await gathered(withoutEncodings(chunks, encodings, MAX_BODY_BYTES)), comment: null };
    } catch (error) {
      if (!(error instanceof Unexportable)) throw error;
      if (error.code === "TOO_LARGE") {
        const comment = `As received: decoded it is larger than ${MAX_BODY_BYTES / MIB} MiB.`;
        return { bytes: stored, comment, remark: error };
      }
      return { bytes: stored, comment: `As received; it says ${encodings.join(", ")}, and is not.` };
    }
  }
}

interface HarFiles {
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  readonly signal: AbortSignal | undefined;
}

interface HarBody {
  readonly bytes: Buffer;
  readonly comment: string | null;
  /** Where the body is not decoded, although it is packed. */
  readonly remark?: Unexportable;
}

async function gathered(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new Unexportable("TOO_LARGE", `Its body is larger than ${MAX_BODY_BYTES} bytes, too large for a HAR.`);
    }
    parts.push(Buffer.from(chunk));
  }
  return Buffer.concat(parts);
}

const fields = (headers: readonly (readonly [string, string])[]) => headers.map(([name, value]) => ({ name, value }));

function harEntry(shown: PublicEntry, exchange: HarBody & { readonly url: string; readonly content: Content }) {
  const { entry, metadata, asked } = shown;
  const { url, content, bytes, comment } = exchange;
  const elapsed = metadata.elapsedMs ?? 0;
  const type = metadata.metadata?.content_type;
  const declared = typeof type === "string" ? type : (headerValues(metadata, "content-type")[0] ?? "");
  const isText = isUtf8(bytes) && !bytes.includes(0);
  return {
    startedDateTime: exchangeMoment(entry.askedAt ?? entry.time),
    time: elapsed,
    request: {
      // The final address; what it was redirected from is in `_dataio`.
      method: asked?.method ?? entry.request?.method ?? "GET",
      url,
      httpVersion: "unknown",
      cookies: [],
      headers: fields(asked?.headers ?? []),
      queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
      ...(asked?.body == null
        ? {}
        : {
            postData: {
              mimeType: asked.headers.find(([name]) => name === "content-type")?.[1] ?? "",
              text: Buffer.from(asked.body).toString("utf8"),
            },
          }),
      headersSize: -1,
      bodySize: asked?.body == null ? 0 : asked.body.length,
      comment: "As the archive's row asks for it; what the client added was not recorded.",
    },
    response: {
      status: metadata.transportStatus ?? 0,
      statusText: "",
      httpVersion: "unknown",
      cookies: [],
      headers: fields(metadata.headers ?? []),
      content: {
        size: bytes.length,
        ...(bytes.length === content.sizeBytes ? {} : { compression: bytes.length - content.sizeBytes }),
        mimeType: declared,
        ...(isText ? { text: bytes.toString("utf8") } : { text: bytes.toString("base64"), encoding: "base64" }),
        ...(comment === null ? {} : { comment }),
      },
      redirectURL: headerValues(metadata, "location")[0] ?? "",
      headersSize: -1,
      bodySize: content.sizeBytes,
    },
    cache: {},
    timings: { send: 0, wait: elapsed, receive: 0, comment: "Only the whole time was recorded." },
    _dataio: rowRecord(shown),
  };
}
