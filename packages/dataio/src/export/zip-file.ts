/**
 * A zip, written as it grows: stored or deflated, with the 64-bit fields (zip64) wherever a number needs them. Checksums and
 * sizes are put into the header of each file once they are known, for the target is a file of ours; so no reader has to
 * guess where a file ends. Memory holds one block, and one of the directory, which waits in a file of its own.
 *
 * Own code, because what there is either keeps all files in memory (yazl, zip-stream), or writes directories of more than
 * 65,535 files that `unzip` rejects (client-zip).
 */
import { createHash } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, unlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import { crc32, createDeflateRaw, deflateRawSync } from "node:zlib";
import { claimAndRename } from "../atomic-file.ts";
import { DataioError, fromSystemError } from "../errors.ts";
import { entryAt, type FileTree, unfinishedPath, type WrittenFile, writeAll } from "./file-tree.ts";
import type { ZipFacts } from "./payload-threads.ts";
import type { ExistingTarget } from "./report.ts";
import { through } from "./through.ts";

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const LOCATOR_64 = 0x07064b50;
const MAX_32 = 0xffffffff;
const MAX_16 = 0xffff;
/** Names are UTF-8. */
const UTF8 = 0x0800;
const STORED = 0;
const DEFLATED = 8;
const VERSION = 20;
const VERSION_64 = 45;
/** A regular file that all may read, as Unix has it. */
const ATTRIBUTES = 0o100644 * 0x10000;
const BLOCK_BYTES = 1024 * 1024;
/** A streamed file that may come near 4 GiB gets room for 64-bit sizes; deflating can make it a little larger. */
const NEAR_4_GIB = 0xf0000000;

interface Sizes {
  readonly crc: number;
  readonly stored: number;
  readonly size: number;
}

/** A zip as a target for files. */
export class ZipTree implements FileTree {
  readonly #target: string;
  readonly #path: string;
  readonly #file: number;
  readonly #existing: ExistingTarget;
  readonly #deflate: boolean;
  readonly #time: number;
  readonly #directory = Buffer.allocUnsafe(BLOCK_BYTES);
  #directoryFilled = 0;
  /** The parts of the directory that were full; made by the first of them. */
  #spool: { readonly path: string; readonly file: number } | null = null;
  #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #filled = 0;
  /** Where the block begins in the file. */
  #blockAt = 0;
  #count = 0;
  #state: "open" | "done" = "open";

  /** @param modified what all files have as time, in UTC. @throws ALREADY_EXISTS, ACCESS_DENIED, NO_SPACE, IO_FAILED */
  constructor(
    target: string,
    options: {
      readonly existing: ExistingTarget;
      readonly compression: "store" | "deflate";
      readonly modified: Date;
    },
  ) {
    this.#target = target;
    this.#existing = options.existing;
    this.#deflate = options.compression === "deflate";
    this.#time = dosTime(options.modified);
    const found = entryAt(target);
    if (found !== undefined && (options.existing !== "replace" || !found.isFile())) {
      throw new DataioError("ALREADY_EXISTS", `There is already a ${target}.`);
    }
    this.#path = unfinishedPath(dirname(target), basename(target));
    try {
      this.#file = openSync(this.#path, "wx");
    } catch (error) {
      throw fromSystemError(error, `Cannot export to ${target}`);
    }
  }

  isTaken(): boolean {
    return false;
  }

  addBytes(name: string, bytes: Uint8Array): void {
    this.addShared(name, bytes, null);
  }

  addShared(name: string, data: Uint8Array | string, facts: ZipFacts | null): void {
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    const deflated = this.#deflate ? (facts?.deflated ?? deflateRawSync(bytes)) : bytes;
    // What does not become smaller is stored.
    const body = deflated.length < bytes.length ? deflated : bytes;
    const sizes = { crc: facts?.crc ?? crc32(bytes), stored: body.length, size: bytes.length };
    const method = body === bytes ? STORED : DEFLATED;
    const at = this.#position;
    this.#write(this.#localHeader(name, method, sizes, false));
    this.#write(body);
    this.#note(name, method, sizes, at);
  }

  /** At once: what is written was copied. */
  settled(): Promise<void> {
    return Promise.resolve();
  }

