/**
 * Payload bytes by their checksum: `<directory>/<sha256>.bin`. Only a name that is a checksum touches the file system,
 * what is written is whole before it has its name, and reading never creates anything. Right bytes are never rewritten;
 * a file whose bytes do not match its name is replaced only by bytes that do.
 */

import { createHash, hash } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ArchivePlace } from "./archive-place.ts";
import { PendingFile } from "./atomic-file.ts";
import { throwIfCancelled, valuesUntilCancelled } from "./cancellation.ts";
import { contentPath, statIfPresent, statIfPresentSync } from "./content-files.ts";
import { DataioError, fromSystemError, isDataioError, systemCode } from "./errors.ts";

/** What became of bytes that were put. */
export interface StoredPayload {
  /** Lower-case hex SHA-256 of the bytes. */
  readonly checksum: string;
  readonly sizeBytes: number;
  readonly path: string;
  /** `present`: the file was there, verified. `healed`: a file of that name had other bytes and was replaced. */
  readonly outcome: "written" | "present" | "healed";
}

/** Whether a payload's file exists; says nothing about its bytes. */
export type PayloadPresence = { readonly state: "present"; readonly sizeBytes: number } | { readonly state: "missing" };

/** What the bytes of a payload's file say. */
export type PayloadVerification =
  | { readonly state: "ok"; readonly sizeBytes: number }
  /** `actual` is the checksum of the bytes that are there. */
  | { readonly state: "corrupt"; readonly sizeBytes: number; readonly actual: string }
  | { readonly state: "missing" };

/** How a payload is verified. */
export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each block of up to 256 KiB; `bytesTotal` is the size at the start. */
  readonly onProgress?: ((bytesDone: number, bytesTotal: number) => void) | undefined;
}

/** Which bytes are read in chunks. */
export interface ChunkRange {
  /** Default 0. */
  readonly start?: number | undefined;
  /** Default: the end of the file. */
  readonly endExclusive?: number | undefined;
  /** True takes the memory of a chunk for a later one: it then holds its bytes only until the next one is asked for. */
  readonly recycle?: boolean | undefined;
}

const HASH_BLOCK_BYTES = 256 * 1024;
/** About 3 ms of hashing. */
const HASH_SLICE_BYTES = 4 * 1024 * 1024;
const STREAM_CHUNK_BYTES = 1024 * 1024;
/** What Node reads into one buffer at most. */
const MAX_READ_BYTES = 2 ** 31 - 1;

/** The payload files of one archive. It holds nothing open and may be made as often as one likes. */
export class PayloadStore {
  readonly directory: string;
  readonly #durable: boolean;
  readonly #place: ArchivePlace | undefined;

  /**
   * `directory` need not exist; the first write creates it. `durable` (default true) syncs what is written. With the `place` of
   * an open archive nothing is written once that is gone (ARCHIVE_GONE).
   */
  constructor(
    directory: string,
    options: { readonly durable?: boolean | undefined; readonly place?: ArchivePlace | undefined } = {},
  ) {
    this.directory = directory;
    this.#place = options.place;
    this.#durable = options.durable ?? true;
  }

  /** Where the payload's file is, or would be. @throws CHECKSUM_INVALID */
  pathOf(checksum: string): string {
    return contentPath(this.directory, checksum, ".bin");
  }

  /** Stores bytes that are in memory. @throws IO_FAILED, NO_SPACE, ACCESS_DENIED */
  async put(data: Uint8Array): Promise<StoredPayload> {
    const checksum = await checksumOf(data);
    const path = this.pathOf(checksum);
    const outcome = await this.outcomeOfPutting(checksum, data.byteLength);
    const stored = { checksum, sizeBytes: data.byteLength, path, outcome };
    if (outcome === "present") return stored;
    const file = await this.#pending(`${checksum}.bin`);
    try {
      await file.write(data);
      await file.replace(path);
    } catch (error) {
      throw this.#place?.failure(error) ?? error;
    } finally {
      file.discard();
    }
    return stored;
  }

