/**
 * The only door between a page and Electron: one object that sends an envelope and hears envelopes, on two fixed channels.
 * Neither Electron's events nor any other channel can be reached through it. Built as CommonJS: it runs sandboxed.
 */
import { contextBridge, type IpcRendererEvent, ipcRenderer } from "electron";
import { BRIDGE, TO_HOST, TO_RENDERER } from "../shared/bridge.ts";
import type { ClientTransport, HostMessage } from "../shared/wire.ts";

const bridge: ClientTransport = {
  send(message) {
    ipcRenderer.send(TO_HOST, message);
  },
  onMessage(callback) {
    // The event stays here: it would hand the page a way to every channel.
    const listener = (_event: IpcRendererEvent, message: HostMessage) => callback(message);
    ipcRenderer.on(TO_RENDERER, listener);
    return () => void ipcRenderer.off(TO_RENDERER, listener);
  },
};

contextBridge.exposeInMainWorld(BRIDGE, bridge);
