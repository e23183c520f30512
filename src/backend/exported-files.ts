/**
 * What exports wrote, for a browser to fetch: the file of a job, or its folder as a zip, and nothing else. Exports that are for
 * the browser alone lie in a folder of the host's own, until some more were made or the host ends.
 */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DataioError, fromSystemError, zipFolder } from "@mxm/dataio";
import type { Jobs } from "./jobs.ts";
import { OwnFolder, removed } from "./own-folder.ts";

/** Exports for the browser alone that are kept: the person may want one once more. */
const KEPT = 4;
const CHUNK_BYTES = 1024 * 1024;

/** A file that can be fetched. */
export interface FetchedFile {
  readonly name: string;
  readonly sizeBytes: number;
  chunks(): AsyncGenerator<Uint8Array, void>;
  /** Removes what was made for this alone. To be called at the end; again does no harm. */
  discard(): Promise<void>;
}

export class ExportedFiles {
  readonly #own: OwnFolder;
  readonly #jobs: Pick<Jobs, "list">;
  readonly #places: { readonly folder: string; isWritten: boolean }[] = [];

  /** @param directory made when first needed; may be shared with other hosts */
  constructor(directory: string, jobs: Pick<Jobs, "list">) {
    this.#own = new OwnFolder(directory);
    this.#jobs = jobs;
  }

  /** A place of this name for an export that is only to be fetched. @throws ACCESS_DENIED, NO_SPACE, IO_FAILED */
  async place(name: string): Promise<string> {
    const folder = await this.#newPlace();
    this.#places.push({ folder, isWritten: false });
    return join(folder, name);
  }

  /** What was to be written to a place is, or never will be: of many places the oldest go. */
  async written(path: string): Promise<void> {
    const place = this.#places.find(({ folder }) => folder === dirname(path));
    if (place !== undefined) place.isWritten = true;
    for (const old of this.#places.filter(({ isWritten }) => isWritten).slice(0, -KEPT)) {
      this.#places.splice(this.#places.indexOf(old), 1);
      await removed(old.folder);
    }
  }

  /**
   * What a job wrote. A folder is packed for this, which takes a while.
   * @throws NOT_FOUND where no such export has succeeded, is offered, or is there (any more); what packing throws
   */
  async open(jobId: string, signal: AbortSignal): Promise<FetchedFile> {
    const job = this.#jobs.list().find(({ id }) => id === jobId);
    const name = job?.detail.kind === "export" && job.state.status === "succeeded" ? job.detail.download : null;
    if (job?.detail.kind !== "export" || name === null) {
      throw new DataioError("NOT_FOUND", "There is no export to be fetched under this address.");
    }
    const { path } = job.detail;
    const found = await stat(path).catch((error: unknown) =>
      Promise.reject(fromSystemError(error, `Cannot read ${path}`)),
    );
    if (!found.isDirectory()) {
      return { name, sizeBytes: found.size, chunks: () => chunksOf(path), discard: () => Promise.resolve() };
    }
    const folder = await this.#newPlace();
    const packed = join(folder, "packed.zip");
    try {
      await zipFolder(path, packed, { signal });
      const sizeBytes = (await stat(packed)).size;
      return { name, sizeBytes, chunks: () => chunksOf(packed), discard: () => removed(folder) };
    } catch (error) {
      await removed(folder);
      throw error;
    }
  }

  /** Removes all that was only to be fetched. */
  close(): Promise<void> {
    return this.#own.close();
  }

  async #newPlace(): Promise<string> {
    try {
      const folder = join(await this.#own.path(), randomUUID());
      await mkdir(folder);
      return folder;
    } catch (error) {
      throw fromSystemError(error, "Cannot keep an export for the browser");
    }
  }
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void> {
  yield* createReadStream(path, { highWaterMark: CHUNK_BYTES });
}
