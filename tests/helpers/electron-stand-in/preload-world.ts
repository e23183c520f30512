/**
 * What the page side of the stand-in does, before any script of the page: it runs the preload with a `require` that knows
 * `electron` alone, and of that only `contextBridge` and `ipcRenderer`.
 *
 * Real Electron runs a preload in a world of its own and copies between the worlds. Here both share the page's world; what
 * crosses the bridge is copied all the same, so that nothing comes to rely on shared objects.
 */

/** The page calls the host by this name: one text, the JSON of `[channel, ...args]`. A real page has no such function. */
export const CALL_HOST = "__electronStandInCallHost";
/** The host calls the page by this name, with a list of such texts. */
export const CALL_PAGE = "__electronStandInCallPage";

type Listener = (event: object, ...args: unknown[]) => void;
type Preload = (require: (name: string) => unknown, module: { exports: object }, exports: object) => void;

/** Runs inside the page: uses nothing of this module but its arguments. */
function preloadWorld(callHostName: string, callPageName: string, preload: Preload): void {
  // Like Electron, which runs no preload in frames within the page.
  if (Reflect.get(globalThis, "top") !== globalThis) return;

  const callHost: (text: string) => unknown = Reflect.get(globalThis, callHostName);
  const listeners = new Map<string, Set<Listener>>();

  const ipcRenderer = {
    send(channel: string, ...args: unknown[]): void {
      // Cloned first, because a structured clone refuses what JSON would quietly leave out.
      callHost(JSON.stringify([channel, ...structuredClone(args)]));
    },
    on(channel: string, listener: Listener) {
      const known = listeners.get(channel) ?? new Set();
      listeners.set(channel, known.add(listener));
      return ipcRenderer;
    },
    off(channel: string, listener: Listener) {
      listeners.get(channel)?.delete(listener);
      return ipcRenderer;
    },
  };

  function callPage(texts: readonly string[]): void {
    for (const text of texts) {
      const [channel, ...args]: [string, ...unknown[]] = JSON.parse(text);
      for (const listener of [...(listeners.get(channel) ?? [])]) {
        try {
          listener({}, ...args);
        } catch (error) {
          // A listener that fails is the page's problem; the next message is delivered all the same.
          Reflect.get(globalThis, "reportError")(error);
        }
      }
    }
  }
  Object.defineProperty(globalThis, callPageName, { value: callPage });

  /** Copies as Electron's context bridge does: functions stay callable, all else is cloned. */
  function bridged(value: unknown): unknown {
    if (typeof value === "function") {
      return (...args: unknown[]) => bridged(Reflect.apply(value, undefined, args.map(bridged)));
    }
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value);
    if (!entries.some(([, member]) => typeof member === "function")) return structuredClone(value);
    return Object.freeze(Object.fromEntries(entries.map(([key, member]) => [key, bridged(member)])));
  }

  const contextBridge = {
    exposeInMainWorld(key: string, api: unknown): void {
      if (Reflect.has(globalThis, key)) throw new Error(`Cannot bind an API on top of an existing property: ${key}`);
      Object.defineProperty(globalThis, key, { value: bridged(api), enumerable: true });
    },
  };

  const module = { exports: {} };
  const require = (name: string) => {
    if (name === "electron") return { contextBridge, ipcRenderer };
    throw new Error(`A sandboxed preload cannot require ${name}`);
  };
  preload(require, module, module.exports);
}

/** The script that a page has to run first, with the text of a CommonJS preload. */
export function preloadScript(preloadText: string): string {
  const preload = `function (require, module, exports) {\n${preloadText}\n}`;
  return `(${preloadWorld})(${JSON.stringify(CALL_HOST)}, ${JSON.stringify(CALL_PAGE)}, ${preload});`;
}
