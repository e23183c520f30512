/** `webContents`: messages both ways, and the app's say in where the page may go. */
import { EventEmitter } from "node:events";
import type { StandInHost } from "./host.ts";
import type { OnlyOf } from "./only-of.ts";
import { preventable } from "./preventable.ts";
import type { WindowPage } from "./window-page.ts";

type OfferedContents = Pick<Electron.WebContents, "getURL" | "isDestroyed" | "send" | "setWindowOpenHandler">;

/** The part of `WebFrameMain` by which a sender is judged. */
type StandInFrame = Pick<Electron.WebFrameMain, "url">;

/** Compiles only while this class has nothing that Electron's does not have. */
export type CheckedContents = OnlyOf<Electron.WebContents, keyof StandInWebContents>;

/** What a window does with the page in it. */
interface ContentsBacking {
  readonly host: StandInHost;
  /** The page, once it is there. */
  page(): Promise<WindowPage>;
}

export class StandInWebContents extends EventEmitter implements OfferedContents {
  readonly ipc = new EventEmitter();
  readonly session;
  readonly mainFrame: StandInFrame;
  readonly #backing: ContentsBacking;
  #url = "";
  #isDestroyed = false;
  #openHandler: ((details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse) | null = null;

  constructor(backing: ContentsBacking) {
    super();
    this.#backing = backing;
    this.session = backing.host.session;
    const contents = this;
    this.mainFrame = {
      get url() {
        return contents.getURL();
      },
    };
  }

  getURL(): string {
    return this.#url;
  }

  isDestroyed(): boolean {
    return this.#isDestroyed;
  }

  send(channel: string, ...args: unknown[]): void {
    if (this.#isDestroyed) throw new TypeError("Object has been destroyed");
    // Cloned first, because a structured clone refuses what JSON would quietly leave out.
    const text = JSON.stringify([channel, ...structuredClone(args)]);
    void this.#backing.page().then((page) => page.deliver(text));
  }

  setWindowOpenHandler(handler: (details: Electron.HandlerDetails) => Electron.WindowOpenHandlerResponse): void {
    this.#openHandler = handler;
  }

  /** The hooks of the page in the window; they belong to the stand-in, so they are no method that an app could call. */
  static pageHooks(contents: StandInWebContents) {
    const { server } = contents.#backing.host;
    return {
      mayNavigate(loopbackUrl: string, isMainFrame: boolean): boolean {
        const url = server.toScheme(loopbackUrl);
        const details = { url, isSameDocument: false, isMainFrame, frame: isMainFrame ? contents.mainFrame : null };
        const anyFrame = preventable(details);
        contents.emit("will-frame-navigate", anyFrame);
        if (anyFrame.defaultPrevented || !isMainFrame) return !anyFrame.defaultPrevented;
        const mainFrame = preventable(details);
        contents.emit("will-navigate", mainFrame, url);
        return !mainFrame.defaultPrevented;
      },
      navigated(url: string): void {
        contents.#url = url;
        contents.emit("did-navigate", preventable({}), url, 200, "OK");
      },
      mayOpen(loopbackUrl: string): boolean {
        const details = {
          url: server.toScheme(loopbackUrl),
          frameName: "",
          features: "",
          disposition: "foreground-tab",
          referrer: { url: "", policy: "default" },
        } as const;
        return contents.#openHandler?.(details).action !== "deny";
      },
      message(text: string, frameUrl: string | null): void {
        const senderFrame = frameUrl === null ? contents.mainFrame : { url: server.toScheme(frameUrl) };
        const [channel, ...args]: [string, ...unknown[]] = JSON.parse(text);
        contents.ipc.emit(channel, { senderFrame, sender: contents, type: "frame" }, ...args);
      },
      crashed(): void {
        contents.emit("render-process-gone", preventable({}), { reason: "crashed", exitCode: 1 });
      },
      destroyed(): void {
        contents.#isDestroyed = true;
        contents.emit("destroyed");
      },
    };
  }
}
