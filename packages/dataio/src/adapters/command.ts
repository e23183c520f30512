/**
 * A program as a source: it is told the request on stdin, and what it prints is the payload, byte for byte. No shell takes
 * part, and nothing that it printed is lost, also when it failed.
 *
 * **stdin** has one JSON document in ASCII, then its end:
 *
 *     {"verb": "fetch", "kind": "price", "method": "GET", "params": {"price": 30.0}, "body": null}
 *
 * with the numbers as the archive writes them. For a `send`, `verb` is `send`, and `payload_base64` has the bytes to send.
 *
 * **stdout** is the payload. **stderr** is for people; its end is recorded.
 *
 * **Metadata** are optional: one JSON object, written to file descriptor 3 or to the file that `$DATAIO_METADATA_FILE`
 * names (they are the same file). Its keys are those of a sidecar: `content_type`, `encoding`, `transport_status`, `url`,
 * `elapsed_ms`, `headers`, `adapter_meta`; any other key goes into `adapter_meta`. So this is a fetcher in Python:
 *
 *     import json, os, sys
 *     request = json.load(sys.stdin)
 *     sys.stdout.buffer.write(b"id\n%d\n" % request["params"]["id"])
 *     with open(os.environ["DATAIO_METADATA_FILE"], "w") as file:
 *         json.dump({"content_type": "text/csv"}, file)
 *
 * **How it ends.** Exit code 0 is a good answer. With another one, or with metadata that cannot be used, what was printed
 * is an answer of status `error`, whose `adapter_meta.problem` says why; where there is nothing to keep, ADAPTER_FAILED is
 * thrown. A program that ends while something that it started still holds its stdout gave an answer of status `partial`.
 */

import { lstat, mkdtemp, open, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cancelledError, throwIfCancelled } from "../cancellation.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import { AdapterResult } from "../model.ts";
import type { AdapterContext, AdapterRequest, Fetcher, Sender } from "./adapter.ts";
import { type MetadataReading, readMetadata } from "./command-metadata.ts";
import { type ProcessEnd, runProcess } from "./command-process.ts";

/** Which program, and what it may take. */
export interface CommandAdapterOptions {
  /** The program and its arguments. They are recorded with each response: a secret belongs into `env`. */
  readonly run: readonly [program: string, ...args: string[]];
  /** The folder that it runs in; default that of this process. */
  readonly cwd?: string | undefined;
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** For the whole run. Default 10 minutes. */
  readonly timeoutMs?: number | undefined;
  /** Largest payload. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** How much of the end of stderr is recorded, in bytes. Default 64 KiB. */
  readonly stderrLimitBytes?: number | undefined;
  /** How long a program that is to end may take to do so, before it is killed. Default 2 seconds. */
  readonly graceMs?: number | undefined;
}

/** What a timer can hold. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** As for a sidecar. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024;
/** Whole groups of three, so that the pieces of base64 join without padding between them. */
const BASE64_SLICE_BYTES = 3 * 256 * 1024;
/** What this adapter itself records under `adapter_meta`. */
const OWN_KEYS = ["command", "exit_code", "exit_signal", "stderr", "output_left_open", "problem", "metadata_text"];

