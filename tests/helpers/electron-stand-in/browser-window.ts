/** `BrowserWindow`: a window that nobody sees, with a page of Chromium in it. */
import { EventEmitter } from "node:events";
import type { StandInHost } from "./host.ts";
import type { OnlyOf } from "./only-of.ts";
import { preventable } from "./preventable.ts";
import { StandInWebContents } from "./web-contents.ts";
import { WindowPage } from "./window-page.ts";

type OfferedWindow = Pick<
  Electron.BrowserWindow,
  | "close"
  | "focus"
  | "getBounds"
  | "getNormalBounds"
  | "isDestroyed"
  | "isFocused"
  | "isFullScreen"
  | "isMaximized"
  | "isMinimized"
  | "isVisible"
  | "loadURL"
  | "maximize"
  | "minimize"
  | "restore"
  | "setBackgroundColor"
  | "setBounds"
  | "show"
  | "unmaximize"
>;

/** Compiles only while this class has nothing that Electron's does not have. */
export type CheckedWindow = OnlyOf<Electron.BrowserWindow, keyof StandInBrowserWindow>;

/** Windows that are open. */
export type OpenWindows = Set<StandInBrowserWindow>;

export class StandInBrowserWindow extends EventEmitter implements OfferedWindow {
  readonly webContents: StandInWebContents;
  readonly #host: StandInHost;
  readonly #windows: OpenWindows;
  readonly #options: Electron.BrowserWindowConstructorOptions;
  readonly #hooks: ReturnType<typeof StandInWebContents.pageHooks>;
  #page: Promise<WindowPage> | null = null;
  #hasCrashed = false;
  #normal: Electron.Rectangle;
  #state: "normal" | "maximized" | "minimized" = "normal";
  #isVisible: boolean;
  #isFocused = false;
  #isDestroyed = false;
  #background: string;

  constructor(host: StandInHost, windows: OpenWindows, options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.#host = host;
    this.#windows = windows;
    this.#options = options;
    this.#isVisible = options.show ?? true;
    this.#background = options.backgroundColor ?? "#FFF";
    const { x = 0, y = 0, width = 800, height = 600 } = options;
    this.#normal = this.#atLeastMinimum({ x, y, width, height });
    this.webContents = new StandInWebContents({ host, page: () => this.#openPage() });
    this.#hooks = StandInWebContents.pageHooks(this.webContents);
    host.nativeTheme.on("updated", this.#onTheme);
    windows.add(this);
  }

  async loadURL(url: string): Promise<void> {
    this.#assertAlive();
    const { server, chromium, session } = this.#host;
    const loopbackUrl = await server.toLoopback(url);
    if (this.#hasCrashed) {
      // The driver cannot use a crashed page again; Electron starts another process for the same one.
      this.#hasCrashed = false;
      void this.#page?.then((page) => page.close());
      this.#page = null;
    }
    const page = await this.#openPage();
    await session.grant(await chromium.context(), url, new URL(loopbackUrl).origin);
    await page.load(loopbackUrl);
    this.emit("ready-to-show");
  }

  show(): void {
    this.#assertAlive();
    this.#isVisible = true;
    this.emit("show");
    this.focus();
  }

  isVisible(): boolean {
    return this.#isVisible;
  }

  focus(): void {
    this.#assertAlive();
    if (!this.#isVisible || this.#isFocused) return;
    this.#isFocused = true;
    this.emit("focus");
  }

  isFocused(): boolean {
    return this.#isFocused;
  }

  maximize(): void {
    this.#enter("maximized", "maximize");
  }

  isMaximized(): boolean {
    return this.#state === "maximized";
  }

  unmaximize(): void {
    if (this.#state === "maximized") this.#enter("normal", "unmaximize");
  }

  minimize(): void {
    this.#isFocused = false;
    this.#enter("minimized", "minimize");
  }

  isMinimized(): boolean {
    return this.#state === "minimized";
  }

  restore(): void {
    if (this.#state === "minimized") this.#enter("normal", "restore");
  }

  isFullScreen(): boolean {
    return false;
  }

  getBounds(): Electron.Rectangle {
    this.#assertAlive();
    return { ...(this.#state === "maximized" ? this.#host.workArea : this.#normal) };
  }

  getNormalBounds(): Electron.Rectangle {
    this.#assertAlive();
    return { ...this.#normal };
  }

  setBounds(bounds: Partial<Electron.Rectangle>): void {
    this.#assertAlive();
    const before = this.#normal;
    this.#state = "normal";
    this.#normal = this.#atLeastMinimum({ ...before, ...bounds });
    if (before.x !== this.#normal.x || before.y !== this.#normal.y) this.emit("move");
    if (before.width !== this.#normal.width || before.height !== this.#normal.height) this.#resized();
  }

  setBackgroundColor(color: string): void {
    this.#assertAlive();
    this.#background = color;
  }

  getBackgroundColor(): string {
    return this.#background;
  }

  close(): void {
    this.#assertAlive();
    const event = preventable({});
    this.emit("close", event);
    if (!event.defaultPrevented) this.#destroyed();
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  #openPage(): Promise<WindowPage> {
    if (this.#page !== null) return this.#page;
    const opened: Promise<WindowPage> = this.#host.chromium.context().then((context) =>
      WindowPage.open(
        context,
        {
          preload: this.#options.webPreferences?.preload,
          size: this.getBounds(),
          colorScheme: this.#host.nativeTheme.shouldUseDarkColors ? "dark" : "light",
        },
        {
          ...this.#hooks,
          navigated: (url) => this.#hooks.navigated(this.#host.server.toScheme(url)),
          crashed: () => {
            this.#hasCrashed = true;
            this.#hooks.crashed();
          },
          closed: () => {
            if (this.#page === opened) this.#destroyed();
          },
          problem: (text) => this.#host.problem(text),
        },
      ),
    );
    this.#page = opened;
    return opened;
  }

  #destroyed(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#windows.delete(this);
    this.#host.nativeTheme.off("updated", this.#onTheme);
    this.#hooks.destroyed();
    this.emit("closed");
    void this.#page?.then((page) => page.close());
    if (this.#windows.size === 0) this.#host.allWindowsClosed();
  }

  #enter(state: "normal" | "maximized" | "minimized", event: string): void {
    this.#assertAlive();
    if (this.#state === state) return;
    this.#state = state;
    this.emit(event);
    if (state !== "minimized") this.#resized();
  }

  #resized(): void {
    this.emit("resize");
    const size = this.getBounds();
    void this.#page?.then((page) => page.resize(size));
  }

  readonly #onTheme = (): void => {
    const colorScheme = this.#host.nativeTheme.shouldUseDarkColors ? "dark" : "light";
    void this.#page?.then((page) => page.setColorScheme(colorScheme));
  };

  #atLeastMinimum(bounds: Electron.Rectangle): Electron.Rectangle {
    const { minWidth = 0, minHeight = 0 } = this.#options;
    return { ...bounds, width: Math.max(bounds.width, minWidth), height: Math.max(bounds.height, minHeight) };
  }

  #assertAlive(): void {
    if (this.#isDestroyed) throw new TypeError("Object has been destroyed");
  }
}
