/** What packed bytes decode to, as they come: no more than a few chunks are ever held, whatever they become. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DataioError } from "../errors.ts";

/** How bytes can be packed. */
export type Packing = "gzip" | "zstd";

/**
 * Decodes chunks one after another. Ending early ends the reading of `packed` too.
 * @throws PAYLOAD_UNDECODABLE for bytes that are not packed so, or were cut; what `packed` throws
 */
export async function* decodedChunks(
  packed: AsyncIterable<Uint8Array>,
  packing: Packing,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = packing === "gzip" ? createGunzip() : createZstdDecompress();
  const ending = new AbortController();
  const source = Readable.from(packed, { objectMode: false });
  let sourceError: unknown;
  source.once("error", (error) => {
    sourceError = error;
  });
  // Its failure reaches the reader of the decoder.
  const piped = pipeline(source, decoder, { signal: ending.signal, end: true }).catch(() => undefined);
  try {
    for await (const chunk of decoder) yield chunk;
  } catch (error) {
    if (sourceError !== undefined) throw sourceError;
    throw new DataioError("PAYLOAD_UNDECODABLE", `The payload is no whole ${packing} data.`, { cause: error });
  } finally {
    ending.abort();
    await piped;
  }
}
