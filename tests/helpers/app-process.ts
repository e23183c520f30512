/** A host of the app as a process of its own, with everything that it printed. */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const START_DEADLINE_MS = 30_000;
const END_DEADLINE_MS = 15_000;

/** Executable, arguments and options, as `spawn` takes them. */
type Command = readonly [string, readonly string[], { readonly cwd: string; readonly env: NodeJS.ProcessEnv }];

export class AppProcess {
  readonly child: ChildProcess;
  readonly #name: string;
  #output = "";

  /** Spawns `command`; with `channel` "ipc", Node's own channel leads to it. */
  constructor(name: string, [command, args, options]: Command, channel: "ipc" | "ignore") {
    this.#name = name;
    this.child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe", channel] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
  }

  /** Everything printed so far, of both streams. */
  get output(): string {
    return this.#output;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Asks `probe` again and again until it finds something. Rejects when the process ends or half a minute is over. */
  async waitUntil<T>(what: string, probe: () => Promise<T | null> | T | null): Promise<T> {
    const deadline = Date.now() + START_DEADLINE_MS;
    while (Date.now() < deadline) {
      const found = this.hasEnded ? null : await probe();
      if (found !== null) return found;
      if (this.hasEnded) throw new Error(`The ${this.#name} ended before ${what}:\n${this.#output}`);
      await sleep(25);
    }
    this.child.kill("SIGKILL");
    throw new Error(`The ${this.#name} did not come to the point of ${what}:\n${this.#output}`);
  }

  /** Waits for the end, which has been asked for; gives the exit code. Kills the process and rejects when none comes. */
  async ended(): Promise<number | null> {
    if (!this.hasEnded) {
      const exit = new Promise((resolve) => this.child.once("exit", () => resolve("ended")));
      const deadline = new AbortController();
      const outcome = await Promise.race([exit, sleep(END_DEADLINE_MS, "late", { signal: deadline.signal })]);
      deadline.abort();
      if (outcome === "late") {
        this.child.kill("SIGKILL");
        throw new Error(`The ${this.#name} did not end when it was told to:\n${this.#output}`);
      }
    }
    return this.child.exitCode;
  }
}
