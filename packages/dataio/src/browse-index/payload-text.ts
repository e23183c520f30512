/** The text of a payload's bytes, as far as it is searched. Decodes gzip and zstd by the bytes, whatever was declared. */
import { Readable } from "node:stream";
import zlib from "node:zlib";
import { decodeText, sniffMediaType } from "../media-type.ts";
import { isTypeNamed } from "./type-names.ts";

/** Which payloads are searched, and how much of each. */
export interface PayloadTextSettings {
  /** Bytes of each payload, after decoding; what stands behind them is not found. */
  readonly maxBytes: number;
  /** Media types or parts of them (`json`, `text/csv`); empty: whatever is text. */
  readonly types: readonly string[];
}

export type PayloadText =
  | { readonly state: "text"; readonly text: string; readonly isCut: boolean }
  /** Binary, of a type that is not wanted, or not to be decoded. */
  | { readonly state: "none" };

const NONE: PayloadText = { state: "none" };

/**
 * @param bytes the payload's beginning
 * @param complete true when it is the whole payload
 */
export async function payloadText(
  bytes: Uint8Array,
  complete: boolean,
  { maxBytes, types }: PayloadTextSettings,
): Promise<PayloadText> {
  const decoder = decoderOf(bytes);
  const { decoded, isWhole } =
    decoder === null ? { decoded: bytes, isWhole: complete } : await firstOf(bytes, decoder, maxBytes);
  const head = decoded.subarray(0, maxBytes);
  const whole = complete && isWhole && head.length === decoded.length;
  if (head.length === 0) return NONE;
  const { mediaType, preview } = await sniffMediaType(head, whole);
  const wanted = types.length === 0 || types.some((name) => isTypeNamed(mediaType ?? "", name.toLowerCase()));
  // Images are binary but for SVG, of which the text is searched.
  if (!wanted || preview === "binary" || (preview === "image" && mediaType !== "image/svg+xml")) return NONE;
  const text = readable(head, whole);
  return text === null ? NONE : { state: "text", text: text.replaceAll("\0", " "), isCut: !whole };
}

/** UTF-8 or what a byte order mark says; else one byte a character, as old pages are. */
function readable(head: Uint8Array, whole: boolean): string | null {
  const found = decodeText(head, whole);
  if (found === null || found.faultless) return found?.text ?? null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !whole });
  } catch {
    return new TextDecoder("latin1").decode(head);
  }
}

type Decoder = () => NodeJS.ReadWriteStream;

function decoderOf(bytes: Uint8Array): Decoder | null {
  const starts = (...magic: number[]) => magic.every((byte, at) => bytes[at] === byte);
  if (starts(0x1f, 0x8b)) return () => zlib.createGunzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
  // Older runtimes have none.
  if (starts(0x28, 0xb5, 0x2f, 0xfd) && typeof zlib.createZstdDecompress === "function") {
    return () => zlib.createZstdDecompress();
  }
  return null;
}

/** The first bytes that come out, and what came before the bytes were damaged. */
async function firstOf(bytes: Uint8Array, decoder: Decoder, limit: number) {
  const parts: Buffer[] = [];
  let length = 0;
  let isWhole = false;
  try {
    for await (const part of Readable.from([bytes]).pipe(decoder())) {
      parts.push(Buffer.from(part));
      length += part.length;
      if (length > limit) break;
    }
    isWhole = length <= limit;
  } catch {
    // Cut off or damaged: what was decoded is searched.
  }
  return { decoded: Buffer.concat(parts), isWhole };
}
