/** Bytes that arrive in chunks, read by lines and by lengths. No more than a chunk and a line is ever held. */

const LF = 0x0a;

/** Reads in order, once. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** What comes next, without taking it: at most so many bytes, fewer only at the end. */
  async peek(count: number): Promise<Buffer> {
    while (this.#rest.length < count && (await this.#more()));
    return this.#rest.subarray(0, count);
  }

  /** The next line as its bytes are, without its end; null at the end, and for one that is longer than `limit` or has no end. */
  async line(limit: number): Promise<string | null> {
    for (let from = 0; ; ) {
      const end = this.#rest.indexOf(LF, from);
      if (end !== -1 && end <= limit) {
        const line = this.#rest.toString("latin1", 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      from = this.#rest.length;
      if (from > limit || !(await this.#more())) return null;
    }
  }

  /** The next `length` bytes, as they arrive; ends early where there are no more. */
  async *take(length: number): AsyncGenerator<Buffer, void, undefined> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#more())) return;
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Ends the reading of the chunks. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    return true;
  }
}
