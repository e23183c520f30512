/** `dataio init`: a new, empty archive. */
import type { Command } from "commander";
import { Store } from "../../store.ts";
import { locate } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { printable } from "../printable.ts";
import { UsageError } from "../usage-error.ts";

export function addInit(program: Command, cli: Cli): void {
  const description =
    "make a new archive in a folder that is empty or not there yet; without one, where $DATAIO_ARCHIVE or the configuration says";
  addCommand(program, "init [folder]", description, ["dataio init ./market-data"])
    .option("--json", "where its parts are, as JSON")
    .action(async (folder: string | undefined, options: { readonly json?: true }, self: Command) => {
      const { archive }: { readonly archive?: string } = self.optsWithGlobals();
      if (folder !== undefined && archive !== undefined)
        throw new UsageError("name the folder once: it is the archive");
      using store = Store.create(await locate(cli, folder ?? archive));
      if (options.json === true) await cli.output.json({ ...store.location });
      else await cli.output.line(`Made an archive in ${printable(store.location.root)}`);
    });
}
