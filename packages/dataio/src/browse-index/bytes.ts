/** Texts of an archive as the bytes that they are stored in: read where they stand, without making a text of each. Pure. */
import { NONE } from "./schema.ts";

/** Bytes of a UUID as text, and of a checksum. */
export const ID_BYTES = 36;
export const CHECKSUM_BYTES = 64;

const HEX = new Int8Array(256).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries()) HEX[digit.charCodeAt(0)] = value;

/** Four hex digits; below zero where one is none. */
export function hexAt(bytes: Uint8Array, at: number): number {
  const a = HEX[bytes[at] ?? 0] ?? -1;
  const b = HEX[bytes[at + 1] ?? 0] ?? -1;
  const c = HEX[bytes[at + 2] ?? 0] ?? -1;
  const d = HEX[bytes[at + 3] ?? 0] ?? -1;
  return (a << 12) | (b << 8) | (c << 4) | d;
}

/** What is known of the checksum that was read last, of the 64 bytes at a place. */
export class ReadChecksum {
  /** What SUM_DIGITS of them are; NONE where they are no checksum. */
  sum: number = NONE;
  /** A further 32 bits, in which all of them have a part. */
  mix = 0;

  read(bytes: Uint8Array, at: number): void {
    const [a, b, c, d] = [hexAt(bytes, at), hexAt(bytes, at + 4), hexAt(bytes, at + 8), hexAt(bytes, at + 12)];
    let valid = a | b | c | d;
    let mix = d;
    for (let digit = 16; digit < CHECKSUM_BYTES; digit += 4) {
      const value = hexAt(bytes, at + digit);
      valid |= value;
      mix = Math.imul(mix ^ value, 0x01000193);
    }
    // Of the last four digits the first is the thirteenth of all.
    this.sum = valid < 0 ? NONE : ((a * 65_536 + b) * 65_536 + c) * 16 + (d >> 12);
    this.mix = mix >>> 0;
  }
}

/** Texts that few rows have, by number, from 0. */
export class ByteTexts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = [];
  /** What was met, by its hash; the same text is met in one shape, as long as it is valid UTF-8. */
  #met: ({ readonly bytes: Uint8Array; readonly number: number } | undefined)[] = new Array(256);
  #count = 0;
  /** Neighbours mostly have the same. */
  #last: { readonly bytes: Uint8Array; readonly number: number } = { bytes: new Uint8Array(0), number: -1 };

  /** The number of the text from one place up to another. */
  numberAt(bytes: Uint8Array, from: number, to: number): number {
    if (this.#last.number >= 0 && isAt(this.#last.bytes, bytes, from, to)) return this.#last.number;
    let hash = to - from;
    for (let at = from; at < to; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] ?? 0)) | 0;
    const mask = this.#met.length - 1;
    for (let slot = (hash ^ (hash >>> 15)) & mask; ; slot = (slot + 1) & mask) {
      const met = this.#met[slot];
      if (met === undefined) return this.#meet(bytes.slice(from, to), slot);
      if (!isAt(met.bytes, bytes, from, to)) continue;
      this.#last = met;
      return met.number;
    }
  }

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    this.#numbers.set(text, this.#texts.length);
    this.#texts.push(text);
    return this.#texts.length - 1;
  }

  textOf(number: number): string {
    return this.#texts[number] ?? "";
  }

  #meet(bytes: Uint8Array, slot: number): number {
    const number = this.numberOf(Buffer.from(bytes).toString());
    this.#met[slot] = { bytes, number };
    this.#count += 1;
    if (this.#count * 2 > this.#met.length) {
      const all = this.#met.filter((met) => met !== undefined);
      this.#met = new Array(this.#met.length * 4);
      this.#count = 0;
      // They find their places anew, by being met.
      this.#last = { bytes: new Uint8Array(0), number: -1 };
      for (const met of all) this.numberAt(met.bytes, 0, met.bytes.length);
    }
    return number;
  }
}

function isAt(text: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let at = 0; at < text.length; at += 1) if (text[at] !== bytes[from + at]) return false;
  return true;
}
