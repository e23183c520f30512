/**
 * Files of this machine as a source. With a root, nothing outside it is read, not even through a symlink.
 *
 * - `{"path": "in/prices.csv"}` gives the bytes of a file. One that changed while it was read is an answer of status
 *   `partial`, which no cache finds: half of it may be old and half of it new.
 * - `{"path": "in"}`, `{"glob": "*.csv"}`, or both together, give a listing of a folder's files, as JSON text:
 *   `{"files":[{"modified_at":"…","path":"…","sha256":"…","size_bytes":5}]}`. It is sorted by path, and paths are relative
 *   to the folder. What begins with a dot is left out, unless `"dot": true`. Only regular files; see local-listing.ts.
 *
 * A listing archives which files there were. To archive their bytes, {@link LocalFileAdapter.fileRequests} has a request
 * for each.
 */

import { open, realpath, stat } from "node:fs/promises";

import { dirname, extname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { cancelledError, throwIfCancelled } from "../cancellation.ts";
import { canonicalJson, type JsonValue } from "../canonical-json.ts";
import { DataioError, fromSystemError, systemCode } from "../errors.ts";
import { AdapterResult } from "../model.ts";
import { formatTimestamp } from "../timestamps.ts";
import type { AdapterContext, AdapterRequest, Fetcher } from "./adapter.ts";
import { type FileSelection, type ListedFile, listedFile, matchingFiles } from "./local-listing.ts";

/** Where files are read, and how much of them. */
export interface LocalFileAdapterOptions {
  /** The folder that paths are relative to and stay in. Without it, paths are absolute. */
  readonly root?: string | undefined;
  /** Largest file. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Most files of a listing. Default 100,000. */
  readonly maxFiles?: number | undefined;
}

/** Which files of which folder; see the head of this file. */
export interface FolderParams {
  /** A folder: relative to the root, or absolute without one. Default the root itself. */
  readonly path?: string;
  /** Default `**`: all files, at any depth. */
  readonly glob?: string;
  /** Whether names that begin with a dot belong to it. Default not. */
  readonly dot?: boolean;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".json": "application/json",
  ".ndjson": "application/x-ndjson",
  ".jsonl": "application/x-ndjson",
  ".csv": "text/csv",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".html": "text/html",
  ".htm": "text/html",
  ".xml": "application/xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
  ".pdf": "application/pdf",
  ".gz": "application/gzip",
  ".zst": "application/zstd",
  ".zip": "application/zip",
  ".parquet": "application/vnd.apache.parquet",
};

/** Reads files, folders and globs; see the head of this file for its params. */
export class LocalFileAdapter implements Fetcher {
  /** What it is called where adapters are listed. */
  readonly name = "local-file";
  readonly #root: string | undefined;
  readonly #maxBytes: number;
  readonly #maxFiles: number;

  constructor(options: LocalFileAdapterOptions = {}) {
    this.#root = options.root === undefined ? undefined : resolve(options.root);
    this.#maxBytes = options.maxBytes ?? 1024 ** 3;
    this.#maxFiles = options.maxFiles ?? 100_000;
  }

  /** Which folder it reads. */
  describe(): string {
    return this.#root === undefined ? "Local files" : `Local files in ${this.#root}`;
  }

  /**
   * Reads a file, or lists a folder.
   * @throws PARAMS_INVALID (also for what is neither file nor folder), NOT_FOUND, ACCESS_DENIED (also outside the root),
   *   TOO_LARGE, CANCELLED
   */
  async fetch(request: AdapterRequest, context: AdapterContext): Promise<AdapterResult> {
    const started = performance.now();
    const { signal } = context;
    throwIfCancelled(signal);
    const { path: asked, selection } = askedFor(request.params);
    try {
      const path = await this.#located(asked);
      // Looked at before it is opened: opening a pipe would wait for a writer.
      const found = await stat(path, { bigint: true });
      if (found.isDirectory()) return await this.#listing(path, selection ?? ALL_FILES, started, signal);
      if (!found.isFile() || selection !== undefined) {
        const what = found.isFile() ? "no folder" : "neither a file nor a folder";
        throw new DataioError("PARAMS_INVALID", `${asked} is ${what}`, { details: { path: asked } });
      }
      if (found.size > this.#maxBytes) throw this.#tooLarge(asked);
      const { data, modifiedNs, changed } = await this.#read(asked, path, signal);
      return new AdapterResult({
        data,
        contentType: CONTENT_TYPES[extname(asked).toLowerCase()],
        url: pathToFileURL(path).href,
        elapsedMs: Math.round(performance.now() - started),
        adapterMeta: {
          size_bytes: data.length,
          modified_at: formatTimestamp(modifiedNs / 1000n),
          ...(changed ? { changed_while_read: true } : {}),
        },
        status: changed ? "partial" : undefined,
      });
    } catch (error) {
      if (signal.aborted) throw cancelledError(signal);
      throw fromSystemError(error, `Cannot read ${asked}`);
    }
  }

  /**
   * One request for each file of a folder, sorted by path, for `session.request` and `fetchAll`. Their paths are relative
   * to the root, or absolute without one; a file that changes keeps its request, so ask with a cache policy that fits.
   * @param options.kind the kind of the requests; default `file`
   * @throws as `fetch` does
   */
  async fileRequests(
    folder: FolderParams = {},
    options: { readonly kind?: string; readonly signal?: AbortSignal } = {},
  ): Promise<{ readonly kind: string; readonly params: { readonly path: string } }[]> {
    const { kind = "file", signal = new AbortController().signal } = options;
    const { path: asked, selection = ALL_FILES } = askedFor({ path: ".", ...folder });
    throwIfCancelled(signal);
    try {
      const located = await this.#located(asked);
      const base = this.#root === undefined ? located : relative(await realpath(this.#root), located);
      const paths = await this.#matching(located, selection, signal);
      return paths.map((path) => ({ kind, params: { path: join(base, path).replaceAll(sep, "/") } }));
    } catch (error) {
      throw fromSystemError(error, `Cannot list ${asked}`);
    }
  }

  async #listing(folder: string, selection: FileSelection, started: number, signal: AbortSignal) {
    const files: ListedFile[] = [];
    let totalBytes = 0;
    for (const path of await this.#matching(folder, selection, signal)) {
      const file = await listedFile(folder, path, signal);
      if (file === undefined) continue;
      files.push(file);
      totalBytes += file.size_bytes;
    }
    return new AdapterResult({
      data: Buffer.from(canonicalJson({ files })),
      contentType: "application/json",
      url: pathToFileURL(folder + sep).href,
      elapsedMs: Math.round(performance.now() - started),
      adapterMeta: { files: files.length, total_bytes: totalBytes },
    });
  }

  /** The files that match, none of them outside the root: a pattern may name a symlink. */
  async #matching(folder: string, selection: FileSelection, signal: AbortSignal): Promise<string[]> {
    const paths = await matchingFiles(folder, selection, { maxFiles: this.#maxFiles, signal });
    if (this.#root === undefined) return paths;
    for (const within of new Set(paths.map((path) => dirname(path)))) {
      await this.#located(join(folder, within)).catch((error: unknown) => {
        // One that has gone meanwhile leads nowhere.
        if (systemCode(error) !== "ENOENT") throw error;
      });
    }
    return paths;
  }

  /** The file's real path, once it is certain that it may be read. */
  async #located(asked: string): Promise<string> {
    if (this.#root === undefined) {
      if (isAbsolute(asked)) return await realpath(asked);
      throw new DataioError("PARAMS_INVALID", `path must be absolute, for the adapter has no root: ${asked}`, {
        details: { path: asked },
      });
    }
    const root = await realpath(this.#root);
    const path = await realpath(resolve(root, asked));
    const way = relative(root, path);
    if (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return path;
    throw new DataioError("ACCESS_DENIED", `${asked} is outside of ${this.#root}`, { details: { path: asked } });
  }

  /** In blocks, for a file can grow beyond the limit, and a slow disk can be given up, while it is read. */
  async #read(asked: string, path: string, signal: AbortSignal) {
    const handle = await open(path, "r");
    try {
      const before = await handle.stat({ bigint: true });
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      const blocks: AsyncIterable<Buffer> = handle.createReadStream({ highWaterMark: BLOCK_BYTES, autoClose: false });
      for await (const block of blocks) {
        throwIfCancelled(signal);
        sizeBytes += block.length;
        if (sizeBytes > this.#maxBytes) throw this.#tooLarge(asked);
        chunks.push(block);
      }
      const after = await handle.stat({ bigint: true });
      const changed =
        after.mtimeNs !== before.mtimeNs ||
        after.size !== before.size ||
        (before.size !== 0n && after.size !== BigInt(sizeBytes));
      return { data: Buffer.concat(chunks, sizeBytes), modifiedNs: before.mtimeNs, changed };
    } finally {
      await handle.close();
    }
  }

  #tooLarge(asked: string): DataioError {
    return new DataioError("TOO_LARGE", `${asked} is larger than ${this.#maxBytes} bytes`, {
      details: { path: asked, limitBytes: this.#maxBytes },
    });
  }
}

const BLOCK_BYTES = 1024 * 1024;

const ALL_FILES: FileSelection = { glob: "**", dot: false };

/** What params ask for; with a selection they ask for a folder's files. */
function askedFor(params: JsonValue | FolderParams): { path: string; selection: FileSelection | undefined } {
  const asked: { readonly [key: string]: unknown } = typeof params === "object" && params !== null ? { ...params } : {};
  const { glob, dot = false, path = glob === undefined ? undefined : "." } = asked;
  if (typeof dot !== "boolean") throw invalid("dot", "must be true or false");
  const isPlain = glob === undefined && asked.dot === undefined;
  return {
    path: textIn("path", path),
    selection: isPlain ? undefined : { glob: glob === undefined ? ALL_FILES.glob : textIn("glob", glob), dot },
  };
}

function textIn(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
  throw invalid(name, "must be a text that is not empty");
}

function invalid(name: string, problem: string): DataioError {
  return new DataioError("PARAMS_INVALID", `${name} ${problem}`, { details: { param: name } });
}
