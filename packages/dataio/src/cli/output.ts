/**
 * Where the command's answers go. Writing waits for whoever reads, and a reader that has gone away ends the command
 * quietly: see {@link OutputClosed}.
 */
import type { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { styleText } from "node:util";
import { canonicalJson, type JsonObject } from "../canonical-json.ts";
import { fromSystemError, systemCode } from "../errors.ts";
import { printableJson } from "./printable.ts";

/** Nobody reads any more, as in `dataio responses | head -1`. Not a failure. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** A stream of the process; only a terminal has a width. */
export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };

const FLUSH_CHARACTERS = 64 * 1024;

/** Standard output, buffered. */
export class Output {
  readonly isTerminal: boolean;
  /** Characters a line has room for; unlimited where no terminal shows it. */
  readonly columns: number;
  readonly #stream: OutputStream;
  readonly #colours: boolean;
  readonly #beforeWriting: () => void;
  #pending = "";
  #heedsReader = true;

  /**
   * @param env decides on colours: never with NO_COLOR, never on a dumb terminal
   * @param beforeWriting called whenever something is about to appear
   */
  constructor(
    stream: OutputStream,
    env: Readonly<Record<string, string | undefined>>,
    beforeWriting: () => void = () => {},
  ) {
    this.#stream = stream;
    this.#beforeWriting = beforeWriting;
    this.isTerminal = stream.isTTY === true;
    this.columns = this.isTerminal ? (stream.columns ?? 80) : Number.POSITIVE_INFINITY;
    this.#colours = this.isTerminal && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb";
    // A failed write is told to its callback; without a listener the same error would end the process.
    stream.on("error", () => {});
  }

  /** The text in bold, where colours are shown. It must be `printable` already. */
  bold(text: string): string {
    return this.#colours ? styleText("bold", text, { validateStream: false }) : text;
  }

  /** The text in red, where colours are shown. It must be `printable` already. */
  red(text: string): string {
    return this.#colours ? styleText("red", text, { validateStream: false }) : text;
  }

  /** From now on a reader that has gone away is no reason to stop: the work matters more than what is told of it. */
  carryOn(): void {
    this.#heedsReader = false;
  }

  /** Text to be written with what comes next, at the latest by {@link flush}. */
  text(text: string): void {
    this.#pending += text;
  }

  /** @throws OutputClosed */
  async line(text: string): Promise<void> {
    this.text(`${text}\n`);
    if (this.#pending.length > FLUSH_CHARACTERS) await this.flush();
  }

  /** One value as JSON on a line of its own, keys sorted, numbers with their exact text. @throws OutputClosed */
  async json(value: JsonObject): Promise<void> {
    await this.line(jsonLine(value));
  }

  /** Exact bytes. @throws OutputClosed */
  async bytes(data: Uint8Array): Promise<void> {
    await this.flush();
    await this.#write(data);
  }

  /** Hands over what was written so far. @throws OutputClosed */
  async flush(): Promise<void> {
    const text = this.#pending;
    this.#pending = "";
    if (text !== "") await this.#write(text);
  }

  /** @throws OutputClosed; NO_SPACE, IO_FAILED */
  async #write(data: string | Uint8Array): Promise<void> {
    this.#beforeWriting();
    await new Promise<void>((resolve, reject) => {
      this.#stream.write(data, (error) => {
        if (error === null || error === undefined) resolve();
        else if (!isClosedPipe(error)) reject(fromSystemError(error, "Cannot write to standard output"));
        else if (this.#heedsReader) reject(new OutputClosed());
        else resolve();
      });
    });
    // To files and pipes Node writes within the same turn; without another one no Ctrl-C is ever heard.
    await nextTurn();
  }
}

/** As {@link Output.json} writes it. */
export function jsonLine(value: JsonObject): string {
  return printableJson(canonicalJson(value, { ensureAscii: false }));
}

function isClosedPipe(error: Error): boolean {
  return ["EPIPE", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END"].includes(systemCode(error) ?? "");
}
