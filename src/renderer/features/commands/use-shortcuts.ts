/** Keys that work everywhere in the window. */
import { useEffect } from "react";
import type { App } from "../../state/app.ts";
import { isPressed, pressedKeys } from "../window/shortcuts.ts";
import { COMMANDS, type Command } from "./command-table.ts";

/** Runs the command whose keys are pressed. Open dialogs, menus and text fields get their keys first. */
export function useShortcuts(app: App): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      // All of the window, buttons and tables, is never what was meant.
      if (isPressed(event, "select-all") && !takesText(event.target)) event.preventDefault();
      const [command, keys] = commandOf(event) ?? [];
      if (command === undefined || keys === undefined || event.defaultPrevented) return;
      const bare = !keys.includes("+");
      if (bare && takesText(event.target)) return;
      const { dialog, closeDialog } = app.ui.getState();
      const able = dialog.kind === "none" && command.when(app);
      // With an archive open also when it cannot be done now: a reload of the page or the browser's save dialog is never
      // what was meant. A search of the page is, as long as there is nothing of our own to search with.
      if (app.archives.getState().archive !== null && !bare && command.id !== "filter") event.preventDefault();
      if (event.repeat) return;
      if (dialog.kind === "palette" && command.id === "palette") closeDialog();
      if (!able) return;
      event.preventDefault();
      command.run(app);
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [app]);
}

function commandOf(event: KeyboardEvent): readonly [Command, string] | null {
  for (const command of COMMANDS) {
    const keys = pressedKeys(event, command.id);
    if (keys !== undefined) return [command, keys];
  }
  return null;
}

/** Where a letter is a letter. */
function takesText(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("input, textarea, select, [contenteditable=true], [role=menu]") !== null
  );
}
