/**
 * Payloads as files of a tree: each under the name that the template gives it, with its sidecar; a `MANIFEST.json` that says
 * which row each file is of, and `SHA256SUMS` for `sha256sum -c`.
 */
import { join } from "node:path";
import { DataioError } from "../errors.ts";
import { sha256Hex } from "../identity.ts";
import { suggestFileName } from "../media-type.ts";
import type { PayloadStore } from "../payloads.ts";
import type { SidecarStore } from "../sidecars.ts";
import { formatTimestamp, parseTimestamp } from "../timestamps.ts";
import type { ExportEntry } from "./entries.ts";
import type { FileTree } from "./file-tree.ts";
import { type EntryMetadata, headerValues, metadataOf } from "./metadata.ts";
import { DEFAULT_NAME_TEMPLATE, exportName, NameBook, type NameFacts, nameTemplateProblem } from "./names.ts";
import {
  type Content,
  canDecode,
  contentEncodings,
  openContent,
  sniffed,
  storedChunks,
  Unexportable,
  WHOLE_BYTES,
  withoutEncodings,
} from "./payload-content.ts";
import type { PayloadFileOptions } from "./report.ts";
import type { ExportSink, Written } from "./sink.ts";
import { TextFile } from "./text-file.ts";

/** Which file is of which row. */
export const MANIFEST_NAME = "MANIFEST.json";
const SUMS_NAME = "SHA256SUMS";
const SIDECAR_SUFFIX = ".meta.json";
/** So much of a checksum tells payloads apart for certain, and needs half the memory. */
const SEEN_DIGITS = 32;
/** Up to here decoded bytes are held in memory, so that their name can be told by them. */
const WHOLE_DECODED_BYTES = 1024 * 1024;

/** What is fixed for a whole export. */
export interface PayloadFilesInit {
  readonly payloads: PayloadStore;
  readonly sidecars: SidecarStore;
  readonly tree: FileTree;
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
  readonly #book: NameBook;
  readonly #manifest: TextFile;
  readonly #sums: TextFile;
  readonly #manifestName: string;
  readonly #sumsName: string;
  readonly #seen = new Set<string>();
  readonly #scratch = Buffer.allocUnsafeSlow(WHOLE_BYTES);
  #count = 0;

