/**
 * How the renderer reaches its host: over the bridge of the Electron preload where there is one, else over a WebSocket
 * to the server that the page came from. Nothing else in the renderer knows which of the two it is.
 */
import { BRIDGE } from "../shared/bridge.ts";
import type { ClientTransport } from "../shared/wire.ts";
import { createSocketTransport } from "./socket-transport.ts";

declare global {
  interface Window {
    /** Put there by the Electron preload. */
    readonly [BRIDGE]?: ClientTransport;
  }
}

/** True in a window of the desktop app. */
export function hasBridge(window: Window): boolean {
  return window[BRIDGE] !== undefined;
}

/** The transport of this page. */
export function createTransport(window: Window): ClientTransport {
  const bridge = window[BRIDGE];
  if (bridge !== undefined) return bridge;
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  return createSocketTransport(() => new WebSocket(`${scheme}//${window.location.host}/ws`));
}
