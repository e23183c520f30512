/**
 * Numbers for ids, in a few bytes each: a UUID is kept as its 128 bits in typed arrays, other texts in a Map. Millions fit
 * where as many texts would not. An id is a text, or the 36 bytes of one that stand somewhere among others.
 */
import { hexAt, ID_BYTES } from "./bytes.ts";

const DASH = 45;
/** Told for an id that was never added. */
export const NO_NUMBER = -1;

export class IdTable {
  readonly #words = new Uint32Array(4);
  readonly #text = new Uint8Array(ID_BYTES);
  readonly #others = new Map<string, number>();
  #keys: Uint32Array;
  /** Ordinal + 1; 0 is free. Always a power of two long. */
  #slots: Uint32Array;
  #count = 0;

  /** @param expected how many there will be; more are no harm */
  constructor(expected: number) {
    let slots = 1024;
    while (slots < expected * 1.5) slots *= 2;
    this.#slots = new Uint32Array(slots);
    this.#keys = new Uint32Array(Math.max(expected, 256) * 4);
  }

  /** Numbers are given in order, from 0; an id that is there keeps its own. */
  add(id: string): number {
    return this.#readText(id) ? this.#addWords() : this.#addOther(id);
  }

  /** `add` of the id at a place. */
  addAt(bytes: Uint8Array, at: number): number {
    return this.#read(bytes, at) ? this.#addWords() : this.#addOther(textAt(bytes, at));
  }

  /** NO_NUMBER when it was never added. */
  find(id: string): number {
    return this.#readText(id) ? this.#findWords() : (this.#others.get(id) ?? NO_NUMBER);
  }

  /** `find` of the id at a place. */
  findAt(bytes: Uint8Array, at: number): number {
    return this.#read(bytes, at) ? this.#findWords() : (this.#others.get(textAt(bytes, at)) ?? NO_NUMBER);
  }

  #addOther(id: string): number {
    const known = this.#others.get(id);
    if (known !== undefined) return known;
    this.#others.set(id, this.#count);
    this.#count += 1;
    return this.#count - 1;
  }

  #addWords(): number {
    const slot = this.#slotOf();
    const taken = this.#slots[slot] ?? 0;
    if (taken > 0) return taken - 1;
    if ((this.#count + 1) * 4 > this.#keys.length) {
      const longer = new Uint32Array(this.#keys.length * 2);
      longer.set(this.#keys);
      this.#keys = longer;
    }
    this.#keys.set(this.#words, this.#count * 4);
    this.#slots[slot] = this.#count + 1;
    this.#count += 1;
    if (this.#count * 1.3 > this.#slots.length) this.#grow();
    return this.#count - 1;
  }

  #findWords(): number {
    return (this.#slots[this.#slotOf()] ?? 0) - 1;
  }

  #readText(id: string): boolean {
    if (id.length !== ID_BYTES) return false;
    for (let at = 0; at < ID_BYTES; at += 1) {
      const code = id.charCodeAt(at);
      if (code > 127) return false;
      this.#text[at] = code;
    }
    return this.#read(this.#text, 0);
  }

  /** Reads a UUID into four words; false for every other text. */
  #read(bytes: Uint8Array, at: number): boolean {
    if (bytes[at + 8] !== DASH || bytes[at + 13] !== DASH || bytes[at + 18] !== DASH || bytes[at + 23] !== DASH) {
      return false;
    }
    // Each is below zero where a digit is none.
    const a = hexAt(bytes, at);
    const b = hexAt(bytes, at + 4);
    const c = hexAt(bytes, at + 9);
    const d = hexAt(bytes, at + 14);
    const e = hexAt(bytes, at + 19);
    const f = hexAt(bytes, at + 24);
    const g = hexAt(bytes, at + 28);
    const h = hexAt(bytes, at + 32);
    if ((a | b | c | d | e | f | g | h) < 0) return false;
    const words = this.#words;
    words[0] = (a << 16) | b;
    words[1] = (c << 16) | d;
    words[2] = (e << 16) | f;
    words[3] = (g << 16) | h;
    return true;
  }

  /** Where the words that were read are, or would be. */
  #slotOf(): number {
    // Not taken apart as a list, for this runs twice for every row.
    const words = this.#words;
    const a = words[0] ?? 0;
    const b = words[1] ?? 0;
    const c = words[2] ?? 0;
    const d = words[3] ?? 0;
    const mask = this.#slots.length - 1;
    let slot =
      (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35) ^ Math.imul(d, 0x27d4eb2f)) >>> 0;
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const taken = this.#slots[slot] ?? 0;
      if (taken === 0) return slot;
      const key = (taken - 1) * 4;
      const keys = this.#keys;
      if (keys[key] === a && keys[key + 1] === b && keys[key + 2] === c && keys[key + 3] === d) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (const taken of old) {
      if (taken === 0) continue;
      this.#words.set(this.#keys.subarray((taken - 1) * 4, taken * 4));
      this.#slots[this.#slotOf()] = taken;
    }
  }
}

function textAt(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, ID_BYTES).toString();
}
