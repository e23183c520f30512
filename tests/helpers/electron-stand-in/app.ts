/** Electron's `app`: the life of the process, its paths, and the lock that keeps it single. */
import { EventEmitter } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, watch, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenWindows } from "./browser-window.ts";
import { preventable } from "./preventable.ts";

type Offered = Pick<
  Electron.App,
  | "exit"
  | "getPath"
  | "getVersion"
  | "isPackaged"
  | "isReady"
  | "quit"
  | "requestSingleInstanceLock"
  | "setPath"
  | "whenReady"
>;
type PathName = Parameters<Electron.App["getPath"]>[0];

export interface AppOptions {
  readonly version: string;
  readonly windows: OpenWindows;
  /** Frees everything and ends the process. */
  terminate(exitCode: number): void;
}

/** A second instance leaves its command line in a file of this name, which the first one is watching for. */
const SECOND_INSTANCE = /^stand-in-second-instance-\d+\.json$/;
const LOCK = "stand-in-instance.lock";

export class StandInApp extends EventEmitter implements Offered {
  readonly isPackaged = false;
  readonly #options: AppOptions;
  readonly #paths = new Map<string, string>([
    ["home", homedir()],
    ["temp", tmpdir()],
  ]);
  readonly #ready: Promise<void>;
  #isReady = false;
  #isQuitting = false;
  #lock: string | null = null;

  constructor(options: AppOptions) {
    super();
    this.#options = options;
    // Ready comes after what the entry module does at once, as in Electron.
    this.#ready = new Promise((resolve) => {
      setImmediate(() => {
        this.#isReady = true;
        this.emit("ready");
        resolve();
      });
    });
  }

  whenReady(): Promise<void> {
    return this.#ready;
  }

  isReady(): boolean {
    return this.#isReady;
  }

  getVersion(): string {
    return this.#options.version;
  }

  getPath(name: PathName): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }

  setPath(name: string, path: string): void {
    if (!statSync(path).isDirectory()) throw new Error(`Failed to set path: ${path}`);
    this.#paths.set(name, path);
  }

  requestSingleInstanceLock(): boolean {
    if (this.#lock !== null) return true;
    const folder = this.getPath("userData");
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, LOCK);
    if (isHeld(lock)) {
      const message = join(folder, `stand-in-second-instance-${process.pid}.json`);
      const facts = { argv: process.argv, workingDirectory: process.cwd() };
      writeFileSync(`${message}.tmp`, JSON.stringify(facts));
      renameSync(`${message}.tmp`, message);
      return false;
    }
    writeFileSync(lock, String(process.pid));
    this.#lock = lock;
    watch(folder, { persistent: false }, () => this.#hearSecondInstances(folder));
    return true;
  }

  quit(): void {
    if (this.#isQuitting) return;
    const asked = preventable({});
    this.emit("before-quit", asked);
    if (asked.defaultPrevented) return;
    this.#isQuitting = true;
    for (const window of [...this.#options.windows]) window.close();
    if (this.#options.windows.size > 0) this.#isQuitting = false;
    else this.#finishQuitting();
  }

  exit(exitCode = 0): void {
    this.emit("quit", preventable({}), exitCode);
    if (this.#lock !== null) rmSync(this.#lock, { force: true });
    this.#options.terminate(exitCode);
  }

  #finishQuitting(): void {
    const event = preventable({});
    this.emit("will-quit", event);
    if (event.defaultPrevented) this.#isQuitting = false;
    else this.exit(0);
  }

  /** What the last window does when it is gone. Nothing is said of it while the app is quitting anyway. */
  static allWindowsClosed(app: StandInApp): void {
    if (app.#isQuitting) return;
    if (app.listenerCount("window-all-closed") === 0) app.quit();
    else app.emit("window-all-closed");
  }

  #hearSecondInstances(folder: string): void {
    for (const name of readdirSync(folder).filter((entry) => SECOND_INSTANCE.test(entry))) {
      const path = join(folder, name);
      const { argv, workingDirectory } = JSON.parse(readFileSync(path, "utf8"));
      rmSync(path);
      void this.#ready.then(() => this.emit("second-instance", preventable({}), argv, workingDirectory, undefined));
    }
  }
}

/** True while the process that made the lock lives. */
function isHeld(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}
