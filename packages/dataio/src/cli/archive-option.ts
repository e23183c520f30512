/** Which archive a command is about. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { type ArchiveLocation, archiveLocation } from "../location.ts";
import type { Cli } from "./cli.ts";
import { UsageError } from "./usage-error.ts";

/** Whose configuration says where the archive is: that of the Python package, so that both mean the same one. */
export const CONFIG_PACKAGE = "mxm-dataio";

/** Adds `--archive` to a command. */
export function withArchive(command: Command): Command {
  return command.addOption(
    new Option("-a, --archive <folder>", "the archive; else $DATAIO_ARCHIVE, the configuration, this folder"),
  );
}

/** The archive of a command; see {@link locate}. @throws UsageError, CONFIG_INVALID */
export async function archiveOf(cli: Cli, command: Command): Promise<ArchiveLocation> {
  const options: { readonly archive?: string } = command.optsWithGlobals();
  return await locate(cli, options.archive);
}

/**
 * The archive that the option names, else the environment, else the configuration, else the current folder when it is
 * one. Whether there really is an archive shows when it is opened.
 * @throws UsageError when nothing says which; CONFIG_INVALID
 */
export async function locate(cli: Cli, option: string | undefined): Promise<ArchiveLocation> {
  const named = option ?? (cli.env.DATAIO_ARCHIVE || undefined);
  if (named !== undefined) return archiveLocation(cli.pathOf(named, "the name of the archive"));
  const { loadConfig } = await import("../config.ts");
  const config = await loadConfig(CONFIG_PACKAGE, { env: cli.env });
  if (config.entries.some(({ key }) => /^(dataio\.)?paths\./.test(key))) {
    const { archiveLocationFromConfig } = await import("../config-location.ts");
    return archiveLocationFromConfig(config, cli.env);
  }
  if (existsSync(join(cli.cwd, "dataio.sqlite"))) return archiveLocation(cli.cwd);
  throw new UsageError(
    "no archive: name one with --archive <folder> or $DATAIO_ARCHIVE, configure one, or run this inside of one",
  );
}
