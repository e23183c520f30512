/** What a setting can be, in words; the settings dialog, the palette and the header's buttons say the same. */
import type { Settings } from "../../../shared/contract.ts";

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

export const THEMES: readonly Choice<Settings["theme"]>[] = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "contrast", label: "High contrast" },
];

export const DENSITIES: readonly Choice<Settings["density"]>[] = [
  { value: "compact", label: "Compact" },
  { value: "normal", label: "Normal" },
  { value: "comfortable", label: "Comfortable" },
];

export const TIME_ZONES: readonly Choice<Settings["timeZone"]>[] = [
  { value: "utc", label: "UTC" },
  { value: "local", label: "Local time" },
];

/** A choice as it stands within a sentence. */
export function spokenChoice<T extends string>(choices: readonly Choice<T>[], value: T): string {
  return choices.find((choice) => choice.value === value)?.label.toLowerCase() ?? value;
}

/** Row heights in CSS pixels; `--row` in the tokens is the same. */
export const ROW_HEIGHTS: Readonly<Record<Settings["density"], number>> = { compact: 24, normal: 28, comfortable: 32 };
