/**
 * Threads that read and verify the small payloads of an export ahead of their turn, and write files, so that the thread
 * of the export has only rows and names to see to. Bytes are passed in shared memory, and nothing is copied on the way.
 * They tell only of what went well: everything else is looked at once more by the export itself, whose errors are told.
 */
import { availableParallelism } from "node:os";
import { fromSystemError } from "../errors.ts";
import { TextThread } from "../text-thread.ts";
import { WHOLE_BYTES } from "./payload-content.ts";

/** What is read for one row. */
export interface WantedPayload {
  readonly checksum: string;
  /** Whether the sidecar is wanted as well. */
  readonly sidecar: boolean;
}

/** A payload that was read and verified. Its bytes hold until its batch is released. */
export interface ReadPayload {
  readonly bytes: Buffer;
  /** The bytes of the sidecar; null where there is none; undefined where it was not wanted, or has to be looked at. */
  readonly sidecar: Buffer | null | undefined;
  readonly zip: ZipFacts | null;
}

/** What a zip says of a file. */
export interface ZipFacts {
  readonly crc: number;
  /** Null where it was not deflated. */
  readonly deflated: Uint8Array | null;
}

/** Payloads that were read together. */
export interface ReadBatch {
  /** Null where the payload is not there, large, damaged, or cannot be read. */
  payload(index: number): ReadPayload | null;
  /** Gives the memory back. */
  release(): void;
}

/** A file that is to be written; its name must be free. */
export interface FileToWrite {
  readonly name: string;
  /** Bytes have to stay as they are until it is written. */
  readonly data: Uint8Array | string;
}

/** What threads do for a zip beside reading. */
export type ZipWork = "store" | "deflate" | null;

/** Bytes of payloads and sidecars that a batch has room for. */
export const BATCH_BYTES = 4 * 1024 * 1024;
/** More threads gain nothing: names and rows come from one. */
const MAX_THREADS = 4;
/** While one batch of a thread is used, the next is read. */
const BATCHES_A_THREAD = 2;

/** Numbers of one answer for each payload: where it begins and its size (-1: none), the same of its sidecar (-2: to be looked at), its CRC. */
const NUMBERS = 5;

/**
 * Lists are sent as one text and one array of numbers: to copy many small values takes longer than what is done with them.
 * A question with `checksums` is a read, answered by {@link ReadAnswer}; the other one is a write of parts of `arena` and of
 * `texts`, answered by null or by its first failure.
 */
const THREAD = `
"use strict";
const { parentPort } = require("node:worker_threads");
const { closeSync, constants, openSync, readSync, statSync, writeSync } = require("node:fs");
const { hash } = require("node:crypto");
const { crc32, deflateRawSync } = require("node:zlib");
// Opening a pipe does not wait for a writer then; Windows has no such pipes.
const FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** The number of bytes that were read; -1 where there are none, or too many. */
function readInto(path, memory, start) {
  let file = -1;
  try {
    file = openSync(path, FLAGS);
    const room = Math.min(memory.length - start, ${WHOLE_BYTES} + 1);
    // Whatever gives less than it has, or is no file, does not have its checksum then.
    const size = readSync(file, memory, start, room, 0);
    return size < room ? size : -1;
  } catch {
    return -1;
  } finally {
    if (file !== -1) closeSync(file);
  }
}

/** False where it cannot be told as well. */
function isAbsent(path) {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

function read({ arena, directory, checksums, sidecars, zip }) {
  const memory = Buffer.from(arena);
  const numbers = new Float64Array(sidecars.length * ${NUMBERS});
  const deflated = [];
  let at = 0;
  sidecars.forEach((sidecar, index) => {
    const checksum = checksums.slice(index * 64, index * 64 + 64);
    const answer = numbers.subarray(index * ${NUMBERS});
    answer[1] = -1;
    answer[3] = -2;
    const size = readInto(directory + checksum + ".bin", memory, at);
    const bytes = memory.subarray(at, at + Math.max(size, 0));
    if (size < 0 || hash("sha256", bytes, "hex") !== checksum) return;
    answer[0] = at;
    answer[1] = size;
    at += size;
    if (zip !== null) answer[4] = crc32(bytes);
    if (zip === "deflate") deflated[index] = deflateRawSync(bytes);
    if (sidecar === 0) return;
    const path = directory + checksum + ".meta.json";
    // Mostly there is none, and an error would take longer than the look itself.
    if (isAbsent(path)) {
      answer[3] = -1;
      return;
    }
    const sidecarSize = readInto(path, memory, at);
    if (sidecarSize < 0) return;
    answer[2] = at;
    answer[3] = sidecarSize;
    at += sidecarSize;
  });
  return { numbers, deflated };
}

function write({ arena, folder, names, places, texts }) {
  const memory = arena === null ? null : Buffer.from(arena);
  let text = 0;
  for (const [index, name] of names.split("\\0").entries()) {
    const path = folder + name;
    const [start, size] = places.subarray(index * 2);
    const bytes = start >= 0 ? memory.subarray(start, start + size) : Buffer.from(texts[text++]);
    try {
      const file = openSync(path, "wx");
      try {
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      return { name, code: error.code, message: error.message };
    }
  }
  return null;
}

parentPort.on("message", (message) => {
  parentPort.postMessage(message.checksums === undefined ? write(message) : read(message));
});
`;

