/** What the palette offers: the commands that can do something now, and the archives that were open before. */
import type { FoundRow } from "../../../shared/contract.ts";
import { visibleText } from "../../format/visible-text.ts";
import type { App } from "../../state/app.ts";
import { applyFilterText } from "../../state/filter.ts";
import { goToFound } from "../../state/finding.ts";
import { spokenShortcuts } from "../window/shortcuts.ts";
import { COMMAND_GROUPS, COMMANDS } from "./command-table.ts";

export interface PaletteEntry {
  readonly id: string;
  readonly title: string;
  /** Further words that it is found by. */
  readonly words: string;
  /** What stands at its end: the keys, or where an archive is. */
  readonly note: string;
  run(): void;
}

export interface PaletteGroup {
  readonly value: string;
  readonly items: readonly PaletteEntry[];
}

export function paletteGroups(app: App): PaletteGroup[] {
  const groups = COMMAND_GROUPS.map((group) => ({
    value: group,
    items: COMMANDS.filter((command) => command.group === group && command.id !== "palette" && command.when(app)).map(
      ({ id, title, words = "", run }) => ({
        id,
        title,
        words: `${group} ${words}`,
        note: spokenShortcuts(id)[0] ?? "",
        run: () => run(app),
      }),
    ),
  }));
  const saved = { value: "Saved filters", items: savedEntries(app) };
  return [...groups, saved, { value: "Recent archives", items: recentEntries(app) }].filter(
    ({ items }) => items.length > 0,
  );
}

/** What the typed id stands for, to be gone to. */
export function foundGroup(app: App, found: readonly FoundRow[]): PaletteGroup {
  return {
    value: "Go to",
    items: found.map((one) => ({
      id: `found:${one.type}:${one.id}`,
      title: FOUND_TITLES[one.type],
      words: "",
      note: visibleText(one.id),
      run: () => void app.attempt("It could not be shown", () => goToFound(app, one)),
    })),
  };
}

const FOUND_TITLES: Readonly<Record<FoundRow["type"], string>> = {
  session: "Session",
  request: "Newest response of the request",
  response: "Response",
  resolution: "Ask",
  payload: "Newest response with this payload",
};

function savedEntries(app: App): PaletteEntry[] {
  if (app.archives.getState().archive === null) return [];
  return Object.entries(app.settings.getState().settings.savedFilters).map(([name, text]) => ({
    id: `saved-filter:${name}`,
    title: visibleText(name),
    words: `apply saved filter ${text}`,
    note: visibleText(text),
    run: () => applyFilterText(app, text),
  }));
}

function recentEntries(app: App): PaletteEntry[] {
  const { recent, archive, open } = app.archives.getState();
  return recent
    .filter(({ path, exists }) => exists && path !== archive?.path)
    .map(({ path, name }) => ({
      id: `recent:${path}`,
      title: visibleText(name),
      words: `open recent archive ${path}`,
      note: visibleText(path),
      run: () => void open(path),
    }));
}

/** True when every word that was typed is found in the entry. */
export function isFound(entry: PaletteEntry, typed: string): boolean {
  // Found by its id, which is what was typed.
  if (entry.id.startsWith("found:")) return true;
  const text = `${entry.title} ${entry.words}`.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
