import { useCallback } from "react";
import { useLoaded } from "../../components/use-loaded.ts";
import { endsEarly, IMAGE_HEAD_BYTES, IMAGE_TAIL_BYTES } from "../../format/image-end.ts";
import { readSource, sourceSize } from "../../work/sources.ts";
import type { Source } from "../../work/tasks.ts";

/** True once the end of an image was looked at and is not there. @param source the same object as long as it is the same */
export function useImageEndsEarly(source: Source): boolean {
  const load = useCallback(
    async (signal: AbortSignal) => {
      if (source.kind === "bytes" && !source.complete) return false;
      const size = sourceSize(source);
      const head = await readSource(source, 0, IMAGE_HEAD_BYTES, signal);
      const tail = await readSource(source, Math.max(0, size - IMAGE_TAIL_BYTES), IMAGE_TAIL_BYTES, signal);
      return endsEarly(head, tail, size);
    },
    [source],
  );
  const loaded = useLoaded(load);
  return loaded.status === "ready" && loaded.value;
}