  /**
   * Stores bytes as they arrive, holding one chunk at a time. Nothing is left behind when it fails; an error of `chunks`
   * is passed on as it is.
   * @throws TOO_LARGE above `limitBytes`, CANCELLED, and what `put` throws
   */
  async putStream(
    chunks: AsyncIterable<Uint8Array>,
    options: { readonly limitBytes?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<StoredPayload> {
    const { limitBytes = Number.POSITIVE_INFINITY, signal } = options;
    throwIfCancelled(signal);
    const file = await this.#pending("incoming");
    try {
      const sha256 = createHash("sha256");
      let sizeBytes = 0;
      for await (const chunk of valuesUntilCancelled(chunks, signal)) {
        sizeBytes += chunk.byteLength;
        if (sizeBytes > limitBytes) throw tooLarge("The payload", limitBytes);
        // Large chunks are written by another thread, while this one hashes them.
        const written = file.write(chunk);
        sha256.update(chunk);
        await written;
      }
      const checksum = sha256.digest("hex");
      const path = this.pathOf(checksum);
      const outcome = await this.outcomeOfPutting(checksum, sizeBytes);
      if (outcome !== "present") await file.replace(path);
      return { checksum, sizeBytes, path, outcome };
    } catch (error) {
      throw this.#place?.failure(error) ?? error;
    } finally {
      file.discard();
    }
  }

  #pending(label: string): Promise<PendingFile> {
    return PendingFile.create(this.directory, { label, durable: this.#durable, make: this.#place?.makeFolder });
  }

  /** Whether the payload has a regular file (a symlink is followed). @throws CHECKSUM_INVALID, ACCESS_DENIED, IO_FAILED */
  async stat(checksum: string): Promise<PayloadPresence> {
    return stateOf(await statIfPresent(this.pathOf(checksum)));
  }

  /** `stat` without leaving the tick. */
  statSync(checksum: string): PayloadPresence {
    return stateOf(statIfPresentSync(this.pathOf(checksum)));
  }

  /**
   * The whole payload, verified.
   * @throws PAYLOAD_MISSING, PAYLOAD_CORRUPT, TOO_LARGE above `limitBytes` (2 GiB - 1 byte at most), CHECKSUM_INVALID
   */
  async read(checksum: string, options: { readonly limitBytes?: number | undefined } = {}): Promise<Buffer> {
    const limitBytes = Math.min(options.limitBytes ?? MAX_READ_BYTES, MAX_READ_BYTES);
    const data = await this.#withFile(checksum, async (handle, sizeBytes) => {
      if (sizeBytes > limitBytes) throw tooLarge(`Payload ${checksum}`, limitBytes);
      return await handle.readFile();
    });
    const actual = await checksumOf(data);
    if (actual === checksum) return data;
    throw new DataioError("PAYLOAD_CORRUPT", `The bytes of payload ${checksum} do not match its checksum`, {
      details: { checksum, actual, sizeBytes: data.byteLength },
    });
  }

  /**
   * The bytes from `start` up to `endExclusive`, clamped to the file and not verified.
   * @throws PAYLOAD_MISSING, CHECKSUM_INVALID
   */
  async readRange(checksum: string, start: number, endExclusive: number): Promise<Buffer> {
    return await this.#withFile(checksum, async (handle, sizeBytes) => {
      const from = Math.max(0, start);
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(endExclusive, sizeBytes) - from));
      let done = 0;
      while (done < buffer.length) {
        const { bytesRead } = await handle.read(buffer, done, buffer.length - done, from + done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return buffer.subarray(0, done);
    });
  }

  /**
   * The bytes from `start` up to `endExclusive` (default: all) in chunks of up to 1 MiB, not verified. The file is opened
   * by the first `next()` and closed when the loop ends, however it ends.
   * @throws PAYLOAD_MISSING, CHECKSUM_INVALID from the first `next()`
   */
  async *readChunks(checksum: string, range: ChunkRange = {}): AsyncGenerator<Buffer, void, undefined> {
    const { handle, sizeBytes } = await this.#open(checksum);
    try {
      const end = Math.min(range.endExclusive ?? sizeBytes, sizeBytes);
      let position = Math.max(0, range.start ?? 0);
      const bytesAtOnce = Math.min(STREAM_CHUNK_BYTES, Math.max(0, end - position));
      // Two take turns: one is used while the other is filled.
      const recycled = range.recycle === true ? [Buffer.allocUnsafe(bytesAtOnce), Buffer.allocUnsafe(bytesAtOnce)] : [];
      let chunks = 0;
      const read = (from: number) => {
        const length = Math.min(bytesAtOnce, end - from);
        const buffer = recycled[chunks % 2] ?? Buffer.allocUnsafe(length);
        chunks += 1;
        const reading = handle.read(buffer, 0, length, from);
        // Whoever leaves the loop does not wait for it; whoever stays sees how it failed.
        reading.catch(() => {});
        return reading;
      };
      let next = position < end ? read(position) : undefined;
      while (next !== undefined) {
        const { bytesRead, buffer } = await next;
        if (bytesRead === 0) throw new DataioError("IO_FAILED", `Payload ${checksum} became shorter while it was read`);
        position += bytesRead;
        // The next chunk is read while this one is used.
        next = position < end ? read(position) : undefined;
        yield buffer.subarray(0, bytesRead);
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot read payload ${checksum}`);
    } finally {
      await handle.close();
    }
  }

  /**
   * Hashes the payload's file with flat memory, giving way to other work between blocks.
   * @throws CANCELLED, CHECKSUM_INVALID, ACCESS_DENIED, IO_FAILED; a missing or corrupt payload is a result, not an error
   */
  async verify(checksum: string, options: VerifyOptions = {}): Promise<PayloadVerification> {
    const { signal, onProgress } = options;
    try {
      return await this.#withFile(checksum, async (handle, bytesTotal) => {
        const sha256 = createHash("sha256");
        // One byte more than a small file has, so that its second read meets the end.
        const buffer = Buffer.allocUnsafe(Math.min(bytesTotal + 1, HASH_BLOCK_BYTES));
        let sizeBytes = 0;
        for (;;) {
          throwIfCancelled(signal);
          const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
          if (bytesRead === 0) break;
          sha256.update(buffer.subarray(0, bytesRead));
          sizeBytes += bytesRead;
          onProgress?.(sizeBytes, bytesTotal);
        }
        const actual = sha256.digest("hex");
        return actual === checksum ? { state: "ok", sizeBytes } : { state: "corrupt", sizeBytes, actual };
      });
    } catch (error) {
      if (isDataioError(error, "PAYLOAD_MISSING")) return { state: "missing" };
      throw error;
    }
  }

  /** Looks at what has the payload's name already: right bytes stay, wrong ones are to be replaced. @internal */
  async outcomeOfPutting(checksum: string, sizeBytes: number): Promise<StoredPayload["outcome"]> {
    const path = this.pathOf(checksum);
    const found = statIfPresentSync(path);
    if (found === undefined) return "written";
    if (!found.isFile()) {
      const what = found.isDirectory() ? "a directory" : "not a regular file";
      throw new DataioError("IO_FAILED", `Cannot store the payload: ${path} is ${what}`, {
        details: { checksum, path },
      });
    }
    if (found.size !== sizeBytes) return "healed";
    const verification = await this.verify(checksum);
    return verification.state === "ok" ? "present" : "healed";
  }

  async #open(checksum: string): Promise<{ handle: FileHandle; sizeBytes: number }> {
    // Looked at before it is opened: opening a pipe would wait for a writer.
    const found = await this.stat(checksum);
    if (found.state === "missing") throw missing(checksum);
    try {
      return { handle: await open(this.pathOf(checksum), "r"), sizeBytes: found.sizeBytes };
    } catch (error) {
      if (systemCode(error) === "ENOENT") throw missing(checksum);
      throw fromSystemError(error, `Cannot read payload ${checksum}`);
    }
  }

  async #withFile<T>(checksum: string, use: (handle: FileHandle, sizeBytes: number) => Promise<T>): Promise<T> {
    const { handle, sizeBytes } = await this.#open(checksum);
    try {
      return await use(handle, sizeBytes);
    } catch (error) {
      throw fromSystemError(error, `Cannot read payload ${checksum}`);
    } finally {
      await handle.close();
    }
  }
}

/** The SHA-256 of bytes, with turns for other work in between, for a large payload takes most of a second. */
export async function checksumOf(data: Uint8Array): Promise<string> {
  if (data.byteLength <= HASH_SLICE_BYTES) return hash("sha256", data, "hex");
  const sha256 = createHash("sha256");
  for (let start = 0; start < data.byteLength; start += HASH_SLICE_BYTES) {
    if (start > 0) await nextTurn();
    sha256.update(data.subarray(start, start + HASH_SLICE_BYTES));
  }
  return sha256.digest("hex");
}

function stateOf(found: Stats | undefined): PayloadPresence {
  return found?.isFile() === true ? { state: "present", sizeBytes: found.size } : { state: "missing" };
}

function missing(checksum: string): DataioError {
  return new DataioError("PAYLOAD_MISSING", `Payload ${checksum} has no file`, { details: { checksum } });
}

function tooLarge(what: string, limitBytes: number): DataioError {
  return new DataioError("TOO_LARGE", `${what} is larger than ${limitBytes} bytes`, { details: { limitBytes } });
}