  async addChunks(name: string, chunks: AsyncIterable<Uint8Array>, sizeHint: number): Promise<WrittenFile> {
    const at = this.#position;
    const large = sizeHint > NEAR_4_GIB;
    const method = this.#deflate ? DEFLATED : STORED;
    const sha256 = createHash("sha256");
    let crc = 0;
    let size = 0;
    let stored = 0;
    const counted = async function* () {
      for await (const chunk of chunks) {
        crc = crc32(chunk, crc);
        sha256.update(chunk);
        size += chunk.length;
        yield chunk;
      }
    };
    this.#write(this.#localHeader(name, method, { crc: 0, stored: 0, size: 0 }, large));
    try {
      for await (const chunk of through(counted(), this.#deflate ? [createDeflateRaw()] : [], (error) => error)) {
        this.#write(chunk);
        stored += chunk.length;
      }
    } catch (error) {
      this.#rewind(at);
      throw error;
    }
    if (!large && (size > MAX_32 || stored > MAX_32)) {
      this.#rewind(at);
      throw new DataioError("IO_FAILED", `${name} became larger than 4 GiB while it was written.`);
    }
    const sizes = { crc, stored, size };
    this.#flush();
    this.#guarded(() => writeAll(this.#file, this.#localHeader(name, method, sizes, large), at));
    this.#note(name, method, sizes, at);
    return { sizeBytes: size, sha256: sha256.digest("hex") };
  }

  async finish(): Promise<void> {
    const start = this.#position;
    this.#writeDirectory();
    this.#write(this.#end(start, this.#position - start));
    this.#flush();
    this.#state = "done";
    this.#guarded(() => {
      closeSync(this.#file);
      this.#dropSpool();
      if (this.#existing === "replace") renameSync(this.#path, this.#target);
      else if (!claimAndRename(this.#path, this.#target)) {
        throw new DataioError("ALREADY_EXISTS", `There is already a ${this.#target}.`);
      }
    });
  }

  async discard(): Promise<void> {
    try {
      this.#dropSpool();
    } catch {
      // Its name says that it is unfinished.
    }
    try {
      if (this.#state === "open") closeSync(this.#file);
      this.#state = "done";
      unlinkSync(this.#path);
    } catch {
      // It has its name already, or it is known by the one that it has.
    }
  }

  get #position(): number {
    return this.#blockAt + this.#filled;
  }

  #write(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > BLOCK_BYTES) this.#flush();
    if (bytes.length >= BLOCK_BYTES) {
      this.#guarded(() => writeAll(this.#file, bytes, this.#blockAt));
      this.#blockAt += bytes.length;
    } else {
      this.#block.set(bytes, this.#filled);
      this.#filled += bytes.length;
    }
  }

  #flush(): void {
    this.#guarded(() => writeAll(this.#file, this.#block.subarray(0, this.#filled), this.#blockAt));
    this.#blockAt += this.#filled;
    this.#filled = 0;
  }

  #rewind(at: number): void {
    this.#flush();
    this.#guarded(() => {
      if (fstatSync(this.#file).size > at) ftruncateSync(this.#file, at);
    });
    this.#blockAt = at;
  }

  /** @param large whether room is kept for sizes of 64 bits */
  #localHeader(name: string, method: number, { crc, stored, size }: Sizes, large: boolean): Buffer {
    const nameBytes = Buffer.byteLength(name);
    const header = Buffer.allocUnsafe(30 + nameBytes + (large ? 20 : 0));
    header.writeUInt32LE(LOCAL, 0);
    header.writeUInt16LE(large ? VERSION_64 : VERSION, 4);
    header.writeUInt16LE(UTF8, 6);
    header.writeUInt16LE(method, 8);
    header.writeUInt32LE(this.#time, 10);
    header.writeUInt32LE(crc, 14);
    header.writeUInt32LE(large ? MAX_32 : stored, 18);
    header.writeUInt32LE(large ? MAX_32 : size, 22);
    header.writeUInt16LE(nameBytes, 26);
    header.writeUInt16LE(large ? 20 : 0, 28);
    header.write(name, 30);
    if (large) header.set(extra64([size, stored]), 30 + nameBytes);
    return header;
  }

