/** The contract over Electron's IPC as far as the stand-in reproduces it: real preload, real transport, real page. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { serveWindow } from "../../src/main/ipc.ts";
import { PAGE_URL, SCHEME } from "../../src/main/page-url.ts";
import { TO_HOST } from "../../src/shared/bridge.ts";
import type { ClientMessage, ClientTransport, HostMessage } from "../../src/shared/wire.ts";
import { findChromium } from "../helpers/browser.ts";
import { asElectronWindow } from "../helpers/electron-stand-in/as-electron.ts";
import { CALL_HOST } from "../helpers/electron-stand-in/preload-world.ts";
import { StandIn } from "../helpers/electron-stand-in/stand-in.ts";
import { ROOT } from "../helpers/root.ts";
import { type BridgeBackend, contractSuite } from "./contract-suite.ts";

declare global {
  /** What the preload puts onto the page's window, for senders who care for no type. */
  var dataioBridge: Pick<ClientTransport, "onMessage"> & { send(message: unknown): void };
  var hear: (message: HostMessage) => void;
}

let folder: string;
let standIn: StandIn;
let driver: Browser;
let windows = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dataio-ipc-"));
  standIn = new StandIn({
    executablePath: await findChromium(),
    version: "0.0.0",
    colorScheme: "light",
    workArea: { width: 1280, height: 800 },
    profileDirectory: () => join(folder, "profile"),
    exited: () => undefined,
  });
  const { app, protocol } = standIn.electron;
  // An app that listens decides for itself; otherwise it would end with the first test's window.
  app.on("window-all-closed", () => undefined);
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges: { standard: true } }]);
  protocol.handle(SCHEME, ({ url }) => {
    const policy = url.includes("framing") ? "frame-src 'self'" : "default-src 'none'";
    const headers = { "content-type": "text/html", "content-security-policy": policy };
    const body = url.includes("framing") ? '<iframe src="framed.html"></iframe>' : "";
    return new Response(`<!doctype html>${body}`, { headers });
  });
  await buildPreload();
  driver = await chromium.connectOverCDP(await standIn.endpoint(), { noDefaults: true });
}, 60_000);

