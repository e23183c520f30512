/** How components reach the app's state. */
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import type { App } from "./app.ts";
import type { ArchivesState } from "./archives.ts";
import type { DetailState } from "./detail.ts";
import type { FacetsState } from "./filter-facets.ts";
import type { FilterIndexState } from "./filter-index.ts";
import type { JobsState } from "./jobs.ts";
import type { RequestListState, SessionTableState } from "./main-lists.ts";
import type { RowsState } from "./rows.ts";
import type { RunState } from "./run.ts";
import type { SelectionState } from "./selection.ts";
import type { SessionsState } from "./sessions.ts";
import type { SettingsState } from "./settings.ts";
import type { UiState } from "./ui.ts";

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("A component that needs the app stands outside of its context");
  return app;
}

export function useArchives<T>(selector: (state: ArchivesState) => T): T {
  return useStore(useApp().archives, selector);
}
export function useSessions<T>(selector: (state: SessionsState) => T): T {
  return useStore(useApp().sessions, selector);
}
export function useRows<T>(selector: (state: RowsState) => T): T {
  return useStore(useApp().rows, selector);
}
export function useRequests<T>(selector: (state: RequestListState) => T): T {
  return useStore(useApp().requests, selector);
}
export function useSessionTable<T>(selector: (state: SessionTableState) => T): T {
  return useStore(useApp().sessionTable, selector);
}
export function useFilterIndex<T>(selector: (state: FilterIndexState) => T): T {
  return useStore(useApp().filterIndex, selector);
}
export function useFacetsState<T>(selector: (state: FacetsState) => T): T {
  return useStore(useApp().facets, selector);
}
export function useSelection<T>(selector: (state: SelectionState) => T): T {
  return useStore(useApp().selection, selector);
}
export function useDetail<T>(selector: (state: DetailState) => T): T {
  return useStore(useApp().detail, selector);
}
export function useJobs<T>(selector: (state: JobsState) => T): T {
  return useStore(useApp().jobs, selector);
}
export function useRun<T>(selector: (state: RunState) => T): T {
  return useStore(useApp().run, selector);
}
export function useSettings<T>(selector: (state: SettingsState) => T): T {
  return useStore(useApp().settings, selector);
}
export function useUi<T>(selector: (state: UiState) => T): T {
  return useStore(useApp().ui, selector);
}

/** UTC or the reader's zone. */
export function useTimeZone(): "utc" | "local" {
  return useSettings((state) => state.settings.timeZone);
}