/** Runs a program for each request; see the head of this file for what it is told and what it may say. */
export class CommandAdapter implements Fetcher, Sender {
  /** What it is called where adapters are listed. */
  readonly name = "command";
  readonly #run: readonly [string, ...string[]];
  readonly #cwd: string | undefined;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #limits: {
    readonly timeoutMs: number;
    readonly maxBytes: number;
    readonly stderrLimitBytes: number;
    readonly graceMs: number;
  };
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  /** @throws PARAMS_INVALID for options that cannot be used */
  constructor(options: CommandAdapterOptions) {
    if (options.run[0] === "" || options.run.some((text) => typeof text !== "string" || text.includes("\0"))) {
      throw invalid("run", "must be a program and its arguments");
    }
    this.#run = options.run;
    this.#cwd = options.cwd === undefined ? undefined : resolve(options.cwd);
    this.#env = options.env ?? {};
    this.#limits = {
      timeoutMs: Math.min(Math.ceil(limit("timeoutMs", options.timeoutMs, 600_000)), MAX_TIMEOUT_MS),
      maxBytes: limit("maxBytes", options.maxBytes, 1024 ** 3),
      stderrLimitBytes: limit("stderrLimitBytes", options.stderrLimitBytes, 64 * 1024),
      graceMs: Math.min(Math.ceil(limit("graceMs", options.graceMs, 2_000)), MAX_TIMEOUT_MS),
    };
  }

  /** The program without its arguments, which may hold a secret. */
  describe(): string {
    return `Command ${this.#run[0]}`;
  }

  /**
   * Runs the program.
   * @throws ADAPTER_FAILED (it failed and gave nothing), NOT_FOUND (no such program or folder), ACCESS_DENIED, TIMEOUT,
   *   TOO_LARGE, CANCELLED, CLOSED; `details` tells `stderr` and, where it ended by itself, `exit_code`
   */
  async fetch(request: AdapterRequest, context: AdapterContext): Promise<AdapterResult> {
    return await this.#track(this.#call(document("fetch", request, null), context.signal));
  }

  /** Runs the program with the bytes to send; what it prints is the acknowledgement. @throws as `fetch` does */
  async send(request: AdapterRequest, payload: Uint8Array, context: AdapterContext): Promise<AdapterResult> {
    return await this.#track(this.#call(document("send", request, payload), context.signal));
  }

  /** Ends all programs; calls under way fail with CLOSED. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#running);
  }

  async #track<T>(call: Promise<T>): Promise<T> {
    this.#running.add(call);
    try {
      return await call;
    } finally {
      this.#running.delete(call);
    }
  }

  async #call(stdin: Iterable<Uint8Array>, cancel: AbortSignal): Promise<AdapterResult> {
    const started = performance.now();
    const [program, ...args] = this.#run;
    const signal = AbortSignal.any([cancel, this.#closing.signal]);
    let folder: string | undefined;
    try {
      throwIfCancelled(signal);
      if (this.#cwd !== undefined) await checkFolder(this.#cwd);
      folder = await mkdtemp(join(tmpdir(), "dataio-command-"));
      const metadataPath = join(folder, "metadata.json");
      const env = { ...process.env, ...this.#env, DATAIO_METADATA_FILE: metadataPath };
      await using metadata = await open(metadataPath, "a+");
      const call = { program, args, cwd: this.#cwd, env, stdin, metadataFd: metadata.fd, signal, ...this.#limits };
      const end = await runProcess(call);
      return toResult(this.#run, end, await metadataIn(metadataPath), Math.round(performance.now() - started));
    } catch (error) {
      if (cancel.aborted) throw withDetailsOf(error, cancelledError(cancel));
      if (this.#closing.signal.aborted) throw withDetailsOf(error, new DataioError("CLOSED", "The adapter was closed"));
      throw fromSystemError(error, `Cannot run ${program}`);
    } finally {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    }
  }
}

/** What the program is told. The texts of params and body are the archive's own; only what is not ASCII is escaped. */
function* document(
  verb: "fetch" | "send",
  request: AdapterRequest,
  payload: Uint8Array | null,
): Generator<Uint8Array, void, undefined> {
  const { kind, method, paramsJson, bodyJson } = request;
  const head = `{"verb":"${verb}","kind":${JSON.stringify(kind)},"method":${JSON.stringify(method)}`;
  const text = `${head},"params":${paramsJson ?? "null"},"body":${bodyJson ?? "null"}`;
  yield Buffer.from(
    text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
  if (payload !== null) {
    yield Buffer.from(',"payload_base64":"');
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
    for (let start = 0; start < bytes.length; start += BASE64_SLICE_BYTES) {
      yield Buffer.from(bytes.toString("base64", start, start + BASE64_SLICE_BYTES));
    }
    yield Buffer.from('"');
  }
  yield Buffer.from("}\n");
}

/** Read by its name: a program may write a new file and rename it. */
async function metadataIn(path: string): Promise<MetadataReading> {
  const found = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return readMetadata(Buffer.alloc(0), OWN_KEYS);
  if (found.isFile() && found.size <= MAX_METADATA_BYTES) return readMetadata(await readFile(path), OWN_KEYS);
  const problem = found.isFile() ? `have more than ${MAX_METADATA_BYTES} bytes` : "are in no regular file";
  return { state: "invalid", problem: `The metadata ${problem}.`, text: "" };
}

/** @throws ADAPTER_FAILED when the program failed and gave nothing */
function toResult(
  run: readonly [string, ...string[]],
  end: ProcessEnd,
  reading: MetadataReading,
  elapsedMs: number,
): AdapterResult {
  const { stdout, stderr, exitCode, exitSignal } = end;
  const declared = reading.state === "ok" ? reading.declared : undefined;
  const problem = endProblem(run[0], end) ?? (reading.state === "invalid" ? reading.problem : undefined);
  if (problem !== undefined && stdout.length === 0 && reading.state === "none") {
    throw new DataioError("ADAPTER_FAILED", problem, {
      details: { exit_code: exitCode, exit_signal: exitSignal, stderr },
    });
  }
  return new AdapterResult({
    ...declared,
    data: stdout,
    transportStatus: declared?.transportStatus ?? exitCode ?? undefined,
    elapsedMs: declared?.elapsedMs ?? elapsedMs,
    adapterMeta: {
      ...declared?.adapterMeta,
      command: run,
      exit_code: exitCode,
      stderr,
      ...(exitSignal === null ? {} : { exit_signal: exitSignal }),
      ...(end.outputLeftOpen ? { output_left_open: true } : {}),
      ...(problem === undefined ? {} : { problem }),
      ...(reading.state === "invalid" ? { metadata_text: reading.text } : {}),
    },
    status: problem !== undefined ? "error" : end.outputLeftOpen ? "partial" : undefined,
  });
}

function endProblem(program: string, end: ProcessEnd): string | undefined {
  if (end.exitSignal !== null) return `${program} was ended by ${end.exitSignal}.`;
  return end.exitCode === 0 ? undefined : `${program} ended with exit code ${end.exitCode}.`;
}

/** `error` for what was given up, with what is known of the program. */
function withDetailsOf(known: unknown, error: DataioError): DataioError {
  if (!(known instanceof DataioError)) return error;
  return new DataioError(error.code, error.message, { details: known.details, cause: error.cause });
}

/** Asked first, for a missing folder and a missing program fail alike. */
async function checkFolder(cwd: string): Promise<void> {
  try {
    if ((await stat(cwd)).isDirectory()) return;
  } catch (error) {
    throw fromSystemError(error, "Cannot run a program in a folder");
  }
  throw new DataioError("PARAMS_INVALID", `Cannot run a program in ${cwd}, which is no folder`, { details: { cwd } });
}

function limit(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (value > 0) return value;
  throw invalid(name, "must be above 0");
}

function invalid(name: string, problem: string): DataioError {
  return new DataioError("PARAMS_INVALID", `Command: ${name} ${problem}`, { details: { param: name } });
}