interface ReadQuestion {
  readonly arena: SharedArrayBuffer;
  readonly directory: string;
  /** One behind the other. */
  readonly checksums: string;
  /** For each payload, 1 where its sidecar is wanted. */
  readonly sidecars: Uint8Array;
  readonly zip: ZipWork;
}

interface ReadAnswer {
  readonly numbers: Float64Array;
  readonly deflated: readonly (Uint8Array | undefined)[];
}

interface WriteQuestion {
  readonly arena: SharedArrayBuffer | null;
  readonly folder: string;
  /** With a NUL between them. */
  readonly names: string;
  /** For each file where it begins in the arena, and its size; -1 for the next of the texts. */
  readonly places: Float64Array;
  readonly texts: readonly (Uint8Array | string)[];
}

interface WriteFailure {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

type Thread = TextThread<ReadQuestion | WriteQuestion, ReadAnswer | WriteFailure | null>;

/** The threads of one export; started by the first batch. {@link PayloadThreads.end} them. */
export class PayloadThreads {
  readonly #directory: string;
  readonly #zip: ZipWork;
  readonly #count: number;
  readonly #free: SharedArrayBuffer[] = [];
  readonly #waiting: ((arena: SharedArrayBuffer) => void)[] = [];
  #threads: readonly Thread[] = [];

  /** @param directory of the payloads, with a separator at its end */
  constructor(directory: string, zip: ZipWork) {
    this.#directory = directory;
    this.#zip = zip;
    this.#count = Math.min(availableParallelism(), MAX_THREADS);
  }

  /**
   * Reads payloads, together no more than {@link BATCH_BYTES}; what has no room counts as not read. Waits where many
   * batches were not released yet, those asked for first come first.
   */
  async read(wanted: readonly WantedPayload[]): Promise<ReadBatch> {
    const arena = await this.#arena();
    const { numbers, deflated } = await this.#ask(arena, wanted);
    const part = (at: number) => {
      const size = numbers[at + 1] ?? -1;
      return size < 0 ? null : Buffer.from(arena, numbers[at] ?? 0, size);
    };
    return {
      payload: (index) => {
        const at = index * NUMBERS;
        const bytes = part(at);
        if (bytes === null) return null;
        const sidecar = numbers[at + 3] === -2 ? undefined : part(at + 2);
        const zip = this.#zip === null ? null : { crc: numbers[at + 4] ?? 0, deflated: deflated[index] ?? null };
        return { bytes, sidecar, zip };
      },
      release: () => this.#give(arena),
    };
  }

  /**
   * Writes files below a folder, in this order.
   * @param folder with a separator at its end
   * @throws NO_SPACE, ACCESS_DENIED, ALREADY_EXISTS, IO_FAILED
   */
  async write(folder: string, files: readonly FileToWrite[]): Promise<void> {
    let arena: SharedArrayBuffer | null = null;
    const texts: (Uint8Array | string)[] = [];
    const places = new Float64Array(files.length * 2);
    for (const [index, { data }] of files.entries()) {
      if (
        typeof data !== "string" &&
        data.buffer instanceof SharedArrayBuffer &&
        (arena ?? data.buffer) === data.buffer
      ) {
        arena = data.buffer;
        places[index * 2] = data.byteOffset;
        places[index * 2 + 1] = data.byteLength;
      } else {
        texts.push(data);
        places[index * 2] = -1;
      }
    }
    const names = files.map(({ name }) => name).join("\0");
    const failure = await this.#freest().ask({ arena, folder, names, places, texts });
    if (failure === null || !("name" in failure)) return;
    const { name, code, message } = failure;
    throw fromSystemError(Object.assign(new Error(message), { code }), `Cannot write ${name}`);
  }

  /** Ends them, also in the middle of something. */
  async end(): Promise<void> {
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.end()));
  }

  async #ask(arena: SharedArrayBuffer, wanted: readonly WantedPayload[]): Promise<ReadAnswer> {
    try {
      const answer = await this.#freest().ask({
        arena,
        directory: this.#directory,
        checksums: wanted.map(({ checksum }) => checksum).join(""),
        sidecars: Uint8Array.from(wanted, ({ sidecar }) => (sidecar ? 1 : 0)),
        zip: this.#zip,
      });
      if (answer !== null && "numbers" in answer) return answer;
      throw new TypeError("No answer to a read.");
    } catch (error) {
      this.#give(arena);
      throw error;
    }
  }

  #arena(): Promise<SharedArrayBuffer> {
    if (this.#threads.length === 0) {
      this.#threads = Array.from({ length: this.#count }, () => new TextThread(THREAD));
      for (let made = 0; made < this.#count * BATCHES_A_THREAD; made += 1) {
        this.#free.push(new SharedArrayBuffer(BATCH_BYTES));
      }
    }
    const arena = this.#free.pop();
    if (arena !== undefined) return Promise.resolve(arena);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #give(arena: SharedArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(arena);
    else next(arena);
  }

  #freest(): Thread {
    const [first, ...others] = this.#threads;
    if (first === undefined) throw new TypeError("The threads were ended.");
    return others.reduce((freest, thread) => (thread.pending < freest.pending ? thread : freest), first);
  }
}
