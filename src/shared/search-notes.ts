/** What a filter cannot find as things stand, in words for whoever wrote it. Pure. */
import type { RowFilter } from "@mxm/dataio";
import type { IndexState } from "./contract.ts";

/** Characters of the shortest text that is looked for in requests, metadata and payloads. */
export const SHORTEST_SEARCH = 3;

/** One sentence each; none where everything that is asked for is looked for everywhere. */
export function searchNotes(filter: RowFilter, index: IndexState | null): string[] {
  const texts = filter.flatMap((term) => (term.key === "text" || term.key === "payload" ? [term] : []));
  const isShort = (value: string) => [...value].length < SHORTEST_SEARCH;
  const notes: string[] = [];
  const short = texts.filter(({ value }) => isShort(value));
  if (short.some(({ key }) => key === "text")) {
    notes.push("Texts of one or two characters are looked for in sources, kinds, methods, states and types only.");
  }
  if (short.some(({ key }) => key === "payload"))
    notes.push("In payloads, texts of three characters or more are found.");
  if (index?.state !== "ready") return notes;
  const searched = texts.filter(({ value }) => !isShort(value));
  if (searched.some(({ key }) => key === "text") && !index.searchesText) {
    notes.push(
      `Only sources, kinds, methods, states, types and ids are searched until the texts of ${index.searchPending.toLocaleString("en")} more rows are read.`,
    );
  }
  if (searched.some(({ key }) => key === "payload")) notes.push(...payloadNotes(index.payloadText));
  return notes;
}

function payloadNotes(state: Extract<IndexState, { readonly state: "ready" }>["payloadText"]): string[] {
  switch (state.state) {
    case "off":
      return ["Contents of payloads are not searched in this archive; “Search in payloads…” switches it on."];
    case "failed":
      return [`Contents of payloads cannot be searched: ${state.reason}`];
    case "on": {
      const left = state.total - state.done;
      const notes: string[] = [];
      if (left > 0) notes.push(`Payloads of ${left.toLocaleString("en")} more rows are still being read.`);
      if (state.cut > 0) {
        notes.push(
          `Of ${state.cut.toLocaleString("en")} large payloads only the beginning is searched (${state.maxBytes / 1_024} KiB).`,
        );
      }
      return notes;
    }
  }
}
