/**
 * What may come next on a command line: `dataio __complete <words>`, of which the last is the one being written. A line
 * for each completion, `value` or `value<tab>description`; `:files` or `:folders` where the shell knows better. Never fails, for
 * nobody reads what it would say.
 */
import type { Argument, Command, Option } from "commander";
import { ArchiveListing } from "../listing.ts";
import { RESPONSE_STATUSES } from "../model.ts";
import { locate } from "./archive-option.ts";
import type { Cli } from "./cli.ts";
import { shortTime } from "./formats.ts";
import { printable } from "./printable.ts";

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

/** The lines that answer `dataio __complete`. */
export async function completions(cli: Cli, program: Command, words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const place = placeOf(program, words.slice(0, -1));
  const offered = await offer(cli, place, current);
  if (typeof offered === "string") return [offered];
  return offered
    .filter(({ value }) => value.startsWith(current) && value === printable(value))
    .map(({ value, description }) => (description === undefined ? value : `${value}\t${printable(description)}`));
}

function placeOf(program: Command, before: readonly string[]): Place {
  let command = program;
  let option: Option | undefined;
  let archive: string | undefined;
  let literal = false;
  let operands = 0;
  for (const word of before) {
    if (option !== undefined) {
      if (option.long === "--archive") archive = word;
      option = undefined;
    } else if (word === "--") literal = true;
    else if (!literal && word.startsWith("-")) {
      const known = optionsOf(command).find((one) => one.long === word || one.short === word);
      if (known !== undefined && (known.required || known.optional)) option = known;
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

function optionsOf(command: Command): Option[] {
  return command.createHelp().visibleOptions(command);
}

async function offer(cli: Cli, place: Place, current: string): Promise<readonly Completion[] | ":files" | ":folders"> {
  const { command, option, argument } = place;
  if (option !== undefined) return await offerValues(cli, place, option.argChoices, option.flags);
  if (current.startsWith("-") && !place.literal) {
    return optionsOf(command).flatMap((one) =>
      one.long === undefined ? [] : [{ value: one.long, description: one.description }],
    );
  }
  if (command.commands.length > 0) {
    return command
      .createHelp()
      .visibleCommands(command)
      .map((one) => ({ value: one.name(), description: one.description() }));
  }
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
    case "kind":
    case "id":
    case "ids":
      return await fromArchive(cli, place, flags.includes("--session") ? "session" : name);
    default:
      return [];
  }
}

async function fromArchive(
  cli: Cli,
  place: Place,
  what: "source" | "name" | "kind" | "id" | "ids" | "session",
): Promise<Completion[]> {
  try {
    using listing = new ArchiveListing(await locate(cli, place.archive));
    switch (what) {
      case "source":
      case "name":
        return listing.recentWords("source").map((value) => ({ value }));
      case "kind":
        return listing.recentWords("kind").map((value) => ({ value }));
      case "session":
        return listing
          .recentSessions(RECENT)
          .map((row) => ({ value: row.id, description: `${row.source} ${shortTime(row.startedAt)}` }));
      case "id":
      case "ids":
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
