/** The command line as a whole. */
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { withArchive } from "./archive-option.ts";
import type { Cli } from "./cli.ts";
import { EXIT_CODES_HELP } from "./exit-codes.ts";

/** Adds a command, or a few that belong together, to the program. */
type Add = (program: Command, cli: Cli) => void;

const lists = async (): Promise<Add> => (await import("./commands/lists.ts")).addLists;

const sources = async (): Promise<Add> => (await import("./commands/sources.ts")).addSources;

/** In the order of the help. Each is loaded when it is needed: most of the time of a short command is loading. */
const COMMANDS: Readonly<Record<string, () => Promise<Add>>> = {
  init: async () => (await import("./commands/init.ts")).addInit,
  sessions: lists,
  requests: lists,
  responses: lists,
  show: async () => (await import("./commands/show.ts")).addShow,
  cat: async () => (await import("./commands/cat.ts")).addCat,
  fetch: async () => (await import("./commands/fetch.ts")).addFetch,
  send: async () => (await import("./commands/send.ts")).addSend,
  stream: async () => (await import("./commands/stream.ts")).addStream,
  sources,
  trust: sources,
  replay: async () => (await import("./commands/replay.ts")).addReplay,
  verify: async () => (await import("./commands/verify.ts")).addVerify,
  repair: async () => (await import("./commands/repair.ts")).addRepair,
  export: async () => (await import("./commands/export.ts")).addExport,
  import: async () => (await import("./commands/import.ts")).addImport,
  config: async () => (await import("./commands/config.ts")).addConfig,
  sample: async () => (await import("./commands/sample.ts")).addSample,
  completion: async () => (await import("./commands/completion.ts")).addCompletion,
};

/**
 * A program that throws instead of exiting, and leaves telling of errors to its caller. It has the command that these
 * words name, or all where they name none.
 */
export async function buildProgram(cli: Cli, words: readonly string[]): Promise<Command> {
  const program = new Command("dataio")
    .description("Archive every interaction with an external system: sessions, requests, responses, exact bytes.")
    .version(version())
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ ...cli.helpOutput(), outputError: () => {} })
    .addHelpText(
      "after",
      `\n${EXIT_CODES_HELP}\n\nExample:\n  $ dataio init ./archive && dataio --archive ./archive sessions`,
    );
  withArchive(program);
  const named = COMMANDS[commandOf(words) ?? ""];
  for (const load of named === undefined ? new Set(Object.values(COMMANDS)) : [named]) (await load())(program, cli);
  return program;
}

/** The word that stands where a command does; undefined also where help is asked for before it, which is about all. */
function commandOf(words: readonly string[]): string | undefined {
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "-a" || word === "--archive") index += 1;
    else if (!word.startsWith("-")) return Object.hasOwn(COMMANDS, word) ? word : undefined;
    else if (!/^(-a.|--archive=)/.test(word)) return undefined;
  }
  return undefined;
}

function version(): string {
  const file: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const stated = typeof file === "object" && file !== null && "version" in file ? file.version : undefined;
  return typeof stated === "string" ? stated : "unknown";
}
