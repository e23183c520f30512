/**
 * A file made here appears under its name whole, or not at all: the bytes go to a temporary name in the same directory,
 * are synced, and only then take their final name. Whatever fails, the temporary file is removed; what a crash leaves is
 * recognised by {@link isTemporaryName} and never mistaken for a payload or a sidecar.
 */

import { randomUUID } from "node:crypto";
import {
  closeSync,
  fdatasync as fdatasyncCallback,
  fsync as fsyncCallback,
  linkSync,
  openSync,
  renameSync,
  unlinkSync,
  write as writeCallback,
  writeSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { promisify } from "node:util";
import { fromSystemError, systemCode } from "./errors.ts";
import { shareSync } from "./shared-sync.ts";

/** How a file is brought to disk. */
export interface AtomicFileOptions {
  /** Sync the file and its directory, so that the file survives a power failure. Default true. */
  readonly durable?: boolean | undefined;
}

const TEMPORARY_NAME = /^\..+\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** How the missing folder of a file is made: gives the first folder that it made, as `mkdir` does. */
export type MakeFolder = (directory: string) => Promise<string | undefined>;

const makeAll: MakeFolder = (directory) => mkdir(directory, { recursive: true });

/** Characters of the final name that the temporary one repeats; 3 bytes each at most, so the whole stays under 255. */
const LABEL_LENGTH = 64;

/**
 * Up to here bytes are written at once, in the page cache, which takes microseconds; so are a file's name and handle. A
 * turn through the thread pool for each would take longer than all of them. What waits for the disk never blocks the thread.
 */
const SMALL_WRITE_BYTES = 64 * 1024;

const fsync = promisify(fsyncCallback);
const fdatasync = promisify(fdatasyncCallback);
const writeLater = promisify(writeCallback);

/** True for a file name (no directory) that this module gives to unfinished files. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/** A name for an unfinished file, which no other has. */
export function temporaryPath(directory: string, label: string): string {
  // Not by join(), which would look through the directory's name each time.
  return `${directory}${sep}.${label.slice(0, LABEL_LENGTH)}.${randomUUID()}.tmp`;
}

/**
 * A file under its temporary name. Write to it, then {@link replace} or {@link publishNew}; or, to sync several files side
 * by side, {@link flush} each, then {@link rename} or {@link link} each, then {@link syncDirectory} once. Call
 * {@link discard} in a `finally`; it does nothing once the file has its name. All failures are DataioErrors.
 */
export class PendingFile {
  readonly path: string;
  readonly #descriptor: number;
  readonly #durable: boolean;
  #state: "open" | "closed" | "gone" = "open";

  private constructor(path: string, descriptor: number, durable: boolean) {
    this.path = path;
    this.#descriptor = descriptor;
    this.#durable = durable;
  }

  /**
   * Opens a temporary file in `directory`, which is created when it is missing: by `make`, or with all that is above it.
   * `label` becomes part of the name.
   */
  static async create(
    directory: string,
    options: AtomicFileOptions & { readonly label: string; readonly make?: MakeFolder | undefined },
  ): Promise<PendingFile> {
    const durable = options.durable ?? true;
    const path = temporaryPath(directory, options.label);
    try {
      return new PendingFile(path, openSync(path, "wx"), durable);
    } catch (error) {
      if (systemCode(error) !== "ENOENT") throw fromSystemError(error, `Cannot create a file in ${directory}`);
    }
    try {
      const first = await (options.make ?? makeAll)(directory);
      if (first !== undefined && durable) await syncDirectory(dirname(first));
      return new PendingFile(path, openSync(path, "wx"), durable);
    } catch (error) {
      throw fromSystemError(error, `Cannot create a file in ${directory}`);
    }
  }

  /** Appends bytes. One call at a time. */
  async write(data: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < data.byteLength) {
        const rest = data.subarray(done);
        done +=
          rest.byteLength <= SMALL_WRITE_BYTES
            ? writeSync(this.#descriptor, rest)
            : (await writeLater(this.#descriptor, rest, 0, rest.byteLength, null)).bytesWritten;
      }
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${this.path}`);
    }
  }

  /** Gives the file its final name; a file (not a directory) of that name is replaced. */
  async replace(target: string): Promise<void> {
    await this.flush(target);
    this.rename(target);
    if (this.#durable) await syncDirectory(dirname(target));
  }

  /** Gives the file its final name unless something has it already; returns whether it did. */
  async publishNew(target: string): Promise<boolean> {
    await this.flush(target);
    const published = this.link(target);
    if (published && this.#durable) await syncDirectory(dirname(target));
    return published;
  }

  /** Brings the bytes to disk, where they are to be durable, and ends the writing. `target` is for the message. */
  async flush(target: string): Promise<void> {
    try {
      if (this.#durable) await fsync(this.#descriptor);
      this.#state = "closed";
      closeSync(this.#descriptor);
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${target}`);
    }
  }

  /** {@link replace} of a flushed file, without syncing the directory. */
  rename(target: string): void {
    try {
      renameSync(this.path, target);
      this.#state = "gone";
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${target}`);
    }
  }

  /** {@link publishNew} of a flushed file, without syncing the directory. */
  link(target: string): boolean {
    try {
      return linkNew(this.path, target);
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${target}`);
    }
  }

  /**
   * Removes the temporary name, if the file still has it. Does not throw: the failure that led here is the one to report,
   * and a file that could not be removed is known by its name.
   */
  discard(): void {
    const { path } = this;
    if (this.#state === "open") quietly(() => closeSync(this.#descriptor));
    if (this.#state !== "gone") quietly(() => unlinkSync(path));
    this.#state = "gone";
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // See `discard`.
  }
}

/** A hard link fails when the name is taken, which no rename does. */
function linkNew(temporary: string, target: string): boolean {
  try {
    linkSync(temporary, target);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (!NO_HARD_LINKS.has(systemCode(error) ?? "")) throw error;
    return claimAndRename(temporary, target);
  }
}

const NO_HARD_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK"]);

/**
 * For file systems without hard links (exFAT, some network shares): an empty file claims the name, then the finished
 * one replaces it. A crash exactly between the two leaves an empty file.
 * @returns whether the name was free.
 */
export function claimAndRename(temporary: string, target: string): boolean {
  try {
    closeSync(openSync(target, "wx"));
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
  try {
    renameSync(temporary, target);
    return true;
  } catch (error) {
    unlinkSync(target);
    throw error;
  }
}

/**
 * Brings the bytes of a file to disk, whoever wrote them.
 * @throws DataioError with the code of the file-system failure
 */
export async function syncFile(path: string): Promise<void> {
  try {
    // Windows syncs only what may be written.
    const descriptor = openSync(path, "r+");
    try {
      await fdatasync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw fromSystemError(error, `Cannot sync ${path}`);
  }
}

/** Windows cannot open a directory for syncing, some network file systems cannot sync one: nothing is lost by going on. */
const DIRECTORY_SYNC_UNSUPPORTED: ReadonlySet<string> = new Set(["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"]);

/**
 * Brings the names in a directory to disk: all that were given before the call.
 * @throws DataioError with the code of the file-system failure
 */
export function syncDirectory(directory: string): Promise<void> {
  return shareSync(directory, () => syncNow(directory));
}

async function syncNow(directory: string): Promise<void> {
  try {
    // Opened anew each time: a directory that was replaced has another inode.
    const descriptor = openSync(directory, "r");
    try {
      await fsync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (DIRECTORY_SYNC_UNSUPPORTED.has(systemCode(error) ?? "")) return;
    throw fromSystemError(error, `Cannot sync ${directory}`);
  }
}
