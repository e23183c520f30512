/** `dataio fetch`: asks a source, archives what it answers, and says what came of it. */
import { type Command, Option } from "commander";
import { CACHE_MODES, type CacheMode } from "../../cache-policy.ts";
import { withSession } from "../../session.ts";
import { Store } from "../../store.ts";
import { type AdapterOptions, adapterOf, withAdapter } from "../adapter-options.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { exitCodeOfOutcomes, noteFailures, outcomeFormat } from "../outcomes.ts";
import { type RequestOptions, requestOf, requestsOf, withRequest } from "../request-options.ts";
import { type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";
import { UsageError } from "../usage-error.ts";
import { parseCount, parseDuration } from "../values.ts";

type FetchCommandOptions = RequestOptions &
  AdapterOptions &
  RowOutputOptions & { readonly cache: CacheMode; readonly ttl?: number; readonly concurrency: number };

export function addFetch(program: Command, cli: Cli): void {
  const command = addCommand(program, "fetch [program...]", "fetch from a source and archive the answer", [
    `dataio fetch --source demo-market --kind quote --params '{"url": "https://example.com/quote?symbol=ESZ6"}'`,
    'dataio fetch --source house --kind prices --adapter local-file --root ./in --params \'{"path": "prices.csv"}\'',
    'dataio fetch --source legacy --kind trades --adapter command --params \'{"day": "2026-03-01"}\' -- python3 fetch_trades.py',
    "dataio fetch --source demo-market --file requests.ndjson --concurrency 8 --cache revalidate --ndjson",
  ]).usage("[options] [-- <program> [arguments...]]");
  withRowOutput(withArchive(withAdapter(withRequest(command), ["http", "local-file", "command"])))
    .addOption(new Option("--cache <mode>", "how the archive is used").choices(CACHE_MODES).default("default"))
    .option(
      "--ttl <duration>",
      "how long an archived response is fresh, for example 6h (default: for ever)",
      parseDuration,
    )
    .option("--file <file>", "many requests, a line of JSON for each, - for standard input")
    .option("--concurrency <n>", "how many run at a time", (text) => parseCount(text, 1), 4)
    .action(async (run: string[], options: FetchCommandOptions, self: Command) => {
      const inits = await requests(cli, options);
      const adapter = await adapterOf(cli, options, run);
      try {
        using store = await Store.openWhenFree(await archiveOf(cli, self), { signal: cli.signal });
        const session = { store, source: options.source, adapter, signal: cli.signal, cache: options.cache };
        const ttl = options.ttl === undefined ? {} : { ttlMs: options.ttl };
        const outcomes = await withSession({ ...session, ...ttl }, (open) =>
          open.fetchAll(
            inits.map((init) => open.request(init)),
            {
              concurrency: options.concurrency,
              onProgress: ({ done, total }) => cli.progress.show("fetching", done, total),
            },
          ),
        );
        cli.progress.end();
        const asks = inits.flatMap((init, index) => {
          const outcome = outcomes[index];
          return outcome === undefined ? [] : [{ init, outcome }];
        });
        cli.raise(exitCodeOfOutcomes(asks));
        noteFailures(cli, asks);
        await writeRows(cli, { ...options, limit: Number.POSITIVE_INFINITY }, outcomeFormat(cli), asks);
      } finally {
        await adapter.close?.();
      }
    });
}

async function requests(cli: Cli, options: FetchCommandOptions) {
  const { file } = options;
  if (file === undefined) return [await requestOf(cli, options, "GET")];
  if ([options.params, options.paramsFile, options.body, options.bodyFile].some((one) => one !== undefined)) {
    throw new UsageError("with --file, params and body belong into its lines");
  }
  return await requestsOf(cli, options, file);
}
