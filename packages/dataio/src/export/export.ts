/**
 * Exports rows of an archive: one engine for every target. The archive is opened for reading only and nothing in it changes;
 * every payload is verified while it is copied; what cannot be exported is listed with its reason, and the others go on.
 * A target has its name only when it is whole: what is cancelled or fails leaves nothing behind.
 */
import { mkdir } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfCancelled } from "../cancellation.ts";
import { DataioError, fromSystemError } from "../errors.ts";
import { type ArchiveLocation, archiveLocation } from "../location.ts";
import { PayloadStore } from "../payloads.ts";
import { SidecarStore } from "../sidecars.ts";
import { createClock } from "../timestamps.ts";
import { EntryReader, type ExportEntry } from "./entries.ts";
import { FolderTree } from "./file-tree.ts";
import { HarFile } from "./har.ts";
import { metadataOf } from "./metadata.ts";
import { DEFAULT_NAME_TEMPLATE, nameTemplateProblem, previewNames } from "./names.ts";
import { openContent, sniffed, Unexportable } from "./payload-content.ts";
import { nameFacts, PayloadFiles } from "./payload-files.ts";
import { PayloadThreads } from "./payload-threads.ts";
import type {
  ExportedItem,
  ExportMeasure,
  ExportProblem,
  ExportProgress,
  ExportReport,
  ExportScope,
  ExportTarget,
} from "./report.ts";
import { RowsFile } from "./rows-file.ts";
import { countScope, distinctScope, measureScope, scopePages } from "./scope.ts";
import type { ExportSink } from "./sink.ts";
import { SnippetFile } from "./snippet-file.ts";
import { SubsetArchive } from "./subset.ts";
import { ZipTree } from "./zip-file.ts";

/** How an archive is exported. */
export interface ExportOptions {
  readonly scope: ExportScope;
  readonly target: ExportTarget;
  readonly signal?: AbortSignal | undefined;
  /** Called at most ten times a second. */
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined;
  /** Called for each row, in order; the export waits for it. */
  readonly onItem?: ((item: ExportedItem) => void | Promise<void>) | undefined;
  /** How many problems are listed. Default 1000. */
  readonly maxProblems?: number;
}

const PROGRESS_MS = 100;
const TURN_MS = 15;
const MAX_PROBLEMS = 1000;
const MAX_PREVIEW = 500;

/**
 * Exports a part of an archive.
 * @throws NOT_AN_ARCHIVE and the other failures of opening; NOT_FOUND for a scope that is not there; PARAMS_INVALID;
 *   ALREADY_EXISTS; CANCELLED, NO_SPACE, ACCESS_DENIED, IO_FAILED: nothing is left of the export then
 */
export async function exportArchive(where: string | ArchiveLocation, options: ExportOptions): Promise<ExportReport> {
  const { target, signal, onProgress, onItem, maxProblems = MAX_PROBLEMS } = options;
  const scope = distinctScope(options.scope);
  const location = typeof where === "string" ? archiveLocation(where) : where;
  const clock = createClock();
  const startedAt = clock();
  throwIfCancelled(signal);
  using reader = await EntryReader.open(location, signal);
  const total = await countScope(reader, scope);
  const problems: ExportProblem[] = [];
  const counts = { exported: 0, duplicates: 0, bytes: 0, problems: 0, done: 0 };
  let toldAt = Number.NEGATIVE_INFINITY;
  let turnAt = performance.now();
  const sink = await sinkFor(reader, options, startedAt);
  try {
    for await (const page of announced(scopePages(reader, scope), sink)) {
      for (const entry of page) {
        throwIfCancelled(signal);
        const item = await exported(sink, entry);
        counts.done += 1;
        counts.bytes += item.sizeBytes;
        if (item.duplicate) counts.duplicates += 1;
        else if (item.done) counts.exported += 1;
        if (item.problem !== null) {
          counts.problems += 1;
          if (problems.length < maxProblems) problems.push(item.problem);
        }
        await onItem?.({
          row: entry.ref,
          checksum: entry.checksum,
          name: item.name,
          sizeBytes: item.sizeBytes,
          problem: item.problem,
        });
        const now = performance.now();
        if (now - toldAt >= PROGRESS_MS) {
          toldAt = now;
          onProgress?.({ done: counts.done, total, bytes: counts.bytes });
        }
        if (now - turnAt < TURN_MS) continue;
        await nextTurn();
        turnAt = performance.now();
      }
    }
    throwIfCancelled(signal);
    await sink.finish();
  } finally {
    await sink.discard();
  }
  return {
    version: 1,
    target: target.path,
    startedAt,
    endedAt: clock(),
    exported: counts.exported,
    duplicates: counts.duplicates,
    bytes: counts.bytes,
    problems,
    problemCount: counts.problems,
  };
}

