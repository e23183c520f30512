/** Bytes put through streams, as what they become; no more than a few chunks are ever held. */
import { type Duplex, pipeline, Readable } from "node:stream";

/**
 * Puts chunks through streams, one behind the other. Ending early ends the reading of `chunks` too.
 * @param chunks what they hold may change once the next one is asked for
 * @param broken what is thrown where a stream fails: the bytes are not what it takes
 * @throws what `chunks` throws, as it is
 */
export async function* through(
  chunks: AsyncIterable<Uint8Array>,
  streams: readonly Duplex[],
  broken: (error: unknown) => unknown,
): AsyncGenerator<Buffer, void, undefined> {
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
    yield* copied();
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
