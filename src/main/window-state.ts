/**
 * Where the window was, so that it comes back there. A convenience: a state that is lost or unreadable means the default
 * place, and never keeps the app from starting or ending.
 */
import type { Rectangle } from "electron";
import { z } from "zod";
import { type Log, logToStderr } from "../backend/failure.ts";
import { JsonFile } from "../backend/json-file.ts";

const pixels = z.int().min(-100_000).max(100_000);
const length = z.int().min(1).max(100_000);
const windowState = z.object({
  /** Of the window when it is not maximised; device-independent pixels, of all displays together. */
  bounds: z.object({ x: pixels, y: pixels, width: length, height: length }),
  maximized: z.boolean(),
});
export type WindowState = z.infer<typeof windowState>;

export const MINIMUM_SIZE = { width: 720, height: 480 };
const DEFAULT_SIZE = { width: 1280, height: 820 };

/** Moves and shrinks `bounds` as little as it takes to lie within `area`, the free part of a display. */
export function fitInto(area: Rectangle, bounds: Rectangle): Rectangle {
  const width = Math.min(bounds.width, area.width);
  const height = Math.min(bounds.height, area.height);
  return {
    x: Math.min(Math.max(bounds.x, area.x), area.x + area.width - width),
    y: Math.min(Math.max(bounds.y, area.y), area.y + area.height - height),
    width,
    height,
  };
}

/** A window of the default size in the middle of `area`, or as large as `area` when that is smaller. */
export function defaultBounds(area: Rectangle): Rectangle {
  const x = area.x + Math.round((area.width - DEFAULT_SIZE.width) / 2);
  const y = area.y + Math.round((area.height - DEFAULT_SIZE.height) / 2);
  return fitInto(area, { x, y, ...DEFAULT_SIZE });
}

/** Changes arrive in bursts while a window is dragged; the last one of a burst is written. */
const SETTLED_MS = 500;

/** The state's file. Its failures are logged, not thrown. */
export class WindowStateFile {
  readonly #file: JsonFile<WindowState>;
  readonly #log: Log;
  #unwritten: WindowState | null = null;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, log: Log = logToStderr) {
    this.#file = new JsonFile(path, windowState);
    this.#log = log;
  }

  /** The kept state; null when there is none that can be used. */
  async read(): Promise<WindowState | null> {
    try {
      return await this.#file.read();
    } catch (error) {
      this.#log("The window's place cannot be read", error);
      return null;
    }
  }

  /** Keeps `state` once no other follows for half a second. */
  keep(state: WindowState): void {
    this.#unwritten = state;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), SETTLED_MS);
  }

  /** Writes what is not written yet, and waits until it is. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const state = this.#unwritten;
    this.#unwritten = null;
    if (state !== null) {
      this.#writing = this.#file.write(state).catch((error: unknown) => {
        this.#log("The window's place cannot be kept", error);
      });
    }
    await this.#writing;
  }
}
