/**
 * The records of a WARC, packed or not. Own code, because warcio's reader does not end where a file was cut, and says nothing of
 * what its unpacking met; a file that somebody else wrote is to be read to where it is whole, and what is not has to be told.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { throwIfCancelled } from "../cancellation.ts";
import type { DataioErrorCode } from "../errors.ts";
import { decodedChunks } from "../export/decoding.ts";
import { ByteReader } from "./byte-reader.ts";

/** Of the fields of a record, and of the head of a message. */
const MAX_HEAD_BYTES = 1024 * 1024;
/** What is packed may claim to be anything. */
const MAX_PACKED_BLOCK_BYTES = 8 * 1024 ** 3;
const BASE_32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** Why one record cannot be used; those behind it can. */
export class UnusableRecord extends Error {
  override readonly name = "UnusableRecord";
  readonly code: DataioErrorCode;

  constructor(message: string, code: DataioErrorCode = "PARAMS_INVALID") {
    super(message);
    this.code = code;
  }
}

/** Why nothing behind it can be read. */
export class BrokenWarc extends Error {
  override readonly name = "BrokenWarc";
  /** Whether it is the record that was given last. */
  readonly inside: boolean;

  constructor(message: string, inside = false) {
    super(message);
    this.inside = inside;
  }
}

/** Header fields in their order. */
export type Fields = readonly (readonly [name: string, value: string])[];

/** One record. Its block has to be read, if at all, before the next one is asked for. */
export interface WarcRecord {
  /** Of its fields, by a name in lower case; null where there is none. */
  field(name: string): string | null;
  /**
   * The bytes of its block, once.
   * @throws UnusableRecord where they are not those of its digest; BrokenWarc where they end too early
   */
  block(): AsyncIterable<Buffer>;
  readonly blockBytes: number;
}

/**
 * Reads a WARC record by record.
 * @throws BrokenWarc from where on it is none; what reading the file throws; CANCELLED
 */
