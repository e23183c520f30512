/** What packed bytes decode to, as they come. */
import { createGunzip, createZstdDecompress } from "node:zlib";
import { DataioError } from "../errors.ts";
import { through } from "./through.ts";

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
  const decoder = packing === "gzip" ? createGunzip() : createZstdDecompress();
  return through(
    packed,
    [decoder],
    (error) => new DataioError("PAYLOAD_UNDECODABLE", `The payload is no whole ${packing} data.`, { cause: error }),
  );
}
