/**
 * One payload to a file anywhere on disk, verified while it is copied: the file appears whole and right, or not at all.
 */
import { createHash, type Hash } from "node:crypto";
import { basename, dirname } from "node:path";
import { PendingFile } from "../atomic-file.ts";
import { throwIfCancelled } from "../cancellation.ts";
import { DataioError } from "../errors.ts";
import type { PayloadStore } from "../payloads.ts";
import { decodedWithinLimit, type Packing } from "./decoding.ts";

/**
 * Copies a payload to `target`.
 * @param options.verify false copies damaged bytes as well, for someone who asked for them, knowing
 * @param options.durable false does not wait until the disk has the file; default true
 * @param options.replace false leaves what has that name already; default true
 * @param options.decode writes what the payload decodes to; verified is the payload
 * @param options.onProgress called with the number of bytes copied so far
 * @returns the number of bytes written
 * @throws PAYLOAD_MISSING, PAYLOAD_CORRUPT, PAYLOAD_UNDECODABLE, TOO_LARGE for what decodes to more than anyone meant (nothing
 *   is written), ALREADY_EXISTS (with `replace` false), CANCELLED, NO_SPACE, ACCESS_DENIED, IO_FAILED
 */
export async function exportPayload(
  payloads: PayloadStore,
  checksum: string,
  target: string,
  options: {
    readonly signal?: AbortSignal;
    readonly verify?: boolean;
    readonly replace?: boolean;
    readonly durable?: boolean;
    readonly decode?: Packing | undefined;
    readonly onProgress?: (bytes: number) => void;
  } = {},
): Promise<number> {
  const file = await PendingFile.create(dirname(target), {
    label: basename(target),
    durable: options.durable ?? true,
  });
  try {
    const hash = createHash("sha256");
    let sizeBytes = 0;
    const { decode } = options;
    const stored = decode === undefined ? null : await payloads.stat(checksum);
    const storedBytes = stored?.state === "present" ? stored.sizeBytes : 0;
    // A decoder may still hold a chunk when the next one is read.
    const packed = payloads.readChunks(checksum, { recycle: decode === undefined });
    const chunks = decode === undefined ? packed : decodedWithinLimit(hashed(packed, hash), decode, storedBytes);
    for await (const chunk of chunks) {
      throwIfCancelled(options.signal);
      // Large chunks are written by another thread, while this one hashes them.
      const written = file.write(chunk);
      if (decode === undefined) hash.update(chunk);
      await written;
      sizeBytes += chunk.byteLength;
      options.onProgress?.(sizeBytes);
    }
    const actual = hash.digest("hex");
    if (actual !== checksum && options.verify !== false) {
      throw new DataioError("PAYLOAD_CORRUPT", `The bytes of payload ${checksum} do not match its checksum`, {
        details: { checksum, actual, sizeBytes },
      });
    }
    if (options.replace !== false) await file.replace(target);
    else if (!(await file.publishNew(target))) {
      throw new DataioError("ALREADY_EXISTS", `There is already a file ${target}`, { details: { path: target } });
    }
    return sizeBytes;
  } finally {
    file.discard();
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
