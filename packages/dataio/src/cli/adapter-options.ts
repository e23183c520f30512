/** Who answers a command line: the adapter that it names, else what the source is mapped to. */

import { resolve } from "node:path";
import { type Command, Option } from "commander";
import type { Adapter } from "../adapters/adapter.ts";
import type { ArchiveLocation } from "../location.ts";
import { Redactor } from "../redaction.ts";
import type { RequestInit } from "../session-options.ts";
import type { OpenedSource } from "../sources/open-source.ts";
import type { Cli } from "./cli.ts";
import { type Mapping, mappingOf, mappingsOf, openMapped } from "./mapped-source.ts";
import { UsageError } from "./usage-error.ts";
import { collected, parseDuration, parseHeaders } from "./values.ts";

export interface AdapterOptions {
  readonly adapter?: string;
  readonly sources?: string;
  readonly baseUrl?: string;
  readonly header?: readonly string[];
  readonly timeout?: number;
  readonly root?: string;
}

type AdapterName = "http" | "local-file" | "command" | "websocket" | "sse";

/** Which options an adapter understands besides `--adapter`. */
const UNDERSTOOD: Readonly<Record<AdapterName, readonly (keyof AdapterOptions)[]>> = {
  http: ["baseUrl", "header", "timeout"],
  "local-file": ["root"],
  command: ["timeout"],
  websocket: ["baseUrl", "header", "timeout"],
  sse: ["baseUrl", "header", "timeout"],
};

/** Adds `--adapter` with these choices, the options of those adapters, and `--sources`. */
export function withAdapter(command: Command, names: readonly AdapterName[]): Command {
  const understood = new Set(names.flatMap((name) => UNDERSTOOD[name]));
  command.addOption(
    new Option(
      "--adapter <name>",
      `who answers (default: as the source is mapped; else by its params, ${names[0]} for a url)`,
    ).choices(names),
  );
  command.option("--sources <file>", "maps sources to adapters (default: dataio.config.yaml of the archive)");
  if (understood.has("baseUrl")) command.option("--base-url <url>", "what relative URLs are relative to");
  if (understood.has("header")) {
    command.option("--header <header>", 'sent with every call, "Name: value"; never archived', collected);
  }
  if (understood.has("root")) command.option("--root <folder>", "the folder that is read from");
  if (understood.has("timeout")) command.option("--timeout <duration>", "for one call, for example 30s", parseDuration);
  return command;
}

/** What is asked, of whom, and where it is archived. */
export interface SourceAsk {
  readonly source: string;
  readonly location: ArchiveLocation;
  readonly requests: readonly RequestInit[];
  /** Those that the command can use; the first is for requests with a `url`. */
  readonly adapters: readonly AdapterName[];
  /** What `command` runs, with its arguments. */
  readonly program: readonly string[];
}

/** Who answers, before anything of it is opened. */
export type FoundSource =
  | { readonly by: "mapping"; readonly mapping: Mapping }
  | { readonly by: "options"; readonly adapter: AdapterName };

/**
 * Finds who answers.
 * @throws UsageError where nothing says it, with what to write where; CONFIG_INVALID
 */
export async function findSource(cli: Cli, options: AdapterOptions, ask: SourceAsk): Promise<FoundSource> {
  const named = ask.adapters.find((name) => name === options.adapter);
  if (named !== undefined) return { by: "options", adapter: named };
  const mappings = await mappingsOf(cli, ask.location, options.sources);
  const mapping = mappingOf(mappings, ask.source);
  if (mapping !== undefined) {
    const [flag] = FLAGS.flatMap(([name, text]) => (options[name] === undefined ? [] : [text]));
    const given = flag ?? ask.program[0];
    if (given === undefined) return { by: "mapping", mapping };
    throw new UsageError(
      `"${ask.source}" is asked as ${mappings.file} maps it, which ${given} cannot change; name an --adapter to ask without`,
    );
  }
  const proposed = proposedAdapter(options, ask);
  if (proposed !== undefined) return { by: "options", adapter: proposed };
  throw new UsageError(
    `nothing says who answers for "${ask.source}": map it in ${mappings.file}, ` +
      `as in sources: { ${JSON.stringify(ask.source)}: { adapter: http, baseUrl: "https://example.com/" } }, or name an --adapter`,
    "ADAPTER_UNKNOWN",
  );
}

/** Opens the source for a session; whoever opened it closes its adapter. @throws as `openMapped` and `adapterOf` do */
export async function sourceOf(cli: Cli, options: AdapterOptions, ask: SourceAsk): Promise<OpenedSource> {
  const found = await findSource(cli, options, ask);
  if (found.by === "mapping") return await openMapped(cli, ask.location, found.mapping);
  const adapter = await adapterOf(cli, options, found.adapter, ask.program);
  return { source: ask.source, adapter, redact: new Redactor() };
}

/** By the options, else by what the params of all requests have; undefined where neither says. */
function proposedAdapter(options: AdapterOptions, { requests, adapters, program }: SourceAsk): AdapterName | undefined {
  const [first] = adapters;
  if (options.baseUrl !== undefined || options.header !== undefined || program.length > 0) return first;
  const have = (key: string) =>
    requests.every(
      ({ params }) => typeof params === "object" && params !== null && typeof Reflect.get(params, key) === "string",
    );
  if (have("url")) return first;
  return adapters.includes("local-file") && (options.root !== undefined || have("path")) ? "local-file" : undefined;
}

/** @throws UsageError for options that the adapter does not understand; PARAMS_INVALID */
export async function adapterOf(
  cli: Cli,
  options: AdapterOptions,
  adapter: AdapterName,
  program: readonly string[],
): Promise<Adapter> {
  const { baseUrl, timeout, root } = options;
  const understood = UNDERSTOOD[adapter];
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
  }
}

const FLAGS = [
  ["baseUrl", "--base-url"],
  ["header", "--header"],
  ["timeout", "--timeout"],
  ["root", "--root"],
] as const;