  /** Adds a file to the directory that ends the zip. */
  #note(name: string, method: number, { crc, stored, size }: Sizes, at: number): void {
    const wide = [size, stored, at].filter((number) => number >= MAX_32);
    const extra = wide.length === 0 ? Buffer.alloc(0) : extra64(wide);
    const nameBytes = Buffer.byteLength(name);
    const entryBytes = 46 + nameBytes + extra.length;
    if (this.#directoryFilled + entryBytes > BLOCK_BYTES) this.#spoolDirectory();
    const entry = this.#directory.subarray(this.#directoryFilled, this.#directoryFilled + entryBytes);
    entry.writeUInt32LE(CENTRAL, 0);
    // Made on Unix, so that the permissions are read.
    entry.writeUInt16LE(0x0300 | VERSION_64, 4);
    entry.writeUInt16LE(wide.length === 0 ? VERSION : VERSION_64, 6);
    entry.writeUInt16LE(UTF8, 8);
    entry.writeUInt16LE(method, 10);
    entry.writeUInt32LE(this.#time, 12);
    entry.writeUInt32LE(crc, 16);
    entry.writeUInt32LE(Math.min(stored, MAX_32), 20);
    entry.writeUInt32LE(Math.min(size, MAX_32), 24);
    entry.writeUInt16LE(nameBytes, 28);
    entry.writeUInt16LE(extra.length, 30);
    entry.fill(0, 32, 38);
    entry.writeUInt32LE(ATTRIBUTES, 38);
    entry.writeUInt32LE(Math.min(at, MAX_32), 42);
    entry.write(name, 46);
    entry.set(extra, 46 + nameBytes);
    this.#directoryFilled += entryBytes;
    this.#count += 1;
  }

  #spoolDirectory(): void {
    this.#guarded(() => {
      if (this.#spool === null) {
        const path = unfinishedPath(dirname(this.#target), `directory of ${basename(this.#target)}`);
        this.#spool = { path, file: openSync(path, "wx+") };
      }
      writeAll(this.#spool.file, this.#directory.subarray(0, this.#directoryFilled));
    });
    this.#directoryFilled = 0;
  }

  #writeDirectory(): void {
    const last = Buffer.from(this.#directory.subarray(0, this.#directoryFilled));
    const file = this.#spool?.file;
    for (let at = 0; file !== undefined; ) {
      let read = 0;
      this.#guarded(() => {
        read = readSync(file, this.#directory, 0, BLOCK_BYTES, at);
      });
      if (read === 0) break;
      this.#write(this.#directory.subarray(0, read));
      at += read;
    }
    this.#write(last);
  }

  #dropSpool(): void {
    const spool = this.#spool;
    this.#spool = null;
    if (spool === null) return;
    closeSync(spool.file);
    unlinkSync(spool.path);
  }

  #end(start: number, size: number): Buffer {
    const wide = this.#count >= MAX_16 || start >= MAX_32 || size >= MAX_32;
    const end = Buffer.alloc(22);
    end.writeUInt32LE(END, 0);
    end.writeUInt16LE(Math.min(this.#count, MAX_16), 8);
    end.writeUInt16LE(Math.min(this.#count, MAX_16), 10);
    end.writeUInt32LE(Math.min(size, MAX_32), 12);
    end.writeUInt32LE(Math.min(start, MAX_32), 16);
    if (!wide) return end;
    const end64 = Buffer.alloc(56 + 20);
    end64.writeUInt32LE(END_64, 0);
    end64.writeBigUInt64LE(44n, 4);
    end64.writeUInt16LE(0x0300 | VERSION_64, 12);
    end64.writeUInt16LE(VERSION_64, 14);
    end64.writeBigUInt64LE(BigInt(this.#count), 24);
    end64.writeBigUInt64LE(BigInt(this.#count), 32);
    end64.writeBigUInt64LE(BigInt(size), 40);
    end64.writeBigUInt64LE(BigInt(start), 48);
    end64.writeUInt32LE(LOCATOR_64, 56);
    end64.writeBigUInt64LE(BigInt(start + size), 64);
    end64.writeUInt32LE(1, 72);
    return Buffer.concat([end64, end]);
  }

  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${this.#target}`);
    }
  }
}

function extra64(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + numbers.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(numbers.length * 8, 2);
  for (const [index, number] of numbers.entries()) extra.writeBigUInt64LE(BigInt(number), 4 + index * 8);
  return extra;
}

/** The two 16-bit fields of a moment, time first. Zips know no years before 1980, and no time zones. */
function dosTime(moment: Date): number {
  const year = Math.min(Math.max(moment.getUTCFullYear(), 1980), 2107);
  const date = ((year - 1980) << 9) | ((moment.getUTCMonth() + 1) << 5) | moment.getUTCDate();
  const time = (moment.getUTCHours() << 11) | (moment.getUTCMinutes() << 5) | (moment.getUTCSeconds() >> 1);
  return date * 0x10000 + time;
}
