/**
 * Where an archive keeps its parts.
 */
import { resolve } from "node:path";

/** The three places of an archive; absolute paths. */
export interface ArchiveLocation {
  readonly root: string;
  readonly databasePath: string;
  readonly responsesDirectory: string;
}

/** The usual layout under `root`, unless configuration places a part elsewhere. Touches nothing on disk. */
export function archiveLocation(
  root: string,
  elsewhere: { readonly databasePath?: string; readonly responsesDirectory?: string } = {},
): ArchiveLocation {
  const absolute = resolve(root);
  return {
    root: absolute,
    databasePath: resolve(elsewhere.databasePath ?? resolve(absolute, "dataio.sqlite")),
    responsesDirectory: resolve(elsewhere.responsesDirectory ?? resolve(absolute, "responses")),
  };
}
