/** The page in a window: opens it in Chromium, watches what it wants to do, and carries messages both ways in order. */
import { readFileSync } from "node:fs";
import type { BrowserContext, CDPSession, Page } from "playwright";
import { CALL_HOST, CALL_PAGE, preloadScript } from "./preload-world.ts";

/** What the window has to say to what its page does. URLs are those of the loopback server. */
export interface PageEvents {
  /** A document wants to load that the host did not ask for; false refuses it. */
  mayNavigate(url: string, isMainFrame: boolean): boolean;
  /** Another document is in the main frame. */
  navigated(url: string): void;
  /** The page opened a window; false closes it at once. */
  mayOpen(url: string): boolean;
  /** The page called its host from the main frame, or from the frame that shows `frameUrl`. */
  message(text: string, frameUrl: string | null): void;
  crashed(): void;
  closed(): void;
  /** An error on the console, or one that nobody caught. */
  problem(text: string): void;
}

export interface PageSetup {
  /** Absolute path of a CommonJS preload. */
  readonly preload: string | undefined;
  readonly size: { readonly width: number; readonly height: number };
  readonly colorScheme: "light" | "dark";
}

export class WindowPage {
  readonly #page: Page;
  readonly #session: CDPSession;
  readonly #mainFrameId: string;
  readonly #events: PageEvents;
  #outgoing: string[] = [];
  #isDelivering = false;
  /** What frames within the page show, by the driver's id of the frame. */
  readonly #frameUrls = new Map<string, string>();
  /** Main-frame documents that the host asked for and that have not been requested yet. */
  #expected = 0;

  private constructor(page: Page, session: CDPSession, mainFrameId: string, events: PageEvents) {
    this.#page = page;
    this.#session = session;
    this.#mainFrameId = mainFrameId;
    this.#events = events;
  }

  static async open(context: BrowserContext, setup: PageSetup, events: PageEvents): Promise<WindowPage> {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") events.problem(`console: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => events.problem(`uncaught: ${error.stack ?? error.message}`));
    page.on("crash", () => events.crashed());
    page.on("close", () => events.closed());
    page.on("popup", (popup) => {
      if (!events.mayOpen(popup.url())) popup.close().catch(ignoreClosed);
    });
    await page.setViewportSize(setup.size);
    await page.emulateMedia({ colorScheme: setup.colorScheme });
    if (setup.preload !== undefined) {
      await page.addInitScript({ content: preloadScript(readFileSync(setup.preload, "utf8")) });
    }

    const session = await context.newCDPSession(page);
    const { frameTree } = await session.send("Page.getFrameTree");
    const opened = new WindowPage(page, session, frameTree.frame.id, events);
    await opened.#watchNavigation();
    await opened.#hearCalls();
    return opened;
  }

  async load(url: string): Promise<void> {
    this.#expected += 1;
    await this.#page.goto(url);
  }

  /** Hands a message to the page's preload. Messages arrive in order; those for a document that is gone are lost. */
  deliver(text: string): void {
    this.#outgoing.push(text);
    if (!this.#isDelivering) void this.#deliverAll();
  }

  async resize(size: { readonly width: number; readonly height: number }): Promise<void> {
    await this.#page.setViewportSize({ width: size.width, height: size.height }).catch(ignoreClosed);
  }

  async setColorScheme(colorScheme: "light" | "dark"): Promise<void> {
    await this.#page.emulateMedia({ colorScheme }).catch(ignoreClosed);
  }

  async close(): Promise<void> {
    await this.#page.close().catch(ignoreClosed);
  }

  async #deliverAll(): Promise<void> {
    this.#isDelivering = true;
    while (this.#outgoing.length > 0) {
      const texts = this.#outgoing;
      this.#outgoing = [];
      await this.#page
        .evaluate(([name, list]) => Reflect.get(globalThis, name)?.(list), [CALL_PAGE, texts] as const)
        .catch(ignoreClosed);
    }
    this.#isDelivering = false;
  }

  async #watchNavigation(): Promise<void> {
    this.#session.on("Page.frameNavigated", ({ frame }) => {
      if (frame.parentId === undefined) this.#events.navigated(frame.url);
      else this.#frameUrls.set(frame.id, frame.url);
    });
    this.#session.on("Fetch.requestPaused", ({ requestId, request, frameId }) => {
      const isMainFrame = frameId === this.#mainFrameId;
      const isOwn = isMainFrame && this.#expected > 0;
      if (isOwn) this.#expected -= 1;
      const allowed = isOwn || this.#events.mayNavigate(request.url, isMainFrame);
      const reply = allowed
        ? this.#session.send("Fetch.continueRequest", { requestId })
        : this.#session.send("Fetch.failRequest", { requestId, errorReason: "Aborted" });
      reply.catch(ignoreClosed);
    });
    await this.#session.send("Page.enable");
    await this.#session.send("Fetch.enable", { patterns: [{ resourceType: "Document", requestStage: "Request" }] });
  }

  /**
   * By a binding of this session alone. The driver's own `exposeBinding` would not do: a second driver of the same page
   * hears those calls too, and answers that it knows no such function.
   */
  async #hearCalls(): Promise<void> {
    const frameIds = new Map<number, string>();
    this.#session.on("Runtime.executionContextCreated", ({ context }) => {
      frameIds.set(context.id, String(context.auxData?.frameId));
    });
    this.#session.on("Runtime.bindingCalled", ({ name, payload, executionContextId }) => {
      const frameId = frameIds.get(executionContextId) ?? "";
      const frameUrl = frameId === this.#mainFrameId ? null : (this.#frameUrls.get(frameId) ?? "");
      if (name === CALL_HOST) this.#events.message(payload, frameUrl);
    });
    await this.#session.send("Runtime.enable");
    await this.#session.send("Runtime.addBinding", { name: CALL_HOST });
  }
}

/** A page may close, crash or navigate at any time; whatever was under way for it then is of no interest. */
function ignoreClosed(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (!/closed|crashed|destroyed|detached|navigat|Invalid InterceptionId/i.test(message)) throw error;
}
