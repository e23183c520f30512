/**
 * Payloads as files of a tree: each under the name that the template gives it, with its sidecar; a `MANIFEST.json` that says
 * which row each file is of, and `SHA256SUMS` for `sha256sum -c`.
 */
import { hash } from "node:crypto";
import { join } from "node:path";
import { DataioError } from "../errors.ts";
import { isChecksum, sha256Hex } from "../identity.ts";
import { suggestFileName } from "../media-type.ts";
import type { PayloadStore } from "../payloads.ts";
import type { SidecarStore } from "../sidecars.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import type { ExportEntry } from "./entries.ts";
import type { FileTree, WrittenFile } from "./file-tree.ts";
import { FlatSet } from "./flat-set.ts";
import { type EntryMetadata, headerValues, metadataOf } from "./metadata.ts";
import { DEFAULT_NAME_TEMPLATE, NameBook, type NameFacts, nameMaker, nameTemplateProblem } from "./names.ts";
import {
  type Content,
  contentEncodings,
  decodedLimit,
  isEncoded,
  openContent,
  sniffed,
  sniffedNow,
  storedChunks,
  Unexportable,
  undecodable,
  WHOLE_BYTES,
  withoutEncodings,
} from "./payload-content.ts";
import type { PayloadThreads, ReadPayload } from "./payload-threads.ts";
import { ReadAhead } from "./read-ahead.ts";
import type { PayloadFileOptions } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";
import { TextFile } from "./text-file.ts";

/** Which file is of which row. */
export const MANIFEST_NAME = "MANIFEST.json";
export const SUMS_NAME = "SHA256SUMS";
export const SIDECAR_SUFFIX = ".meta.json";
/** So many words of a checksum tell payloads apart for certain, and need half the memory. */
const SEEN_WORDS = 4;
/** Up to here decoded bytes are held in memory, so that their name can be told by them. */
const WHOLE_DECODED_BYTES = 1024 * 1024;

/** In UTC, on one of the days that every month has. */
const USUAL_MOMENT =
  /^[12]\d{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3])(?::[0-5]\d){2}\.\d{6}\+00:00$/;

/** What is fixed for a whole export. */
export interface PayloadFilesInit {
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  readonly tree: FileTree;
  /** That read payloads ahead; they are ended with the export. */
  readonly threads: PayloadThreads;
  readonly options: PayloadFileOptions;
  /** A folder in which unfinished files may stand. */
  readonly spool: string;
  /** Timestamp text, for the manifest. */
  readonly startedAt: string;
  readonly signal: AbortSignal | undefined;
}

/** The bytes that go out, in the encoding that was asked for. */
interface Outgoing {
  readonly head: Buffer;
  readonly whole: Buffer | null;
  chunks(): AsyncIterable<Buffer>;
  readonly sizeHint: number;
  /** The content encodings that were undone. */
  readonly undone: readonly string[];
  readonly remark?: Unexportable;
}

/** Writes payloads into a folder or a zip. Make one with {@link PayloadFiles.create}. */
export class PayloadFiles implements ExportSink {
  readonly #init: PayloadFilesInit;
  readonly #template: string;
  readonly #nameOf: (facts: NameFacts) => string;
  readonly #reads: ReadAhead;
  readonly #book: NameBook;
  readonly #manifest: TextFile;
  readonly #sums: TextFile;
  readonly #manifestName: string;
  readonly #sumsName: string;
  readonly #seen = new FlatSet(SEEN_WORDS);
  readonly #key = new Uint32Array(SEEN_WORDS);
  readonly #scratch = Buffer.allocUnsafeSlow(WHOLE_BYTES);
  #count = 0;
  /** Whether much was noted that is not on disk. */
  #isFull = false;

  private constructor(init: PayloadFilesInit, manifest: TextFile, sums: TextFile) {
    this.#init = init;
    this.#template = init.options.template ?? DEFAULT_NAME_TEMPLATE;
    this.#nameOf = nameMaker(this.#template);
    this.#reads = new ReadAhead(init.threads, () => init.tree.settled());
    this.#book = new NameBook((name) => init.tree.isTaken(name));
    this.#manifest = manifest;
    this.#sums = sums;
    this.#manifestName = this.#book.take(MANIFEST_NAME);
    this.#sumsName = this.#book.take(SUMS_NAME);
  }

