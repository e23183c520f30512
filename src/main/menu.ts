/** The application menu: what the system does by roles, and what the page does by commands. */
import type { MenuItemConstructorOptions } from "electron";
import type { MenuCommand } from "../shared/contract.ts";

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
  const command = (id: MenuCommand, label: string, accelerator?: string): MenuItemConstructorOptions => ({
    id,
    label,
    ...(accelerator !== undefined && { accelerator }),
    click: () => onCommand(id),
  });
  const separator: MenuItemConstructorOptions = { type: "separator" };
  const file: MenuItemConstructorOptions[] = [
    command("open", "Open Archive…", "CmdOrCtrl+O"),
    command("create", "New Archive…"),
    command("close-archive", "Close Archive"),
    separator,
    command("new-fetch", "New Fetch…", "CmdOrCtrl+N"),
    command("refetch", "Re-fetch", "CmdOrCtrl+R"),
    separator,
    command("save-payload", "Save Payload…", "CmdOrCtrl+S"),
    separator,
    { role: isMac ? "close" : "quit" },
  ];
  const view: MenuItemConstructorOptions[] = [
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
  ];
}
