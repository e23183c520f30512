/**
 * `dataio export`: a part of an archive as files, as a zip, or in the form of other tools. Neither one payload that cannot be
 * exported nor a reader of the list who has gone away stops the others; a target is whole or not there.
 */
import { type Command, Option } from "commander";
import { exportArchive, previewExport } from "../../export/export.ts";
import { DEFAULT_NAME_TEMPLATE } from "../../export/names.ts";
import type { ExistingTarget, ExportedItem, ExportScope, ExportTarget } from "../../export/report.ts";
import { ArchiveListing } from "../../listing.ts";
import type { ListFilter } from "../../listing-query.ts";
import type { ArchiveLocation } from "../../location.ts";
import { formatTimestamp } from "../../timestamps.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { exitCodeOfItem } from "../exit-codes.ts";
import { type FilterOptions, filterOf, indexFilterOf, withFilters } from "../filter-options.ts";
import { payloadOf } from "../payload-argument.ts";
import { type RowFormat, type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";
import { UsageError } from "../usage-error.ts";
import { parseCount, parseMoment } from "../values.ts";

const SNIPPETS = ["curl", "fetch", "requests"] as const;
const FORMS = ["folder", "zip", "har", "warc", "ndjson", "csv", ...SNIPPETS, "archive"] as const;
type Form = (typeof FORMS)[number];

type ExportOptions = FilterOptions &
  RowOutputOptions & {
    readonly to: string;
    readonly as?: Form;
    readonly name?: string;
    readonly decoded?: true;
    readonly sidecars: boolean;
    readonly each?: true;
    readonly store?: true;
    readonly formulas?: true;
    readonly all?: true;
    readonly limit?: number;
    readonly asOf?: bigint;
    readonly overwrite?: true;
    readonly add?: true;
    readonly preview?: true;
  };

/** How many names `--preview` shows when nobody says. */
const PREVIEWED = 100;

const FORMAT: RowFormat<ExportedItem> = {
  columns: [
    { title: "BYTES", value: (row) => row.sizeBytes, align: "right" },
    { title: "ROW", value: (row) => row.row?.id ?? null },
    {
      title: "FILE",
      value: ({ name, problem }) => (problem === null ? name : `${name ?? "not exported"}: ${problem.message}`),
    },
  ],
  json: ({ row, checksum, name, sizeBytes, problem }) => ({
    type: row?.type ?? null,
    id: row?.id ?? null,
    checksum,
    file: name,
    sizeBytes,
    error: problem === null ? null : { code: problem.code, message: problem.message },
  }),
};

export function addExport(program: Command, cli: Cli): void {
  const command = addCommand(program, "export [ids...]", "copy a part of the archive to files, verified", [
    "dataio export 0199b3f2 --to ./out",
    "dataio export --source demo-market --kind quote --since 7d --to quotes.zip",
    "dataio export --all --to site.warc.gz",
    "dataio export --session 0199b3f2 --to again.sh",
    "dataio export --kind quote --as-of 2026-03-01 --to ./then",
    "dataio export --all --to ./out --name '{kind}/{date}-{id}.{ext}' --preview",
  ]);
  withArchive(withRowOutput(withFilters(command, ["source", "kind", "method", "status", "session"])))
    .requiredOption(
      "--to <folder>",
      "a folder, or a file: .zip, .har, .warc, .warc.gz, .ndjson, .csv; of requests .sh, .mjs, .py",
    )
    .addOption(
      new Option(
        "--as <form>",
        "the form, where the name does not say it; of requests curl, fetch or requests",
      ).choices(FORMS),
    )
    .option("--name <template>", `names of files (default: "${DEFAULT_NAME_TEMPLATE}")`)
    .option("--decoded", "undo content encodings such as gzip")
    .option("--no-sidecars", "no transport metadata beside the payloads")
    .option("--each", "a file for each row, also where bytes are equal")
    .option("--store", "a zip without compression")
    .option("--formulas", "leave cells of a CSV that a spreadsheet would run as they are")
    .option("--all", "the whole archive, when neither ids nor filters are given")
    .option(
      "--as-of <moment>",
      "as it was then: without what came later, or was replaced by then; not with ids",
      (text) => parseMoment(text),
    )
    .option("--limit <n>", "of at most this many responses, the newest; not with ids", (text) => parseCount(text, 1))
    .addOption(new Option("--overwrite", "replace files that are there already").conflicts("add"))
    .option("--add", "into a folder that is not empty; names that are taken get a number")
    .option("--preview", "write nothing, and show the names that files would have")
    .action(async (ids: string[], options: ExportOptions, self: Command) => {
      const location = await archiveOf(cli, self);
      const scope = scopeOf(location, ids, options);
      const target = targetOf(cli, options);
      if (options.preview === true) await showNames(cli, location, scope, options);
      else await run(cli, location, { scope, target, options });
    });
}

async function showNames(cli: Cli, location: ArchiveLocation, scope: ExportScope, options: ExportOptions) {
  const template = options.name ?? DEFAULT_NAME_TEMPLATE;
  const names = await previewExport(location, { scope, template, limit: options.limit ?? PREVIEWED });
  const format: RowFormat<string> = { columns: [{ title: "FILE", value: (name) => name }], json: (file) => ({ file }) };
  await writeRows(cli, { ...options, limit: Number.POSITIVE_INFINITY }, format, names);
}

async function run(
  cli: Cli,
  location: ArchiveLocation,
  what: { readonly scope: ExportScope; readonly target: ExportTarget; readonly options: ExportOptions },
): Promise<void> {
  const { scope, target, options } = what;
  cli.output.carryOn();
  const listed = new ItemQueue<ExportedItem>();
  const exporting = exportArchive(location, {
    scope,
    target,
    signal: cli.signal,
    onProgress: ({ done, total, bytes }) => cli.progress.show(`exported, ${Math.floor(bytes / 1e6)} MB`, done, total),
    onItem: async (item) => {
      if (item.problem !== null) cli.raise(exitCodeOfItem(item.problem.code));
      await listed.put(item);
    },
  }).finally(() => listed.end());
  // Who asks for rows is told of the failure below, once.
  exporting.catch(() => {});
  const rows = (async function* () {
    yield* listed;
    await exporting;
  })();
  await writeRows(cli, { ...options, limit: Number.POSITIVE_INFINITY }, FORMAT, rows);
  const { exported, problemCount } = await exporting;
  const problems = problemCount === 1 ? "1 problem" : `${problemCount} problems`;
  if (problemCount > 0) cli.note(`done with ${problems}: ${exported} exported to ${target.path}`);
}

/** One item at a time from who makes them to who writes them. */
class ItemQueue<T> implements AsyncIterable<T> {
  #item: { readonly value: T } | null = null;
  #ended = false;
  #wake: () => void = () => {};

  /** Resolves when the one before was taken. */
  async put(value: T): Promise<void> {
    while (this.#item !== null) await this.#changed();
    this.#item = { value };
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const item = this.#item;
      if (item !== null) {
        this.#item = null;
        this.#wake();
        yield item.value;
      } else if (this.#ended) return;
      else await this.#changed();
    }
  }

  #changed(): Promise<void> {
    const before = this.#wake;
    return new Promise((resolve) => {
      this.#wake = () => {
        before();
        resolve();
      };
    });
  }
}

