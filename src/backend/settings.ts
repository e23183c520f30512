/**
 * What a person chose: theme, time zone, pane sizes, column widths. One file in the app's data folder.
 */
import { join } from "node:path";
import { z } from "zod";
import type { Settings, SettingsPatch } from "../shared/contract.ts";
import { JsonFile } from "./json-file.ts";

const DEFAULTS: Settings = { theme: "system", timeZone: "utc", panes: {}, columnWidths: {} };

const schema: z.ZodType<Settings> = z.object({
  theme: z.enum(["system", "light", "dark"]).default(DEFAULTS.theme),
  timeZone: z.enum(["utc", "local"]).default(DEFAULTS.timeZone),
  panes: z.record(z.string(), z.record(z.string(), z.number())).default({}),
  columnWidths: z.record(z.string(), z.number()).default({}),
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
    return new SettingsStore(file, (await file.read()) ?? DEFAULTS);
  }

  get current(): Settings {
    return this.#current;
  }

  /** Changes what the patch names; maps are merged key by key. */
  async update(patch: SettingsPatch): Promise<Settings> {
    const { current } = this;
    this.#current = {
      theme: patch.theme ?? current.theme,
      timeZone: patch.timeZone ?? current.timeZone,
      panes: { ...current.panes, ...patch.panes },
      columnWidths: { ...current.columnWidths, ...patch.columnWidths },
    };
    await this.#file.write(this.#current);
    return this.#current;
  }
}
