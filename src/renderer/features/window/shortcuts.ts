/** Keys that work everywhere in the window. */
import { useEffect } from "react";
import type { App } from "../../state/app.ts";
import { newFetch, refetch, savePayload } from "../../state/commands.ts";

const isApple = /mac|iphone|ipad/i.test(globalThis.navigator?.userAgent ?? "");

/** `Ctrl+R`, or `⌘R` where that is the custom. */
export function shortcut(key: string): string {
  return isApple ? `⌘${key}` : `Ctrl+${key}`;
}

/**
 * Ctrl (or ⌘) with R, N or S while an archive is open. Some browsers keep Ctrl+N to themselves, so Alt+N does the same.
 * Open dialogs and menus get their keys first.
 */
export function useShortcuts(app: App): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const command = commandOf(event);
      if (command === null || app.archives.getState().archive === null) return;
      // Also under a dialog: a reload of the page or the browser's save dialog is never what was meant.
      event.preventDefault();
      if (event.repeat || app.ui.getState().dialog.kind !== "none") return;
      command(app);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [app]);
}

function commandOf(event: KeyboardEvent): ((app: App) => void) | null {
  if (event.shiftKey) return null;
  const primary = (isApple ? event.metaKey : event.ctrlKey) && !event.altKey;
  const key = event.key.toLowerCase();
  if (key === "n" && (primary || (event.altKey && !event.ctrlKey && !event.metaKey))) return (app) => newFetch(app);
  if (!primary) return null;
  if (key === "r") return (app) => refetch(app);
  return key === "s" ? (app) => savePayload(app) : null;
}
