/** `dataio send`: sends bytes to a source, and archives them with the acknowledgement. */
import { type Command, Option } from "commander";
import { withSession } from "../../session.ts";
import { Store } from "../../store.ts";
import { type AdapterOptions, sourceOf, withAdapter } from "../adapter-options.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { exitCodeOfOutcomes, noteFailures, outcomeFormat, outcomeOf } from "../outcomes.ts";
import { type RequestOptions, readBytes, requestOf, withRequest } from "../request-options.ts";
import { type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";

type SendOptions = RequestOptions &
  AdapterOptions &
  RowOutputOptions & { readonly data?: string; readonly dataFile?: string };

const ADAPTERS = ["http", "command"] as const;

export function addSend(program: Command, cli: Cli): void {
  const command = addCommand(program, "send [program...]", "send bytes to a source and archive them with its answer", [
    `dataio send --source broker --kind order --params '{"url": "https://example.com/orders"}' --data '{"qty": 3}'`,
    "dataio send --source mail --kind report --adapter command --data-file report.pdf -- ./deliver --to team",
    "dataio send --source broker --kind order --data-file order.json",
  ]).usage("[options] [-- <program> [arguments...]]");
  withRowOutput(withArchive(withAdapter(withRequest(command), ADAPTERS)))
    .addOption(new Option("--data <text>", "what is sent, as UTF-8").conflicts("dataFile"))
    .option("--data-file <file>", "what is sent, from a file, - for standard input (the default)")
    .action(async (run: string[], options: SendOptions, self: Command) => {
      const init = await requestOf(cli, options, "SEND");
      const location = await archiveOf(cli, self);
      const asked = { source: options.source, location, requests: [init], adapters: ADAPTERS, program: run };
      const opened = await sourceOf(cli, options, asked);
      try {
        const payload =
          options.data === undefined ? await readBytes(cli, options.dataFile ?? "-") : Buffer.from(options.data);
        using store = await Store.openWhenFree(location, { signal: cli.signal });
        const outcome = await withSession({ store, ...opened, signal: cli.signal }, (session) =>
          outcomeOf(session.send(session.request(init), payload)),
        );
        const asks = [{ init, outcome }];
        cli.raise(exitCodeOfOutcomes(asks));
        noteFailures(cli, asks);
        await writeRows(cli, options, outcomeFormat(cli), asks);
      } finally {
        await opened.adapter.close?.();
      }
    });
}
