/**
 * Files of this machine as a source. With a root, nothing outside it is read, not even through a symlink.
 */

import { open, realpath, stat } from "node:fs/promises";
import { extname, isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { cancelledError, throwIfCancelled } from "../cancellation.ts";
import type { JsonValue } from "../canonical-json.ts";
import { DataioError, fromSystemError } from "../errors.ts";
import { AdapterResult } from "../model.ts";
import { formatTimestamp } from "../timestamps.ts";
import type { AdapterContext, AdapterRequest, Fetcher } from "./adapter.ts";

export interface LocalFileAdapterOptions {
  /** The folder that paths are relative to and stay in. Without it, paths are absolute. */
  readonly root?: string | undefined;
  /** Largest file. Default 1 GiB. */
  readonly maxBytes?: number | undefined;
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

export class LocalFileAdapter implements Fetcher {
  readonly name = "local-file";
  readonly #root: string | undefined;
  readonly #maxBytes: number;

  constructor(options: LocalFileAdapterOptions = {}) {
    this.#root = options.root === undefined ? undefined : resolve(options.root);
    this.#maxBytes = options.maxBytes ?? 1024 ** 3;
  }

  describe(): string {
    return this.#root === undefined ? "Local files" : `Local files in ${this.#root}`;
  }

  /**
   * Reads `params.path`.
   * @throws PARAMS_INVALID (also for what is no regular file), NOT_FOUND, ACCESS_DENIED (also outside the root),
   * TOO_LARGE, CANCELLED
   */
  async fetch(request: AdapterRequest, context: AdapterContext): Promise<AdapterResult> {
    const started = performance.now();
    throwIfCancelled(context.signal);
    const asked = pathOf(request.params);
    try {
      const path = await this.#located(asked);
      // Looked at before it is opened: opening a pipe would wait for a writer.
      const found = await stat(path, { bigint: true });
      if (!found.isFile()) {
        const what = found.isDirectory() ? "a directory" : "no regular file";
        throw new DataioError("PARAMS_INVALID", `${asked} is ${what}`, { details: { path: asked } });
      }
      if (found.size > this.#maxBytes) throw this.#tooLarge(asked);
      const data = await this.#read(asked, path, context.signal);
      return new AdapterResult({
        data,
        contentType: CONTENT_TYPES[extname(asked).toLowerCase()],
        url: pathToFileURL(path).href,
        elapsedMs: Math.round(performance.now() - started),
        adapterMeta: { size_bytes: data.length, modified_at: formatTimestamp(found.mtimeNs / 1000n) },
      });
    } catch (error) {
      if (context.signal.aborted) throw cancelledError(context.signal);
      throw fromSystemError(error, `Cannot read ${asked}`);
    }
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
  async #read(asked: string, path: string, signal: AbortSignal): Promise<Buffer> {
    const handle = await open(path, "r");
    try {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      const blocks: AsyncIterable<Buffer> = handle.createReadStream({ highWaterMark: BLOCK_BYTES, autoClose: false });
      for await (const block of blocks) {
        throwIfCancelled(signal);
        sizeBytes += block.length;
        if (sizeBytes > this.#maxBytes) throw this.#tooLarge(asked);
        chunks.push(block);
      }
      return Buffer.concat(chunks, sizeBytes);
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

function pathOf(params: JsonValue): string {
  const path = typeof params === "object" && params !== null && "path" in params ? params.path : undefined;
  if (typeof path === "string" && path !== "" && !path.includes("\0")) return path;
  throw new DataioError("PARAMS_INVALID", "path must be a text that is not empty", { details: { param: "path" } });
}
