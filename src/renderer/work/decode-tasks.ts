/**
 * gzip and zstd, decoded up to a limit. However much a few bytes claim to become, no more than the limit and one step
 * beyond it is ever held; decoding stops there.
 */
import { Gunzip } from "fflate";
import { Decompress } from "fzstd";
import { sniff } from "./sniff.ts";
import { isCut, readSource, sourceSize } from "./sources.ts";
import type { DecodedResult, Source, TaskParams } from "./tasks.ts";

/** What is read at a time, and what is decoded at a time: deflate makes a thousand bytes of one at most. */
const READ_BYTES = 256 * 1024;
const STEP_BYTES = 16 * 1024;
/** zstd may demand a window of this size, in bytes; more is for archives of the largest kind. */
const MOST_WINDOW = 128 * 1024 * 1024;

/** Thrown from within a decoder to end it: there is enough. */
class Enough extends Error {}

export async function decodeTask({ source, format, limit }: TaskParams<"decode">): Promise<DecodedResult> {
  const sink = createSink(limit);
  const decoder = format === "gzip" ? gunzip(sink) : unzstd(sink);
  let fault: string | null = null;
  try {
    await feed(source, decoder);
  } catch (error) {
    if (!(error instanceof Enough)) fault = error instanceof Error ? error.message : String(error);
  }
  if (fault === null && format === "gzip" && !sink.full) fault = await checkedFault(source, limit);
  return finish(sink, fault);
}

export interface Sink {
  add(bytes: Uint8Array): void;
  /** True when more came than was wanted. */
  readonly full: boolean;
  bytes(): Uint8Array<ArrayBuffer>;
}

/** Collects up to `limit` bytes, and throws {@link Enough} at the first one more. */
export function createSink(limit: number): Sink {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let full = false;
  return {
    add(bytes) {
      const room = limit - size;
      chunks.push(bytes.length > room ? bytes.slice(0, room) : bytes.slice());
      size += Math.min(bytes.length, room);
      if (bytes.length <= room) return;
      full = true;
      throw new Enough();
    },
    get full() {
      return full;
    },
    bytes() {
      const whole = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) {
        whole.set(chunk, at);
        at += chunk.length;
      }
      return whole;
    },
  };
}

/** What was collected, and what it is. */
export async function finish(sink: Sink, fault: string | null): Promise<DecodedResult> {
  const bytes = sink.bytes();
  const complete = !sink.full && fault === null;
  return { bytes, complete, fault, ...(await sniff(bytes, complete)) };
}

/** True when a decoder was ended because there is enough. */
export function isEnough(error: unknown): boolean {
  return error instanceof Enough;
}

type Push = (bytes: Uint8Array<ArrayBuffer>, last: boolean) => void;

function gunzip(sink: Sink): Push {
  const decoder = new Gunzip((bytes) => sink.add(bytes));
  return (bytes, last) => decoder.push(bytes, last);
}

function unzstd(sink: Sink): Push {
  const decoder = new Decompress((bytes) => sink.add(bytes));
  let first = true;
  return (bytes, last) => {
    if (first && zstdWindow(bytes) > MOST_WINDOW) {
      throw new Error("It needs more memory to be decoded than a preview may use");
    }
    first = false;
    decoder.push(bytes, last);
  };
}

/** The memory that a zstd frame demands, in bytes (RFC 8878, 3.1.1.1); 0 for what has no frame header. */
export function zstdWindow(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (head.length < 18 || view.getUint32(0, true) !== 0xfd2fb528) return 0;
  const flags = view.getUint8(4);
  const isSingle = (flags & 0x20) !== 0;
  if (!isSingle) {
    const descriptor = view.getUint8(5);
    const base = 2 ** (10 + (descriptor >> 3));
    return base + (base / 8) * (descriptor & 7);
  }
  const at = 5 + ([0, 1, 2, 4][flags & 3] ?? 0);
  switch (flags >> 6) {
    case 0:
      return view.getUint8(at);
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

async function feed(source: Source, push: Push): Promise<void> {
  const size = sourceSize(source);
  for (let at = 0; at < size; at += READ_BYTES) {
    const bytes = await readSource(source, at, READ_BYTES);
    for (let step = 0; step < bytes.length; step += STEP_BYTES) {
      const end = Math.min(step + STEP_BYTES, bytes.length);
      const isLast = at + end >= size && !isCut(source, size);
      push(bytes.slice(step, end), isLast);
    }
  }
}

/**
 * What the platform's decoder says of a small gzip file: it compares the checksum at the end, which ours does not. It
 * knows one member only, so what it says of more is not counted.
 */
async function checkedFault(source: Source, limit: number): Promise<string | null> {
  if (sourceSize(source) > limit || isCut(source, sourceSize(source))) return null;
  const bytes = await readSource(source, 0, sourceSize(source));
  try {
    await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
    return null;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /junk|trailing/i.test(message) ? null : message;
  }
}
