/**
 * The bytes of a payload for whoever writes them elsewhere: hashed while they are read, so that wrong ones are never
 * exported, and decoded where that is asked for. Small ones come in one piece, large ones in chunks.
 */
import { createHash, hash } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import type { Duplex } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { throwIfCancelled } from "../cancellation.ts";
import { DataioError, type DataioErrorCode, isDataioError, systemCode } from "../errors.ts";
import { isChecksum } from "../identity.ts";
import { type SniffedType, sniffMediaType, sniffPlainText } from "../media-type.ts";
import type { PayloadStore } from "../payloads.ts";
import { through } from "./through.ts";

/** Up to here a payload is read at once, without leaving the tick. */
export const WHOLE_BYTES = 1024 * 1024;
/** Tells nearly every type; more would take longer than the copying. */
const TYPE_BYTES = 1_024;
const MIB = 1024 * 1024;
/** What is decoded becomes no larger than this: a few bytes can claim to be petabytes. */
const MAX_DECODED_BYTES = 8 * 1024 ** 3;
/** Up to here nobody asks how much smaller it is stored; beyond, data that anyone meant are not this many times smaller. */
const USUAL_DECODED_BYTES = 256 * MIB;
const USUAL_RATIO = 100;
/** As browsers and curl have it. */
const MAX_ENCODINGS = 5;

/** Why one row cannot be exported, or not as asked. The others can. */
export class Unexportable extends Error {
  override readonly name = "Unexportable";
  readonly code: DataioErrorCode;

