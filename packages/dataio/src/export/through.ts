/** Bytes put through streams, as what they become; no more than a few chunks are ever held. */
import { type Duplex, pipeline, Readable } from "node:stream";

/**
 * Puts chunks through streams, one behind the other. Ending early ends the reading of `chunks` too.
 * @param chunks what they hold may change once the next one is asked for; without streams they are passed on as they are
 * @param broken what is thrown where a stream fails: the bytes are not what it takes
 * @throws what `chunks` throws, as it is
 */
export async function* through<Chunk extends Uint8Array>(
  chunks: AsyncIterable<Chunk>,
  streams: readonly Duplex[],
  broken: (error: unknown) => unknown,
): AsyncGenerator<Chunk | Buffer, void, undefined> {
  const failures: unknown[] = [];
  const copied = async function* () {
    try {
      // A stream may still hold a chunk when the next one is asked for.
      for await (const chunk of chunks) yield Buffer.from(chunk);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  };
  const last = streams.at(-1);
  if (last === undefined) {
    yield* chunks;
    return;
  }
  const source = Readable.from(copied(), { objectMode: false });
  const ended = new Promise<void>((resolve) => {
    pipeline([source, ...streams], () => resolve());
  });
  try {
    const arriving: AsyncIterable<Buffer> = last;
    yield* arriving;
  } catch (error) {
    throw failures.length > 0 ? failures[0] : broken(error);
  } finally {
    source.destroy();
    await ended;
  }
}
