/** Frames of a stream as far as one looks at them: read back from the archive by their places, and let go of again. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { ErrorShape, StreamFrame } from "../../shared/contract.ts";
import { isSilent, shapeOf } from "./failures.ts";

export interface StreamFramesState {
  /** By place, from 0. */
  readonly frames: ReadonlyMap<number, StreamFrame>;
  /** Why the last reading failed; null once one succeeded. */
  readonly error: ErrorShape | null;
  /** Reads what is missing of these places, the last one included; what was asked for before gives way. */
  need(from: number, to: number): Promise<void>;
}

/** What is read at a time, and what is held of a stream that may have millions. */
const PAGE = 100;
const MOST_HELD = 1_000;

export function createStreamFrames(
  client: Pick<Client, "call">,
  stream: { readonly archiveId: string; readonly jobId: string },
): StoreApi<StreamFramesState> {
  return createStore<StreamFramesState>((set, get) => {
    let wanted: { readonly from: number; readonly to: number } | null = null;
    let reading: Promise<void> | null = null;

    const firstMissing = (from: number, to: number) => {
      const { frames } = get();
      for (let place = Math.max(0, from); place <= to; place += 1) if (!frames.has(place)) return place;
      return null;
    };

    const read = async () => {
      try {
        while (wanted !== null) {
          const { from, to } = wanted;
          const start = firstMissing(from, to);
          if (start === null) break;
          const limit = Math.min(PAGE, to - start + 1);
          const page = await client.call("stream.frames", { ...stream, start, limit });
          const frames = new Map(get().frames);
          for (const [index, frame] of page.entries()) frames.set(start + index, frame);
          set({ frames: withoutFar(frames, start), error: null });
          // The archive has no more of them yet; whoever hears of more asks again.
          if (page.length < limit) break;
        }
      } catch (error) {
        if (!isSilent(error)) set({ error: shapeOf(error) });
      }
    };

    return {
      frames: new Map(),
      error: null,
      async need(from, to) {
        wanted = { from, to };
        if (firstMissing(from, to) === null) return;
        reading ??= read().finally(() => {
          reading = null;
        });
        await reading;
      },
    };
  });
}

/** The frames, without those far from a place where there are too many. */
function withoutFar(frames: Map<number, StreamFrame>, place: number): Map<number, StreamFrame> {
  if (frames.size <= MOST_HELD) return frames;
  for (const held of frames.keys()) if (Math.abs(held - place) > MOST_HELD / 2) frames.delete(held);
  return frames;
}
