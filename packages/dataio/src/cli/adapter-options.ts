/** The adapter that a command line asks for. */

import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Adapter } from "../adapters/adapter.ts";
import type { Cli } from "./cli.ts";
import { UsageError } from "./usage-error.ts";
import { collected, parseDuration, parseHeaders } from "./values.ts";

export interface AdapterOptions {
  readonly adapter: string;
  readonly baseUrl?: string;
  readonly header?: readonly string[];
  readonly timeout?: number;
  readonly root?: string;
}

/** Which options an adapter understands besides `--adapter`. */
const UNDERSTOOD: Readonly<Record<string, readonly (keyof AdapterOptions)[]>> = {
  http: ["baseUrl", "header", "timeout"],
  "local-file": ["root"],
  command: ["timeout"],
  websocket: ["baseUrl", "header", "timeout"],
  sse: ["baseUrl", "header", "timeout"],
};

/** Adds `--adapter` with these choices, the first of them the default, and the options of those adapters. */
export function withAdapter(command: Command, names: readonly string[]): Command {
  const understood = new Set(names.flatMap((name) => UNDERSTOOD[name] ?? []));
  command.addOption(new Option("--adapter <name>", "who answers").choices(names).default(names[0]));
  if (understood.has("baseUrl")) command.option("--base-url <url>", "what relative URLs are relative to");
  if (understood.has("header")) {
    command.option("--header <header>", 'sent with every call, "Name: value"; never archived', collected);
  }
  if (understood.has("root")) command.option("--root <folder>", "the folder that is read from");
  if (understood.has("timeout")) command.option("--timeout <duration>", "for one call, for example 30s", parseDuration);
  return command;
}

/**
 * @param program what `command` runs, with its arguments
 * @throws UsageError for options that the chosen adapter does not understand; PARAMS_INVALID
 */
export async function adapterOf(cli: Cli, options: AdapterOptions, program: readonly string[]): Promise<Adapter> {
  const { adapter, baseUrl, timeout, root } = options;
  const understood = UNDERSTOOD[adapter] ?? [];
  for (const [name, flag] of FLAGS) {
    if (options[name] !== undefined && !understood.includes(name)) {
      throw new UsageError(`the adapter ${adapter} does not understand ${flag}`);
    }
  }
  if (adapter !== "command" && program.length > 0) {
    throw new UsageError(`"${program[0]}" is one word too many; only the adapter command runs a program`);
  }
  const headers = parseHeaders(options.header ?? []);
  // Also without the scheme in front of it: `Bearer …`.
  for (const value of Object.values(headers).flat()) cli.keepSecret([value, value.slice(value.lastIndexOf(" ") + 1)]);
  const web = { baseUrl, headers, timeoutMs: timeout };
  switch (adapter) {
    case "http":
      return new (await import("../adapters/http.ts")).HttpAdapter(web);
    case "websocket":
      return new (await import("../adapters/websocket.ts")).WebSocketAdapter(web);
    case "sse":
      return new (await import("../adapters/sse.ts")).SseAdapter(web);
    case "local-file":
      return new (await import("../adapters/local-file.ts")).LocalFileAdapter({ root: resolve(cli.cwd, root ?? ".") });
    case "command": {
      const [first, ...rest] = program;
      if (first === undefined) {
        throw new UsageError("the adapter command needs a program to run: … -- <program> [arguments]");
      }
      const { CommandAdapter } = await import("../adapters/command.ts");
      return new CommandAdapter({ run: [first, ...rest], timeoutMs: timeout });
    }
    default:
      throw new UsageError(`there is no adapter ${adapter}`);
  }
}

const FLAGS = [
  ["baseUrl", "--base-url"],
  ["header", "--header"],
  ["timeout", "--timeout"],
  ["root", "--root"],
] as const;
