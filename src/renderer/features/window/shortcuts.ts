/** Keys as this person's keyboard has them: what a shortcut is called here, and whether it was pressed. */
import { keysOf, matchesKeys, type Pressed, type ShortcutId, spokenKeys } from "../../../shared/shortcuts.ts";

const isApple = /mac|iphone|ipad/i.test(globalThis.navigator?.userAgent ?? "");

/** The first keys of a shortcut in words: `Ctrl+R`, or `⌘R` where that is the custom. */
export function shortcut(id: ShortcutId): string {
  return spokenShortcuts(id)[0] ?? "";
}

/** All keys of a shortcut in words; empty for what has none. */
export function spokenShortcuts(id: string): readonly string[] {
  return keysOf(id).map(spoken);
}

export function spoken(keys: string): string {
  return spokenKeys(keys, isApple);
}

/** True when the keys of this shortcut, and no others, were pressed. */
export function isPressed(event: Pressed, id: string): boolean {
  return pressedKeys(event, id) !== undefined;
}

/** Which keys of a shortcut were pressed; undefined when none were. */
export function pressedKeys(event: Pressed, id: string): string | undefined {
  return keysOf(id).find((keys) => matchesKeys(keys, event, isApple));
}
