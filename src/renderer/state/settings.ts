/** What the person set: theme, density, time zone, pane sizes, columns. Kept by the host. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Client } from "../../shared/client.ts";
import type { Settings, SettingsPatch } from "../../shared/contract.ts";
import { DEFAULT_SETTINGS } from "../../shared/default-settings.ts";

export interface SettingsState {
  readonly settings: Settings;
  /** Takes effect at once; rejects when the host could not keep it. */
  update(patch: SettingsPatch): Promise<void>;
  told(settings: Settings): void;
}

export function createSettingsStore(client: Pick<Client, "call">): StoreApi<SettingsState> {
  /** While an update is under way, what the host tells is older than what is shown. */
  let underWay = 0;
  return createStore<SettingsState>((set) => ({
    settings: DEFAULT_SETTINGS,
    async update(patch) {
      set((state) => ({ settings: { ...state.settings, ...definedOf(patch) } }));
      underWay += 1;
      try {
        await client.call("settings.update", patch);
      } finally {
        underWay -= 1;
      }
    },
    told(settings) {
      if (underWay === 0) set({ settings });
    },
  }));
}

function definedOf(patch: SettingsPatch): Partial<Settings> {
  return {
    ...(patch.theme === undefined ? {} : { theme: patch.theme }),
    ...(patch.density === undefined ? {} : { density: patch.density }),
    ...(patch.timeZone === undefined ? {} : { timeZone: patch.timeZone }),
    ...(patch.panes === undefined ? {} : { panes: patch.panes }),
    ...(patch.columnWidths === undefined ? {} : { columnWidths: patch.columnWidths }),
    ...(patch.columnOrder === undefined ? {} : { columnOrder: patch.columnOrder }),
    ...(patch.hiddenColumns === undefined ? {} : { hiddenColumns: patch.hiddenColumns }),
    ...(patch.tables === undefined ? {} : { tables: patch.tables }),
    ...(patch.groupByDay === undefined ? {} : { groupByDay: patch.groupByDay }),
    ...(patch.jsonForms === undefined ? {} : { jsonForms: patch.jsonForms }),
    ...(patch.savedFilters === undefined ? {} : { savedFilters: patch.savedFilters }),
  };
}
