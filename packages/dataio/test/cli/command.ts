/** Runs the real command as a process of its own, away from the configuration and the archives of whoever runs the tests. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";

export const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
}

export interface CommandResult {
  readonly code: number | null;
  readonly bytes: Buffer;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the process is told of its surroundings. */
export function commandEnv(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = "", HOME = "", NODE_COMPILE_CACHE = "" } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE, MXM_CONFIG_HOME: join(import.meta.dirname, "no-configuration"), ...env };
}

/** Starts `dataio` with these words; standard input stays open. */
export function startDataio(args: readonly string[], options: CommandOptions = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], { cwd: options.cwd, env: commandEnv(options.env), stdio: "pipe" });
}

/** What a process wrote and how it ended. */
export async function ended(child: ChildProcessWithoutNullStreams): Promise<CommandResult> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const bytes = Buffer.concat(stdout);
  return { code, bytes, stdout: bytes.toString("utf8"), stderr: Buffer.concat(stderr).toString("utf8") };
}

/** Runs `dataio` to its end. */
export async function dataio(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = startDataio(args, options);
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return await ended(child);
}

/** The lines of an output. */
export function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** A line of JSON for each row, read. */
export function rowsOf<T>(result: CommandResult): T[] {
  return linesOf(result.stdout).map((line) => JSON.parse(line));
}
