/** What every command is given: where to write, what the process is told, and how it is to end. */

import { resolve } from "node:path";
import type { OutputConfiguration } from "commander";
import { canonicalJson, JsonNumber, type JsonObject, type JsonValue } from "../canonical-json.ts";
import { EXIT, type ExitCode, worse } from "./exit-codes.ts";
import { Output, type OutputStream } from "./output.ts";
import { printable } from "./printable.ts";
import { Progress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

/** Longer lines are hard to read. */
const HELP_COLUMNS = 100;

/** Hiding `1` or `no` would hide nothing, and make other words unreadable. */
const SHORTEST_SECRET = 4;

/** The parts of a process that the command uses. */
export interface CliHost {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
}

/** One run of the command. */
export class Cli {
  readonly output: Output;
  readonly progress: Progress;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborts when the person or the system wants the command to end. */
  readonly signal: AbortSignal;
  readonly #stderr: OutputStream;
  readonly #secrets = new Set<string>();
  #stdin: NodeJS.ReadableStream | null;
  #exitCode: ExitCode = EXIT.done;

  constructor(host: CliHost, signal: AbortSignal) {
    this.progress = new Progress(host.stderr, host.env);
    this.output = new Output(host.stdout, host.env, () => this.progress.end());
    this.#stdin = host.stdin;
    this.env = host.env;
    this.cwd = host.cwd();
    this.signal = signal;
    this.#stderr = host.stderr;
    host.stderr.on("error", () => {});
  }

  /**
   * The absolute path of what a person named.
   * @throws UsageError when it is empty, as a variable is that was never set: it does not mean the current folder
   */
  pathOf(text: string, what: string): string {
    if (text === "") throw new UsageError(`${what} is empty`);
    return resolve(this.cwd, text);
  }

  /** Standard input, for the one who asks first. @throws UsageError for the second: there is nothing left of it */
  takeStdin(): NodeJS.ReadableStream {
    const stdin = this.#stdin;
    if (stdin === null) throw new UsageError("standard input can be one thing only, and - stands for it twice");
    this.#stdin = null;
    return stdin;
  }

  get exitCode(): ExitCode {
    return this.#exitCode;
  }

  /** Lets the command go on, and end with at least this code. */
  raise(code: ExitCode): void {
    this.#exitCode = worse(this.#exitCode, code);
  }

  /** A text that never appears in what is said to the person, whatever happens; unless it is too short for a secret. */
  keepSecret(texts: Iterable<string>): void {
    for (const text of texts) if (text.length >= SHORTEST_SECRET) this.#secrets.add(text);
  }

  /** The text without secrets. */
  withoutSecrets(text: string): string {
    let clean = text;
    for (const secret of this.#secrets) clean = clean.replaceAll(secret, "***");
    return clean;
  }

  /** The value with all of its texts without secrets. */
  valueWithoutSecrets(value: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        if (typeof member === "string") return [key, this.withoutSecrets(member)];
        return [key, isObject(member) ? this.valueWithoutSecrets(member) : member];
      }),
    );
  }

  /** Where help goes, and how wide it is. */
  helpOutput(): OutputConfiguration {
    return {
      writeOut: (text) => this.output.text(text),
      writeErr: (text) => this.#stderr.write(text),
      getOutHelpWidth: () => Math.min(this.output.columns, HELP_COLUMNS),
      getErrHelpWidth: () => Math.min(this.#stderr.columns ?? HELP_COLUMNS, HELP_COLUMNS),
    };
  }

  /** One line for the person, on standard error. */
  note(text: string): void {
    this.progress.end();
    this.#stderr.write(`dataio: ${printable(this.withoutSecrets(text))}\n`);
  }

  /** One line of JSON for a program, on standard error. */
  noteJson(value: JsonObject): void {
    this.progress.end();
    this.#stderr.write(`${canonicalJson(this.valueWithoutSecrets(value))}\n`);
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}
