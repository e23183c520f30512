/** `dataio sample`: an archive to try things on, made on this machine by real sessions. */
import type { Command } from "commander";
import { recordSample } from "../../sample/record-sample.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { printable } from "../printable.ts";

export function addSample(program: Command, cli: Cli): void {
  addCommand(program, "sample <folder>", "make a sample archive in a folder that is empty or not there yet", [
    "dataio sample ./sample && dataio --archive ./sample responses",
  ])
    .option("--json", "where it is, as JSON")
    .action(async (folder: string, options: { readonly json?: true }) => {
      const root = cli.pathOf(folder, "the name of the folder");
      await recordSample(root, {
        signal: cli.signal,
        onStep: (step, done, total) => cli.progress.show(step, done, total),
      });
      cli.progress.end();
      if (options.json === true) await cli.output.json({ root });
      else await cli.output.line(`Made a sample archive in ${printable(root)}`);
    });
}