  /** @throws PARAMS_INVALID for a template that is none; ACCESS_DENIED, NO_SPACE, IO_FAILED */
  static async create(init: PayloadFilesInit): Promise<PayloadFiles> {
    const problem = nameTemplateProblem(init.options.template ?? DEFAULT_NAME_TEMPLATE);
    if (problem !== null) throw new DataioError("PARAMS_INVALID", problem);
    const manifest = await TextFile.create(join(init.spool, MANIFEST_NAME), "replace");
    try {
      const sums = await TextFile.create(join(init.spool, SUMS_NAME), "replace");
      const files = new PayloadFiles(init, manifest, sums);
      const head = { format: "dataio-export", version: 1, createdAt: init.startedAt, template: files.#template };
      await manifest.write(`${JSON.stringify(head).slice(0, -1)},"files":[`);
      return files;
    } catch (error) {
      manifest.discard();
      throw error;
    }
  }

  ahead(entries: readonly ExportEntry[]): void {
    this.#reads.ahead(entries, (checksum) => !this.#isSeen(checksum));
  }

  async add(entry: ExportEntry): Promise<Written> {
    const { payloads, sidecars, options } = this.#init;
    const { checksum } = entry;
    const read = await this.#reads.take(entry);
    if (this.#isFull) await this.#drain();
    if (checksum !== null && this.#isSeen(checksum)) {
      this.#note(entry, { name: null, sidecar: null, sha256: checksum, sizeBytes: null, undone: [] });
      return { name: null, bytes: 0, duplicate: true };
    }
    const content =
      read === null || checksum === null ? openContent(payloads, checksum, this.#scratch) : contentOf(checksum, read);
    const metadata = metadataOf(sidecars, entry, read?.sidecar);
    const outgoing = options.encoding === "decoded" ? await this.#decoded(content, metadata) : this.#stored(content);
    const sidecarText = options.sidecars === false ? null : metadata.text;
    const { extension } =
      sniffedNow(outgoing.head, outgoing.whole !== null) ?? (await sniffed(outgoing.head, outgoing.whole !== null));
    const wanted = this.#nameOf(nameFacts(entry, metadata, extension));
    const name = this.#book.take(wanted, sidecarText === null ? [] : [SIDECAR_SUFFIX]);
    const written = this.#writeNow(name, outgoing, content, read) ?? (await this.#writeChunks(name, outgoing, content));
    this.#sum(written.sha256, name);
    const sidecar = sidecarText === null ? null : `${name}${SIDECAR_SUFFIX}`;
    if (sidecar !== null && sidecarText !== null) {
      if (read === null) this.#init.tree.addBytes(sidecar, Buffer.from(sidecarText));
      else this.#init.tree.addShared(sidecar, sidecarText, null);
      this.#sum(hash("sha256", sidecarText, "hex"), sidecar);
    }
    if (options.duplicates !== "each") this.#seen.add(this.#seenKey(content.checksum));
    this.#note(entry, { name, sidecar, ...written, undone: outgoing.undone });
    return { name, bytes: written.sizeBytes, ...(outgoing.remark === undefined ? {} : { remark: outgoing.remark }) };
  }

  #isSeen(checksum: string): boolean {
    return this.#init.options.duplicates !== "each" && isChecksum(checksum) && this.#seen.has(this.#seenKey(checksum));
  }

  #seenKey(checksum: string): Uint32Array {
    for (let word = 0; word < SEEN_WORDS; word += 1) {
      this.#key[word] = Number.parseInt(checksum.slice(word * 8, word * 8 + 8), 16);
    }
    return this.#key;
  }

  /** Null for what is not in memory. */
  #writeNow(name: string, { whole, undone }: Outgoing, content: Content, read: ReadPayload | null): WrittenFile | null {
    if (whole === null) return null;
    const { tree } = this.#init;
    if (read !== null && whole === read.bytes) tree.addShared(name, whole, read.zip);
    else tree.addBytes(name, whole);
    return { sha256: undone.length > 0 ? sha256Hex(whole) : content.checksum, sizeBytes: whole.length };
  }

