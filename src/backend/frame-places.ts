/** Where the frames of a stream are: the id of one in many, from which the others are counted. */
export class FramePlaces {
  readonly #every: number;
  readonly #ids: string[] = [];
  #count = 0;

  constructor(every = 256) {
    this.#every = every;
  }

  /** The next frame, by the id of its response. */
  add(id: string): void {
    if (this.#count % this.#every === 0) this.#ids.push(id);
    this.#count += 1;
  }

  /** The nearest known frame at or before a place, and how far the place is from it. */
  before(place: number): { readonly from: string | null; readonly skip: number } {
    const index = Math.min(Math.floor(place / this.#every), this.#ids.length - 1);
    return index < 0
      ? { from: null, skip: place }
      : { from: this.#ids[index] ?? null, skip: place - index * this.#every };
  }
}
