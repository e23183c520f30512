/**
 * Runs one program to its end. No shell takes part, and what is given up is ended with all that it started: on POSIX as a
 * process group (SIGTERM, then SIGKILL), on Linux with the descendants that left the group (`setsid`), on Windows as a
 * process tree. A daemon, whose parent has ended on purpose, lives on. Never waits longer than the deadline, and a few graces
 * after it.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { cancelledError } from "../cancellation.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import { descendantsOf, signalDescendant } from "./descendants.ts";

export interface ProcessCall {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Iterable<Uint8Array>;
  /** An open file; the program has it as descriptor 3. */
  readonly metadataFd: number;
  /** Most bytes of stdout. */
  readonly maxBytes: number;
  /** How much of the end of stderr is kept, in bytes. */
  readonly stderrLimitBytes: number;
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL, and for output that is still open when the program has ended; milliseconds. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
}

/** How a program ended. */
export interface ProcessEnd {
  readonly stdout: Buffer;
  /** The last bytes that it wrote there, as UTF-8. */
  readonly stderr: string;
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly exitSignal: string | null;
  /** A process that it started still holds its stdout: there may have been more to come. */
  readonly outputLeftOpen: boolean;
}

const HAS_GROUPS = process.platform !== "win32";

/**
 * @throws NOT_FOUND (no such program), ACCESS_DENIED, TOO_LARGE, TIMEOUT, CANCELLED, IO_FAILED; `details` has `stderr` and
 *   `stdout_bytes`
 */
export async function runProcess(call: ProcessCall): Promise<ProcessEnd> {
  const child = spawn(call.program, call.args, {
    cwd: call.cwd,
    env: call.env,
    stdio: ["pipe", "pipe", "pipe", call.metadataFd],
    detached: HAS_GROUPS,
    windowsHide: true,
  });
  const failed = Promise.withResolvers<never>();
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const closed = new Promise<true>((resolve) => child.once("close", () => resolve(true)));
  child.once("error", (error) => failed.reject(notStarted(call, error)));

  const deadline = AbortSignal.timeout(call.timeoutMs);
  const stop = AbortSignal.any([call.signal, deadline]);
  const giveUp = () => failed.reject(call.signal.aborted ? cancelledError(call.signal) : timedOut(call));
  if (stop.aborted) giveUp();
  else stop.addEventListener("abort", giveUp);

  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  // Where the system has no more file descriptors there are no streams, only the error.
  child.stdout?.on("data", (chunk: Buffer) => {
    stdoutBytes += chunk.length;
    if (stdoutBytes <= call.maxBytes) stdout.push(chunk);
    else failed.reject(tooLarge(call));
  });
  const stderr = new Tail(call.stderrLimitBytes);
  child.stderr?.on("data", (chunk: Buffer) => stderr.add(chunk));
  // A program need not read what it is told; how it ends says whether that was right.
  if (child.stdin) pipeline(Readable.from(call.stdin), child.stdin).catch(() => {});

  try {
    const { code, signal } = await Promise.race([exited, failed.promise]);
    for (let seen = -1; seen !== stdoutBytes; ) {
      seen = stdoutBytes;
      const quiet = sleep(call.graceMs, false, { ref: false });
      if (await Promise.race([closed, quiet, failed.promise])) break;
    }
    return {
      stdout: Buffer.concat(stdout, stdoutBytes),
      stderr: stderr.text(),
      exitCode: code,
      exitSignal: signal,
      outputLeftOpen: child.stdout?.readableEnded !== true,
    };
  } catch (error) {
    await endTree(child, exited, call.graceMs);
    if (!(error instanceof DataioError)) throw error;
    const details = { ...error.details, stderr: stderr.text(), stdout_bytes: stdoutBytes };
    throw new DataioError(error.code, error.message, { details, cause: error.cause });
  } finally {
    stop.removeEventListener("abort", giveUp);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
  }
}

/** Ends the program and what it started, and waits until that is so, within two graces. */
async function endTree(child: ChildProcess, exited: Promise<unknown>, graceMs: number): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  if (HAS_GROUPS) await endGroup(pid, graceMs);
  else await taskkill(child, pid);
  await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
}

async function endGroup(group: number, graceMs: number): Promise<void> {
  // Looked for while their parents are alive.
  const descendants = descendantsOf(group);
  const signalAll = (signal: NodeJS.Signals | 0) =>
    [signalGroup(group, signal), ...descendants.map((one) => signalDescendant(one, signal))].includes(true);
  signalAll("SIGTERM");
  const patience = performance.now() + graceMs;
  while (signalAll(0)) {
    if (performance.now() >= patience) {
      signalAll("SIGKILL");
      return;
    }
    await sleep(10);
  }
}

/** False when there is no such group any more. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/** Windows knows no groups: its own tool walks the tree. Windows has no gentle signal either. */
async function taskkill(child: ChildProcess, pid: number): Promise<void> {
  try {
    await once(spawn("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore", windowsHide: true }), "close");
  } catch {
    child.kill("SIGKILL");
  }
}

function notStarted(call: ProcessCall, error: Error): DataioError {
  if (systemCode(error) !== "ENOENT") return fromSystemError(error, `Cannot run ${call.program}`);
  const message = `There is no program ${call.program}, or not the interpreter that it names`;
  return new DataioError("NOT_FOUND", message, { details: { program: call.program }, cause: error });
}

function timedOut(call: ProcessCall): DataioError {
  return new DataioError("TIMEOUT", `${call.program} took longer than ${call.timeoutMs} ms`, {
    details: { timeout_ms: call.timeoutMs },
  });
}

function tooLarge(call: ProcessCall): DataioError {
  return new DataioError("TOO_LARGE", `${call.program} printed more than ${call.maxBytes} bytes`, {
    details: { limitBytes: call.maxBytes },
  });
}

/** The last bytes of a stream. */
class Tail {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #held = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    // Joined now and then, so that many short writes do not pile up as many buffers.
    if (this.#held > 2 * this.#limit || this.#chunks.length > 1000) this.#chunks = [this.#joined()];
  }

  text(): string {
    return this.#joined().toString("utf8");
  }

  #joined(): Buffer {
    const all = Buffer.concat(this.#chunks);
    const kept = all.subarray(Math.max(0, all.length - this.#limit));
    this.#held = kept.length;
    return Buffer.from(kept);
  }
}
