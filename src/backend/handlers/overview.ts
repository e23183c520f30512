/** An archive at a glance. Its reader thread answers, by the index. */
import { addSizes, type PayloadSizes } from "@mxm/dataio";
import { CodedError } from "../coded-error.ts";
import type { BackendContext } from "../context.ts";
import type { Handlers } from "../dispatch.ts";
import { CANCELLED } from "../failure.ts";

type OverviewMethod = "overview.get" | "overview.activity" | "overview.sizes";

export function overviewHandlers({ archives }: BackendContext): Pick<Handlers, OverviewMethod> {
  return {
    "overview.get": ({ archiveId, asOf }, { signal }) => {
      const reader = archives.reader(archiveId);
      return archives.index(archiveId).whenReady(() => reader.call("overview", asOf), signal);
    },
    "overview.activity": ({ archiveId, edges, asOf }, { signal }) => {
      const reader = archives.reader(archiveId);
      return archives.index(archiveId).whenReady(() => reader.call("activity", edges, asOf), signal);
    },
    "overview.sizes": async ({ archiveId, asOf }, { signal }) => {
      const reader = archives.reader(archiveId);
      const index = archives.index(archiveId);
      const parts = await index.whenReady(() => reader.call("sizeParts"), signal);
      let sizes: PayloadSizes = { payloads: 0, storedBytes: null, requests: null, bySource: [] };
      // The reader answers in order: whoever asks meanwhile is served between two parts.
      for (let part = 0; part < parts; ) {
        if (signal.aborted) throw new CodedError(CANCELLED);
        const from = part;
        const summed = await index.whenReady(() => reader.call("sizes", from, parts, asOf), signal);
        sizes = addSizes(sizes, summed.sizes);
        part = summed.next;
      }
      return sizes;
    },
  };
}
