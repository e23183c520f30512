/**
 * Where an open archive is, and whether it still is there. A folder that was renamed or deleted meanwhile is never made again:
 * what would be written into it then belongs to no archive.
 */
import { statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, relative, sep } from "node:path";
import { DataioError, fromSystemError, systemCode } from "./errors.ts";
import type { ArchiveLocation } from "./location.ts";

/** The place of one open archive. */
export class ArchivePlace {
  readonly #location: ArchiveLocation;
  /** Which file it was that was opened. */
  readonly #file: string | undefined;

  /** The archive is there by now. */
  constructor(location: ArchiveLocation) {
    this.#location = location;
    this.#file = fileIdentity(location.databasePath);
  }

  /**
   * A file that was deleted or replaced takes rows as before, and they are gone with it: better not to acknowledge them.
   * @throws ARCHIVE_GONE; ACCESS_DENIED, IO_FAILED where it cannot be looked at
   */
  assertThere(): void {
    if (!this.#isThere()) throw this.#gone(undefined);
  }

  /**
   * Makes the folder of payloads, which the archive lacks; its own folder is never made.
   * @returns the first folder that was made
   * @throws ARCHIVE_GONE, ACCESS_DENIED, NO_SPACE, IO_FAILED
   */
  readonly makeFolder = async (folder: string): Promise<string | undefined> => {
    this.assertThere();
    const { root } = this.#location;
    // Configuration may put it elsewhere, several folders deep.
    if (!`${folder}${sep}`.startsWith(root + sep)) return await mkdir(folder, { recursive: true });
    let made: string | undefined;
    // Each by itself: made at once, they would bring back a root that goes away just now.
    for (let path = root, parts = relative(root, folder).split(sep); parts.length > 0; parts = parts.slice(1)) {
      path += `${sep}${parts[0]}`;
      try {
        await mkdir(path);
        made ??= path;
      } catch (error) {
        if (systemCode(error) !== "EEXIST") throw this.failure(fromSystemError(error, `Cannot make ${path}`));
      }
    }
    return made;
  };

  /** What a write failed with: that the archive is gone, where it is; else `error` as it is. Never throws. */
  failure(error: unknown): unknown {
    const mayBe =
      error instanceof DataioError ? POSSIBLY_GONE.has(error.code) : systemCode(error)?.startsWith("SQLITE_") === true;
    try {
      return mayBe && !this.#isThere() ? this.#gone(error) : error;
    } catch {
      // A disk or a share that went away cannot even be looked at.
      return error;
    }
  }

  #isThere(): boolean {
    return fileIdentity(this.#location.databasePath) === this.#file;
  }

  #gone(cause: unknown): DataioError {
    const { databasePath } = this.#location;
    return new DataioError(
      "ARCHIVE_GONE",
      `${databasePath} was moved, replaced or deleted while it was open; nothing is written.`,
      { cause, details: { folder: dirname(databasePath) } },
    );
  }
}

/** What the system says of a file whose folder went away. */
const POSSIBLY_GONE: ReadonlySet<string> = new Set(["NOT_FOUND", "IO_FAILED", "ACCESS_DENIED"]);

/** @throws ACCESS_DENIED, IO_FAILED */
function fileIdentity(path: string): string | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found === undefined ? undefined : `${found.dev} ${found.ino}`;
  } catch (error) {
    throw fromSystemError(error, `Cannot look at ${path}`);
  }
}
