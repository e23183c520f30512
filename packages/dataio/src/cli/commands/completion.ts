/** `dataio completion`: the script that teaches a shell to complete this command. */
import { Argument, type Command } from "commander";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { COMPLETION_SCRIPTS, SHELLS, type Shell } from "../completion-scripts.ts";

export function addCompletion(program: Command, cli: Cli): void {
  addCommand(program, "completion", "print the script that completes this command in a shell", [
    "source <(dataio completion bash)",
    "source <(dataio completion zsh)",
    "dataio completion fish | source",
  ])
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action(async (shell: Shell) => {
      await cli.output.line(COMPLETION_SCRIPTS[shell].trimEnd());
    });
}
