/** A set of digests in one block of memory: so many bytes as they have, three times at most; a `Set` takes some 50 more for each. */

const FIRST_SLOTS = 1_024;

/** Keys of a fixed number of 32-bit words, well mixed, as those of digests are. Nothing can be taken out. */
export class FlatSet {
  readonly #width: number;
  #slots: Uint32Array;
  #capacity = FIRST_SLOTS;
  #size = 0;

  /** @param width words of a key */
  constructor(width: number) {
    this.#width = width;
    this.#slots = new Uint32Array(FIRST_SLOTS * width);
  }

  get size(): number {
    return this.#size;
  }

  has(key: Uint32Array): boolean {
    return this.#isAt(this.#placeOf(key), key);
  }

  /** @returns false when it was there already */
  add(key: Uint32Array): boolean {
    const place = this.#placeOf(key);
    if (this.#isAt(place, key)) return false;
    this.#put(place, key);
    this.#size += 1;
    if (this.#size * 3 > this.#capacity * 2) this.#grow();
    return true;
  }

  /** Where the key is, or the free place that it would have. */
  #placeOf(key: Uint32Array): number {
    const mask = this.#capacity - 1;
    let slot = ((key[0] ?? 0) ^ (key[1] ?? 0)) & mask;
    while (!this.#isFree(slot * this.#width) && !this.#isAt(slot * this.#width, key)) slot = (slot + 1) & mask;
    return slot * this.#width;
  }

  /** A place of zeros is free; so the key of zeros counts as another, which no digest is likely to be. */
  #isFree(place: number): boolean {
    for (let word = 0; word < this.#width; word += 1) if (this.#slots[place + word] !== 0) return false;
    return true;
  }

  #isAt(place: number, key: Uint32Array): boolean {
    for (let word = 0; word < this.#width; word += 1) {
      if (this.#slots[place + word] !== this.#wordOf(key, word)) return false;
    }
    return true;
  }

  #put(place: number, key: Uint32Array): void {
    for (let word = 0; word < this.#width; word += 1) this.#slots[place + word] = this.#wordOf(key, word);
  }

  #wordOf(key: Uint32Array, word: number): number {
    const value = key[word] ?? 0;
    return value === 0 && word === this.#width - 1 ? 1 : value;
  }

  #grow(): void {
    const [before, width] = [this.#slots, this.#width];
    this.#capacity *= 2;
    this.#slots = new Uint32Array(this.#capacity * width);
    // One view for all of them: one for each would be more memory than the set itself.
    const key = new Uint32Array(width);
    for (let place = 0; place < before.length; place += width) {
      let isFree = true;
      for (let word = 0; word < width; word += 1) {
        key[word] = before[place + word] ?? 0;
        isFree &&= key[word] === 0;
      }
      if (!isFree) this.#put(this.#placeOf(key), key);
    }
  }
}