  constructor(code: DataioErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** A payload that is about to be written. */
export interface Content {
  readonly checksum: string;
  /** Stored bytes. */
  readonly sizeBytes: number;
  /** All bytes, verified; null for one that is too large for that. */
  readonly whole: Buffer | null;
  /** The beginning. */
  readonly head: Buffer;
}

/**
 * Opens a payload, and reads and verifies it where it is small.
 * @param scratch memory of {@link WHOLE_BYTES} for the bytes, which then hold only until it is used again
 * @throws Unexportable
 */
export function openContent(payloads: PayloadStore, checksum: string | null, scratch?: Buffer): Content {
  if (checksum === null) throw new Unexportable("NOT_FOUND", "The row has no payload.");
  if (!isChecksum(checksum)) throw new Unexportable("CHECKSUM_INVALID", "The row has no usable checksum.");
  let file: number;
  try {
    // Opening a pipe does not wait for a writer then; Windows has no such pipes.
    file = openSync(payloads.pathOf(checksum), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw unreadable(error, checksum);
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile()) throw missing(checksum);
    const sizeBytes = found.size;
    const wanted = sizeBytes <= WHOLE_BYTES ? sizeBytes : TYPE_BYTES;
    const bytes = scratch?.subarray(0, wanted) ?? Buffer.allocUnsafeSlow(wanted);
    let done = 0;
    for (let read = 1; done < bytes.length && read > 0; done += read) {
      read = readSync(file, bytes, done, bytes.length - done, done);
    }
    const head = bytes.subarray(0, done);
    if (sizeBytes > WHOLE_BYTES) return { checksum, sizeBytes, whole: null, head };
    if (hash("sha256", head, "hex") !== checksum) throw corrupt(checksum);
    return { checksum, sizeBytes, whole: head, head };
  } catch (error) {
    throw unreadable(error, checksum);
  } finally {
    closeSync(file);
  }
}

/**
 * The stored bytes in chunks, each of which holds only until the next one is asked for. That they are right is known at the
 * end: what was made of them before is to be thrown away when it throws.
 * @throws Unexportable, CANCELLED
 */
export async function* storedChunks(
  payloads: PayloadStore,
  content: Content,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  if (content.whole !== null) {
    if (content.whole.length > 0) yield content.whole;
    return;
  }
  const sha256 = createHash("sha256");
  try {
    for await (const chunk of payloads.readChunks(content.checksum, { recycle: true })) {
      throwIfCancelled(signal);
      sha256.update(chunk);
      yield chunk;
    }
  } catch (error) {
    throw unreadable(error, content.checksum);
  }
  if (sha256.digest("hex") !== content.checksum) throw corrupt(content.checksum);
}

/** The media type and the extension that the bytes themselves show. */
export async function sniffed(head: Buffer, complete: boolean): Promise<SniffedType> {
  const { shown, isAll } = shownOf(head, complete);
  return sniffPlainText(shown, isAll) ?? (await sniffMediaType(shown, isAll));
}

/** {@link sniffed} of plain text, at once; null for everything else. */
export function sniffedNow(head: Buffer, complete: boolean): SniffedType | null {
  const { shown, isAll } = shownOf(head, complete);
  return sniffPlainText(shown, isAll);
}

/** Whether a large text is JSON to its end is not worth the time that it takes to find out. */
function shownOf(head: Buffer, complete: boolean) {
  const shown = head.subarray(0, TYPE_BYTES);
  return { shown, isAll: complete && shown.length === head.length };
}

const DECODERS: Readonly<Record<string, () => Duplex>> = {
  gzip: createGunzip,
  "x-gzip": createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Content encodings in the order in which they were applied, `identity` left out. */
export function contentEncodings(header: unknown): string[] {
  const fields = Array.isArray(header) ? header : [header];
  return fields
    .flatMap((field) => (typeof field === "string" ? field.split(",") : []))
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== "" && word !== "identity");
}

/** Why not all of them can be undone here; null when they can. */
export function undecodable(encodings: readonly string[]): Unexportable | null {
  if (encodings.length > MAX_ENCODINGS) {
    return new Unexportable("PARAMS_INVALID", `Exported as stored: it says more than ${MAX_ENCODINGS} encodings.`);
  }
  const unknown = encodings.find((encoding) => !Object.hasOwn(DECODERS, encoding));
  if (unknown === undefined) return null;
  return new Unexportable("PARAMS_INVALID", `Exported as stored: nothing here decodes ${unknown.slice(0, 100)}.`);
}

/** The most bytes that so many stored ones may decode to. */
export function decodedLimit(storedBytes: number): number {
  return Math.min(MAX_DECODED_BYTES, Math.max(USUAL_DECODED_BYTES, storedBytes * USUAL_RATIO));
}

/** The reason for what decodes to more, as a remark on what goes out as it is stored. */
export function tooLargeDecoded(limit: number): Unexportable {
  return new Unexportable("TOO_LARGE", `Exported as stored: decoded it is larger than ${Math.floor(limit / MIB)} MiB.`);
}

/**
 * Whether bytes that begin so can be in these encodings. Clients that decode what they receive leave the header as it was, so
 * it may stand beside bytes that are decoded already.
 */
export function isEncoded(head: Buffer, encodings: readonly string[]): boolean {
  const [first = 0, second = 0] = head;
  switch (encodings.at(-1)) {
    case undefined:
      return false;
    case "gzip":
    case "x-gzip":
      return first === 0x1f && second === 0x8b;
    case "deflate":
      return head.length > 1 && first % 16 === 8 && (first * 256 + second) % 31 === 0;
    case "zstd":
      return head.length > 3 && head.readUInt32LE(0) === 0xfd2fb528;
    default:
      // Nothing tells it.
      return head.length > 0;
  }
}

/**
 * The bytes without their content encodings, as they come.
 * @param limit of decoded bytes: {@link decodedLimit}, or less
 * @throws Unexportable when they are not what their encoding says, or TOO_LARGE beyond the limit; CANCELLED; what `chunks` throws
 */
export async function* withoutEncodings(
  chunks: AsyncIterable<Buffer>,
  encodings: readonly string[],
  limit: number,
): AsyncGenerator<Buffer, void, undefined> {
  const decoders = encodings.toReversed().flatMap((encoding) => DECODERS[encoding]?.() ?? []);
  const broken = (error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    return new Unexportable("PARAMS_INVALID", `It is not ${encodings.join(", ")}, as declared: ${reason}.`);
  };
  let size = 0;
  for await (const chunk of through(chunks, decoders, broken)) {
    size += chunk.length;
    if (size > limit) throw tooLargeDecoded(limit);
    yield chunk;
  }
}

function missing(checksum: string): Unexportable {
  return new Unexportable("PAYLOAD_MISSING", `Payload ${checksum} has no file.`);
}

function corrupt(checksum: string): Unexportable {
  return new Unexportable("PAYLOAD_CORRUPT", `The bytes of payload ${checksum} do not match its checksum.`);
}

/** What keeps one payload from being read. A cancellation is nobody's fault. */
function unreadable(error: unknown, checksum: string): unknown {
  if (error instanceof Unexportable || isDataioError(error, "CANCELLED")) return error;
  if (isDataioError(error)) return new Unexportable(error.code, error.message);
  const code = systemCode(error);
  if (code === "ENOENT") return missing(checksum);
  // Too many open files and their like are no property of this payload.
  if (code === "EMFILE" || code === "ENFILE") {
    return new DataioError("IO_FAILED", `Cannot read payload ${checksum}: ${code}`, { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new Unexportable(code === "EACCES" ? "ACCESS_DENIED" : "IO_FAILED", message);
}
