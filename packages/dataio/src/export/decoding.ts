/** What packed bytes decode to, as they come. */
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DataioError } from "../errors.ts";
import { decodedLimit } from "./payload-content.ts";
import { through } from "./through.ts";

/** Of what a decoder gives at once: with Node's own, smaller ones half of the time goes into handing them on. */
const CHUNK_BYTES = 128 * 1024;

/** How bytes can be packed. */
export type Packing = "gzip" | "zstd";

/**
 * Decodes chunks one after another, and holds no more than a few, whatever they become. Ending early ends the reading of
 * `packed` too.
 * @throws PAYLOAD_UNDECODABLE for bytes that are not packed so, or were cut; what `packed` throws
 */
export function decodedChunks(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const options = { chunkSize: CHUNK_BYTES };
  const decoder = packing === "gzip" ? createGunzip(options) : createZstdDecompress(options);
  return through(
    packed,
    [decoder],
    (error) => new DataioError("PAYLOAD_UNDECODABLE", `The payload is no whole ${packing} data.`, { cause: error }),
  );
}

/**
 * {@link decodedChunks} of a payload for whoever saves what it decodes to: a few bytes can claim to be petabytes.
 * @param storedBytes of the payload, from which the limit follows
 * @throws TOO_LARGE beyond the limit, which its message and `details.limit` (bytes) name; as {@link decodedChunks}
 */
export async function* decodedWithinLimit(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
  storedBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const limit = decodedLimit(storedBytes);
  let left = limit;
  for await (const chunk of decodedChunks(packed, packing)) {
    left -= chunk.byteLength;
    if (left < 0) {
      const message = `Decoded, the payload is larger than ${Math.floor(limit / 1024 ** 2)} MiB. It can be saved as it is stored.`;
      throw new DataioError("TOO_LARGE", message, { details: { limit } });
    }
    yield chunk;
  }
}