afterAll(async () => {
  await driver?.close();
  await standIn?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The preload alone, made like the one of the app's build. */
async function buildPreload(): Promise<void> {
  await build({
    configFile: false,
    logLevel: "error",
    build: {
      outDir: join(folder, "preload"),
      lib: { entry: join(ROOT, "src/preload/index.ts"), formats: ["cjs"], fileName: () => "index.cjs" },
      rolldownOptions: { external: ["electron"] },
    },
  });
}

/** The page at a URL that ends like this, as the second driver sees it, which may take it a moment. */
async function pageAt(url: string): Promise<Page> {
  const find = () =>
    driver
      .contexts()[0]
      ?.pages()
      .find((candidate) => candidate.url().endsWith(url)) ?? null;
  const page = await vi.waitUntil(find, { timeout: 5000, interval: 10 });
  if (page === null) throw new Error(`No page shows ${url}`);
  return page;
}

/** A window that shows `url`, served by `backend`. */
async function openWindow(backend: BridgeBackend, url = PAGE_URL) {
  const window = new standIn.electron.BrowserWindow({
    show: false,
    webPreferences: { preload: join(folder, "preload/index.cjs") },
  });
  const logged: string[] = [];
  serveWindow(asElectronWindow(window), backend, (message) => void logged.push(message));
  windows += 1;
  const query = `?window=${windows}`;
  await window.loadURL(url + query);
  return { window, logged, page: await pageAt(query) };
}

contractSuite("Electron's IPC", async (backend) => {
  const { window, page } = await openWindow(backend);
  const listeners = new Set<(message: HostMessage) => void>();
  await page.exposeFunction("hear", (message: HostMessage) => {
    for (const listener of listeners) listener(message);
  });
  await page.evaluate(() => void dataioBridge.onMessage((message) => hear(message)));

  function sendRaw(message: unknown): void {
    // Only the window's end can be in the way, and then there is nobody to send for.
    page.evaluate((sent) => dataioBridge.send(sent), message).catch(() => undefined);
  }
  function disconnect(): void {
    if (!window.isDestroyed()) window.close();
  }
  return {
    client: {
      send: sendRaw,
      onMessage(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    outlivesHost: false,
    sendRaw,
    disconnect,
    close: async () => disconnect(),
  };
});

/** A backend that answers each call when it is told to, and keeps what it was asked. */
class SlowBackend implements BridgeBackend {
  readonly asked: { readonly method: string; readonly signal: AbortSignal; answer(value: unknown): void }[] = [];
  readonly listeners = new Set<Parameters<BridgeBackend["onEvent"]>[0]>();

  readonly dispatch: BridgeBackend["dispatch"] = (method, _params, signal) =>
    new Promise((resolve) => {
      this.asked.push({ method, signal, answer: (value) => resolve({ ok: true, value }) });
    });

  onEvent(listener: Parameters<BridgeBackend["onEvent"]>[0]): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}

const CALL: ClientMessage = { type: "call", id: 1, method: "app.info", params: {} };

describe("the door between page and host", () => {
  let backend: SlowBackend;
  let opened: Awaited<ReturnType<typeof openWindow>>;
  const send = (message: ClientMessage) => opened.page.evaluate((sent) => dataioBridge.send(sent), message);

  beforeEach(() => {
    backend = new SlowBackend();
  });
  afterEach(() => opened.window.close());

  it("is one object with two functions, which the page cannot replace", async () => {
    opened = await openWindow(backend);
    const members = await opened.page.evaluate(() => {
      const before = dataioBridge;
      Reflect.set(globalThis, "dataioBridge", null);
      return { names: Object.keys(dataioBridge), kept: dataioBridge === before };
    });
    expect(members).toEqual({ names: ["send", "onMessage"], kept: true });
  });

  it("stops telling a listener that was taken off", async () => {
    opened = await openWindow(backend);
    const { page } = opened;
    await page.evaluate(() => {
      const heard: string[] = [];
      Reflect.set(globalThis, "heard", heard);
      const stop = dataioBridge.onMessage((message) => void heard.push(`first ${message.type}`));
      dataioBridge.onMessage((message) => {
        heard.push(`second ${message.type}`);
        stop();
      });
    });
    for (const listener of backend.listeners) listener("menu.command", { command: "open" });
    for (const listener of backend.listeners) listener("menu.command", { command: "open" });
    const heard = () => page.evaluate(() => Reflect.get(globalThis, "heard"));
    await expect.poll(heard).toEqual(["first event", "second event", "second event"]);
  });

  it("is closed to frames within the page", async () => {
    opened = await openWindow(backend, "app://browser/framing.html");
    const { page, logged } = opened;
    const frame = await vi.waitUntil(() => page.frames().find((each) => each.url().endsWith("framed.html")));
    expect(await frame.evaluate(() => typeof Reflect.get(globalThis, "dataioBridge"))).toBe("undefined");
    // What a renderer could do that has been taken over: send from the frame without the preload.
    const text = JSON.stringify([TO_HOST, CALL]);
    await frame.evaluate(([name, sent]) => Reflect.get(globalThis, name)(sent), [CALL_HOST, text] as const);
    await expect.poll(() => logged).toEqual(["Refused a message from app://browser/framed.html"]);
    await send(CALL);
    await expect.poll(() => backend.asked.length).toBe(1);
  });

  it("is closed to a page of another origin", async () => {
    opened = await openWindow(backend, "app://browser.evil/index.html");
    await send(CALL);
    await expect.poll(() => opened.logged.length).toBe(1);
    expect(opened.logged[0]).toContain("Refused a message from app://browser.evil/");
    expect(backend.asked).toEqual([]);
  });

  it("gives a reloaded page nothing that was meant for the one before", async () => {
    opened = await openWindow(backend);
    const { page } = opened;
    await send(CALL);
    await expect.poll(() => backend.asked.length).toBe(1);
    const [before] = backend.asked;
    await page.reload();
    await expect.poll(() => before?.signal.aborted).toBe(true);
    expect(backend.listeners.size).toBe(1);

    const answer = page.evaluate(
      (call) =>
        new Promise((resolve) => {
          dataioBridge.onMessage(resolve);
          dataioBridge.send(call);
        }),
      CALL,
    );
    await expect.poll(() => backend.asked.length).toBe(2);
    before?.answer("for the first page");
    backend.asked[1]?.answer("for the second page");
    expect(await answer).toEqual({ type: "result", id: 1, ok: true, value: "for the second page" });
  });
});
