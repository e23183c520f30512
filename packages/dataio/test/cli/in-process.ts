/** Runs the command within the test's process, on streams that may say that they are terminals. */
import { PassThrough, Readable } from "node:stream";
import { type CliProcess, runCli } from "../../src/cli/run.ts";
import { type CommandOptions, type CommandResult, commandEnv } from "./command.ts";

export interface HereOptions extends CommandOptions {
  /** Both outputs are terminals of this width. */
  readonly columns?: number;
}

/** What was written, and the exit code. */
export async function runHere(args: readonly string[], options: HereOptions = {}): Promise<CommandResult> {
  const terminal = options.columns === undefined ? {} : { isTTY: true, columns: options.columns };
  const stdout = Object.assign(new PassThrough(), terminal);
  const stderr = Object.assign(new PassThrough(), terminal);
  const written = [stdout, stderr].map((stream) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    return chunks;
  });
  const host: CliProcess = {
    stdin: Readable.from([options.input ?? ""]),
    stdout,
    stderr,
    env: commandEnv(options.env),
    cwd: () => options.cwd ?? process.cwd(),
    on: () => {},
    off: () => {},
    exit: () => {
      throw new Error("The command wanted to exit.");
    },
  };
  const code = await runCli(args, host);
  const [bytes, errors] = written.map((chunks) => Buffer.concat(chunks));
  return { code, bytes: bytes ?? Buffer.alloc(0), stdout: String(bytes), stderr: String(errors) };
}
