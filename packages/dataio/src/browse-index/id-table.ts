/**
 * Numbers for ids, in a few bytes each: a UUID is kept as its 128 bits in typed arrays, other texts in a Map. Millions fit
 * where as many texts would not.
 */
const HEX = new Int8Array(128).fill(-1);
for (const [value, digit] of [..."0123456789abcdef"].entries()) HEX[digit.charCodeAt(0)] = value;
const DASHES = [8, 13, 18, 23];

export class IdTable {
  readonly #words = new Uint32Array(4);
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
    if (!this.#read(id)) {
      const known = this.#others.get(id);
      if (known !== undefined) return known;
      this.#others.set(id, this.#count);
      this.#count += 1;
      return this.#count - 1;
    }
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

  /** Undefined when it was never added. */
  find(id: string): number | undefined {
    if (!this.#read(id)) return this.#others.get(id);
    const taken = this.#slots[this.#slotOf()] ?? 0;
    return taken === 0 ? undefined : taken - 1;
  }

  /** Reads a UUID into four words; false for every other text. */
  #read(id: string): boolean {
    if (id.length !== 36) return false;
    let word = 0;
    let at = 0;
    let digits = 0;
    for (let i = 0; i < 36; i += 1) {
      const code = id.charCodeAt(i);
      if (code === 45 && DASHES.includes(i)) continue;
      const value = code < 128 ? (HEX[code] ?? -1) : -1;
      if (value < 0) return false;
      word = (word << 4) | value;
      digits += 1;
      if (digits % 8 === 0) {
        this.#words[at] = word;
        at += 1;
        word = 0;
      }
    }
    return digits === 32;
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
