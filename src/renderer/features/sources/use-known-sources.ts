import { useCallback } from "react";
import type { KnownSource, SourceSummary } from "../../../shared/contract.ts";
import { useLoaded } from "../../components/use-loaded.ts";
import { useApp, useArchives } from "../../state/context.ts";

export interface SourcesAtHand {
  /** Sources that were asked, and what for. */
  readonly asked: readonly SourceSummary[];
  /** Sources that were asked or are mapped. */
  readonly known: readonly KnownSource[];
  readonly isRead: boolean;
}

const NONE: Omit<SourcesAtHand, "isRead"> = { asked: [], known: [] };

/** The sources of the open archive, for suggestions. They are a help, not a need: where they cannot be read there are none. */
export function useKnownSources(): SourcesAtHand {
  const { client } = useApp();
  const archiveId = useArchives((state) => state.archive?.id ?? null);
  const load = useCallback(
    async (signal: AbortSignal) => {
      if (archiveId === null) return NONE;
      const [asked, configured] = await Promise.allSettled([
        client.call("sources.list", { archiveId }, { signal }),
        client.call("sources.configured", { archiveId }, { signal }),
      ]);
      return {
        asked: asked.status === "fulfilled" ? asked.value : NONE.asked,
        known: configured.status === "fulfilled" ? configured.value.sources : NONE.known,
      };
    },
    [client, archiveId],
  );
  const loaded = useLoaded(load);
  return loaded.status === "ready"
    ? { ...loaded.value, isRead: true }
    : { ...NONE, isRead: loaded.status === "failed" };
}

/** Names of all of them, each once. */
export function sourceNames({ asked, known }: SourcesAtHand): string[] {
  return [...new Set([...asked, ...known].map(({ source }) => source))];
}
