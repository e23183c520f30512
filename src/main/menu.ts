/** The application menu: what the system does by roles, and what the page does by commands. */
import type { MenuItemConstructorOptions } from "electron";
import type { MenuCommand } from "../shared/contract.ts";
import { acceleratorOf, keysOf } from "../shared/shortcuts.ts";

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  /** Developer tools are offered as long as the app is not packaged. */
  readonly isPackaged: boolean;
  /** Hears which command was chosen. */
  readonly onCommand: (command: MenuCommand) => void;
}

/**
 * The menu's template. A command's item has the command as its id. There is no item that reloads the page: Ctrl+R fetches
 * again.
 */
export function menuTemplate({ platform, isPackaged, onCommand }: MenuOptions): MenuItemConstructorOptions[] {
  const isMac = platform === "darwin";
  const command = (id: MenuCommand, label: string): MenuItemConstructorOptions => {
    const [keys] = keysOf(id);
    return { id, label, ...acceleration(keys), click: () => onCommand(id) };
  };
  const separator: MenuItemConstructorOptions = { type: "separator" };
  const file: MenuItemConstructorOptions[] = [
    command("open", "Open Archive…"),
    command("create", "New Archive…"),
    command("close-archive", "Close Archive"),
    separator,
    command("new-fetch", "New Fetch…"),
    command("subscribe", "Subscribe to a Stream…"),
    command("refetch", "Re-fetch"),
    separator,
    command("save-payload", "Save Payload…"),
    command("export", "Export…"),
    command("import", "Import…"),
    separator,
    command("settings", "Settings…"),
    separator,
    { role: isMac ? "close" : "quit" },
  ];
  const view: MenuItemConstructorOptions[] = [
    command("palette", "Commands…"),
    separator,
    command("toggle-theme", "Toggle Theme"),
    separator,
    { role: "resetZoom" },
    { role: "zoomIn" },
    { role: "zoomOut" },
    separator,
    { role: "togglefullscreen" },
    ...(isPackaged ? [] : [separator, { role: "toggleDevTools" } as const]),
  ];
  return [
    ...(isMac ? [{ role: "appMenu" } as const] : []),
    { label: "&File", submenu: file },
    { role: "editMenu" },
    { label: "&View", submenu: view },
    { role: "windowMenu" },
    { label: "&Help", role: "help", submenu: [command("shortcuts", "Keyboard Shortcuts")] },
  ];
}

/** A key without a modifier stays with the page: a menu would take it out of every text field. */
function acceleration(keys: string | undefined): { readonly accelerator?: string } {
  return keys?.includes("+") === true ? { accelerator: acceleratorOf(keys) } : {};
}
