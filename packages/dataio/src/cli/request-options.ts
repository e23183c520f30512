/** The request that a command line describes, or many of them from a file. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { JsonNumber, type JsonObject, type JsonValue } from "../canonical-json.ts";
import { fromSystemError } from "../errors.ts";
import { REQUEST_METHODS, type RequestMethod } from "../model.ts";
import type { RequestInit } from "../session-options.ts";
import type { Cli } from "./cli.ts";
import { readStdin } from "./stdin.ts";
import { UsageError } from "./usage-error.ts";
import { parseJsonArgument } from "./values.ts";

export interface RequestOptions {
  readonly source: string;
  readonly kind?: string;
  readonly method?: string;
  readonly params?: string;
  readonly paramsFile?: string;
  readonly body?: string;
  readonly bodyFile?: string;
  readonly bucket?: string;
  readonly tag?: string;
  /** Many requests, a line of JSON for each. */
  readonly file?: string;
}

/** A request, and the line of a file that it comes from, from 1 on; null where it comes from the options. */
export interface AskedRequest {
  readonly init: RequestInit;
  readonly line: number | null;
}

/** Adds what describes one request. */
export function withRequest(command: Command): Command {
  return command
    .requiredOption("--source <name>", "the source, as its sessions name it")
    .option("--kind <kind>", "what is asked for")
    .addOption(
      new Option("--method <method>", "the request's method (default: that of the command)").choices(REQUEST_METHODS),
    )
    .addOption(new Option("--params <json>", "what is asked, as JSON; numbers keep their text").conflicts("paramsFile"))
    .option("--params-file <file>", "the same from a file, - for standard input")
    .addOption(new Option("--body <json>", "the request's body, as JSON").conflicts("bodyFile"))
    .option("--body-file <file>", "the same from a file, - for standard input")
    .option("--bucket <text>", "the day, or any other text, that the answer belongs to")
    .option("--tag <text>", "tells apart what params do not");
}

/** @throws UsageError, NOT_FOUND and other failures of reading a file */
export async function requestOf(cli: Cli, options: RequestOptions, defaultMethod: RequestMethod): Promise<RequestInit> {
  const params = await jsonOf(cli, options.params, options.paramsFile, "--params");
  const body = await jsonOf(cli, options.body, options.bodyFile, "--body");
  return { ...initOf({ kind: options.kind ?? null }, options, defaultMethod, "a request"), ...params, ...body };

  async function jsonOf(from: Cli, text: string | undefined, file: string | undefined, what: "--params" | "--body") {
    const given = file === undefined ? text : await readText(from, file);
    if (given === undefined) return {};
    return { [what.slice(2)]: parseJsonArgument(given, file === undefined ? what : `${what}-file`) };
  }
}

const LINE_KEYS = ["kind", "method", "params", "body", "asOfBucket", "cacheTag"];

/**
 * Requests from a file with a line of JSON for each: `kind`, `method`, `params`, `body`, `asOfBucket`, `cacheTag`. What a
 * line does not say comes from the options.
 * @throws UsageError, NOT_FOUND and other failures of reading the file
 */
export async function requestsOf(cli: Cli, options: RequestOptions, file: string): Promise<AskedRequest[]> {
  const lines = (await readText(cli, file)).split("\n");
  return lines.flatMap((line, index) => {
    if (line.trim() === "") return [];
    const where = `line ${index + 1} of ${file}`;
    const value = parseJsonArgument(line, where);
    if (!isObject(value)) throw new UsageError(`${where} is no JSON object`);
    const unknown = Object.keys(value).find((key) => !LINE_KEYS.includes(key));
    if (unknown !== undefined) throw new UsageError(`${where} has "${unknown}"; known are ${LINE_KEYS.join(", ")}`);
    return [{ init: initOf(value, options, "GET", where), line: index + 1 }];
  });
}

function initOf(line: JsonObject, options: RequestOptions, defaultMethod: RequestMethod, where: string): RequestInit {
  const text = (key: string, fallback: string | undefined): string | undefined => {
    const value = line[key] ?? fallback;
    if (value === undefined || typeof value === "string") return value;
    throw new UsageError(`${where}: ${key} must be a text`);
  };
  const kind = text("kind", options.kind);
  if (kind === undefined || kind === "") throw new UsageError(`${where} needs a kind; see --kind`);
  const asked = text("method", options.method) ?? defaultMethod;
  const method = REQUEST_METHODS.find((known) => known === asked);
  if (method === undefined) throw new UsageError(`${where}: method must be one of ${REQUEST_METHODS.join(", ")}`);
  const asOfBucket = text("asOfBucket", options.bucket);
  const cacheTag = text("cacheTag", options.tag);
  return {
    kind,
    method,
    ...(line.params === undefined ? {} : { params: line.params }),
    ...(line.body === undefined ? {} : { body: line.body }),
    ...(asOfBucket === undefined ? {} : { asOfBucket }),
    ...(cacheTag === undefined ? {} : { cacheTag }),
  };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** The text of a file, `-` for standard input. @throws UsageError for bytes that are no text: a request is never guessed */
async function readText(cli: Cli, file: string): Promise<string> {
  const bytes = await readBytes(cli, file);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new UsageError(`${file === "-" ? "standard input" : file} is not UTF-8`);
  }
}

/** The bytes of a file, `-` for standard input. @throws NOT_FOUND and other failures of reading */
export async function readBytes(cli: Cli, file: string): Promise<Buffer> {
  if (file === "-") return await readStdin(cli);
  try {
    return await readFile(resolve(cli.cwd, file));
  } catch (error) {
    throw fromSystemError(error, `Cannot read ${file}`);
  }
}
