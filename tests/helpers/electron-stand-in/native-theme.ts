/** The theme that pages see as `prefers-color-scheme`. */
import { EventEmitter } from "node:events";

type ThemeSource = Electron.NativeTheme["themeSource"];
type Offered = Pick<Electron.NativeTheme, "themeSource" | "shouldUseDarkColors">;

export class StandInNativeTheme extends EventEmitter implements Offered {
  readonly #system: "light" | "dark";
  #source: ThemeSource = "system";

  /** @param system the theme of the system that the app pretends to run on. */
  constructor(system: "light" | "dark") {
    super();
    this.#system = system;
  }

  get themeSource(): ThemeSource {
    return this.#source;
  }

  set themeSource(source: ThemeSource) {
    if (source === this.#source) return;
    this.#source = source;
    this.emit("updated");
  }

  get shouldUseDarkColors(): boolean {
    return (this.#source === "system" ? this.#system : this.#source) === "dark";
  }
}