  private constructor(init: PayloadFilesInit, manifest: TextFile, sums: TextFile) {
    this.#init = init;
    this.#template = init.options.template ?? DEFAULT_NAME_TEMPLATE;
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

  async add(entry: ExportEntry): Promise<Written> {
    const { payloads, sidecars, tree, options, signal } = this.#init;
    const mark = entry.checksum?.slice(0, SEEN_DIGITS) ?? "";
    if (options.duplicates !== "each" && this.#seen.has(mark)) {
      await this.#note(entry, { name: null, sidecar: null, sha256: entry.checksum ?? "", sizeBytes: null, undone: [] });
      return { name: null, bytes: 0, duplicate: true };
    }
    const content = openContent(payloads, entry.checksum, this.#scratch);
    const metadata = metadataOf(sidecars, entry);
    const outgoing = await this.#outgoing(content, metadata);
    const sidecarText = options.sidecars === false ? null : metadata.text;
    const { extension } = await sniffed(outgoing.head, outgoing.whole !== null);
    const facts = nameFacts(entry, metadata, extension);
    const wanted = exportName(this.#template, facts);
    const name = this.#book.take(wanted, sidecarText === null ? [] : [SIDECAR_SUFFIX]);
    let sha256 = content.checksum;
    let sizeBytes: number;
    if (outgoing.whole !== null) {
      tree.addBytes(name, outgoing.whole);
      sizeBytes = outgoing.whole.length;
      if (outgoing.undone.length > 0) sha256 = sha256Hex(outgoing.whole);
    } else {
      const written = await tree.addChunks(name, outgoing.chunks(), outgoing.sizeHint);
      ({ sha256, sizeBytes } = written);
      if (signal?.aborted !== true && outgoing.undone.length === 0 && sha256 !== content.checksum) {
        throw new DataioError(
          "PAYLOAD_CORRUPT",
          `What was written of payload ${content.checksum} is not what was read.`,
        );
      }
    }
    await this.#sum(sha256, name);
    const sidecar = sidecarText === null ? null : `${name}${SIDECAR_SUFFIX}`;
    if (sidecar !== null && sidecarText !== null) {
      const bytes = Buffer.from(sidecarText, "utf8");
      tree.addBytes(sidecar, bytes);
      await this.#sum(sha256Hex(bytes), sidecar);
    }
    if (options.duplicates !== "each") this.#seen.add(mark);
    await this.#note(entry, { name, sidecar, sha256, sizeBytes, undone: outgoing.undone });
    return { name, bytes: sizeBytes, ...(outgoing.remark === undefined ? {} : { remark: outgoing.remark }) };
  }

  async finish(): Promise<void> {
    const { tree } = this.#init;
    await this.#manifest.write("\n]}\n");
    const manifest = await this.#manifest.close();
    await tree.addChunks(this.#manifestName, this.#manifest.read(), manifest.sizeBytes);
    await this.#sum(manifest.sha256, this.#manifestName);
    const sums = await this.#sums.close();
    await tree.addChunks(this.#sumsName, this.#sums.read(), sums.sizeBytes);
    this.#manifest.discard();
    this.#sums.discard();
    await tree.finish();
  }

  async discard(): Promise<void> {
    this.#manifest.discard();
    this.#sums.discard();
    await this.#init.tree.discard();
  }

  async #outgoing(content: Content, metadata: EntryMetadata): Promise<Outgoing> {
    const { payloads, options, signal } = this.#init;
    const stored: Outgoing = {
      head: content.head,
      whole: content.whole,
      chunks: () => storedChunks(payloads, content, signal),
      sizeHint: content.sizeBytes,
      undone: [],
    };
    const encodings =
      options.encoding === "decoded" ? contentEncodings(headerValues(metadata, "content-encoding")) : [];
    if (encodings.length === 0) return stored;
    if (!canDecode(encodings)) {
      return { ...stored, remark: new Unexportable("PARAMS_INVALID", `Not decoded: ${encodings.join(", ")}.`) };
    }
    try {
      return await decodedOutgoing(
        () => withoutEncodings(storedChunks(payloads, content, signal), encodings),
        encodings,
      );
    } catch (error) {
      // Bytes that are intact, but not in the encoding that their metadata declare, go out as they are.
      if (!(error instanceof Unexportable) || error.code === "PAYLOAD_CORRUPT") throw error;
      return { ...stored, remark: error };
    }
  }

  async #sum(sha256: string, name: string): Promise<void> {
    await this.#sums.write(`${sha256}  ${name}\n`);
  }

  async #note(
    entry: ExportEntry,
    file: {
      readonly name: string | null;
      readonly sidecar: string | null;
      readonly sha256: string;
      readonly sizeBytes: number | null;
      readonly undone: readonly string[];
    },
  ): Promise<void> {
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
    await this.#manifest.write(`${this.#count === 0 ? "" : ","}\n${JSON.stringify(line)}`);
    this.#count += 1;
  }
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

/** What a template may say of one row. */
export function nameFacts(entry: ExportEntry, metadata: EntryMetadata, extension: string): NameFacts {
  const { session, request } = entry;
  const moment = parseTimestamp(entry.time)?.epochMicros;
  const at = moment === undefined ? null : formatted(moment);
  const suggested = suggestFileName({ url: metadata.url, kind: request?.kind ?? null, extension });
  return {
    source: session?.source ?? null,
    date: at?.slice(0, 10) ?? null,
    time: at?.slice(11, 19).replaceAll(":", "") ?? null,
    kind: request?.kind ?? null,
    id: entry.responseId ?? entry.checksum?.slice(0, 16) ?? null,
    ext: extension,
    name: suggested.slice(0, suggested.lastIndexOf(".")),
    method: request?.method ?? null,
    status: entry.status,
    sequence: entry.sequence === null ? null : String(entry.sequence),
    session: session?.id ?? null,
    request: request?.id ?? null,
    checksum: entry.checksum,
  };
}

/** Null for a moment beyond the years that a timestamp can have. */
function formatted(moment: bigint): string | null {
  try {
    return formatTimestamp(moment);
  } catch {
    return null;
  }
}
