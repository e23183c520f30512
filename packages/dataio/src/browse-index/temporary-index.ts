/** An index for one question, where nobody keeps one: built in the system's temporary folder, and removed. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromSqliteError, openForReading } from "../database.ts";
import { fromSystemError } from "../errors.ts";
import type { ArchiveLocation } from "../location.ts";
import { buildIndex } from "./builder.ts";

/** Make one with {@link TemporaryIndex.build}, and remove it when done. */
export class TemporaryIndex {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Some seconds for a million rows. It knows nothing that only files say. @throws CANCELLED, NO_SPACE, IO_FAILED */
  static async build(location: ArchiveLocation, signal: AbortSignal | undefined): Promise<TemporaryIndex> {
    const index = new TemporaryIndex(newFolder());
    const archive = openForReading(location);
    try {
      await buildIndex(archive, location.databasePath, index.path, { signal });
      return index;
    } catch (error) {
      index.remove();
      throw fromSystemError(fromSqliteError(error, location.databasePath), "Cannot build an index");
    } finally {
      archive.close();
    }
  }

  get path(): string {
    return join(this.#folder, "index.sqlite");
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function newFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "dataio-index-"));
  } catch (error) {
    throw fromSystemError(error, "Cannot build an index");
  }
}
