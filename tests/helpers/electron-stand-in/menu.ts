/** The application menu as data. Roles and accelerators do nothing; items are chosen by id. */
import type { MenuItemConstructorOptions } from "electron";

export class StandInMenuItem {
  readonly id: string;
  readonly label: string;
  readonly role: MenuItemConstructorOptions["role"];
  readonly submenu: StandInMenu | undefined;
  readonly #options: MenuItemConstructorOptions;

  constructor(options: MenuItemConstructorOptions) {
    this.#options = options;
    this.id = options.id ?? "";
    this.label = options.label ?? "";
    this.role = options.role;
    this.submenu = Array.isArray(options.submenu) ? StandInMenu.buildFromTemplate(options.submenu) : undefined;
  }

  /** Chooses the item, as the pointer does. */
  click(): void {
    // What Electron hands over (item, window, key state) is of no use to an item that only sends its command.
    const { click } = this.#options;
    if (click !== undefined) Reflect.apply(click, undefined, [this]);
  }
}

export class StandInMenu {
  static #application: StandInMenu | null = null;
  readonly items: StandInMenuItem[] = [];

  static buildFromTemplate(template: readonly MenuItemConstructorOptions[]): StandInMenu {
    const menu = new StandInMenu();
    menu.items.push(...template.map((options) => new StandInMenuItem(options)));
    return menu;
  }

  static setApplicationMenu(menu: StandInMenu | null): void {
    StandInMenu.#application = menu;
  }

  static getApplicationMenu(): StandInMenu | null {
    return StandInMenu.#application;
  }

  /** Looks in submenus too, as Electron does. */
  getMenuItemById(id: string): StandInMenuItem | null {
    for (const item of this.items) {
      const found = item.id === id ? item : (item.submenu?.getMenuItemById(id) ?? null);
      if (found !== null) return found;
    }
    return null;
  }
}
