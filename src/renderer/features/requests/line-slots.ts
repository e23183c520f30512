/**
 * Keys for lines, by which the elements of those that went out of sight are taken for those that came: a text is changed sooner
 * than an element is made. The order of the keys stays where all lines are other ones, so that no element moves.
 */
export class LineSlots {
  #slots = 1;
  #base = 0;
  #first = 0;
  #last = -1;

  /** From now on these lines are drawn, both included. */
  draw(first: number, last: number): void {
    this.#slots = Math.max(this.#slots, last - first + 1);
    if (first > this.#last || last < this.#first) this.#base += first - this.#first;
    this.#first = first;
    this.#last = last;
  }

  keyOf(line: number): number {
    return (((line - this.#base) % this.#slots) + this.#slots) % this.#slots;
  }
}
