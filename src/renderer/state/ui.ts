/** What of the window is open right now. Nothing here outlives it. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { FacetName, RowRef } from "../../shared/contract.ts";
import type { ComposerDraft } from "../features/fetch/draft.ts";
import type { SendDraft } from "../features/send/send-draft.ts";
import type { Pause } from "../features/streams/following.ts";
import type { SubscriptionDraft } from "../features/streams/subscription-draft.ts";

export type InspectorTab = "preview" | "raw" | "metadata" | "request" | "history" | "compare";
export const INSPECTOR_TABS: readonly InspectorTab[] = ["preview", "raw", "metadata", "request", "history", "compare"];

/** The tables that the middle of the window can show. */
export type TableView = "responses" | "requests" | "sessions";
/** What the middle of the window shows: one of the tables, or the archive at a glance. */
export type MainView = TableView | "overview";

export type RailTab = "sessions" | "facets";

export type DialogState =
  | { readonly kind: "none" }
  | { readonly kind: "folder"; readonly purpose: "open" | "create" }
  | { readonly kind: "compose"; readonly draft: ComposerDraft }
  /** Writes what is to be sent, or shows it before it goes out. */
  | { readonly kind: "send"; readonly draft: SendDraft; readonly step: "write" | "review" }
  | { readonly kind: "subscribe"; readonly draft: SubscriptionDraft }
  /** `scope` is what is to be exported at first; null: what the person looks at. */
  | { readonly kind: "export"; readonly scope: "rows" | "session" | null }
  | { readonly kind: "import" }
  /** What an export or import left out. */
  | { readonly kind: "transfer-problems"; readonly jobId: string; readonly of: "export" | "import" }
  /** Asks before very many requests are sent again. */
  | { readonly kind: "refetch"; readonly rows: readonly RowRef[] }
  | {
      readonly kind: "palette" | "keys" | "settings" | "as-of" | "save-filter" | "saved-filters" | "payload-search";
    }
  /** Closing it leads `back`. */
  | { readonly kind: "sources"; readonly back: DialogState }
  /** Shows what a source would run, and goes on with `proceed` once that is allowed, else `back`. */
  | { readonly kind: "trust"; readonly source: string; readonly proceed: () => void; readonly back: DialogState }
  /** Asks whether the archive may be written, and goes on with `proceed` when it may. */
  | { readonly kind: "allow-writing"; readonly proceed: (() => void) | null };

export interface UiState {
  readonly link: "up" | "down";
  readonly dialog: DialogState;
  readonly inspectorTab: InspectorTab;
  /** How the raw view shows payloads; null: text as text, all else as hex. */
  readonly rawForm: "text" | "hex" | null;
  /** How the composer shows params. */
  readonly paramsFace: ComposerDraft["face"];
  /** The row that others are compared with; null: the response before each. */
  readonly compareWith: RowRef | null;
  /** The job whose page stands in the place of the rows; null: the rows. */
  readonly jobPage: string | null;
  /** Where the stream that stands there is held still; null: it is followed. */
  readonly streamPause: Pause | null;
  readonly view: MainView;
  /** The table that was shown last. */
  readonly lastTable: TableView;
  /** The session of the table that the keyboard moves from. */
  readonly activeSession: string | null;
  readonly railShown: boolean;
  readonly railTab: RailTab;
  /** Facets of which the rail shows only the heading. */
  readonly closedFacets: readonly FacetName[];
  /** What stands in the filter's field and is no condition yet. */
  readonly filterDraft: string;
  readonly jobsShown: boolean;
  /** The folder of the last export; null before the first. */
  readonly exportFolder: string | null;
  /** Where the last export went to; only where the page is in a browser. */
  readonly exportPlace: "download" | "folder";
  set(patch: Partial<Omit<UiState, "set" | "closeDialog">>): void;
  closeDialog(): void;
}

export function createUiStore(): StoreApi<UiState> {
  return createStore<UiState>((set) => ({
    link: "up",
    dialog: { kind: "none" },
    inspectorTab: "preview",
    rawForm: null,
    paramsFace: "form",
    compareWith: null,
    jobPage: null,
    streamPause: null,
    view: "responses",
    lastTable: "responses",
    activeSession: null,
    railShown: true,
    railTab: "sessions",
    closedFacets: [],
    filterDraft: "",
    jobsShown: false,
    exportFolder: null,
    exportPlace: "download",
    set: (patch) => set("jobPage" in patch ? { streamPause: null, ...patch } : patch),
    closeDialog: () => set({ dialog: { kind: "none" } }),
  }));
}
