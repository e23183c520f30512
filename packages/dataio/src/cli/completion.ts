/**
 * What may come next on a command line: `dataio __complete <words>`, of which the last is the one being written. A line
 * for each completion, `value` or `value<tab>description`; `:files` or `:folders` where the shell knows better. Never fails, for
 * nobody reads what it would say.
 */
import type { Argument, Command, Option } from "commander";
import { ArchiveListing } from "../listing.ts";
import type { ArchiveLocation } from "../location.ts";
import { RESPONSE_STATUSES } from "../model.ts";
import { locate } from "./archive-option.ts";
import type { Cli } from "./cli.ts";
import { shortTime } from "./formats.ts";
import { printable } from "./printable.ts";
import { buildProgram } from "./program.ts";
import { shellWords } from "./shell-words.ts";

/** What may come next, and the words that lie behind already. */
interface Place {
  readonly command: Command;
  /** The option whose value is being written. */
  readonly option: Option | undefined;
  /** The argument that is being written; undefined where a command is, or nothing can be. */
  readonly argument: Argument | undefined;
  readonly archive: string | undefined;
  /** Behind `--` nothing is an option. */
  readonly literal: boolean;
}

interface Completion {
  readonly value: string;
  readonly description?: string;
}

const RECENT = 30;
/** In front of the line behind the command's name, as bash has it, instead of its words. */
const LINE = "--line";

/** The lines that answer `dataio __complete`. */
export async function completions(cli: Cli, args: readonly string[]): Promise<string[]> {
  const words = args[0] === LINE ? shellWords(args[1] ?? "") : args;
  const before = words.slice(0, -1);
  const place = placeOf(await buildProgram(cli, before), before);
  const { inOption, current, offered } = await offerFor(cli, place, words.at(-1) ?? "");
  if (typeof offered === "string") return [offered];
  return offered
    .filter(({ value }) => value.startsWith(current) && value === printable(value))
    .map(({ value, description }) => ({ value: inOption + value, description }))
    .map(({ value, description }) => (description === undefined ? value : `${value}\t${printable(description)}`));
}

/** What is offered for the word that is being written; of `--option=value` only the value is completed. */
async function offerFor(cli: Cli, place: Place, word: string) {
  const [, long, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
  const option = optionsOf(place.command).find((one) => one.long === long && takesValue(one));
  if (place.literal || place.option !== undefined || option === undefined || value === undefined) {
    return { inOption: "", current: word, offered: await offer(cli, place, word) };
  }
  return { inOption: `${long}=`, current: value, offered: await offer(cli, { ...place, option }, value) };
}

function placeOf(program: Command, before: readonly string[]): Place {
  let command = program;
  let option: Option | undefined;
  let archive: string | undefined;
  let literal = false;
  let operands = 0;
  for (const word of before) {
    if (option !== undefined && !(option.variadic && word.startsWith("-"))) {
      if (option.long === "--archive") archive = word;
      if (!option.variadic) option = undefined;
    } else if (word === "--") {
      literal = true;
      option = undefined;
    } else if (!literal && word.startsWith("-")) {
      const known = optionsOf(command).find((one) => one.long === word || one.short === word);
      option = known !== undefined && takesValue(known) ? known : undefined;
      if (word.startsWith("--archive=")) archive = word.slice("--archive=".length);
    } else {
      const sub = command.commands.find((one) => one.name() === word);
      if (sub !== undefined && !literal && operands === 0) command = sub;
      else operands += 1;
    }
  }
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[operands] ?? (last?.variadic === true ? last : undefined);
  return { command, option, argument, archive, literal };
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function optionsOf(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

async function offer(cli: Cli, place: Place, current: string): Promise<readonly Completion[] | ":files" | ":folders"> {
  const { command, option, argument } = place;
  const mayBeOption = current.startsWith("-") && !place.literal;
  if (option !== undefined && !(option.variadic && mayBeOption)) {
    return await offerValues(cli, place, option.argChoices, option.flags);
  }
  if (mayBeOption) {
    return optionsOf(command).flatMap((one) =>
      one.long === undefined ? [] : [{ value: one.long, description: one.description }],
    );
  }
  if (command.commands.length > 0) return commandsOf(command);
  if (argument === undefined) return [];
  return await offerValues(cli, place, argument.argChoices, `<${argument.name()}>`);
}

/** @param flags has the name of the value in angle brackets, which says what it is */
async function offerValues(cli: Cli, place: Place, choices: readonly string[] | undefined, flags: string) {
  if (choices !== undefined) return choices.map((value) => ({ value }));
  const name = /[<[]([\w-]+)(?:\.\.\.)?[>\]]/.exec(flags)?.[1];
  switch (name) {
    case "file":
    case "program":
      return ":files";
    case "folder":
      return ":folders";
    case "status":
      return RESPONSE_STATUSES.map((value) => ({ value }));
    case "source":
    case "name":
      return await fromArchive(cli, place, "source");
    case "kind":
      return await fromArchive(cli, place, "kind");
    case "id":
    case "ids":
      return await fromArchive(cli, place, rowsMeant(place, flags));
    case "command":
      return commandsOf(place.command.parent ?? place.command);
    default:
      return [];
  }
}

/** Whose ids are offered. */
function rowsMeant({ command, option }: Place, flags: string): "session" | "request" | "response" {
  if (option !== undefined && /session/.test(flags)) return "session";
  return command.name() === "replay" ? "request" : "response";
}

function commandsOf(command: Command): Completion[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), description: one.description() }));
}

async function fromArchive(
  cli: Cli,
  place: Place,
  what: "source" | "kind" | "session" | "request" | "response",
): Promise<Completion[]> {
  try {
    const location = await locate(cli, atHome(cli, place.archive));
    using listing = new ArchiveListing(location);
    switch (what) {
      case "source":
        return [...new Set([...listing.recentWords(what), ...(await mappedNames(cli, location))])].map((value) => ({
          value,
        }));
      case "kind":
        return listing.recentWords(what).map((value) => ({ value }));
      case "session":
        return listing
          .recentSessions(RECENT)
          .map((row) => ({ value: row.id, description: `${row.source} ${shortTime(row.startedAt)}` }));
      case "request":
        return listing
          .requests()
          .take(RECENT)
          .map((row) => ({ value: row.id, description: `${row.kind} ${shortTime(row.createdAt)}` }))
          .toArray();
      case "response":
        return listing
          .responses()
          .take(RECENT)
          .map((row) => ({ value: row.id, description: `${row.kind ?? row.status} ${shortTime(row.createdAt)}` }))
          .toArray();
    }
  } catch {
    // No archive, or none that can be read: there is nothing to offer.
    return [];
  }
}

/** Names of sources that were perhaps never asked; none where their file cannot be understood. */
async function mappedNames(cli: Cli, location: ArchiveLocation): Promise<string[]> {
  const { mappingsOf } = await import("./mapped-source.ts");
  return await mappingsOf(cli, location, undefined).then(
    ({ sources }) => Object.keys(sources),
    () => [],
  );
}

/** Shells put the home folder in the place of `~` only when the line is run. */
function atHome(cli: Cli, path: string | undefined): string | undefined {
  return path?.replace(/^~(?=\/|$)/, cli.env.HOME ?? "~");
}
