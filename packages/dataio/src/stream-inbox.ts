/** Values that wait, in order, for whoever asks for them. It has no limit of its own: who fills it watches its size. */
export class StreamInbox<T extends object> {
  readonly #onTaken: () => void;
  readonly #values: T[] = [];
  readonly #waiting: PromiseWithResolvers<IteratorResult<T, undefined>>[] = [];
  #ended = false;
  #failure: { readonly error: unknown } | undefined;

  /** `onTaken` is called after each value that was taken. */
  constructor(onTaken: () => void = () => {}) {
    this.#onTaken = onTaken;
  }

  /** How many values wait. */
  get size(): number {
    return this.#values.length;
  }

  /** Adds a value; one that comes after the end is dropped. */
  push(value: T): void {
    if (this.#ended) return;
    this.#values.push(value);
    this.#serve();
  }

  /** No value will follow; those that wait can still be taken. Ending twice is no error. */
  end(): void {
    this.#ended = true;
    this.#serve();
  }

  /** As {@link end}, and whoever is the first to find nothing more gets `error` thrown. */
  fail(error: unknown): void {
    if (!this.#ended) this.#failure = { error };
    this.end();
  }

  /** Drops the values that wait. */
  clear(): void {
    this.#values.length = 0;
  }

  /** The next value as soon as there is one. */
  next(): Promise<IteratorResult<T, undefined>> {
    const waiting = Promise.withResolvers<IteratorResult<T, undefined>>();
    this.#waiting.push(waiting);
    this.#serve();
    return waiting.promise;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const value = this.#values.shift();
      if (value === undefined && !this.#ended) return;
      const waiting = this.#waiting.shift();
      if (value !== undefined) {
        waiting?.resolve({ done: false, value });
        this.#onTaken();
      } else if (this.#failure !== undefined) {
        waiting?.reject(this.#failure.error);
        this.#failure = undefined;
      } else {
        waiting?.resolve({ done: true, value: undefined });
      }
    }
  }
}