export async function* warcRecords(
  path: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<WarcRecord, void, undefined> {
  const isPacked = await isGzip(path);
  const stored = createReadStream(path);
  const reader = new ByteReader(isPacked ? decodedChunks(stored, "gzip") : stored);
  try {
    for (;;) {
      const record = await recordOf(reader, isPacked, signal);
      if (record === null) return;
      yield record;
      await record.skip();
    }
  } finally {
    await reader.close();
    stored.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  await using file = await open(path, "r");
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === 0x1f && buffer[1] === 0x8b;
}

async function recordOf(reader: ByteReader, isPacked: boolean, signal: AbortSignal | undefined) {
  let version = "";
  // Records have two empty lines behind them; some writers have more, or fewer.
  while (version === "") {
    if ((await reader.peek(1)).length === 0) return null;
    const line = await reader.line(MAX_HEAD_BYTES);
    if (line === null) throw new BrokenWarc("a record begins, and does not go on");
    version = line.trim();
  }
  if (!/^WARC\/\d+\.\d+$/.test(version)) throw new BrokenWarc("there is no record where one should begin");
  const fields = new Map((await readFields(reader)).map(([name, value]) => [name.toLowerCase(), value]));
  const length = fields.get("content-length") ?? "";
  const blockBytes = Number(length);
  if (!/^\d+$/.test(length) || !Number.isSafeInteger(blockBytes)) {
    throw new BrokenWarc("a record does not say how long it is");
  }
  const digest = fields.get("warc-block-digest") ?? null;
  let left = blockBytes;
  const read = async function* (sha: Hashing | null): AsyncGenerator<Buffer, void, undefined> {
    for await (const part of reader.take(left)) {
      throwIfCancelled(signal);
      left -= part.length;
      sha?.update(part);
      yield part;
    }
    if (left > 0) throw new BrokenWarc("it is cut in the middle of a record", true);
    if (sha?.isWrong() === true) {
      throw new UnusableRecord("Its bytes are not those of its digest.", "PAYLOAD_CORRUPT");
    }
  };
  return {
    field: (name: string) => fields.get(name) ?? null,
    block() {
      if (isPacked && blockBytes > MAX_PACKED_BLOCK_BYTES) {
        throw new UnusableRecord("Unpacked, it would be larger than 8 GiB.", "TOO_LARGE");
      }
      return read(hashingOf(digest));
    },
    async skip() {
      for await (const _ of read(null));
    },
    blockBytes,
  };
}

interface Hashing {
  update(bytes: Buffer): void;
  isWrong(): boolean;
}

/** Null for a digest of a kind that is not known. */
function hashingOf(digest: string | null): Hashing | null {
  const [, algorithm = "", wanted = ""] = /^(sha1|sha-1|sha256|sha-256|md5):([a-z0-9=+/]+)$/i.exec(digest ?? "") ?? [];
  if (algorithm === "") return null;
  const sum = createHash(algorithm.toLowerCase().replace("-", ""));
  return {
    update: (bytes) => sum.update(bytes),
    isWrong() {
      const bytes = sum.digest();
      const text = wanted.replace(/=+$/, "").toUpperCase();
      return text !== bytes.toString("hex").toUpperCase() && text !== base32(bytes);
    },
  };
}

function base32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE_32[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
}

/** Fields up to the empty line behind them. @throws BrokenWarc where there is none */
async function readFields(reader: ByteReader): Promise<Fields> {
  const fields: [string, string][] = [];
  for (let room = MAX_HEAD_BYTES; ; ) {
    const line = await reader.line(room);
    if (line === null) throw new BrokenWarc("the fields of a record do not end");
    if (line === "") return fields.map(([name, value]) => [name, asText(value)] as const);
    room -= line.length;
    const last = fields.at(-1);
    const colon = line.indexOf(":");
    if (/^[ \t]/.test(line) && last !== undefined) last[1] += ` ${line.trim()}`;
    else if (colon > 0) fields.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
}

/** UTF-8, as WARC has it, or else what old servers sent. */
function asText(latin1: string): string {
  const bytes = Buffer.from(latin1, "latin1");
  const text = bytes.toString("utf8");
  return text.includes("\uFFFD") ? latin1 : text;
}

/** What an HTTP message begins with. */
export interface HttpMessage {
  readonly firstLine: string;
  readonly fields: Fields;
  /** Without its transfer encoding. @throws UnusableRecord where it is cut */
  readonly body: AsyncIterable<Buffer>;
}

/** The message in a block. @throws UnusableRecord for a block that holds none; what reading the block throws */
export async function httpMessage(block: AsyncIterable<Buffer>): Promise<HttpMessage> {
  const reader = new ByteReader(block);
  const firstLine = await reader.line(MAX_HEAD_BYTES);
  let fields: Fields;
  try {
    if (firstLine === null) throw new BrokenWarc("there is no line");
    fields = await readFields(reader);
  } catch (error) {
    // The file may be cut within the block.
    if (!(error instanceof BrokenWarc) || error.inside) throw error;
    throw new UnusableRecord("It holds no HTTP message.");
  }
  const isChunked = fields.some(([name, value]) => /^transfer-encoding$/i.test(name) && /chunked/i.test(value));
  return { firstLine, fields, body: isChunked ? dechunked(reader) : reader.take(Number.POSITIVE_INFINITY) };
}

const CHUNK_SIZE = /^([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i;

async function* dechunked(reader: ByteReader): AsyncGenerator<Buffer, void, undefined> {
  const [start = ""] = (await reader.peek(64)).toString("latin1").split("\n");
  // Some writers undo the encoding, and leave the header.
  if (!CHUNK_SIZE.test(start.trimEnd())) {
    yield* reader.take(Number.POSITIVE_INFINITY);
    return;
  }
  for (;;) {
    const size = Number.parseInt(CHUNK_SIZE.exec((await reader.line(MAX_HEAD_BYTES)) ?? "")?.[1] ?? "", 16);
    if (Number.isNaN(size)) throw new UnusableRecord("Its body was cut.");
    if (size === 0) break;
    let left = size;
    for await (const part of reader.take(size)) {
      left -= part.length;
      yield part;
    }
    if (left > 0 || (await reader.line(2)) !== "") throw new UnusableRecord("Its body was cut.");
  }
  // To the end, where the digest is compared.
  for await (const _ of reader.take(Number.POSITIVE_INFINITY));
}