  async #writeChunks(name: string, outgoing: Outgoing, content: Content): Promise<WrittenFile> {
    const { tree, signal } = this.#init;
    const written = await tree.addChunks(name, outgoing.chunks(), outgoing.sizeHint);
    if (signal?.aborted !== true && outgoing.undone.length === 0 && written.sha256 !== content.checksum) {
      throw new DataioError("PAYLOAD_CORRUPT", `What was written of payload ${content.checksum} is not what was read.`);
    }
    return written;
  }

  async finish(): Promise<void> {
    const { tree } = this.#init;
    await this.#manifest.write("\n]}\n");
    const manifest = await this.#manifest.close();
    await tree.addChunks(this.#manifestName, this.#manifest.read(), manifest.sizeBytes);
    this.#sum(manifest.sha256, this.#manifestName);
    const sums = await this.#sums.close();
    await tree.addChunks(this.#sumsName, this.#sums.read(), sums.sizeBytes);
    this.#manifest.discard();
    this.#sums.discard();
    await tree.finish();
  }

  async discard(): Promise<void> {
    this.#manifest.discard();
    this.#sums.discard();
    // First, for they may still be writing into it.
    await this.#init.threads.end();
    await this.#init.tree.discard();
  }

  #stored(content: Content): Outgoing {
    const { payloads, signal } = this.#init;
    return {
      head: content.head,
      whole: content.whole,
      chunks: () => storedChunks(payloads, content, signal),
      sizeHint: content.sizeBytes,
      undone: [],
    };
  }

  async #decoded(content: Content, metadata: EntryMetadata): Promise<Outgoing> {
    const { payloads, signal } = this.#init;
    const stored = this.#stored(content);
    const encodings = contentEncodings(headerValues(metadata, "content-encoding"));
    if (!isEncoded(content.head, encodings)) return stored;
    const remark = undecodable(encodings);
    if (remark !== null) return { ...stored, remark };
    const limit = decodedLimit(content.sizeBytes);
    try {
      return await decodedOutgoing(
        () => withoutEncodings(storedChunks(payloads, content, signal), encodings, limit),
        encodings,
      );
    } catch (error) {
      // Bytes that are intact, but not in the encoding that their metadata declare, go out as they are.
      if (!(error instanceof Unexportable) || error.code === "PAYLOAD_CORRUPT") throw error;
      return { ...stored, remark: error };
    }
  }

  #sum(sha256: string, name: string): void {
    this.#isFull = this.#sums.append(`${sha256}  ${name}\n`) || this.#isFull;
  }

  /** Writes what was noted to disk. */
  async #drain(): Promise<void> {
    this.#isFull = false;
    await this.#sums.write("");
    await this.#manifest.write("");
  }

  #note(
    entry: ExportEntry,
    file: {
      readonly name: string | null;
      readonly sidecar: string | null;
      readonly sha256: string;
      readonly sizeBytes: number | null;
      readonly undone: readonly string[];
    },
  ): void {
    const { session, request } = entry;
    const line = {
      // Null where equal bytes were written for another row: the file is the one with this sha256.
      path: file.name,
      sha256: file.sha256,
      sizeBytes: file.sizeBytes,
      ...(file.sidecar === null ? {} : { sidecar: file.sidecar }),
      ...(file.undone.length === 0 ? {} : { decodedFrom: { encodings: file.undone, checksum: entry.checksum } }),
      response: entry.responseId,
      status: entry.status,
      time: entry.time,
      ...(entry.sequence === null ? {} : { sequence: entry.sequence }),
      session: session?.id ?? null,
      source: session?.source ?? null,
      ...(entry.sessionInferred ? { sessionInferred: true } : {}),
      request: request?.id ?? null,
      kind: request?.kind ?? null,
      method: request?.method ?? null,
      ...(entry.requestInferred ? { requestInferred: true } : {}),
      // As texts: numbers have digits that a reader of JSON may lose.
      paramsJson: request?.paramsJson ?? null,
      bodyJson: request?.bodyJson ?? null,
    };
    this.#isFull = this.#manifest.append(`${this.#count === 0 ? "" : ","}\n${JSON.stringify(line)}`) || this.#isFull;
    this.#count += 1;
  }
}

function contentOf(checksum: string, { bytes }: ReadPayload): Content {
  return { checksum, sizeBytes: bytes.length, whole: bytes, head: bytes };
}

/** Decodes all of it once, to know that it can be; what is small is kept, what is large is decoded again. */
async function decodedOutgoing(decode: () => AsyncIterable<Buffer>, encodings: readonly string[]): Promise<Outgoing> {
  let kept: Buffer[] = [];
  let head: Buffer | null = null;
  let sizeBytes = 0;
  for await (const chunk of decode()) {
    sizeBytes += chunk.length;
    if (head !== null) continue;
    kept.push(chunk);
    if (sizeBytes <= WHOLE_DECODED_BYTES) continue;
    head = Buffer.concat(kept).subarray(0, 4096);
    kept = [];
  }
  const whole = head === null ? Buffer.concat(kept) : null;
  return { head: head ?? whole ?? Buffer.alloc(0), whole, chunks: decode, sizeHint: sizeBytes, undone: encodings };
}

/** What a template may say of one row; what takes time is found out when it is asked for. */
export function nameFacts(entry: ExportEntry, metadata: EntryMetadata, extension: string): NameFacts {
  const { session, request } = entry;
  return {
    source: session?.source ?? null,
    get date() {
      return momentOf(entry.time)?.slice(0, 10) ?? null;
    },
    get time() {
      return momentOf(entry.time)?.slice(11, 19).replaceAll(":", "") ?? null;
    },
    kind: request?.kind ?? null,
    id: entry.responseId ?? entry.checksum?.slice(0, 16) ?? null,
    ext: extension,
    get name() {
      const suggested = suggestFileName({ url: metadata.url, kind: request?.kind ?? null, extension });
      return suggested.slice(0, suggested.lastIndexOf("."));
    },
    method: request?.method ?? null,
    status: entry.status,
    sequence: entry.sequence === null ? null : String(entry.sequence),
    session: session?.id ?? null,
    request: request?.id ?? null,
    checksum: entry.checksum,
  };
}

/** In UTC; null for a text that is no moment, or one beyond the years that a timestamp can have. */
function momentOf(text: string): string | null {
  // As every writer of archives has it; of other days it takes longer to tell whether there are such.
  if (USUAL_MOMENT.test(text)) return text;
  const moment = parseTimestamp(text)?.epochMicros;
  if (moment === undefined) return null;
  try {
    return formatTimestamp(moment);
  } catch {
    return null;
  }
}