/**
 * The names that the first files of an export would have, without writing anything. What cannot be read is named as
 * if it could, by what its row says.
 * @throws PARAMS_INVALID for a template that is none; what {@link exportArchive} throws for its scope
 */
export async function previewExport(
  where: string | ArchiveLocation,
  options: { readonly scope: ExportScope; readonly template?: string; readonly limit: number },
): Promise<string[]> {
  const { template = DEFAULT_NAME_TEMPLATE, limit } = options;
  const problem = nameTemplateProblem(template);
  if (problem !== null) throw new DataioError("PARAMS_INVALID", problem);
  const location = typeof where === "string" ? archiveLocation(where) : where;
  using reader = await EntryReader.open(location, undefined);
  const payloads = new PayloadStore(location.responsesDirectory);
  const sidecars = new SidecarStore(location.responsesDirectory);
  const facts = [];
  const most = Math.min(limit, MAX_PREVIEW);
  for await (const page of scopePages(reader, distinctScope(options.scope))) {
    for (const entry of page.slice(0, most - facts.length)) {
      facts.push(nameFacts(entry, metadataOf(sidecars, entry), await extensionOf(payloads, entry)));
    }
    if (facts.length >= most) break;
  }
  return previewNames(template, facts);
}

/**
 * How much a scope is, without reading a payload.
 * @throws what {@link exportArchive} throws for its scope
 */
export async function measureExport(where: string | ArchiveLocation, scope: ExportScope): Promise<ExportMeasure> {
  using reader = await EntryReader.open(typeof where === "string" ? archiveLocation(where) : where, undefined);
  return await measureScope(reader, distinctScope(scope));
}

async function extensionOf(payloads: PayloadStore, entry: ExportEntry): Promise<string> {
  try {
    const content = openContent(payloads, entry.checksum);
    return (await sniffed(content.head, content.whole !== null)).extension;
  } catch (error) {
    if (error instanceof Unexportable) return "bin";
    throw error;
  }
}

/** Pages, each of them told to the sink while the one before is dealt with. */
async function* announced(pages: AsyncIterable<readonly ExportEntry[]>, sink: ExportSink) {
  let before: readonly ExportEntry[] = [];
  for await (const page of pages) {
    sink.ahead?.(page);
    yield before;
    before = page;
  }
  yield before;
}

async function exported(sink: ExportSink, entry: ExportEntry) {
  const problemOf = ({ code, message }: Unexportable): ExportProblem => ({
    row: entry.ref,
    checksum: entry.checksum,
    code,
    message,
  });
  try {
    const { name, bytes, duplicate = false, remark } = await sink.add(entry);
    return { done: true, name, sizeBytes: bytes, duplicate, problem: remark === undefined ? null : problemOf(remark) };
  } catch (error) {
    if (!(error instanceof Unexportable)) throw fromSystemError(error, "Cannot export");
    return { done: false, name: null, sizeBytes: 0, duplicate: false, problem: problemOf(error) };
  }
}

async function sinkFor(reader: EntryReader, options: ExportOptions, startedAt: string): Promise<ExportSink> {
  const { target, signal } = options;
  const { location } = reader;
  const existing = target.existing ?? "refuse";
  const files = {
    payloads: new PayloadStore(location.responsesDirectory),
    sidecars: new SidecarStore(location.responsesDirectory),
    signal,
  };
  try {
    await mkdir(dirname(target.path), { recursive: true });
  } catch (error) {
    throw fromSystemError(error, `Cannot export to ${target.path}`);
  }
  switch (target.type) {
    case "folder":
    case "zip": {
      const compression = target.type === "zip" ? (target.compression ?? "deflate") : null;
      const threads = new PayloadThreads(`${location.responsesDirectory}${sep}`, compression);
      const tree =
        compression === null
          ? new FolderTree(target.path, existing, threads)
          : new ZipTree(target.path, { existing, compression, modified: new Date(startedAt) });
      try {
        const spool = dirname(target.path);
        return await PayloadFiles.create({ ...files, tree, threads, options: target, spool, startedAt });
      } catch (error) {
        await tree.discard();
        throw error;
      }
    }
    case "ndjson":
    case "csv":
      return await RowsFile.create(target, files.sidecars);
    case "har":
      return await HarFile.create(target, files);
    case "snippets":
      return await SnippetFile.create(target, location.root);
    case "archive":
      return await SubsetArchive.create(target, options.scope, reader, files);
    case "warc": {
      // Its library takes longer to load than most exports to run.
      const { WarcFile } = await import("./warc.ts");
      return await WarcFile.create(target, files);
    }
  }
}
