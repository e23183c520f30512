/** What every command's help has: what it does, and an example that can be run. */
import type { Command } from "commander";

/** A command of `program` with its description and, below its options, an example. */
export function addCommand(
  program: Command,
  nameAndArguments: string,
  description: string,
  examples: readonly string[],
): Command {
  const lines = examples.map((example) => `  $ ${example}`).join("\n");
  return program
    .command(nameAndArguments)
    .description(description)
    .addHelpText("after", `\n${examples.length === 1 ? "Example" : "Examples"}:\n${lines}`);
}
