/**
 * A file made here appears under its name whole, or not at all: the bytes go to a temporary name in the same directory,
 * are synced, and only then take their final name. Whatever fails, the temporary file is removed; what a crash leaves is
 * recognised by {@link isTemporaryName} and never mistaken for a payload or a sidecar.
 */

import { type FileHandle, link, mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { v7 as uuid } from "uuid";
import { fromSystemError, systemCode } from "./errors.ts";

/** How a file is brought to disk. */
export interface AtomicFileOptions {
  /** Sync the file and its directory, so that the file survives a power failure. Default true. */
  readonly durable?: boolean | undefined;
}

const TEMPORARY_NAME = /^\..+\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** Characters of the final name that the temporary one repeats; 3 bytes each at most, so the whole stays under 255. */
const LABEL_LENGTH = 64;

/** True for a file name (no directory) that this module gives to unfinished files. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_NAME.test(name);
}

/**
 * Writes `data` to `target`, replacing what is there.
 * @throws DataioError with the code of the file-system failure; nothing is left behind.
 */
export async function writeFileAtomically(
  target: string,
  data: Uint8Array,
  options: AtomicFileOptions = {},
): Promise<void> {
  const file = await PendingFile.create(dirname(target), { ...options, label: basename(target) });
  try {
    await file.write(data);
    await file.replace(target);
  } finally {
    await file.discard();
  }
}

/**
 * Writes `data` to `target` unless something has that name already. Of several writers at once exactly one succeeds.
 * @returns whether this call made the file.
 * @throws DataioError with the code of the file-system failure; nothing is left behind.
 */
export async function writeNewFileAtomically(
  target: string,
  data: Uint8Array,
  options: AtomicFileOptions = {},
): Promise<boolean> {
  const file = await PendingFile.create(dirname(target), { ...options, label: basename(target) });
  try {
    await file.write(data);
    return await file.publishNew(target);
  } finally {
    await file.discard();
  }
}

/**
 * A file under its temporary name. Write to it, then {@link replace} or {@link publishNew}; call {@link discard} in a
 * `finally`, it does nothing once the file has its name. All failures are DataioErrors.
 */
export class PendingFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #durable: boolean;
  #state: "open" | "closed" | "gone" = "open";

  private constructor(path: string, handle: FileHandle, durable: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#durable = durable;
  }

  /** Opens a temporary file in `directory`, which is created when it is missing. `label` becomes part of the name. */
  static async create(
    directory: string,
    options: AtomicFileOptions & { readonly label: string },
  ): Promise<PendingFile> {
    const durable = options.durable ?? true;
    const path = join(directory, `.${options.label.slice(0, LABEL_LENGTH)}.${uuid()}.tmp`);
    try {
      const handle = await open(path, "wx").catch(async (error: unknown) => {
        if (systemCode(error) !== "ENOENT") throw error;
        await createDirectory(directory, durable);
        return await open(path, "wx");
      });
      return new PendingFile(path, handle, durable);
    } catch (error) {
      throw fromSystemError(error, `Cannot create a file in ${directory}`);
    }
  }

  async write(data: Uint8Array): Promise<void> {
    try {
      // writeFile on a handle continues at the current position and repeats short writes.
      await this.#handle.writeFile(data);
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${this.path}`);
    }
  }

  /** Gives the file its final name; a file (not a directory) of that name is replaced. */
  async replace(target: string): Promise<void> {
    try {
      await this.#finish();
      await rename(this.path, target);
      this.#state = "gone";
      if (this.#durable) await syncDirectory(dirname(target));
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${target}`);
    }
  }

  /** Gives the file its final name unless something has it already; returns whether it did. */
  async publishNew(target: string): Promise<boolean> {
    try {
      await this.#finish();
      const published = await linkNew(this.path, target);
      if (published && this.#durable) await syncDirectory(dirname(target));
      return published;
    } catch (error) {
      throw fromSystemError(error, `Cannot write ${target}`);
    }
  }

  /**
   * Removes the temporary name, if the file still has it. Does not throw: the failure that led here is the one to report,
   * and a file that could not be removed is known by its name.
   */
  async discard(): Promise<void> {
    if (this.#state === "gone") return;
    if (this.#state === "open") await this.#handle.close().catch(() => {});
    this.#state = "gone";
    await rm(this.path, { force: true }).catch(() => {});
  }

  async #finish(): Promise<void> {
    if (this.#durable) await this.#handle.sync();
    this.#state = "closed";
    await this.#handle.close();
  }
}

/** A hard link fails when the name is taken, which no rename does. */
async function linkNew(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    if (!NO_HARD_LINKS.has(systemCode(error) ?? "")) throw error;
    return await claimAndRename(temporary, target);
  }
}

const NO_HARD_LINKS: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK"]);

/**
 * For file systems without hard links (exFAT, some network shares): an empty file claims the name, then the finished
 * one replaces it. A crash exactly between the two leaves an empty file.
 * @returns whether the name was free.
 */
export async function claimAndRename(temporary: string, target: string): Promise<boolean> {
  try {
    await (await open(target, "wx")).close();
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
  try {
    await rename(temporary, target);
    return true;
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function createDirectory(directory: string, durable: boolean): Promise<void> {
  const first = await mkdir(directory, { recursive: true });
  if (first !== undefined && durable) await syncDirectory(dirname(first));
}

/** Windows cannot open a directory for syncing, some network file systems cannot sync one: nothing is lost by going on. */
const DIRECTORY_SYNC_UNSUPPORTED: ReadonlySet<string> = new Set(["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP"]);

async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!DIRECTORY_SYNC_UNSUPPORTED.has(systemCode(error) ?? "")) throw error;
  }
}
