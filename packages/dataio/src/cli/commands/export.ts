/**
 * `dataio export`: payloads as files in a folder, each verified while it is copied. No file that is there already is
 * replaced unless that was asked for. Neither one payload that cannot be exported nor a reader of the list who has gone
 * away stops the others.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { throwIfCancelled } from "../../cancellation.ts";
import { DataioError, fromSystemError, isDataioError } from "../../errors.ts";
import { exportPayload } from "../../export/payload-file.ts";
import { isChecksum } from "../../identity.ts";
import { ArchiveListing } from "../../listing.ts";
import type { ListFilter } from "../../listing-query.ts";
import { ArchiveReader } from "../../reader.ts";
import { archiveOf, withArchive } from "../archive-option.ts";
import type { Cli } from "../cli.ts";
import { addCommand } from "../command-help.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { type FilterOptions, filterOf, withFilters } from "../filter-options.ts";
import { payloadOf } from "../payload-argument.ts";
import { type RowFormat, type RowOutputOptions, withRowOutput, writeRows } from "../row-output.ts";
import { UsageError } from "../usage-error.ts";
import { parseCount } from "../values.ts";

type ExportOptions = FilterOptions &
  RowOutputOptions & { readonly to: string; readonly all?: true; readonly limit?: number; readonly overwrite?: true };

/** One payload to be exported, and the response that it is exported for; null for one that was sent. */
interface Chosen {
  readonly responseId: string | null;
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
    .option("--limit <n>", "of at most this many responses, the newest; not with ids", (text) => parseCount(text, 1))
    .option("--overwrite", "replace files that are there already")
    .action(async (ids: string[], options: ExportOptions, self: Command) => {
      const location = await archiveOf(cli, self);
      using listing = new ArchiveListing(location);
      using reader = new ArchiveReader(location);
      const payloads = chosen(listing, ids, options);
      const run: Run = { cli, reader, folder: cli.pathOf(options.to, "--to"), options, single: ids.length === 1 };
      await makeFolder(run.folder);
      cli.output.carryOn();
      await writeRows(cli, { ...options, limit: Number.POSITIVE_INFINITY }, FORMAT, exported(run, payloads));
    });
}

/** What would keep every payload from being exported is said once. @throws ACCESS_DENIED, NO_SPACE, IO_FAILED */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw fromSystemError(error, `Cannot export to ${folder}`);
  }
}

/** The payloads that are meant, each once. @throws UsageError, NotFoundError; CHECKSUM_INVALID */
function chosen(listing: ArchiveListing, ids: readonly string[], options: ExportOptions): Iterable<Chosen> {
  const filter = filterOf(options, listing);
  const ways = [ids.length > 0, Object.keys(filter).length > 0, options.all === true];
  if (ways.filter(Boolean).length !== 1) {
    throw new UsageError("say what is to be exported: either ids, or filters such as --source, or --all");
  }
  if (ids.length === 0) return selected(listing, filter, options.limit ?? Number.POSITIVE_INFINITY);
  if (options.limit !== undefined) throw new UsageError("--limit is for a selection; ids say how many there are");
  const byChecksum = new Map(ids.map((id) => payloadOf(listing, id)).map((payload) => [payload.checksum, payload]));
  return [...byChecksum.values()];
}

function* selected(listing: ArchiveListing, filter: ListFilter, limit: number): Generator<Chosen, void, undefined> {
  const seen = new Set<string>();
  for (const { id, checksum } of listing.responses(filter).take(limit)) {
    if (checksum !== null && seen.has(checksum)) continue;
    if (checksum !== null) seen.add(checksum);
    yield { responseId: id, checksum };
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
  let count = 0;
  let bytes = 0;
  const show = (more: number) => run.cli.progress.show(`exported, ${Math.floor((bytes + more) / 1e6)} MB`, count, null);
  for (const payload of payloads) {
    throwIfCancelled(run.cli.signal);
    const row = await exportOne(run, payload, show);
    count += 1;
    bytes += row.sizeBytes ?? 0;
    show(0);
    if (row.error !== null) run.cli.raise(exitCodeOf(row.error.code));
    yield row;
  }
}

async function exportOne(run: Run, payload: Chosen, onProgress: (bytes: number) => void): Promise<Exported> {
  const { cli, reader, folder, options } = run;
  const { checksum, responseId } = payload;
  const nothing = { ...payload, file: null, sizeBytes: null };
  try {
    if (!isChecksum(checksum)) throw new DataioError("CHECKSUM_INVALID", "the row has no usable checksum");
    const detail = responseId === null ? null : await reader.row({ type: "response", id: responseId });
    const name = detail?.payload?.suggestedName ?? "sent.bin";
    const file = join(folder, run.single ? name : withChecksum(name, checksum));
    const sizeBytes = await exportPayload(reader.payloads, checksum, file, {
      signal: cli.signal,
      onProgress,
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
