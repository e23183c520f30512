/**
 * Which keys do what. The page, its tooltips and cheat sheet, and the native menu all read this table; no key is written
 * down anywhere else. `Mod` is ⌘ on a Mac and Ctrl elsewhere; the first keys of an entry are the ones that are shown.
 */
export const SHORTCUTS = {
  open: ["Mod+O"],
  // Some browsers keep Ctrl+N to themselves.
  "new-fetch": ["Mod+N", "Alt+N"],
  refetch: ["Mod+R"],
  "save-payload": ["Mod+S"],
  export: ["Mod+E"],
  filter: ["/", "Mod+F"],
  palette: ["Mod+K"],
  settings: ["Mod+,"],
  overview: ["Alt+O"],
  "as-of": ["Alt+T"],
  shortcuts: ["?"],
  send: ["Mod+Enter"],
  inspect: ["Enter"],
  back: ["Escape"],
  "select-all": ["Mod+A"],
  "toggle-row": ["Mod+Space"],
  "row-menu": ["Shift+F10", "ContextMenu"],
  "remove-condition": ["Delete", "Backspace"],
  "hide-value": ["Alt+Enter"],
  widen: ["Alt+ArrowRight"],
  narrow: ["Alt+ArrowLeft"],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export type ShortcutId = keyof typeof SHORTCUTS;

/** The keys of an entry, the shown ones first; empty for what has none. */
export function keysOf(id: string): readonly string[] {
  return isShortcutId(id) ? SHORTCUTS[id] : [];
}

function isShortcutId(id: string): id is ShortcutId {
  return Object.hasOwn(SHORTCUTS, id);
}

/** What of a keyboard event decides which shortcut it is. */
export interface Pressed {
  readonly key: string;
  /** The key's place on the keyboard (`KeyN`). */
  readonly code?: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** True when exactly these keys (`Mod+K`) were pressed. */
export function matchesKeys(keys: string, pressed: Pressed, isApple: boolean): boolean {
  const { key, modifiers } = parts(keys);
  const name = nameOf(pressed, isApple);
  if (name.toLowerCase() !== key.toLowerCase()) return false;
  const [primary, other] = isApple ? [pressed.metaKey, pressed.ctrlKey] : [pressed.ctrlKey, pressed.metaKey];
  if (primary !== modifiers.has("Mod") || other || pressed.altKey !== modifiers.has("Alt")) return false;
  // Where a sign is on the keyboard differs: on some, `/` and `?` need Shift, on others not.
  return isSign(key) || pressed.shiftKey === modifiers.has("Shift");
}

/** On a Mac, Option makes another sign of a letter (⌥N is a dead ˜), so there the letter is known by its place. */
function nameOf({ key, code = "", altKey }: Pressed, isApple: boolean): string {
  if (key === " ") return "Space";
  return (isApple && altKey && /^Key([A-Z])$/.exec(code)?.[1]) || key;
}

/** Keys as people read them: `Ctrl+K`, or `⌘K` where that is the custom. */
export function spokenKeys(keys: string, isApple: boolean): string {
  const { key, modifiers } = parts(keys);
  const spoken = [...modifiers].map((modifier) => (isApple ? APPLE_MODIFIERS[modifier] : PLAIN_MODIFIERS[modifier]));
  return [...spoken, KEY_NAMES[key] ?? key].join(isApple ? "" : "+");
}

/** Keys as Electron's menus take them: `CmdOrCtrl+K`. */
export function acceleratorOf(keys: string): string {
  return keys.replace("Mod+", "CmdOrCtrl+");
}

type Modifier = "Mod" | "Alt" | "Shift";
const PLAIN_MODIFIERS: Readonly<Record<Modifier, string>> = { Mod: "Ctrl", Alt: "Alt", Shift: "Shift" };
const APPLE_MODIFIERS: Readonly<Record<Modifier, string>> = { Mod: "⌘", Alt: "⌥", Shift: "⇧" };
const KEY_NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: "←",
  ArrowRight: "→",
  ArrowUp: "↑",
  ArrowDown: "↓",
  PageUp: "Page Up",
  PageDown: "Page Down",
  Escape: "Esc",
  ContextMenu: "Menu key",
};

function parts(keys: string): { readonly key: string; readonly modifiers: ReadonlySet<Modifier> } {
  const names = keys.split("+");
  const key = names.pop() ?? "";
  return { key, modifiers: new Set(names.filter((name) => name === "Mod" || name === "Alt" || name === "Shift")) };
}

function isSign(key: string): boolean {
  return key.length === 1 && !/[a-z0-9]/i.test(key);
}
