/**
 * `dataio export`: payloads as files in a folder, each verified while it is copied. No file that is there already is
 * replaced unless that was asked for, and one payload that cannot be exported does not stop the others.
 */
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { DataioError, isDataioError } from "../../errors.ts";
import { exportPayload } from "../../export/payload-file.ts";
import { isChecksum } from "../../identity.ts";
import { ArchiveListing } from "../../listing.ts";
import { ArchiveReader } from "../../reader.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { type FilterOptions, filterOf, withFilters } from "../filter-options.ts";
import { checksumOf } from "../payload-argument.ts";
import { type RowFormat, type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";
import { UsageError } from "../usage-error.ts";
import { parseCount } from "../values.ts";

type ExportOptions = FilterOptions &
  RowOutputOptions & { readonly to: string; readonly all?: true; readonly limit?: number; readonly overwrite?: true };

/** One payload to be exported, and the newest response that has it. */
interface Chosen {
  readonly responseId: string;
  readonly checksum: string | null;
}

interface Exported extends Chosen {
  readonly file: string | null;
  readonly sizeBytes: number | null;
  readonly error: DataioError | null;
}

const FORMAT: RowFormat<Exported> = {
  columns: [
    { title: "BYTES", value: (row) => row.sizeBytes, align: "right" },
    { title: "RESPONSE", value: (row) => row.responseId },
    { title: "FILE", value: (row) => (row.error === null ? row.file : `not exported: ${row.error.message}`) },
  ],
  json: ({ responseId, checksum, file, sizeBytes, error }) => ({
    responseId,
    checksum,
    file,
    sizeBytes,
    error: error === null ? null : { code: error.code, message: error.message },
  }),
};

export function addExport(program: Command, cli: Cli): void {
  const command = addCommand(program, "export [ids...]", "copy verified payloads into a folder", [
    "dataio export 0199b3f2 --to ./out",
    "dataio export --source demo-market --kind quote --since 7d --to ./out",
  ]);
  withArchive(withRowOutput(withFilters(command, ["source", "kind", "method", "status", "session"])))
    .requiredOption("--to <folder>", "where the files go; made when it is not there")
    .option("--all", "the whole archive, when neither ids nor filters are given")
    .option("--limit <n>", "of at most this many responses, the newest", (text) => parseCount(text, 1))
    .option("--overwrite", "replace files that are there already")
    .action(async (ids: string[], options: ExportOptions, self: Command) => {
      const location = await archiveOf(cli, self);
      using listing = new ArchiveListing(location);
      using reader = new ArchiveReader(location);
      const run: Run = { cli, reader, folder: resolve(cli.cwd, options.to), options, single: ids.length === 1 };
      await writeRows(
        cli,
        { ...options, limit: Number.POSITIVE_INFINITY },
        FORMAT,
        exported(run, chosen(listing, ids, options)),
      );
    });
}

/** The payloads that are meant, each once. */
function* chosen(
  listing: ArchiveListing,
  ids: readonly string[],
  options: ExportOptions,
): Generator<Chosen, void, undefined> {
  const filter = filterOf(options, listing);
  const filtered = Object.keys(filter).length > 0;
  if (ids.length > 0 ? filtered || options.all === true : filtered === (options.all === true)) {
    throw new UsageError("say what is to be exported: ids, or filters such as --source, or --all");
  }
  const seen = new Set<string>();
  for (const one of ids.length > 0 ? byId(listing, ids) : listing.responses(filter).take(options.limit ?? Infinity)) {
    if (one.checksum !== null && seen.has(one.checksum)) continue;
    if (one.checksum !== null) seen.add(one.checksum);
    yield { responseId: "responseId" in one ? one.responseId : one.id, checksum: one.checksum };
  }
}

function* byId(listing: ArchiveListing, ids: readonly string[]): Generator<Chosen, void, undefined> {
  for (const id of ids) {
    const checksum = checksumOf(listing, id);
    yield { responseId: listing.responsesOf("payload", checksum, 1)[0]?.id ?? "", checksum };
  }
}

interface Run {
  readonly cli: Cli;
  readonly reader: ArchiveReader;
  readonly folder: string;
  readonly options: ExportOptions;
  /** One payload has its plain name; of several each has a part of its checksum in it. */
  readonly single: boolean;
}

async function* exported(run: Run, payloads: Iterable<Chosen>): AsyncGenerator<Exported, void, undefined> {
  for (const payload of payloads) {
    const row = await exportOne(run, payload);
    if (row.error !== null) run.cli.raise(exitCodeOf(row.error.code));
    yield row;
  }
}

async function exportOne(run: Run, payload: Chosen): Promise<Exported> {
  const { cli, reader, folder, options } = run;
  const { checksum, responseId } = payload;
  const nothing = { ...payload, file: null, sizeBytes: null };
  try {
    if (!isChecksum(checksum)) throw new DataioError("CHECKSUM_INVALID", "the row has no usable checksum");
    const detail = await reader.row({ type: "response", id: responseId });
    const name = detail.payload?.suggestedName ?? `${checksum}.bin`;
    const file = join(folder, run.single ? name : withChecksum(name, checksum));
    const sizeBytes = await exportPayload(reader.payloads, checksum, file, {
      signal: cli.signal,
      replace: options.overwrite === true,
    });
    return { ...payload, file, sizeBytes, error: null };
  } catch (error) {
    if (!isDataioError(error) || error.code === "CANCELLED") throw error;
    return { ...nothing, error };
  }
}

/** `quote.json` as `quote.3e75fb680c226d24.json`: the same for the same bytes, another one for others. */
function withChecksum(name: string, checksum: string): string {
  const dot = name.lastIndexOf(".");
  return `${name.slice(0, dot)}.${checksum.slice(0, 16)}${name.slice(dot)}`;
}
