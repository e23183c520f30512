/**
 * What a person chose: theme, density, time zone, pane sizes, columns, saved filters. One file in the app's data folder.
 */
import { join } from "node:path";
import { z } from "zod";
import { jsonForms, type Settings, type SettingsPatch, savedFilters, tableSettings } from "../shared/contract.ts";
import { DEFAULT_SETTINGS } from "../shared/default-settings.ts";
import { JsonFile } from "./json-file.ts";

const schema: z.ZodType<Settings> = z.object({
  theme: z.enum(["system", "light", "dark", "contrast"]).default(DEFAULT_SETTINGS.theme),
  density: z.enum(["compact", "normal", "comfortable"]).default(DEFAULT_SETTINGS.density),
  timeZone: z.enum(["utc", "local"]).default(DEFAULT_SETTINGS.timeZone),
  panes: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  columnWidths: z.record(z.string(), z.number()).default({}),
  columnOrder: z.array(z.string()).default([]),
  hiddenColumns: z.array(z.string()).default([]),
  tables: tableSettings.default(DEFAULT_SETTINGS.tables),
  groupByDay: z.boolean().default(DEFAULT_SETTINGS.groupByDay),
  jsonForms: jsonForms.default(DEFAULT_SETTINGS.jsonForms),
  savedFilters: savedFilters.default({}),
});

export class SettingsStore {
  readonly #file: JsonFile<Settings>;
  #current: Settings;

  private constructor(file: JsonFile<Settings>, current: Settings) {
    this.#file = file;
    this.#current = current;
  }

  static async load(dataDirectory: string): Promise<SettingsStore> {
    const file = new JsonFile(join(dataDirectory, "settings.json"), schema);
    return new SettingsStore(file, (await file.read()) ?? DEFAULT_SETTINGS);
  }

  get current(): Settings {
    return this.#current;
  }

  /** Changes what the patch names; sizes are merged key by key. */
  async update(patch: SettingsPatch): Promise<Settings> {
    const { current } = this;
    this.#current = {
      theme: patch.theme ?? current.theme,
      density: patch.density ?? current.density,
      timeZone: patch.timeZone ?? current.timeZone,
      panes: { ...current.panes, ...patch.panes },
      columnWidths: { ...current.columnWidths, ...patch.columnWidths },
      columnOrder: patch.columnOrder ?? current.columnOrder,
      hiddenColumns: patch.hiddenColumns ?? current.hiddenColumns,
      tables: patch.tables ?? current.tables,
      groupByDay: patch.groupByDay ?? current.groupByDay,
      jsonForms: patch.jsonForms ?? current.jsonForms,
      savedFilters: patch.savedFilters ?? current.savedFilters,
    };
    await this.#file.write(this.#current);
    return this.#current;
  }
}
