/** Hands a stand-in's window to code of the app that is typed for Electron's. */
import type { BrowserWindow } from "electron";
import type { StandInBrowserWindow } from "./browser-window.ts";

/**
 * The same window under Electron's type. The one place where the part passes for the whole: what the app uses beyond it
 * fails when it is run.
 */
export function asElectronWindow(window: StandInBrowserWindow): BrowserWindow {
  return window as unknown as BrowserWindow;
}
