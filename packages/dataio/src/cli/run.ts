/**
 * Runs one command line and answers with its exit code. Whatever goes wrong is told in one line on standard error. An
 * interruption is passed on as an aborted signal, so that sessions end and are recorded; only a second one, well after
 * the first, ends the process at once.
 */
import { type Command, CommanderError } from "commander";
import type { JsonObject } from "../canonical-json.ts";
import { DataioError, isDataioError } from "../errors.ts";
import { Cli, type CliHost } from "./cli.ts";
import { EXIT, type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { OutputClosed } from "./output.ts";
import { buildProgram } from "./program.ts";
import { NotFoundError, UsageError } from "./usage-error.ts";

/** A process as the command meets it. */
export interface CliProcess extends CliHost {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): never;
}

/** What the completion scripts call; no command, for its words are not to be understood. */
const COMPLETE = "__complete";
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A terminal and a program that started us may both pass on the same Ctrl-C. */
const IMPATIENCE_MS = 1_000;

/** @param args the words behind the command's name */
export async function runCli(args: readonly string[], host: CliProcess): Promise<number> {
  const interrupted = new AbortController();
  let interruptedAt = 0;
  const onSignal = () => {
    if (!interrupted.signal.aborted) {
      interruptedAt = performance.now();
      interrupted.abort(new DataioError("CANCELLED", "Interrupted."));
    } else if (performance.now() - interruptedAt > IMPATIENCE_MS) host.exit(EXIT.interrupted);
  };
  for (const signal of SIGNALS) host.on(signal, onSignal);
  const cli = new Cli(host, interrupted.signal);
  try {
    const code = await parseAndRun(args, cli);
    return interrupted.signal.aborted ? EXIT.interrupted : code;
  } finally {
    cli.progress.end();
    for (const signal of SIGNALS) host.off(signal, onSignal);
  }
}

async function parseAndRun(args: readonly string[], cli: Cli): Promise<ExitCode> {
  try {
    if (args[0] === COMPLETE) {
      const { completions } = await import("./completion.ts");
      for (const line of await completions(cli, args.slice(1))) await cli.output.line(line);
    } else await understandAndRun(await buildProgram(cli, args), args, cli);
    await cli.output.flush();
    return cli.exitCode;
  } catch (error) {
    if (error instanceof OutputClosed) return cli.exitCode;
    await cli.output.flush().catch(() => {});
    const { code, message, details, exitCode } = describe(cli.signal.aborted ? cli.signal.reason : error);
    if (wantsJson(args)) cli.noteJson({ error: { code, message, details } });
    else cli.note(message);
    return exitCode;
  }
}

/** To show help is all that some command lines ask for; the parser throws then as well. */
async function understandAndRun(program: Command, args: readonly string[], cli: Cli): Promise<void> {
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError && isHelp(error))) throw error;
    if (error.exitCode !== 0) cli.raise(EXIT.usage);
  }
}

interface Problem {
  readonly code: string;
  readonly message: string;
  readonly exitCode: ExitCode;
  readonly details: JsonObject;
}

function describe(error: unknown): Problem {
  const problem = (code: string, message: string, exitCode: ExitCode, details: JsonObject = {}): Problem => ({
    code,
    message,
    exitCode,
    details,
  });
  if (isDataioError(error)) return problem(error.code, error.message, exitCodeOf(error.code), error.details);
  if (error instanceof UsageError) return problem(error.code, error.message, EXIT.usage);
  if (error instanceof NotFoundError) return problem("NOT_FOUND", error.message, EXIT.notFound);
  if (error instanceof CommanderError) {
    const message = error.message
      .replace(/^error: /, "")
      .replace(/\s*\n\s*/g, " ")
      .replace(/\.$/, "");
    return problem("USAGE", `${message}; see dataio --help`, EXIT.usage);
  }
  return problem("UNEXPECTED", `unexpected: ${error instanceof Error ? error.message : String(error)}`, EXIT.failed);
}

function isHelp(error: CommanderError): boolean {
  return ["commander.help", "commander.helpDisplayed", "commander.version"].includes(error.code);
}

/** Errors are for whom the answer is for. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes("--json") || options.includes("--ndjson");
}
