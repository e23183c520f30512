/**
 * Whether the file of an image was cut. Decoders draw what there is of it and say nothing, so its end is looked at.
 *
 * Sources: the IEND chunk of PNG (ISO/IEC 15948), the EOI marker of JPEG (ITU T.81), the trailer of GIF89a, the size in the
 * RIFF header of WebP (RFC 9649).
 */

/** Bytes of the beginning and of the end that are looked at. Behind an image's end, a program may have put something. */
export const IMAGE_HEAD_BYTES = 16;
export const IMAGE_TAIL_BYTES = 65_536;

const PNG = [0x89, 0x50, 0x4e, 0x47];
const PNG_END = [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82];
const JPEG = [0xff, 0xd8, 0xff];
const JPEG_END = [0xff, 0xd9];
const GIF = [0x47, 0x49, 0x46, 0x38];
const GIF_END = 0x3b;
/** The last block of a GIF's data is empty; further from the end, this pair is found by chance in what is compressed. */
const GIF_LAST_BLOCK_AND_END = [0x00, GIF_END];
const GIF_TAIL_BYTES = 4_096;
const RIFF = [0x52, 0x49, 0x46, 0x46];
const WEBP = [0x57, 0x45, 0x42, 0x50];
/** What a transfer as text adds behind the last byte. */
const PADDING = [0x00, 0x0a, 0x0d];

/**
 * True where the mark of an image's end is missing; false for a whole one and for formats that have none.
 * @param head the first bytes, up to IMAGE_HEAD_BYTES
 * @param tail the last bytes, up to IMAGE_TAIL_BYTES; of a small image they are all of it
 * @param size bytes of the whole file
 */
export function endsEarly(head: Uint8Array, tail: Uint8Array, size: number): boolean {
  if (isAt(head, 0, PNG)) return !holds(tail, PNG_END);
  if (isAt(head, 0, JPEG)) return !holds(tail, JPEG_END);
  if (isAt(head, 0, GIF)) {
    const last = tail.findLast((byte) => !PADDING.includes(byte));
    return last !== GIF_END && !holds(tail.subarray(-GIF_TAIL_BYTES), GIF_LAST_BLOCK_AND_END);
  }
  if (isAt(head, 0, RIFF) && isAt(head, 8, WEBP)) {
    return size < new DataView(head.buffer, head.byteOffset).getUint32(4, true) + 8;
  }
  return false;
}

function isAt(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

function holds(bytes: Uint8Array, wanted: readonly number[]): boolean {
  for (let at = bytes.length - wanted.length; at >= 0; at -= 1) if (isAt(bytes, at, wanted)) return true;
  return false;
}
