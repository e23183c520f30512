/** `dataio fetch`: asks a source, archives what it answers, and says what came of it. */
import { type Command, Option } from "commander";
import { CACHE_MODES, type CacheMode } from "../../cache-policy.ts";
import type { FetchOutcome } from "../../fetch-all.ts";
import { withSession } from "../../session.ts";
import { Store } from "../../store.ts";
import { type AdapterOptions, sourceOf, withAdapter } from "../adapter-options.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { type AskOutcome, exitCodeOfOutcomes, noteFailures, outcomeFormat } from "../outcomes.ts";
import { type AskedRequest, type RequestOptions, requestOf, requestsOf, withRequest } from "../request-options.ts";
import { type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";
import { UsageError } from "../usage-error.ts";
import { parseCount, parseDuration } from "../values.ts";
import { writePlan } from "./fetch-plan.ts";

type FetchCommandOptions = RequestOptions &
  AdapterOptions &
  RowOutputOptions & {
    readonly cache?: CacheMode;
    readonly ttl?: number;
    readonly concurrency: number;
    readonly dryRun?: true;
  };

const ADAPTERS = ["http", "local-file", "command"] as const;

export function addFetch(program: Command, cli: Cli): void {
  const command = addCommand(program, "fetch [program...]", "fetch from a source and archive the answer", [
    `dataio fetch --source demo-market --kind quote --params '{"url": "https://example.com/quote?symbol=ESZ6"}'`,
    'dataio fetch --source house --kind prices --adapter local-file --root ./in --params \'{"path": "prices.csv"}\'',
    'dataio fetch --source legacy --kind trades --adapter command --params \'{"day": "2026-03-01"}\' -- python3 fetch_trades.py',
    "dataio fetch --source demo-market --file requests.ndjson --dry-run",
    "dataio fetch --source demo-market --file requests.ndjson --concurrency 8 --cache revalidate --ndjson",
  ]).usage("[options] [-- <program> [arguments...]]");
  withRowOutput(withArchive(withAdapter(withRequest(command), ADAPTERS)))
    .addOption(
      new Option("--cache <mode>", "how the archive is used (default: as the source is mapped, else default)").choices(
        CACHE_MODES,
      ),
    )
    .option(
      "--ttl <duration>",
      "how long an archived response is fresh, for example 6h (default: as mapped, else for ever)",
      parseDuration,
    )
    .option("--file <file>", "many requests, a line of JSON for each, - for standard input")
    .option("--dry-run", "say what would be asked and who would answer; nothing goes out, nothing is written")
    .option("--concurrency <n>", "how many run at a time", (text) => parseCount(text, 1), 4)
    .action(async (run: string[], options: FetchCommandOptions, self: Command) => {
      const asked = await requests(cli, options);
      const location = await archiveOf(cli, self);
      const inits = asked.map(({ init }) => init);
      const { source, cache, ttl } = options;
      const ask = { source, location, requests: inits, adapters: ADAPTERS, program: run };
      if (options.dryRun === true) {
        const policy = {
          ...(cache === undefined ? {} : { mode: cache }),
          ...(ttl === undefined ? {} : { ttlMs: ttl }),
        };
        await writePlan(cli, options, { ...ask, asked, policy });
        return;
      }
      const opened = await sourceOf(cli, options, ask);
      const told = options.ndjson === true ? new ToldInOrder(cli, asked) : undefined;
      try {
        using store = await Store.openWhenFree(location, { signal: cli.signal });
        const chosen = { ...(cache === undefined ? {} : { cache }), ...(ttl === undefined ? {} : { ttlMs: ttl }) };
        const outcomes = await withSession({ store, ...opened, ...chosen, signal: cli.signal }, (open) =>
          open.fetchAll(
            inits.map((init) => open.request(init)),
            {
              concurrency: options.concurrency,
              onProgress: ({ done, total, index, outcome }) => {
                told?.tell(index, outcome);
                cli.progress.show("fetching", done, total);
              },
            },
          ),
        );
        cli.progress.end();
        const asks = asked.flatMap((one, index) => {
          const outcome = outcomes[index];
          return outcome === undefined ? [] : [{ ...one, outcome }];
        });
        cli.raise(exitCodeOfOutcomes(asks));
        noteFailures(cli, asks);
        if (told !== undefined) await told.end();
        else await writeRows(cli, { ...options, limit: Number.POSITIVE_INFINITY }, outcomeFormat(cli), asks);
      } finally {
        await opened.adapter.close?.();
      }
    });
}

/** Writes a line for each outcome as soon as all before it are written. A reader that has gone away stops no fetch. */
class ToldInOrder {
  readonly #cli: Cli;
  readonly #asked: readonly AskedRequest[];
  readonly #waiting = new Map<number, AskOutcome>();
  #next = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(cli: Cli, asked: readonly AskedRequest[]) {
    this.#cli = cli;
    this.#asked = asked;
    cli.output.carryOn();
  }

  tell(index: number, outcome: FetchOutcome): void {
    const one = this.#asked[index];
    if (one === undefined) return;
    this.#waiting.set(index, { ...one, outcome });
    const ready: AskOutcome[] = [];
    for (let ask = this.#waiting.get(this.#next); ask !== undefined; ask = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += 1;
      ready.push(ask);
    }
    if (ready.length === 0) return;
    this.#writing = this.#writing.then(async () => {
      for (const ask of ready) await this.#cli.output.json(outcomeFormat(this.#cli).json(ask));
      await this.#cli.output.flush();
    });
    // Whoever waits for the end is told.
    this.#writing.catch(() => {});
  }

  /** @throws NO_SPACE, IO_FAILED */
  async end(): Promise<void> {
    await this.#writing;
  }
}

async function requests(cli: Cli, options: FetchCommandOptions): Promise<AskedRequest[]> {
  const { file } = options;
  if (file === undefined) return [{ init: await requestOf(cli, options, "GET"), line: null }];
  if ([options.params, options.paramsFile, options.body, options.bodyFile].some((one) => one !== undefined)) {
    throw new UsageError("with --file, params and body belong into its lines");
  }
  return await requestsOf(cli, options, file);
}
