/**
 * Which payloads may be sent with an image type, so that `<img>` shows them. Decided by the leading bytes alone; what
 * the archive says about a payload is not asked.
 */
import { sniffMediaType } from "@mxm/dataio";

/** How many leading bytes {@link imageType} wants. */
export const IMAGE_HEAD_BYTES = 4100;

/** The media type of an image that every browser draws, or null for anything else. */
export async function imageType(head: Uint8Array): Promise<string | null> {
  const sniffed = await sniffMediaType(head, false);
  return sniffed.preview === "image" ? sniffed.mediaType : null;
}