/** @throws UsageError, NotFoundError; CHECKSUM_INVALID */
function scopeOf(location: ArchiveLocation, ids: readonly string[], options: ExportOptions): ExportScope {
  using listing = new ArchiveListing(location);
  const filter = filterOf(options, listing);
  const ways = [ids.length > 0, Object.keys(filter).length > 0, options.all === true];
  if (ways.filter(Boolean).length !== 1) {
    throw new UsageError("say what is to be exported: either ids, or filters such as --source, or --all");
  }
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  if (ids.length === 0) {
    const whole = options.asOf === undefined && options.limit === undefined ? wholeScope(filter) : null;
    if (whole !== null) return whole;
    return options.asOf === undefined
      ? { type: "list", filter, ...limit }
      : { type: "filter", ...indexFilterOf(filter), asOf: formatTimestamp(options.asOf), ...limit };
  }
  if (options.asOf !== undefined) throw new UsageError("--as-of is for a selection; ids say which responses");
  if (options.limit !== undefined) throw new UsageError("--limit is for a selection; ids say how many there are");
  const meant = ids.map((id) => payloadOf(listing, id));
  const [only] = meant;
  if (meant.length === 1 && only?.responseId === null) return { type: "payload", checksum: only.checksum };
  const rows = meant.map(({ responseId, checksum }) => {
    if (responseId === null) throw new UsageError(`the payload ${checksum} was only sent: export it alone`);
    return { type: "response", id: responseId } as const;
  });
  return { type: "rows", rows };
}

/** All of the archive or of a session, with what nothing answered; null for what a filter narrows further. */
function wholeScope({ session, ...narrower }: ListFilter): ExportScope | null {
  if (Object.values(narrower).some((value) => value !== undefined)) return null;
  return session === undefined ? { type: "archive" } : { type: "sessions", ids: [session] };
}

const ENDINGS: readonly (readonly [RegExp, Form])[] = [
  [/\.zip$/i, "zip"],
  [/\.har$/i, "har"],
  [/\.warc(\.gz)?$/i, "warc"],
  [/\.(ndjson|jsonl)$/i, "ndjson"],
  [/\.csv$/i, "csv"],
  [/\.sh$/i, "curl"],
  [/\.m?js$/i, "fetch"],
  [/\.py$/i, "requests"],
];

function targetOf(cli: Cli, options: ExportOptions): ExportTarget {
  const path = cli.pathOf(options.to, "--to");
  const form = options.as ?? ENDINGS.find(([ending]) => ending.test(path))?.[1] ?? "folder";
  const existing: ExistingTarget = options.overwrite === true ? "replace" : options.add === true ? "add" : "refuse";
  const encoding = options.decoded === true ? "decoded" : "stored";
  const files = {
    path,
    existing,
    encoding,
    sidecars: options.sidecars,
    duplicates: options.each === true ? "each" : "once",
    ...(options.name === undefined ? {} : { template: options.name }),
  } as const;
  if (existing === "add" && form !== "folder") throw new UsageError("--add is for a folder");
  switch (form) {
    case "folder":
      return { type: form, ...files };
    case "zip":
      return { type: form, ...files, compression: options.store === true ? "store" : "deflate" };
    case "curl":
    case "fetch":
    case "requests":
      return { type: "snippets", path, existing, form };
    case "warc":
      return { type: form, path, existing, encoding };
    case "csv":
      return { type: form, path, existing, formulas: options.formulas === true };
    default:
      return { type: form, path, existing };
  }
}
